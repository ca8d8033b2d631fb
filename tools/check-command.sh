#!/bin/sh
# check-command.sh FOLDER: runs FOLDER/cmd with sh in an empty folder and compares what comes out
# with FOLDER/stdout, FOLDER/stderr (where it exists) and FOLDER/status (0 where it does not).
# DIDRUN_BLESS=1 writes them anew. A command that ends with 77 is skipped.
set -u
case_dir=$1
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
mkdir "$work/in"
(cd "$work/in" && NO_COLOR=1 COLUMNS=100 sh "$case_dir/cmd") >"$work/stdout" 2>"$work/stderr"
status=$?
[ $status -eq 77 ] && { cat "$work/stderr"; exit 77; }
want=0
[ -e "$case_dir/status" ] && want=$(cat "$case_dir/status")
if [ "${DIDRUN_BLESS:-}" = 1 ]; then
    cp "$work/stdout" "$case_dir/stdout"
    [ -e "$case_dir/stderr" ] && cp "$work/stderr" "$case_dir/stderr"
    [ $status -ne 0 ] && echo $status >"$case_dir/status"
    exit 0
fi
bad=0
diff -u "$case_dir/stdout" "$work/stdout" || bad=1
if [ -e "$case_dir/stderr" ]; then diff -u "$case_dir/stderr" "$work/stderr" || bad=1; fi
if [ "$status" != "$want" ]; then
    echo "exit status $status, expected $want"
    cat "$work/stderr"
    bad=1
fi
exit $bad
