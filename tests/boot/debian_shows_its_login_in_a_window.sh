#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian with systemd finds its graphics card and its keyboard by itself, and its getty asks for the login in a window. What is typed there
# arrives, by VNC as well; window, VNC and screendump show the same, which is what the guest says stands on its console. The
# pictures are left in the folder $SCREENS, if that is set.
. "$(dirname -- "$0")/lib.sh"
disk=$cache/guests/debian/root.ext4
[[ -r $disk ]] || die "no $disk: run scripts/guests first"
export PYTHONDONTWRITEBYTECODE=1
# A busy host is no reason for systemd to give a device up.
patience='systemd.default_timeout_start_sec=3600 systemd.default_device_timeout_sec=3600'
python3 "${0%.sh}.py" "$work" "$image" --initrd "$initramfs" --disk "$disk,snapshot=on" \
    --cmdline "root=/dev/vda quiet console=tty0 console=ttyS0 $patience"
if [[ ${SCREENS:-} ]]; then cp "$work"/*.png "$SCREENS"; fi
