#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The S-mode program that passes on the built-in SBI (tests/guest) passes unchanged under OpenSBI 1.1 and 1.6: harts start,
# stop and suspend, interrupts and remote fences reach them, timers, the console and the way out work.
. "$(dirname -- "$0")/lib.sh"
program=${GUEST_PROGRAMS:?names the folder of the bare-metal guests}/harts_rule_each_other_through_any_sbi.elf
for version in 1.1 1.6; do
    for harts in 1 2 4; do
        boot --firmware "$firmware/opensbi-$version/generic/fw_dynamic.bin" "$program" --cpus "$harts" --clock virtual ||
            die "OpenSBI $version, $harts harts: exit status $?: $(tail -n 1 "$work/err")"
        want "^OpenSBI v$version"
        want '^the console speaks'
    done
done
