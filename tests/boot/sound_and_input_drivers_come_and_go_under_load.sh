#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The drivers of keyboard, tablet and sound card are unloaded and loaded 100 times while a song is played and recorded and a text is
# typed, and work each time. Nothing is left behind in the process.
. "$(dirname -- "$0")/lib.sh"
. "$(dirname -- "$0")/guest_tools.sh"
. "$(dirname -- "$0")/rounds.sh"
with_programs pcm
cat >"$work/commands" <<'EOI'
modprobe -a virtio_mmio virtio_snd virtio_input evdev
cat >/round <<'END'
head -c 200000 /dev/zero | /pcm play S16 8000 1 400 >/dev/null 2>&1 &
/pcm record S16 8000 1 400 100000 >/dev/null 2>&1 &
cat /dev/input/event0 >/dev/null 2>&1 &
cat /dev/input/event1 >/dev/null 2>&1 &
usleep $((RANDOM % 200 * 1000))
for driver in virtio_snd virtio_input; do
    for device in /sys/bus/virtio/drivers/$driver/virtio*; do echo ${device##*/} >/sys/bus/virtio/drivers/$driver/unbind; done
done
kill %1 %2 %3 %4 2>/dev/null
wait
modprobe -r virtio_snd && modprobe -r virtio_input && modprobe virtio_snd && modprobe virtio_input || exit 1
tries=0; until [ -e /dev/snd/pcmC0D0p ] && [ -e /dev/input/event1 ]; do usleep 10000; [ $((tries = tries + 1)) -lt 500 ] || exit 1; done
head -c 800 /dev/zero | /pcm play S16 8000 1 400 | grep -q 'with 0 gaps'
END
EOI
cat >"$work/typist" <<'EOP'
import socket, sys
client = socket.socket(socket.AF_UNIX)
client.connect(sys.argv[1])
try:
    while client.recv(65536):  # until the machine ends: a line is answered before the next one is sent
        client.sendall(b"type the quick brown fox\n")
except ConnectionError:
    pass
EOP
{
    until [[ -S $work/monitor || ! -d $work ]]; do sleep 0.1; done
    python3 "$work/typist" "$work/monitor" || true
} &
in_rounds "$image" --initrd "$work/initramfs" --cmdline 'quiet loglevel=4' --input keyboard,tablet --audio "wav:$work/out.wav" \
    --monitor "$work/monitor"
