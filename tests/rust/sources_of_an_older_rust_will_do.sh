#!/bin/sh
# SPDX-License-Identifier: MIT
# Before 1.89, the sources of Rust's libraries came without those of compiler_builtins: build.sh has the little of it that a kernel needs.
# usage: sources_of_an_older_rust_will_do.sh MICROVM SOURCE
set -u
microvm=$1 source=$2
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
cp -r "$source/starter-kit/rust-kernel" "$work" && cd "$work" || exit 125

# A compiler whose sources are Debian's, but for that one.
library=sysroot/lib/rustlib/src/rust/library
mkdir -p "$library"
ln -s /usr/lib/rustlib/src/rust/library/* "$library" || exit 125
rm -f "$library/compiler-builtins"
cat >rustc <<END
#!/bin/sh
[ "\$*" != '--print sysroot' ] || exec echo "$work/sysroot"
exec /usr/bin/rustc "\$@"
END
chmod +x rustc
RUSTC=$work/rustc MICROVM_CACHE=$work/cache
export RUSTC MICROVM_CACHE

fail() {
    echo "sources_of_an_older_rust_will_do: $1" >&2
    cat out err >&2
    exit 1
}

sh rust-kernel/build.sh rust-kernel >out 2>err || fail "it is not built"
timeout 60 "$microvm" run rust-kernel/build/kernel.elf </dev/null >out 2>err || fail "status $?"
cmp -s out "$source/tests/rust/expected" || fail "not what is expected"
exit 0
