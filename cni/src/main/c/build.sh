#!/bin/sh
# build.sh OUTPUT: compiles the CNI plugin to one static file, which runs on any node of this architecture.
set -eu
directory=$(dirname "$0")
output=$1
for compiler in "${CC:-}" cc gcc clang clang-22 clang-21 clang-20 clang-19 clang-18 clang-17 clang-16; do
  [ -n "$compiler" ] && command -v "$compiler" >/dev/null && break
  compiler=
done
[ -n "$compiler" ] || { echo "a C compiler is needed (Debian: gcc libc6-dev)" >&2; exit 1; }
mkdir -p "$(dirname "$output")"
"$compiler" -std=gnu11 -O2 -static -s -Wall -Wextra -Werror -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
  "$directory/weft-cni.c" -o "$output.new"
mv "$output.new" "$output"
