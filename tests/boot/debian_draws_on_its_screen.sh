#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian's text console is on the screen, in pictures taken headless: in the present, in the past, and in a loaded snapshot.
. "$(dirname -- "$0")/lib.sh"
devices=$cache/guests/devices.cpio.gz
[[ -r $devices ]] || die "no $devices: run scripts/guests first"
python3 "${0%.sh}.py" "$work" "$image" --initrd "$devices" --cmdline quiet --gpu --memory 256
