#!/bin/sh
# SPDX-License-Identifier: MIT
# A folder with Cargo.toml is built with cargo where it has the target, quietly, else with rustc alone; the kernel runs, its flat image
# is there; what does not compile ends with status 1, what is missing with 125; options that are for C are refused.
# usage: rust_is_built_as_c_is.sh MICROVM
set -u
microvm=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
cp -r "$root/starter-kit/rust-kernel" "$work/a kernel"
cd "$work" || exit 125
failed=0

complain() {
    echo "rust_is_built_as_c_is: $1" >&2
    cat err out >&2
    failed=1
}

# build STATUS WORD...
build() {
    wanted=$1
    shift
    "$microvm" build "$@" </dev/null >out 2>err
    status=$?
    [ $status -eq "$wanted" ] || complain "$*: status $status"
}

# A cargo that says what it was asked, and a rustc that has the target.
mkdir -p with/bin with/sysroot/lib/rustlib/riscv64gc-unknown-none-elf/lib
: >with/sysroot/lib/rustlib/riscv64gc-unknown-none-elf/lib/libcore-1.rlib
cat >with/bin/cargo <<'EOF'
#!/bin/sh
[ "$1" = --version ] && exit 0
[ "$CARGO_TERM_QUIET" = true ] || echo "cargo talks"
[ "$1" = build ] || exit 1
[ -e fails ] && { echo 'error[E0425]: fails' >&2; exit 101; }
mkdir -p target/riscv64gc-unknown-none-elf/debug
cp "$KERNEL" target/riscv64gc-unknown-none-elf/debug/kernel
EOF
printf '#!/bin/sh\necho "%s/with/sysroot"\n' "$work" >with/bin/rustc
chmod +x with/bin/*
"$microvm" build "$root/starter-kit/tutorials/01-hello-world" --output "$work/hello.elf" || complain "no kernel to pretend with"
KERNEL=$work/hello.elf
export KERNEL
PATH=$work/with/bin:$PATH
build 0 'a kernel'
cmp hello.elf 'a kernel/build/kernel.elf' || complain "cargo's kernel is not the result"
cmp hello.bin 'a kernel/build/kernel.bin' || complain "there is no flat image of it"
[ -s out ] || [ -s err ] && complain "it talks"
: >'a kernel/fails'
build 1 'a kernel'
grep -q E0425 err || complain "cargo's words are not passed on"
[ -e 'a kernel/build/kernel.elf' ] && complain "the old kernel is still there"
rm 'a kernel/fails'

# Nothing that could build it, and options that are for C.
export RUSTC="$work/no-rustc"
build 125 'a kernel'
grep -q '^microvm-rust: there is no Rust compiler: ' err || complain "nobody says what is missing"
[ "$(wc -l <err)" -eq 1 ] || complain "not one line"
for option in --script=x.ld --cflags=-O2 --cc=gcc; do
    build 125 "$option" 'a kernel'
    grep -q "^microvm: ${option%%=*} is for C; " err || complain "$option is not refused"
done

# With rustc alone.
RUSTC=/usr/bin/rustc
[ -x $RUSTC ] || { echo "no rustc of Debian: the rest is left out"; exit $failed; }
build 0 'a kernel' --output "$work/x y/rust.elf" --run -- --clock virtual --cpus 2
grep -q 'Hello from Rust!' out || complain "the kernel in Rust says nothing"
[ -s 'x y/rust.bin' ] || complain "there is no flat image beside the named output"
"$microvm" run --kernel 'x y/rust.bin' --load-addr 0x80000000 --clock virtual </dev/null >out 2>err || complain "the flat image: status $?"
grep -q 'Hello from Rust!' out || complain "the flat image says nothing"
echo 'fn broken() -> u32 { "text" }' >>'a kernel/src/main.rs'
build 1 'a kernel'
grep -q 'mismatched types' err || complain "rustc's words are not passed on"
exit $failed
