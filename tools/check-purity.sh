#!/bin/sh
# check-purity.sh BUILD: what the objects of a layer call. format, claim, reason, coverage, entity
# and view have no business with archives, YAML's parser, SQLite or digests.
set -u
build=$1
bad=0
for layer in format artefact entity coverage claim reason view; do
    lib=$build/src/$layer/libdr_$layer.a
    [ -e "$lib" ] || continue
    calls=$(nm -u "$lib" 2>/dev/null | awk '$1 == "U" { print $2 }' | grep -E '^(archive_|yaml_(parser|event|emitter)|sqlite3_|pcre2_|EVP_)' | sort -u)
    [ -z "$calls" ] || { echo "$layer calls:" $calls; bad=1; }
done
exit $bad
