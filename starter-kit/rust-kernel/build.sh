#!/bin/sh
# SPDX-License-Identifier: MIT
# sh build.sh [FOLDER]     makes FOLDER/build/kernel.elf, of the sources that belong to FOLDER/Cargo.toml
#
# With cargo, where it and its target riscv64gc-unknown-none-elf are installed; else with rustc alone: then Rust's core
# and alloc are compiled from their sources, once, into a cache. Nothing is downloaded.
# Debian 12: apt install rustc-web rust-web-src gcc-riscv64-unknown-elf (or lld); later rustc and rust-src.
#
# RUSTC=program          the compiler for the way without cargo, else rustc of PATH or /usr/bin/rustc: the first that can
# RISCV_LD=program       the linker for it, else rust-lld, ld.lld, riscv64-unknown-elf-ld, riscv64-linux-gnu-ld
# MICROVM_CACHE=folder   else ~/.cache/microvm; what is in its folder rust may be deleted at any time
set -eu

target=riscv64gc-unknown-none-elf
oldest=1.82                            # Rust: the kernel's &raw
recipe=1                               # part of the cache's key: another one builds the libraries anew

# Exit status 1: the kernel does not compile; 125: something is missing, as one line says.
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 125
}

# has_target COMPILER: it has the libraries for the target already.
has_target() {
    set -- "$("$1" --print sysroot 2>/dev/null)"/lib/rustlib/$target/lib/libcore-*.rlib
    [ -e "$1" ]
}

# The sources of the libraries that belong to the compiler $1, or nothing. Debian keeps them in
# /usr/src and links to them; rustup's component rust-src puts them into the sysroot.
sources_of() {
    for folder in "$("$1" --print sysroot)/lib/rustlib/src/rust/library" "/usr/src/rustc-$release/library"; do
        if [ -e "$folder/core/src/lib.rs" ]; then
            printf '%s\n' "$folder"
            return
        fi
    done
}

is_old() {
    minor=${1#*.}
    [ "${minor%%.*}" -lt "${oldest#*.}" ]
}

# Sets rustc and its release, and sources unless it has the target.
find_rustc() {
    set -- rustc /usr/bin/rustc
    [ -z "${RUSTC:-}" ] || set -- "$RUSTC"
    for rustc; do
        release=$("$rustc" -vV 2>/dev/null | sed -n 's/^release: //p')
        [ -n "$release" ] || continue
        seen="${seen:+$seen, }$rustc (Rust $release)"
        ! is_old "$release" || continue
        sources=''
        ! has_target "$rustc" || return 0
        sources=$(sources_of "$rustc")
        [ -z "$sources" ] || return 0
    done
    how="apt install rustc-web rust-web-src (Debian 12; later: rustc rust-src), or: rustup target add $target"
    [ -n "${seen:-}" ] || die "there is no Rust compiler: $how"
    die "$seen: none is Rust $oldest or newer with the target $target or the sources of Rust's libraries: $how"
}

# value NAME FILE: what the first line NAME = "VALUE" of a Cargo.toml says.
value() {
    sed -n "s/^$1 *= *\"\([^\"]*\)\".*/\1/p" "$2" | head -n 1
}

# compile CRATE EDITION SOURCE OPTION...: one of Rust's own libraries, into $new.
compile() {
    crate=$1 edition=$2 source=$3
    shift 3
    RUSTC_BOOTSTRAP=1 "$rustc" --crate-name "$crate" --crate-type rlib --target $target -L "$new" --out-dir "$new" \
        --edition "$edition" -Copt-level=2 -Cpanic=abort -Cembed-bitcode=no -Cforce-frame-pointers=yes \
        --remap-path-prefix "$sources=library" --cap-lints allow "$@" "$source"
}

compile_from() {
    compile "$1" "$(value edition "$2/Cargo.toml")" "$2/src/lib.rs"
}

# What compiled code calls without being asked to. What its build.rs would find out, --print cfg says: which
# rare kinds of numbers the target has.
compile_builtins() {
    folder=$sources/compiler-builtins/compiler-builtins
    if [ ! -e "$folder" ]; then
        compile_small_builtins
        return
    fi
    # shellcheck disable=SC2046 # each word is an option
    set -- 'feature="compiler-builtins"' 'feature="mem"' 'feature="unstable-intrinsics"' intrinsics_enabled \
        arch_enabled optimizations_enabled $(RUSTC_BOOTSTRAP=1 "$rustc" --print cfg --target $target |
            sed -n 's/^target_has_reliable_\(f16\|f128\)$/\1_enabled/p')
    for option; do
        shift
        set -- "$@" --cfg "$option"
    done
    compile compiler_builtins "$(value edition "$folder/Cargo.toml")" "$folder/src/lib.rs" "$@"
}

# Before 1.89 its sources are not with the others. A kernel needs this much of it, unless it divides u128.
compile_small_builtins() {
    cat >"$work/builtins.rs" <<'END'
#![feature(compiler_builtins)]
#![compiler_builtins]
#![no_builtins]
#![no_std]
#![allow(internal_features)]

#[no_mangle]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    let mut i = 0;
    while i < count {
        *to.wrapping_add(i) = *from.wrapping_add(i);
        i += 1;
    }
    to
}

#[no_mangle]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    if (to as usize) <= from as usize {
        return memcpy(to, from, count);
    }
    let mut i = count;
    while i > 0 {
        i -= 1;
        *to.wrapping_add(i) = *from.wrapping_add(i);
    }
    to
}

