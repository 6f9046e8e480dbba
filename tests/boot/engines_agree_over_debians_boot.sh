#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Under the virtual clock both engines end Debian's whole boot in the same state after the same number of steps, and so do
# two runs of one engine.
. "$(dirname -- "$0")/lib.sh"
for engine in tail switch tail; do
    boot "$image" --initrd "$initramfs" --clock virtual --engine "$engine" --cmdline microvm.test=poweroff -vv
    want 'reboot: Power down'
    grep -E 'digest|instructions' "$work/err" >"$work/$engine"
    [[ -s $work/$engine ]] || die "no digest in: $(cat "$work/err")"
    cmp "$work/$engine" "$work/tail" || die "$engine: $(cat "$work/$engine"); tail: $(cat "$work/tail")"
done
