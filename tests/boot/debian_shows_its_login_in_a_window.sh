#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian's kernel with its virtio-gpu and virtio_input drivers shows a login in a window; what is typed there arrives, and the window
# shows what screendump saves. The pictures are left in the folder $SCREENS, if that is set.
. "$(dirname -- "$0")/lib.sh"
devices=$cache/guests/devices.cpio.gz
[[ -r $devices ]] || die "no $devices: run scripts/guests first"
export PYTHONDONTWRITEBYTECODE=1
python3 "${0%.sh}.py" "$work" "$image" --initrd "$devices" --cmdline 'console=tty0 console=ttyS0'
if [[ ${SCREENS:-} ]]; then cp "$work"/*.png "$SCREENS"; fi
