#!/bin/sh
# check-headers.sh ROOT CC: every header compiles by itself, and didrun.h also as C99 and as C++.
set -u
cd "$1" || exit 2
cc=$2
warn="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Wstrict-prototypes -Werror"
bad=0
try() { # LANGUAGE STANDARD HEADER FLAGS
    printf '#include "%s"\ntypedef int alone;\n' "$3" |
        $cc -x "$1" "-std=$2" $4 -Isrc -Iinclude -fsyntax-only - || { echo "$3: does not compile alone ($1, $2)"; bad=1; }
}
for header in $(find src -name '*.h' | LC_ALL=C sort); do
    try c c17 "${header#src/}" "$warn"
done
if [ -e include/didrun.h ]; then
    try c c99 didrun.h "$warn"
    try c c17 didrun.h "$warn"
    cxx="-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Werror"
    if echo 'int x;' | $cc -x c++ -fsyntax-only - 2>/dev/null; then
        try c++ c++11 didrun.h "$cxx"
    else
        echo "no C++ compiler: didrun.h was not tried as C++"
    fi
fi
exit $bad
