#!/bin/sh
# SPDX-License-Identifier: MIT
# What keeps `microvm build` from building is said in one line that names it and what to do, and the status is 125; what is wrong with
# the sources the compiler says, and the status is 1; after either there is no kernel, not even an older one.
# usage: what_cannot_be_built_is_said_in_one_line.sh MICROVM
set -u
microvm=$1
work=$(mktemp -d) || exit 125
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work" || exit 125
failed=0
unset CC

complain() {
    echo "what_cannot_be_built_is_said_in_one_line: $1" >&2
    cat err out >&2
    failed=1
}

# fails STATUS TEXT WORD...
fails() {
    wanted=$1
    text=$2
    shift 2
    "$microvm" build "$@" </dev/null >out 2>err
    status=$?
    [ $status -eq "$wanted" ] || complain "$*: status $status"
    grep -qF -- "$text" err || complain "$*: nothing of '$text'"
    [ -s out ] && complain "$*: words on standard output"
}

refused() {
    fails 125 "$@"
    [ "$(wc -l <err)" -eq 1 ] || complain "$*: not one line"
    grep -q '^microvm: ' err || complain "$*: not a line of ours"
}

mkdir fine empty
echo 'int main(void) { return 0; }' >fine/main.c
touch fine/notes.txt one.ld two.ld

refused "the folder 'empty' has no *.c and no *.S" empty
(cd empty && fails 125 "the folder '.' has no *.c and no *.S")
mkdir empty/not.c
echo 'int hidden' >empty/.hidden.c
mkfifo empty/pipe.c
refused "the folder 'empty' has no *.c and no *.S" empty
[ -e empty/build ] && complain "something was made for an empty folder"
refused "'nowhere': No such file or directory" nowhere
refused 'takes one folder, or sources' fine empty
refused 'takes one folder, or sources' fine fine/main.c
refused 'takes one folder, or sources' fine/main.c fine
refused "'fine/notes.txt' is neither a folder nor a source" fine/notes.txt
refused "is neither a folder nor a source" empty/pipe.c
refused "'' is neither" ''
refused "did you mean --script?" --scrip x
refused "unknown option '-x'" -x
refused "--script: wants an argument" --script
refused "--script: 'none.ld': No such file" --script none.ld fine
refused "--script: 'fine' is no regular file" --script fine fine
refused "which linker script? 'one.ld', 'two.ld': name one by --script" fine/main.c
refused "--output: 'fine/main.c' is no name of an ELF file" --output fine/main.c fine
refused "cannot make the folder 'fine/main.c': Not a directory" --output fine/main.c/x.elf fine
refused "a quote is not closed" --cflags "-DA='1" fine
refused "write --run -- OPTIONS" fine -- --cpus 2
refused "unknown option '--cpsu'; did you mean --cpus?" --run fine -- --cpsu 2
refused "'other.elf' is a second kernel" --run fine -- other.elf
grep -q 'int main' fine/main.c || complain "a source is gone"

# Compilers.
mkdir none x86
cat >x86/clang <<'EOF'
#!/bin/sh
echo "error: unable to create target: 'No available targets are compatible with triple'" >&2
exit 1
EOF
cat >x86/riscv64-linux-gnu-gcc <<'EOF'
#!/bin/sh
for word; do [ "$word" = -c ] && exit 0; done
exit 1
EOF
chmod +x x86/*
env PATH="$work/none" "$microvm" build fine >out 2>err
[ $? -eq 125 ] || complain "no compiler: status"
grep -q '^microvm: there is no compiler for RISC-V here; to get one: ..' err || complain "no compiler"
[ "$(wc -l <err)" -eq 1 ] || complain "not one line"
env PATH="$work/x86" "$microvm" build fine >out 2>err
status=$?
[ $status -eq 125 ] || complain "an x86-only clang: status $status"
grep -q 'riscv64-linux-gnu-gcc finds no linker, clang makes no riscv64 code; to get one: ' err || complain "compilers that will not do"
[ "$(wc -l <err)" -eq 1 ] || complain "not one line"
refused "--cc: there is no program 'no-such-cc'" --cc no-such-cc fine
refused "--cc: '$work/x86/clang -v' makes no riscv64 code" --cc "$work/x86/clang -v" fine
refused "--cc: '$work/x86/riscv64-linux-gnu-gcc' finds no linker" --cc "$work/x86/riscv64-linux-gnu-gcc" fine
refused '--cc: wants a compiler' --cc ' ' fine
CC="$work/x86/clang" "$microvm" build fine >out 2>err || complain "a CC for this machine is no reason to give up: status $?"
[ -s err ] && complain "a CC for this machine is nothing to talk about"
CC="$work/x86/riscv64-linux-gnu-gcc" refused "CC: '$work/x86/riscv64-linux-gnu-gcc' finds no linker for RISC-V" fine
CC=riscv64-no-such-gcc refused "CC: there is no program 'riscv64-no-such-gcc'" fine
unset CC
"$microvm" build fine || complain "no compiler was found"

# Sources.
[ -s fine/build/kernel.elf ] || complain "no kernel"
echo 'int main(void) { return x; }' >fine/main.c
fails 1 'main.c:1:' fine
[ -e fine/build/kernel.elf ] && complain "the old kernel is still there"
echo 'int f(void) { return 1; }' >fine/main.c
fails 1 'microvm: no source defines main, or _start, where a kernel begins' fine
echo 'int f(void); int main(void) { return f(); }' >fine/main.c
fails 1 'undefined reference to `f' fine
grep -q 'no source defines' err && complain "there is a main"
printf 'ENTRY( begin )\nSECTIONS { . = 0x80000000; .text : { *(.text*) } }\n' >fine/kernel.ld
echo 'int main(void) { return 0; }' >fine/main.c
fails 1 'is to begin at begin (ENTRY in fine/kernel.ld), but no source has such a global symbol' fine
[ -e fine/build/kernel.elf ] && complain "a kernel without its entry is there"
if [ "$(id -u)" -ne 0 ]; then
    mkdir locked
    cp fine/main.c locked
    chmod a-w locked
    refused "cannot make the folder 'locked/build': Permission denied" locked
fi
: >plain
mkdir taken
cp fine/main.c taken
: >taken/build
refused "cannot make the folder 'taken/build': Not a directory" taken
exit $failed
