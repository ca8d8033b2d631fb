#!/bin/sh
# setup-debian.sh [build|test|fuzz|bench|all]: installs the Debian packages that are missing, and no others.
#   build  what the program needs (default)
#   test   and what the tests and the sanitizer builds need
#   fuzz   and clang
#   bench  what the tests need, and the programs that the benches run beside didrun
#   all    and what fuzzing, formatting and the linters need
# Asks nothing of the network when everything is there. Without the right to install it prints the
# command that somebody else has to run, and fails.
set -eu
packages="gcc libc6-dev cmake ninja-build pkg-config libssl-dev libarchive-dev libyaml-dev
 libpcre2-dev libsqlite3-dev libxxhash-dev"
case "${1:-build}" in
build) ;;
test) packages="$packages libcmocka-dev g++ python3 xz-utils unzip" ;;
fuzz) packages="$packages libcmocka-dev clang libclang-rt-14-dev" ;;
bench) packages="$packages libcmocka-dev g++ python3 xz-utils unzip libhivex-bin libregf-utils libevtx-utils" ;;
all) packages="$packages libcmocka-dev g++ python3 xz-utils unzip ccache clang clang-format clang-tidy libclang-rt-14-dev gcovr cppcheck" ;;
*) echo "usage: $0 [build|test|fuzz|bench|all]" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "setup: no Debian package manager here; needed are:" $packages >&2
    exit 0
fi
missing=
for package in $packages; do
    state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" = 0 ]; then
    sudo=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo="sudo"
else
    echo "setup: packages are missing; run as root:" >&2
    echo "  apt-get update && $install" >&2
    exit 1
fi
echo "setup: installing$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# The package lists may be old or absent: first try with what is known, then with fresh ones.
$sudo $install >&2 || { $sudo apt-get update >&2 && $sudo $install >&2; }
