#!/bin/sh
# check-sources.sh SCRIPT.awk ROOT: runs one of the awk checks of this folder over all of src/.
set -eu
script=$(dirname "$0")/$1
cd "$2"
find src -name '*.[ch]' | LC_ALL=C sort | xargs awk -f "$script"
