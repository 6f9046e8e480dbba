#!/bin/sh
# SPDX-License-Identifier: MIT
# Each kind, filter and form of a trace shows of two small guests what expected/ holds, on both engines.
# usage: traces_show_what_happened.sh MICROVM GUESTS     UPDATE=1 in the environment writes expected/ anew
set -u
here=$(dirname "$0")
microvm=$1
guests=$2
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0
# What stands before the guest's own code depends on the machine's ROM.
machine_code=pc=0x80000000-0x80000fff

# expect NAME GUEST OPTION...: the trace is expected/NAME.
expect() {
    name=$1
    guest=$2
    shift 2
    for engine in tail switch; do
        "$microvm" run --clock virtual --engine $engine "$@" "$guests/$guest.elf" </dev/null 2>"$work/$name"
        status=$?
        [ $status -eq 0 ] || { echo "$name: exit status $status with $engine" >&2; failed=1; }
        [ "${UPDATE:-}" = 1 ] && cp "$work/$name" "$here/expected/$name"
        diff "$here/expected/$name" "$work/$name" >&2 || { echo "$name: differs with $engine" >&2; failed=1; }
    done
}

expect machine machine --trace=insn,mem,csr,trap,mmio,irq --trace-filter $machine_code
expect machine.spike machine --trace --trace-format spike --trace-filter $machine_code
expect machine.insn machine --trace=insn --trace-filter $machine_code
expect machine.mem machine --trace=mem --trace-filter $machine_code
expect machine.csr machine --trace=csr
expect machine.trap machine --trace=trap
expect machine.symbol machine --trace=insn --trace-filter symbol=interrupt,symbol=leaf
expect machine.user machine --trace=insn,trap --trace-filter priv=u
expect machine.window machine --trace --trace-from 20 --trace-count 3
expect kernel kernel --trace=insn,mem,csr,trap,sbi,irq,walk
expect kernel.events kernel --trace=trap,sbi,irq,mmio
expect kernel.perfetto kernel --trace=trap,sbi,irq --trace-format perfetto

for none in v=1 hart=1 pc=0; do
    "$microvm" run --clock virtual --trace --trace-filter $none "$guests/machine.elf" 2>"$work/none"
    [ ! -s "$work/none" ] || { echo "$none: something passes" >&2; failed=1; }
done
exit $failed
