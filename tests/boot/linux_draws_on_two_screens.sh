#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Linux has a monitor on each head of the card, hears of each window's new size, and draws on the second screen what its window and its
# screendump show; keys typed there arrive. A replay shows the same by VNC.
. "$(dirname -- "$0")/lib.sh"
. "$(dirname -- "$0")/guest_tools.sh"
export PYTHONDONTWRITEBYTECODE=1
with_programs kms events
python3 "${0%.sh}.py" "$work" "$image" --initrd "$work/initramfs" --memory 256 --cmdline 'quiet console=ttyS0'
if [[ ${SCREENS:-} ]]; then cp "$work"/*.png "$SCREENS"; fi
