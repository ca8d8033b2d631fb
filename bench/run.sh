#!/bin/sh
# run.sh BUILD [PART...]: didrun beside other programs, whole processes, in one run. The parts are
# parse, examine, hive, files (all). Figures are medians; what measure.c prints is said there.
#   BENCH_MIB    sizes of the generated logs, in MiB (256); docs/perf.md has "256 1024 4096"
#   BENCH_REAL   size of the log joined from real ones (512); 0: none
#   BENCH_ROUNDS (5)
#   BENCH_DIR    where the evidence is kept (BUILD/bench/evidence)
#   DIDRUN_SHARED  the folder with real logs (shared, beside the checkout)
set -eu
build=$1
shift
parts=${*:-parse examine hive files}
here=$(dirname "$0")
bench=$build/bench
didrun=$build/didrun
work=${BENCH_DIR:-$bench/evidence}
shared=${DIDRUN_SHARED:-$here/../../shared}
rounds=${BENCH_ROUNDS:-5}
mkdir -p "$work"

# evtx_dump of the Rust crate evtx, in its newest version, where crates can be had.
peers=$bench/peers
if [ ! -x "$peers/bin/evtx_dump" ] && command -v cargo >/dev/null 2>&1; then
    echo "evtx_dump is built once (cargo install evtx)"
    cargo install --quiet --root "$peers" evtx >"$bench/cargo.log" 2>&1 ||
        echo "evtx_dump cannot be built here: see $bench/cargo.log"
fi
PATH=$PATH:$peers/bin
export PATH

machine() {
    sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1
    echo "$(nproc) processors, $(($(sed -n 's/^MemTotal: *\([0-9]*\).*/\1/p' /proc/meminfo) / 1048576)) GiB; $(uname -sr)"
    "$didrun" --version
    for program in evtx_dump evtxexport regfexport; do
        command -v "$program" >/dev/null 2>&1 && "$program" -V 2>/dev/null | head -n 1
    done
    echo
}
has() { command -v "$1" >/dev/null 2>&1; }
mib_of() { echo $((($(wc -c <"$1") + 524288) / 1048576)); }
generated() { # LOG KEPT MIB: its path
    file=$work/$1-$2-$3.evtx
    [ -e "$file" ] || "$bench/make_log" --log "$1" --kept "$2" --mib "$3" "$file"
    echo "$file"
}
measure() { "$bench/measure" -n "$rounds" "$@"; }

# One log to text, output thrown away: didrun and evtx_dump, one thread and two.
parse_log() { # FILE
    log=$1
    set -- "didrun parse, 1 thread" "$didrun" parse --threads 1 "$log"
    if has evtx_dump; then
        set -- "$@" --- "evtx_dump, 1 thread" evtx_dump -t 1 -o jsonl "$log"
    fi
    set -- "$@" --- "didrun parse, 2 threads" "$didrun" parse --threads 2 "$log"
    if has evtx_dump; then
        set -- "$@" --- "evtx_dump, 2 threads" evtx_dump -t 2 -o jsonl "$log"
    fi
    measure -b "$(mib_of "$log")" "$@"
}
# The same to a file, and as XML.
parse_log_otherwise() { # FILE
    log=$1
    mib=$(mib_of "$log")
    set -- "to a file: didrun parse, 1 thread" "$didrun" parse --threads 1 "$log"
    has evtx_dump && set -- "$@" --- "to a file: evtx_dump, 1 thread" evtx_dump -t 1 -o jsonl "$log"
    measure -o "$work/out" -b "$mib" "$@"
    rm -f "$work/out"
    set -- "XML: didrun parse, 1 thread" "$didrun" parse --xml --threads 1 "$log"
    has evtx_dump && set -- "$@" --- "XML: evtx_dump, 1 thread" evtx_dump -t 1 -o xml "$log"
    measure -b "$mib" "$@"
}
# evtxexport takes some hundred times as long: a small log says enough.
beside_evtxexport() {
    has evtxexport || return 0
    small=$(generated mixed 1 16)
    "$bench/measure" -b 16 "didrun parse --xml, 1 thread" "$didrun" parse --xml --threads 1 "$small" \
        --- "evtxexport -f xml" evtxexport -f xml "$small"
}

part_parse() {
    if [ "${BENCH_REAL:-512}" != 0 ] && [ -d "$shared/data" ]; then
        real=$work/real-${BENCH_REAL:-512}.evtx
        [ -e "$real" ] || find "$shared/data" -name '*.evtx' -size +1000k -print0 | LC_ALL=C sort -z |
            xargs -0 "$bench/join_logs" "$real" "${BENCH_REAL:-512}"
        echo "real logs, joined to $(mib_of "$real") MiB"
        parse_log "$real"
        parse_log_otherwise "$real"
    fi
    first=yes
    for size in ${BENCH_MIB:-256}; do
        echo "generated log of many templates, $size MiB"
        log=$(generated mixed 1 "$size")
        parse_log "$log"
        if [ $first = yes ]; then
            parse_log_otherwise "$log"
            for name in security application; do
                echo "generated log ($name), $size MiB"
                parse_log "$(generated $name 1 "$size")"
            done
        fi
        first=no
    done
    echo "generated log of many templates, 16 MiB"
    beside_evtxexport
}

part_examine() {
    for size in ${BENCH_MIB:-256}; do
        for kind in "mixed 1" "mixed 10" "starts 100" "sysmon 100"; do
            # shellcheck disable=SC2086
            log=$(generated $kind "$size")
            echo "examine, $kind % kept, $size MiB"
            measure -b "$size" "2 threads" "$didrun" examine --json --threads 2 "$log" \
                --- "1 thread" "$didrun" examine --json --threads 1 "$log"
            if [ "$kind" = "mixed 1" ]; then
                measure -b "$size" "2 threads, -o CASE" sh -c \
                    "rm -f '$work/case.db'; exec '$didrun' examine --json --threads 2 -o '$work/case.db' '$log'" \
                    --- "coverage, 2 threads" "$didrun" coverage --json --threads 2 "$log"
                rm -f "$work/case.db"
            fi
        done
    done
}

part_hive() {
    [ -e "$work/big.hive" ] || "$bench/regf_bench" make "$work/big.hive" 100000 >/dev/null
    echo "hive of $(mib_of "$work/big.hive") MiB, the reader alone"
    "$bench/regf_bench" walk "$work/big.hive"
    "$bench/regf_bench" shimcache "$work/big.hive"
    echo "the hive as text"
    set -- "didrun parse" "$didrun" parse "$work/big.hive"
    has hivexml && set -- "$@" --- hivexml hivexml "$work/big.hive"
    has regfexport && set -- "$@" --- regfexport regfexport "$work/big.hive"
    measure -b "$(mib_of "$work/big.hive")" "$@"
    measure "regf_bench walk (memory)" "$bench/regf_bench" walk "$work/big.hive" 1
}

# Hosts with Prefetch files and WMI repositories, where they lie beside the checkout.
part_files() {
    for host in "$shared"/data/hosts/*; do
        [ -e "$host" ] || continue
        echo "listing, Prefetch and WMI of ${host##*/}"
        "$bench/files_bench" "$host"
    done
    echo "start-up"
    measure "rules list" "$didrun" rules list
}

machine
for part in $parts; do
    "part_$part"
done
