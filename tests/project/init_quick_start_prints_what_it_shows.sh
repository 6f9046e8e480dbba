#!/bin/sh
# SPDX-License-Identifier: MIT
# The quick start: in minimal-kernel `make` and `microvm run --kernel kernel.bin --load-addr 0x80000000` print what is shown, on the clock of
# the wall too; so do the kernel's other spellings and the built-in example.
# usage: init_quick_start_prints_what_it_shows.sh MICROVM
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" && ln -s "$(realpath "$1")" "$work/bin/microvm"
PATH=$work/bin:$PATH
failed=0
cp -r "$root/starter-kit/minimal-kernel" "$work/minimal-kernel" && cd "$work/minimal-kernel" && rm -f ./*.o kernel.elf kernel.bin || exit 125

cat >"$work/shown" <<'END'

  ╔═══════════════════════════════════╗
  ║     🖥️  MyOS v0.1 on RISC-V       ║
  ║     Hello from my OS!              ║
  ╚═══════════════════════════════════╝

[mm] heap: 0x80006000 - 0x80800000 (2042 pages)
[mm] enabling Sv39 paging, satp=0x8000000000080006
[sched] created task 1: 'Task A'
[sched] created task 2: 'Task B'
[sched] created task 3: 'Task C'
[kernel] starting scheduler...

[Task A] Hello! tick=0, pid=1, iteration=0
[Task B] World! tick=1, pid=2, iteration=0
[Task C] Written via syscall!
END

# shows WORD...: the command ends well, and begins with what is shown.
shows() {
    "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
    [ "$status" -eq 0 ] || { echo "$*: status $status"; failed=1; }
    [ -s "$work/err" ] && [ "${quiet:-yes}" = yes ] && { echo "$*:"; cat "$work/err"; failed=1; }
    head -n "$(wc -l <"$work/shown")" "$work/out" | diff "$work/shown" - || { echo "$*: prints something else"; failed=1; }
}

make MAKEFLAGS= >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
grep -i warning "$work/out" && failed=1
shows microvm run --kernel kernel.bin --load-addr 0x80000000
shows microvm run -k kernel.bin --load-addr 0x80000000 --memory 256
shows microvm run --kernel kernel.elf
shows microvm run kernel.elf --cpus 4
shows microvm run kernel.elf --strict
shows microvm run kernel.elf --cpu svade=on
shows microvm run --example minimal-kernel
make MAKEFLAGS= run >"$work/out" 2>&1 </dev/null || { echo "make run: status $?"; failed=1; }
tail -n +2 "$work/out" | head -n "$(wc -l <"$work/shown")" | diff "$work/shown" - || { echo "make run prints something else"; failed=1; }
cp kernel.bin my-kernel.bin
quiet=no # where a raw image goes is said if nobody says it
shows microvm run --kernel my-kernel.bin
[ "$(cat ./*.c ./*.h ./*.S | wc -l)" -lt 500 ] || { echo "the kernel has 500 lines or more"; failed=1; }
microvm run --example LIST | grep -q '^minimal-kernel  *a teaching kernel' || { echo "LIST has no minimal-kernel"; failed=1; }

exit $failed
