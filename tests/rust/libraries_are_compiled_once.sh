#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh compiles Rust's libraries once, whoever asks at the same time; what failed or was killed leaves nothing that
# a later run takes for whole; it says what is missing. The compiler and the linker are pretended.
# usage: libraries_are_compiled_once.sh MICROVM SOURCE
set -u
script=$2/starter-kit/rust-kernel/build.sh
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 125
cp -r "$2/starter-kit/rust-kernel" one && cp -r one two || exit 125

fail() {
    echo "libraries_are_compiled_once: $1" >&2
    cat log err* >&2
    exit 1
}

# A compiler whose answers are those of rustc, and which writes down what it compiles.
for crate in core alloc compiler-builtins/compiler-builtins; do
    mkdir -p "sysroot/lib/rustlib/src/rust/library/$crate/src"
    touch "sysroot/lib/rustlib/src/rust/library/$crate/src/lib.rs"
    echo 'edition = "2024"' >"sysroot/lib/rustlib/src/rust/library/$crate/Cargo.toml"
done
cat >pretended-rustc <<END
#!/bin/sh
case "\$*" in
-vV) printf 'rustc 1.99.0\nhost: here\nrelease: %s\n' "\${PRETENDED:-1.99.0}"; exit ;;
'--print sysroot') echo "$work/sysroot"; exit ;;
'--print cfg'*) exit ;;
esac
echo "\$2" >>"$work/log"
[ ! -e "$work/broken-\$2" ] || exit 1
while [ \$# -gt 1 ]; do
    case \$1 in
    --out-dir) echo library >"\$2/lib\$crate.rlib" ;;
    --crate-name) crate=\$2 ;;
    -o) echo kernel >"\$2" ;;
    esac
    shift
done
END
chmod +x pretended-rustc
RUSTC=$work/pretended-rustc RISCV_LD=true MICROVM_CACHE=$work/cache
export RUSTC RISCV_LD MICROVM_CACHE

# logged WORD...: exactly this was compiled since the last time.
logged() {
    is=$(sort log | tr '\n' ' ')
    [ "$is" = "$* " ] || fail "compiled was: $is, not: $*"
    : >log
}

: >log
touch broken-alloc
sh "$script" one 2>err && fail "it goes on without alloc"
logged alloc compiler_builtins core
[ -z "$(find cache -name '*.rlib')" ] || fail "a failure leaves libraries"
[ ! -e one/build/kernel.elf ] || fail "a failure leaves a kernel"
rm broken-alloc

mkdir -p cache/rust/new.killed
sh "$script" one 2>err1 &
sh "$script" two 2>err2 || fail "the second of two fails"
wait $! || fail "the first of two fails"
logged alloc compiler_builtins core kernel kernel
for folder in one two; do
    grep -q kernel "$folder/build/kernel.elf" || fail "$folder has no kernel"
done
[ "$(find cache -name 'lib*.rlib' | wc -l)" -eq 3 ] || fail "not three libraries"
[ ! -e cache/rust/new.killed ] || fail "what was killed stays"

(cd one && sh "$script") 2>err || fail "it fails when all is there"
logged kernel
[ -s err ] && fail "it talks"

# refused TEXT VARIABLE=VALUE...
refused() {
    text=$1
    shift
    env "$@" sh "$script" one >out 2>err && fail "$*: it goes on"
    grep -qF -- "$text" err || fail "$*: nothing of '$text'"
    [ "$(wc -l <err)" -eq 1 ] || fail "$*: not one line"
}
refused "there is no Rust compiler: apt install rustc-web rust-web-src" RUSTC=nowhere
refused "there is no linker for RISC-V" RISCV_LD=nowhere
refused "$RUSTC (Rust 1.63.0): none is Rust 1.82 or newer" PRETENDED=1.63.0
mv sysroot/lib/rustlib/src elsewhere
refused "$RUSTC (Rust 1.99.0): none is Rust 1.82 or newer with the target riscv64gc-unknown-none-elf or the sources" PRETENDED=1.99.0
rm one/Cargo.toml
refused "one: there is no Cargo.toml" MICROVM_CACHE="$work/cache"
exit 0
