#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian fills its memory and frees it: by free page reporting the host has it back, and by the balloon what the monitor asks for. What the
# guest keeps, and what it writes afterwards, is right.
. "$(dirname -- "$0")/lib.sh"
devices=$cache/guests/devices.cpio.gz
[[ -r $devices ]] || die "no devices in $cache/guests: run scripts/guests devices first"
python3 "${0%.sh}.py" "$MICROVM" "$image" "$devices" "$work"
