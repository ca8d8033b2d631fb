#!/bin/sh
# check-cases.sh DIDRUN [SHARED]: runs the cases of known truth that this version is held to over
# the shared evidence, where that lies beside the checkout. Ends with "N passed, N failed".
# The cases' own runner and its evidence are not part of this tree.
set -u
didrun=$1
shared=${2:-${DIDRUN_SHARED:-$(dirname "$0")/../../shared}}
needs="logs,hives"    # the kinds of evidence that this version reads
runner=$shared/cases/check-cases
if [ ! -x "$runner" ] || [ ! -d "$shared/data" ]; then
    echo "check-cases: no shared evidence at $shared; skipped"
    echo "0 passed, 0 failed"
    exit 0
fi
exec "$runner" "$didrun" "$shared/data" --needs "$needs" -j "${JOBS:-2}"
