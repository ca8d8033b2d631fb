#!/bin/sh
# check-wording.sh ROOT: runs check-wording.awk over the texts of data/ and of the layers that speak.
set -eu
script=$(cd "$(dirname "$0")" && pwd)/check-wording.awk
cd "$1"
{
    find data -name '*.yml' 2>/dev/null
    find src/view src/reason src/claim src/coverage src/lib src/cli -name '*.c'
    find src/base -name '*.def'
} | LC_ALL=C sort | xargs awk -f "$script"
