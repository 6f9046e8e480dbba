#!/bin/sh
# SPDX-License-Identifier: MIT
# starter-kit/rust-kernel builds without cargo and without a warning, prints what is expected on one hart and on four, and
# under --strict; a panic in it says where, and is a failure.
# usage: rustc_alone_builds_the_kernel.sh MICROVM SOURCE
set -u
microvm=$1 source=$2
expected=$source/tests/rust/expected
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
cp -r "$source/starter-kit/rust-kernel" "$work" && cd "$work/rust-kernel" || exit 125

fail() {
    echo "rustc_alone_builds_the_kernel: $1" >&2
    cat out err >&2
    exit 1
}

# The compiler of Debian, for which there are no libraries to install.
RUSTC=/usr/bin/rustc
export RUSTC
build() {
    sh build.sh >out 2>err || fail "it is not built"
    grep -v 'only this first time' err >warnings && fail "there are warnings"
    [ -s out ] && fail "it talks"
}

# boots STATUS OPTION...
boots() {
    status=$1
    shift
    timeout 60 "$microvm" run "$@" build/kernel.elf </dev/null >out 2>err
    is=$?
    [ "$is" -eq "$status" ] || fail "$*: status $is"
}

build
# shellcheck disable=SC2086 # options are words
for options in '--memory 8' --strict '--cpus 4' '--clock virtual'; do
    boots 0 $options
    cmp -s out "$expected" || fail "$options: not what is expected"
done

sed -i 's/seen.push(tick);/&\n        assert!(seen.len() < 2, "seen enough");/' src/main.rs
build
boots 1
grep -q "^\[kernel\] panicked at src/main.rs:[0-9]*:[0-9]*:\$" out || fail "the panic does not say where"
grep -q "^seen enough\$" out || fail "the panic does not say why"

sed -i 's/assert!(.*/unsafe { (8 as *const u64).read_volatile() };/' src/main.rs
build
boots 1
grep -q "load access fault: mcause 0x5, mepc 0x80[0-9a-f]*, mtval 0x8\$" out || fail "the trap does not say why"

sed -i 's/unsafe { (8 .*/let large = alloc::vec![0u8; 8 << 20]; let _ = large.len();/' src/main.rs
build
boots 1
grep -q "^memory allocation of 8388608 bytes failed\$" out || fail "a full heap is not told"
exit 0
