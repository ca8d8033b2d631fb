#!/bin/sh
# run-ctest.sh PRESET [ctest arguments]: runs the tests of a built preset, shows those that fail,
# and ends with the line "N passed, N failed". Exit status 0 when none failed.
set -u
preset=$1
shift
jobs=$(nproc 2>/dev/null || echo 2)
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
status=0
ctest --preset "$preset" -j "$jobs" --output-on-failure "$@" >"$log" 2>&1 || status=$?
awk '
    /^ *[0-9]+\/[0-9]+ +Test +#[0-9]+:/ {
        if ($0 ~ /\*\*\*Skipped/) { skipped++; name = $4; names = names " " name }
        else if ($0 ~ / Passed /) passed++
        else failed++
        next
    }
    { next }
    END {
        if (skipped) printf "%d skipped:%s\n", skipped, names
        printf "%d passed, %d failed\n", passed, failed
        exit failed > 0 || passed == 0
    }' "$log" >"$log.sum"
counted=$?
if [ $status -ne 0 ] || [ $counted -ne 0 ]; then
    cat "$log"
fi
cat "$log.sum"
rm -f "$log.sum"
[ $status -eq 0 ] && [ $counted -eq 0 ]
