#!/bin/sh
# run.sh BUILD: all benches on evidence that the tests' own writers make. One line each.
set -eu
build=$1
here=$(dirname "$0")
work=$build/bench/evidence
mkdir -p "$work"
log=$work/big.evtx
[ -e "$log" ] || "$build/bench/make_log" "$log" 400000
[ -e "$work/big.hive" ] || "$build/bench/regf_bench" make "$work/big.hive" 100000 >/dev/null
size=$(wc -c <"$log")

echo "event log of $((size / 1048576)) MiB to text, one thread"
LOG=$log sh "$here/parse.sh" "$build"

echo "hive"
"$build/bench/regf_bench" walk "$work/big.hive"
"$build/bench/regf_bench" shimcache "$work/big.hive"

# Whole runs of the command: best of three.
whole() { # NAME arguments...
    name=$1
    shift
    best=
    for round in 1 2 3; do
        start=$(date +%s%N)
        "$build/didrun" "$@" >/dev/null 2>&1 || true
        took=$((($(date +%s%N) - start) / 1000000))
        [ -n "$best" ] && [ "$best" -le "$took" ] || best=$took
    done
    [ "$best" -gt 0 ] || best=1
    case $name in
    start*) echo "$name: $best ms" ;;
    *) echo "$name: $best ms, $((size / 1048576 * 1000 / best)) MiB/s" ;;
    esac
}
echo "the command over the same event log"
whole "examine, one thread" examine --json --threads 1 "$log"
whole "examine, two threads" examine --json --threads 2 "$log"
whole "coverage, two threads" coverage --json --threads 2 "$log"
whole "parse, two threads" parse --threads 2 "$log"
whole "start-up (rules list)" rules list
