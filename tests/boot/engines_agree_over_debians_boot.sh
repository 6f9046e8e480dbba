#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Under the virtual clock both engines are in the same state at the end of every slice of Debian's boot, and so is a second run
# of one engine.
. "$(dirname -- "$0")/lib.sh"
for engine in tail switch tail; do
    boot "$image" --initrd "$initramfs" --clock virtual --engine "$engine" --cmdline microvm.test=poweroff \
        --digest-log "$work/$engine"
    want 'reboot: Power down'
    [[ $(wc -l <"$work/$engine") -gt 500 ]] || die "the log of digests is short: $(tail -n 1 "$work/$engine")"
    cmp "$work/$engine" "$work/tail" || die "the $engine engine parted from the tail engine"
done
