#!/bin/sh
# build.sh OUTPUT: compiles weft.bpf.c to an eBPF object file, without debug sections except BTF; OUTPUT.sha256 is its digest.
set -eu
directory=$(dirname "$0")
output=$1
newest() {
  for tool in "$1" "$1-22" "$1-21" "$1-20" "$1-19" "$1-18" "$1-17" "$1-16" "$1-15" "$1-14"; do
    if command -v "$tool" >/dev/null; then echo "$tool"; return; fi
  done
}
clang=$(newest clang)
strip=$(newest llvm-strip)
[ -n "$clang" ] && [ -n "$strip" ] || { echo "clang and llvm-strip 14 or newer are needed (Debian: clang llvm)" >&2; exit 1; }
mkdir -p "$(dirname "$output")"
# Debian keeps asm/types.h in a directory of the machine's architecture; the types are the same everywhere.
"$clang" -g -O2 -target bpf -mcpu=v3 -Wall -Wextra -Werror \
  -I"/usr/include/$(uname -m)-linux-gnu" -c "$directory/weft.bpf.c" -o "$output.new"
"$strip" -g "$output.new"
sha256sum <"$output.new" | cut -d" " -f1 >"$output.sha256"
mv "$output.new" "$output"
