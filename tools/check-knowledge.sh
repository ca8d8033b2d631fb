#!/bin/sh
# check-knowledge.sh ROOT: above the decoders no code names a provider, a channel or a program, and
# none asks for an event id: that is knowledge, and knowledge stands in data/. The words are taken
# from data/ itself; string literals of src/ are searched for them.
set -eu
cd "$1"
words=$(mktemp)
trap 'rm -f "$words"' EXIT
{
    # provider: X, channel: X, in fact maps and recorders; lists in brackets too
    grep -rhoE '(provider|channel): *(\[[^]]*\]|[^],}]+)' data/facts data/recorders 2>/dev/null |
        sed -E 's/^[a-z]+: *//; s/[][]//g' | tr ',' '\n'
    # images of tools: net.exe
    grep -hoE '[A-Za-z0-9_.-]+\.(exe|com|dll|sys)' data/tools.yml 2>/dev/null || true
} | sed -E "s/^[ '\"]+//; s/[ '\"]+$//" | awk 'length($0) >= 4' | LC_ALL=C sort -u >"$words"
find src/fact src/entity src/coverage src/claim src/reason src/casedb src/view src/lib src/cli -name '*.[ch]' |
    LC_ALL=C sort | xargs awk -v words="$words" '
    BEGIN {
        while ((getline line < words) > 0)
            known[line] = 1
    }
    /event_id[ \t]*(==|!=)[ \t]*[0-9]/ { printf "%s:%d: compares an event id\n", FILENAME, FNR; bad = 1 }
    FILENAME ~ /^src\/cli\/help\.c$/ { next } # examples for people
    {
        line = $0
        if (line ~ /^[ \t]*(#|\/?\*)/)
            next
        sub(/\/\*.*/, "", line)
        while (match(line, /"([^"\\]|\\.)*"/)) {
            text = substr(line, RSTART + 1, RLENGTH - 2)
            if (text in known) {
                printf "%s:%d: \"%s\" is knowledge of data/\n", FILENAME, FNR, text
                bad = 1
            }
            line = substr(line, RSTART + RLENGTH)
        }
    }
    END { exit bad }'
