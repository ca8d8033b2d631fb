#!/bin/sh
# fuzz-smoke.sh SECONDS: builds the fuzz targets with clang and runs each for so long, beginning with
# its corpus. New inputs go to build/fuzz/found/, a crash is a failure. Ends with "N passed, N failed".
set -u
seconds=${1:-10}
cd "$(dirname "$0")/.." || exit 2
if ! command -v clang >/dev/null 2>&1; then
    echo "fuzz: no clang here; skipped"
    echo "0 passed, 0 failed"
    exit 0
fi
cmake --preset fuzz >/dev/null && cmake --build --preset fuzz || { echo "0 passed, 1 failed"; exit 1; }
passed=0
failed=0
for target in build/fuzz/fuzz/fuzz_*; do
    [ -x "$target" ] && [ ! -d "$target" ] || continue
    name=${target##*/fuzz_}
    mkdir -p "build/fuzz/found/$name"
    dictionary=
    [ -e "fuzz/$name.dict" ] && dictionary="-dict=fuzz/$name.dict"
    corpus=
    [ -d "fuzz/corpora/$name" ] && corpus=fuzz/corpora/$name
    if "$target" -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=20 $dictionary \
        -artifact_prefix="build/fuzz/found/$name-" "build/fuzz/found/$name" $corpus >"build/fuzz/$name.log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        tail -n 30 "build/fuzz/$name.log"
    fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
