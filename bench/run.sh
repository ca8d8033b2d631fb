#!/bin/sh
# run.sh BUILD: all benches on evidence that the tests' own writers make. One line each.
set -eu
build=$1
here=$(dirname "$0")
work=$build/bench/evidence
mkdir -p "$work"
log=$work/big.evtx
[ -e "$log" ] || "$build/bench/make_log" --mib 256 "$log"
[ -e "$work/big.hive" ] || "$build/bench/regf_bench" make "$work/big.hive" 100000 >/dev/null
size=$(wc -c <"$log")

echo "event log of $((size / 1048576)) MiB to text, one thread"
LOG=$log sh "$here/parse.sh" "$build"

echo "hive"
"$build/bench/regf_bench" walk "$work/big.hive"
"$build/bench/regf_bench" shimcache "$work/big.hive"

# Whole processes over one file, output thrown away: best of three, in milliseconds.
best_of() {
    best=
    for round in 1 2 3; do
        start=$(date +%s%N)
        "$@" >/dev/null 2>&1 || true
        took=$((($(date +%s%N) - start) / 1000000))
        [ -n "$best" ] && [ "$best" -le "$took" ] || best=$took
    done
    [ "$best" -gt 0 ] || best=1
}
beside() { # NAME MILLISECONDS-OF-DIDRUN command...: the same work by another program
    name=$1
    ours=$2
    shift 2
    command -v "$1" >/dev/null 2>&1 || return 0
    "$@" >/dev/null 2>&1 || { echo "$name: gives up on it"; return 0; }
    best_of "$@"
    echo "$name: $best ms, $((best * 10 / ours / 10)).$((best * 10 / ours % 10)) times as long as didrun"
}
echo "the hive as text, whole processes"
best_of "$build/didrun" parse "$work/big.hive"
echo "didrun parse: $best ms"
ours=$best
beside hivexml "$ours" hivexml "$work/big.hive"
beside regfexport "$ours" regfexport "$work/big.hive"
echo "the event log as text, whole processes"
best_of "$build/didrun" parse --threads 1 "$log"
echo "didrun parse, one thread: $best ms"
ours=$best
beside evtx_dump "$ours" evtx_dump -t 1 -o jsonl "$log"

# Hosts with Prefetch files and WMI repositories, where they lie beside the checkout.
shared=${DIDRUN_SHARED:-$here/../../shared}
for host in "$shared"/data/hosts/*; do
    [ -e "$host" ] || continue
    echo "listing, Prefetch and WMI of ${host##*/}"
    "$build/bench/files_bench" "$host"
done

whole() { # NAME arguments...
    name=$1
    shift
    best_of "$build/didrun" "$@"
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
