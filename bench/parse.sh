#!/bin/sh
# parse.sh BUILD [evtx_dump]: event log to JSON and XML, one thread, output thrown away; the best of nine
# rounds, which take turns with the other tool if there is one. LOG=FILE takes another log.
set -eu
build=$1
other=${2:-}
log=${LOG:-$build/bench/big.evtx}
[ -e "$log" ] || "$build/bench/make_log" --mib 64 "$log"
size=$(wc -c < "$log")
best() { # NAME BEST_NS: prints one line
    echo "$1: $(($2 / 1000000)) ms, $((size * 1000 / 1048576 * 1000000 / $2)) MiB/s"
}
once() { # prints nanoseconds
    start=$(date +%s%N)
    "$@" > /dev/null 2>&1 || true
    echo $(($(date +%s%N) - start))
}
json=999999999999 xml=$json dump=$json records=$json
for round in 1 2 3 4 5 6 7 8 9; do
    t=$(once "$build/bench/parse_bench" json "$log"); [ "$t" -lt $json ] && json=$t
    t=$(once "$build/bench/parse_bench" xml "$log"); [ "$t" -lt $xml ] && xml=$t
    t=$(once "$build/bench/parse_bench" records "$log"); [ "$t" -lt $records ] && records=$t
    if [ -n "$other" ]; then
        t=$(once "$other" -t 1 -o jsonl "$log"); [ "$t" -lt $dump ] && dump=$t
    fi
done
best "json" $json
best "xml" $xml
best "records, none wanted" $records
if [ -n "$other" ]; then
    best "evtx_dump jsonl" $dump
    echo "ratio: $((dump * 100 / json)) percent"
fi
