#!/bin/sh
# SPDX-License-Identifier: MIT
# A new project's .gdbinit connects GDB to the waiting kernel, once even if GDB reads it twice, and its commands work.
# usage: init_gdb_starts_with_the_projects_gdbinit.sh MICROVM
set -u
command -v gdb-multiarch >/dev/null || { echo "gdb-multiarch is not installed"; exit 77; }
work=$(mktemp -d) || exit 125
machine=
trap '[ -n "$machine" ] && kill "$machine" 2>/dev/null; rm -rf "$work"' EXIT
mkdir "$work/bin" && ln -s "$(realpath "$1")" "$work/bin/microvm"
PATH=$work/bin:$PATH
HOME=$work
export PATH HOME
cd "$work" && microvm init my-os >/dev/null && cd my-os && microvm build || exit 1
grep -q '^    target remote :1234$' .gdbinit || { echo ".gdbinit does not connect to port 1234"; exit 1; }
sed -i "s|target remote :1234|target remote $work/gdb|" .gdbinit # other tests may have the port

mkfifo "$work/messages"
exec 3<>"$work/messages"
microvm run --gdb="$work/gdb" build/kernel.elf >"$work/console" 2>&3 &
machine=$!
read -r message <&3
case $message in *'waits for GDB'*) ;; *) echo "microvm says: $message"; exit 1 ;; esac
timeout 60 gdb-multiarch -q -batch -iex "add-auto-load-safe-path $work" -x .gdbinit \
    -ex 'break sys_write' -ex 'continue' -ex 'where-am-i' -ex 'why' -ex 'translate 0x40100000' -ex 'print current->pid' \
    -ex 'help translate' -ex 'kill' >"$work/gdb.out" 2>&1 </dev/null
wait "$machine"
status=$?
machine=
failed=0
[ "$status" -eq 0 ] || { echo "the machine ended with status $status"; failed=1; }
for line in '^Breakpoint 1, sys_write .*trap.c' '^mode 1 (0 user, 1 supervisor, 3 machine)' '^scause  *0x8' '^satp  *0x8000' \
    '0x40100000' '^\$[0-9]* = 1$' 'how the page tables translate'; do
    grep -q -- "$line" "$work/gdb.out" || { echo "GDB does not say $line"; failed=1; }
done
[ "$(grep -c 'Remote debugging\|0x0*1000 in' "$work/gdb.out")" -eq 1 ] || { echo "connected other than once"; failed=1; }
[ $failed -eq 0 ] || cat "$work/gdb.out"
exit $failed
