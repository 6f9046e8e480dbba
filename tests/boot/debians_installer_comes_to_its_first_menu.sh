#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian's installer, as it is booted from a network, asks on the screen which language to use, and a key moves its choice.
. "$(dirname -- "$0")/lib.sh"
installer=$cache/guests/installer
[[ -r $installer/initrd.gz ]] || die "no $installer: run scripts/guests first"
python3 "${0%.sh}.py" "$work" "$installer/linux" --initrd "$installer/initrd.gz" --cmdline 'console=tty0 quiet' --gpu=1024x768 \
    --clock virtual --seed 1
