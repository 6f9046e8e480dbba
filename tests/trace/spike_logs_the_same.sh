#!/bin/sh
# SPDX-License-Identifier: MIT
# Up to its first access to a device the log of a guest is Spike's own, but for what stands before its first instruction. Left
# out where there is no spike.
# usage: spike_logs_the_same.sh MICROVM GUESTS
set -u
microvm=$1
guest=$2/machine.elf
command -v spike >/dev/null || exit 77
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT

# The lines from the first instruction of the guest to its subroutine.
guests_own() {
    sed -n '/ 3 0x0000000080000000 (/,/(0x00008067)/p' "$1"
}

# It has no way to end under Spike, which takes a trap for thousands of instructions.
spike --isa=rv64gc_zicntr --instructions=50000 --log-commits --log="$work/spike" "$guest" </dev/null >/dev/null 2>&1
"$microvm" run --clock virtual --cpu h=off --trace --trace-format spike --trace-file "$work/microvm" "$guest" || exit 1
guests_own "$work/spike" >"$work/want"
guests_own "$work/microvm" >"$work/got"
[ "$(wc -l <"$work/got")" -gt 30 ] || { echo "there are few lines" >&2; exit 1; }
diff "$work/want" "$work/got"
