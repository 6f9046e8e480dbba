#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Under the virtual clock both engines are in the same state at the end of every slice while Debian's KVM boots Debian.
. "$(dirname -- "$0")/lib.sh"
disk=$cache/guests/nested/disk.img
[[ -r $disk ]] || die "no $disk: run scripts/guests first"
for engine in tail switch; do
    boot "$image" --initrd "$initramfs" --cpus 2 --disk "$disk,ro" --clock virtual --engine "$engine" \
        --cmdline 'root=/dev/vda quiet nested=1' --digest-log "$work/$engine"
    want '^guest 1.1: ended with exit status 0'
    [[ $(wc -l <"$work/$engine") -gt 2000 ]] || die "the log of digests is short: $(tail -n 1 "$work/$engine")"
    cmp "$work/$engine" "$work/tail" || die "the $engine engine parted from the tail engine"
done
