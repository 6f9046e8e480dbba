#!/bin/sh
# SPDX-License-Identifier: MIT
# Kernels with odd names are built as any other; sources of one name are all linked; what is missing for a C file with main is added;
# what a source defines itself is kept; the commands that -v shows do the same in a shell.
# usage: folders_are_built_whatever_their_names.sh MICROVM
set -u
microvm=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 125
failed=0
unset CC

complain() {
    echo "folders_are_built_whatever_their_names: $1" >&2
    cat err out 2>/dev/null >&2
    failed=1
}

put='static void put(const char *s) { while (*s) *(volatile char *)0x10000000 = *s++; }'

# prints TEXT WORD...: microvm build WORD... --run says nothing and the guest prints just TEXT.
prints() {
    text=$1
    shift
    timeout 60 "$microvm" build "$@" --run -- --max-insns 1000000 </dev/null >out 2>err || complain "$*: status $?"
    [ "$(cat out)" = "$text" ] || complain "$*: not '$text'"
    [ -s err ] && complain "$*: it says something"
}

# hello FOLDER NAME.c
hello() {
    mkdir -p -- "$1"
    printf '%s\n' "$put int main(void) { put(\"hello\\n\"); return 7; }" >"$1/$2"
}

hello 'a b' 'c d.c'
hello '-x' '-y.c'
hello '@z' '@w.c'
hello "it's" 'a"b$(c)`d;e.c'
hello 'ä
ö' '*.c'
for folder in 'a b' "it's" 'ä
ö' ./-x @z ./@z "$work/-x" "@z/"; do
    prints hello "$folder"
done
for folder in 'a b' -x @z "it's"; do
    (cd ./"$folder" && "$microvm" build >../out 2>../err && "$microvm" run build/kernel.elf >../out </dev/null) || complain "in $folder: status $?"
    [ "$(cat out)" = hello ] || complain "in $folder: not hello"
done
prints hello "a b/c d.c" --output "e f/g.elf"
[ -s 'e f/g.bin' ] || complain "no flat image beside the named output"
[ -e build ] && complain "the default output was made, too"

# The commands as they are shown.
for folder in 'a b' "it's"; do
    "$microvm" build -v "$folder" >out 2>commands || complain "-v $folder: status $?"
    cp "$folder/build/kernel.elf" wanted
    rm "$folder"/build/*.elf "$folder"/build/*.objects/*.o
    sh -e commands >out 2>err || complain "the commands of '$folder' are not the shell's"
    cmp wanted "$folder/build/kernel.elf" || complain "the commands of '$folder' make another kernel"
    [ -s err ] && complain "the commands of '$folder' say something"
done

# The same name in C and assembly, and in two folders.
mkdir -p same/other
printf '%s\n' "$put int part(void); int other(void); int main(void) { put(part() + other() == 3 ? \"3\\n\" : \"no\\n\"); return 0; }" >same/main.c
printf '.global part\npart: li a0, 1\nret\n' >same/main.S
printf '%s\n' 'int other(void) { return 2; }' >same/other/main.c
prints 3 same/main.c same/main.S same/other/main.c
printf '%s\n' 'int other(void) { return 2; }' >same/trap.c
printf '%s\n' '.word 0' >same/trap.S
prints 3 same

# A struct is copied; and the project's own functions take the place of ours.
mkdir copies
cat >copies/main.c <<EOF
$put
struct big { char a[1001]; };
struct big x, y;
long zero[100];
__attribute__((noinline)) void copy(struct big *to, const struct big *from) { *to = *from; }
int main(unsigned long hart, void *tree)
{
    x.a[999] = 5;
    copy(&y, &x);
    put(y.a[999] == 5 && zero[50] == 0 && hart == 0 && tree != 0 ? "copied\n" : "no\n");
    return 0;
}
EOF
prints copied copies
cat >copies/mine.c <<EOF
$put
void *memcpy(void *to, const void *from, unsigned long n)
{
    put("mine\n");
    for (unsigned long i = 0; i < n; i++)
        ((volatile char *)to)[i] = ((const char *)from)[i];
    return to;
}
EOF
prints 'mine
copied' copies

# What begins comes first in the flat image, wherever it stands and whatever its section.
mkdir first
printf '%s\n' 'void other(void) { for (;;); }' >first/a.c
printf '.global _start\n_start: la sp, stack_top\nli t0, 0x10000000\nli t1, 0x41\nsb t1, 0(t0)\nli t0, 0x100000\nli t1, 0x5555\nsw t1, 0(t0)\n' >first/z.S
prints A first
timeout 20 "$microvm" run --kernel first/build/kernel.bin --load-addr 0x80000000 --max-insns 1000000 </dev/null >out 2>err
[ "$(cat out)" = A ] || complain "the flat image begins elsewhere"

# Flags, the folder's headers, one of several scripts.
mkdir flags
printf '%s\n' '#define WORD "header\n"' >flags/word.h
printf '%s\n' "#include <word.h>
$put int main(void) { put(ADDED WORD); return 0; }" >flags/main.c
prints 'a bheader' flags --cflags '-DADDED="\"a b\"" -O2'
prints 'a bheader' --cflags="-DADDED='\"a b\"'" flags
cp "$root/src/project/builtin/kernel.ld" flags/kernel.ld
cp flags/kernel.ld flags/user.ld
cat >flags/start.S <<'EOF'
.section .text.entry, "ax"
.global _start
_start: la sp, stack_top
call main
li t0, 0x100000
li t1, 0x5555
sw t1, 0(t0)
EOF
prints 'xheader' flags --cflags '-DADDED=\"x\"'
prints 'xheader' flags --cflags '-DADDED=\"x\"' --script flags/user.ld
mv flags/user.ld 'flags/a b.ld'
rm flags/kernel.ld
prints 'xheader' flags --cflags '-DADDED=\"x\"'

# A script that includes another, from wherever the build is started, and says only in a comment what it does not mean.
mv 'flags/a b.ld' flags/parts.inc
printf '/* ENTRY(nowhere) */\nINCLUDE parts.inc\n' >flags/kernel.ld
prints 'xheader' flags --cflags '-DADDED=\"x\"'

# Two builds of one folder at a time do not disturb each other.
for i in 1 2 3; do
    "$microvm" build copies >out$i 2>&1 &
    pids="${pids-} $!"
done
for pid in $pids; do
    wait "$pid" || complain "a build beside others: status $?"
done
cat out1 out2 out3 >out
[ -s out ] && complain "builds beside each other talk"
exit $failed
