#!/bin/sh
# SPDX-License-Identifier: MIT
# Each compiler for RISC-V that is installed builds the kernels of starter-kit/ without a word, they run, and the flat image is
# what objcopy would make.
# usage: every_compiler_builds_the_kernels.sh MICROVM
set -u
microvm=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0
tried=0
objcopy=
for tool in riscv64-unknown-elf-objcopy riscv64-linux-gnu-objcopy llvm-objcopy-19 llvm-objcopy; do
    [ -n "$objcopy" ] || { command -v "$tool" >/dev/null && objcopy=$tool; }
done
unset CC

complain() {
    echo "every_compiler_builds_the_kernels: $1" >&2
    failed=1
}

# build FOLDER COMPILER
build() {
    "$microvm" build "$root/starter-kit/$1" --cc "$2" --output "$work/$2/kernel.elf" >"$work/out" 2>&1 ||
        complain "$2 does not build $1: status $?"
    [ -s "$work/out" ] && { cat "$work/out"; complain "$2 builds $1 with words"; }
    [ -z "$objcopy" ] && return
    "$objcopy" -O binary "$work/$2/kernel.elf" "$work/flat"
    cmp "$work/flat" "$work/$2/kernel.bin" || complain "the flat image of $1 is not that of objcopy"
}

for compiler in riscv64-unknown-elf-gcc riscv64-linux-gnu-gcc clang-19 clang; do
    command -v $compiler >/dev/null || continue
    tried=$((tried + 1))
    build tutorials/01-hello-world $compiler
    "$microvm" run --max-insns 1000000 --explain=off "$work/$compiler/kernel.elf" </dev/null >"$work/out" 2>/dev/null
    grep -q 'Hello, RISC-V!' "$work/out" || complain "the hello world of $compiler says nothing"
    build minimal-kernel $compiler
    for kernel in "$work/$compiler/kernel.elf" "--kernel $work/$compiler/kernel.bin --load-addr 0x80000000"; do
        "$microvm" run $kernel --clock virtual </dev/null >"$work/out" 2>/dev/null || complain "$kernel: status $?"
        grep -q 'all tasks have exited' "$work/out" || complain "$kernel does not come to its end"
    done
done
[ $tried -gt 0 ] || { echo "no compiler for RISC-V"; exit 77; }
exit $failed
