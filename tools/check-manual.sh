#!/bin/sh
# check-manual.sh ROOT: the manual page names every verb and every option that the command has.
set -eu
cd "$1"
bad=0
page=$(sed 's/\\-/-/g' docs/man/didrun.1)
for verb in $(sed -n '/verb_names\[CLI_VERB_COUNT\]/,/};/p' src/cli/options.c | grep -oE '"[a-z]+"' | tr -d '"'); do
    printf '%s\n' "$page" | grep -q "^\.BR $verb " || { echo "the manual page lacks the verb $verb"; bad=1; }
    grep -q "didrun $verb" src/cli/help.c || { echo "the help lacks the verb $verb"; bad=1; }
done
for option in $(grep -oE '^    \{ "[a-z-]+", ' src/cli/options.c | grep -oE '[a-z-]+'); do
    printf '%s\n' "$page" | grep -q -- "--$option" || { echo "the manual page lacks the option --$option"; bad=1; }
    grep -qE -- "(--$option|\"  -q, -v)" src/cli/help.c || { echo "the help lacks the option --$option"; bad=1; }
done
exit $bad
