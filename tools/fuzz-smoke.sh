#!/bin/sh
# fuzz-smoke.sh SECONDS: builds the fuzz targets with clang and runs each for so long, two at a time,
# beginning with its corpus. New inputs go to build/fuzz/found/, a crash is a failure. Ends with
# "N passed, N failed". Clang is installed where that is allowed; without it nothing is run, and said so.
set -u
seconds=${1:-10}
cd "$(dirname "$0")/.." || exit 2

# run_one TARGET: one target; its last words are kept, and its name where it failed.
if [ "${2:-}" ]; then
    target=$2
    name=${target##*/fuzz_}
    found=build/fuzz/found
    mkdir -p "$found/$name"
    dictionary=
    [ -e "fuzz/$name.dict" ] && dictionary="-dict=fuzz/$name.dict"
    corpus=
    [ -d "fuzz/corpora/$name" ] && corpus=fuzz/corpora/$name
    [ -e "fuzz/$name.seeds" ] && corpus="$corpus $(cat "fuzz/$name.seeds")"
    if "$target" -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=20 $dictionary \
        -artifact_prefix="$found/$name-" "$found/$name" $corpus >"build/fuzz/$name.log" 2>&1; then
        echo "$name: $(grep '^Done ' "build/fuzz/$name.log" | tail -n 1)"
    else
        echo "$name: failed"
        tail -n 30 "build/fuzz/$name.log"
    fi
    exit 0
fi

if ! sh tools/setup-debian.sh fuzz >build-fuzz.log 2>&1; then
    tail -n 3 build-fuzz.log
fi
rm -f build-fuzz.log
if ! command -v clang >/dev/null 2>&1; then
    echo "fuzzing skipped: clang is not here and could not be installed (tools/setup-debian.sh fuzz says what is missing)"
    echo "0 passed, 0 failed"
    exit 0
fi
cmake --preset fuzz >/dev/null && cmake --build --preset fuzz || { echo "0 passed, 1 failed"; exit 1; }
results=$(mktemp) || exit 2
trap 'rm -f "$results"' EXIT
find build/fuzz/fuzz -maxdepth 1 -type f -perm -u+x -name 'fuzz_*' | sort |
    xargs -n 1 -P 2 sh tools/fuzz-smoke.sh "$seconds" >"$results"
cat "$results"
passed=$(grep -c ': Done ' "$results")
failed=$(grep -c ': failed$' "$results")
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
