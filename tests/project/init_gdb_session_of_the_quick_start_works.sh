#!/bin/sh
# SPDX-License-Identifier: MIT
# microvm run --kernel my-kernel.bin --gdb 1234 waits for a debugger called riscv64-unknown-elf-gdb, which breaks at 0x80200000, continues
# up to there, and shows registers and instructions, and steps. (The port is any free one here, as other tests run beside this.)
# usage: init_gdb_session_of_the_quick_start_works.sh MICROVM
set -u
command -v gdb-multiarch >/dev/null || { echo "gdb-multiarch is not installed"; exit 77; }
microvm=$(realpath "$1")
work=$(mktemp -d) || exit 125
machine=
trap '[ -n "$machine" ] && kill "$machine" 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$work/bin" && ln -s "$microvm" "$work/bin/microvm" && ln -s "$(command -v gdb-multiarch)" "$work/bin/riscv64-unknown-elf-gdb"
PATH=$work/bin:$PATH
HOME=$work
export PATH HOME
cd "$work" || exit 125
cat >kernel.S <<'END'
.section .text.entry, "ax"
.globl _start
_start:
    la t0, main
    jr t0
.text
main:
    li s1, 41
    addi s1, s1, 1
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
    .rept 8
    nop
    .endr
END
echo 'ENTRY(_start) SECTIONS { .text 0x80000000 : { *(.text.entry) . = 0x200000; *(.text) } }' >kernel.ld
microvm build && cp build/kernel.bin my-kernel.bin || exit 1

mkfifo messages
exec 3<>messages
microvm run --kernel my-kernel.bin --gdb 0 2>&3 </dev/null >console &
machine=$!
read -r message <&3
port=${message##*:}
case $message in *"target remote 127.0.0.1:$port") ;; *) echo "microvm says: $message"; exit 1 ;; esac
printf '%s\n' 'break *0x80200000' 'continue' 'info registers' 'x/10i $pc' 'stepi' 'stepi' 'info registers s1' 'kill' >commands
timeout 60 riscv64-unknown-elf-gdb -q -nx -ex 'set confirm off' -ex "target remote :$port" <commands >out 2>&1
wait "$machine"
status=$?
machine=
failed=0
[ "$status" -eq 0 ] || { echo "the machine ended with status $status"; failed=1; }
for line in 'Breakpoint 1 at 0x80200000' 'Breakpoint 1, 0x0*80200000 in' '^pc  *0x80200000' '=> 0x80200000.*li.*s1,41' 's1  *0x2a'; do
    grep -q -- "$line" out || { echo "GDB does not say: $line"; failed=1; }
done
[ "$(grep -c '0x802000[0-9a-f]*:' out)" -ge 10 ] || { echo "x/10i shows fewer"; failed=1; }
[ $failed -eq 0 ] || cat out
exit $failed
