#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A guest of KVM's in Debian runs backwards and forwards with its host, and both power off as if nothing had been.
. "$(dirname -- "$0")/lib.sh"
disk=$cache/guests/nested/disk.img
[[ -r $disk ]] || die "no $disk: run scripts/guests first"
python3 "$(dirname -- "$0")/debian_goes_back_in_time.py" "$work" --nested "$image" --initrd "$initramfs" --disk "$disk,ro" \
    --cmdline 'root=/dev/vda quiet nested=1'