#[no_mangle]
pub unsafe extern "C" fn memset(to: *mut u8, byte: i32, count: usize) -> *mut u8 {
    let mut i = 0;
    while i < count {
        *to.wrapping_add(i) = byte as u8;
        i += 1;
    }
    to
}

#[no_mangle]
pub unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, count: usize) -> i32 {
    let mut i = 0;
    while i < count {
        if *a.wrapping_add(i) != *b.wrapping_add(i) {
            return *a.wrapping_add(i) as i32 - *b.wrapping_add(i) as i32;
        }
        i += 1;
    }
    0
}

#[no_mangle]
pub unsafe extern "C" fn bcmp(a: *const u8, b: *const u8, count: usize) -> i32 {
    memcmp(a, b, count)
}
END
    compile compiler_builtins 2021 "$work/builtins.rs" -Cdebug-assertions=off
    rm "$work/builtins.rs"
}

compile_libraries() {
    compile_from core "$sources/core"
    compile_builtins
    compile_from alloc "$sources/alloc"
}

# Sets sysroot to the folder with the compiled libraries. Whoever comes while another one compiles
# them waits; the folder gets its name when it is complete, so what was interrupted leaves nothing.
find_libraries() {
    home=${MICROVM_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set}/.cache}/microvm}/rust
    sysroot=$home/$release-$({ "$rustc" -vV && echo "$sources $recipe"; } | cksum | cut -d ' ' -f 1)
    [ ! -e "$sysroot" ] || return 0
    mkdir -p "$home" || die "cannot create the folder $home"
    (
        if command -v flock >/dev/null; then
            flock 9
            rm -rf "$home"/new.*       # of one that was killed
        fi
        [ ! -e "$sysroot" ] || exit 0
        printf '%s: compiling core and alloc of Rust %s for %s; only this first time, a minute or two\n' \
            "${0##*/}" "$release" $target >&2
        work=$(mktemp -d "$home/new.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        trap 'exit 1' HUP INT TERM
        new=$work/lib/rustlib/$target/lib
        mkdir -p "$new"
        compile_libraries
        [ -e "$sysroot" ] || mv "$work" "$sysroot"
    ) 9>"$home/lock"
}

# Sets linker and flavour.
find_linker() {
    host=$("$rustc" -vV | sed -n 's/^host: //p')
    set -- "$("$rustc" --print sysroot)/lib/rustlib/$host/bin/rust-lld" ld.lld riscv64-unknown-elf-ld riscv64-linux-gnu-ld
    [ -z "${RISCV_LD:-}" ] || set -- "$RISCV_LD"
    for linker; do
        case $linker in
        *lld*) flavour=ld.lld ;;
        *) flavour=ld ;;
        esac
        ! command -v "$linker" >/dev/null || return 0
    done
    die "there is no linker for RISC-V: apt install lld, or gcc-riscv64-unknown-elf"
}

# The kernel, as [profile.dev] in Cargo.toml and .cargo/config.toml say.
compile_kernel() {
    mkdir -p build
    out=$(mktemp -d build/new.XXXXXX)
    trap 'rm -rf "$out"' EXIT
    trap 'exit 1' HUP INT TERM
    flags=$(sed -n 's/^rustflags *= *\[\(.*\)\].*/\1/p' .cargo/config.toml | tr -d '",')
    # shellcheck disable=SC2086 # the flags are words
    "$rustc" --crate-name "$(value name Cargo.toml | tr - _)" --crate-type bin --target $target \
        --edition "$(value edition Cargo.toml)" -Copt-level=1 -Cdebuginfo=2 -Cdebug-assertions=on \
        ${sources:+--sysroot "$sysroot"} -Clinker="$linker" -Clinker-flavor=$flavour $flags \
        -o "$out/kernel.elf" src/main.rs
    mv "$out/kernel.elf" build/kernel.elf
}

with_cargo() {
    cargo build --target $target --target-dir target
    mkdir -p build
    cp "target/$target/debug/$(value name Cargo.toml)" build/kernel.elf
}

without_cargo() {
    find_rustc
    [ -z "$sources" ] || find_libraries
    find_linker
    compile_kernel
}

cd -- "${1:-.}"
[ -e Cargo.toml ] || die "${1:-.}: there is no Cargo.toml"
if [ -z "${RUSTC:-}" ] && cargo --version >/dev/null 2>&1 && has_target rustc; then
    with_cargo
else
    without_cargo
fi
