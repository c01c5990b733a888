#!/bin/sh
# Compile the engine's kernel, for this machine or with another's compiler; without one NumPy does its work, slower.
# Usage: tools/kernel.sh [ARCH FILE]
set -eu
cd "$(dirname "$0")/.."
arch=${1:-$(uname -m)} source=gateway/engine/in_c
to=${2:-gateway/engine/kernel-$arch.so}
[ -n "$(find $source -newer "$to" 2>&1)" ] || exit 0
cc=cc package=gcc
[ "$arch" = "$(uname -m)" ] || cc=$arch-linux-gnu-gcc package=gcc-$(echo "$arch" | tr _ -)-linux-gnu
if ! command -v "$cc" >/dev/null; then
    echo "$cc가 없어서 엔진이 느려요. / Without $cc the engine is slower:  sudo apt install $package" >&2
    exit 0
fi
"$cc" -O3 -std=c11 -Wall -Wextra -Werror -ffp-contract=off -fno-math-errno -fno-trapping-math -shared -fPIC -o "$to.new" $source/*.c -lm
mv "$to.new" "$to"
