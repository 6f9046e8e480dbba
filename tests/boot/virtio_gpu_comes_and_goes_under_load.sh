#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The driver of the graphics card is unloaded and loaded 100 times while text scrolls over the screen; afterwards the screen works as
# before.
. "$(dirname -- "$0")/lib.sh"
devices=$cache/guests/devices.cpio.gz
[[ -r $devices ]] || die "no $devices: run scripts/guests first"
cat >"$work/commands" <<'EOF'

modprobe -a virtio_mmio virtio-gpu || poweroff -f
load() { while :; do echo "$((n = n + 1)) lines"; usleep 2000; done >/dev/tty1 2>/dev/null; }
load &
console() { for c in /sys/class/vtconsole/*; do if grep -q 'frame buffer' $c/name; then echo $1 >$c/bind; fi; done; }
round=0
while [ $round -lt 100 ]; do
    usleep 20000
    console 0
    modprobe -r virtio-gpu && modprobe virtio-gpu && [ -e /dev/fb0 ] || break
    console 1
    round=$((round + 1))
done
kill %1
echo "rounds: $round"
cat /sys/class/drm/card*-Virtual-1/modes
poweroff -f
EOF
"$MICROVM" run "$image" --initrd "$devices" --cmdline quiet --gpu <"$work/commands" >"$work/out" 2>"$work/err"
want '^rounds: 100'
want '^1280x800'
if grep -E 'BUG|Oops|WARNING|Call Trace|needs a reset|ERROR' "$work/out" "$work/err"; then die 'the guest is in trouble'; fi
