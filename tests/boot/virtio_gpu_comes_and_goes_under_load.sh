#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The driver of the graphics card is unloaded and loaded 100 times while text scrolls over the screen; afterwards the screen works as
# before, and nothing is left behind in the process.
. "$(dirname -- "$0")/lib.sh"
. "$(dirname -- "$0")/guest_tools.sh"
. "$(dirname -- "$0")/rounds.sh"
cat >"$work/commands" <<'EOF'
modprobe -a virtio_mmio virtio-gpu || poweroff -f
load() { while :; do echo "$((n = n + 1)) lines"; usleep 2000; done >/dev/tty1 2>/dev/null; }
load &
cat >/round <<'END'
console() { for c in /sys/class/vtconsole/*; do if grep -q 'frame buffer' $c/name; then echo $1 >$c/bind; fi; done; }
usleep 20000
console 0
modprobe -r virtio-gpu && modprobe virtio-gpu && [ -e /dev/fb0 ] || exit 1
console 1
END
echo 'cat /sys/class/drm/card*-Virtual-1/modes' >/after
EOF
in_rounds "$image" --initrd "$devices" --cmdline 'quiet loglevel=4' --gpu=640x400
want '^640x400'
if grep ERROR "$work/out" "$work/err"; then die 'the guest is in trouble'; fi
