#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The drivers of a shared folder are unloaded and loaded 100 times while it is written, read and listed; what was written and synced
# before is there each time, and at the end in the host's folder. Nothing is left behind in either process.
. "$(dirname -- "$0")/lib.sh"
. "$(dirname -- "$0")/guest_tools.sh"
. "$(dirname -- "$0")/rounds.sh"
mkdir "$work/folder"
cat >"$work/commands" <<'EOI'
modprobe -a virtio_mmio 9pnet_virtio 9p; mkdir /f
cat >/round <<'END'
piece() { seq $1 1 $(($1 + 20000)) | head -c 65536; }
mount -t 9p -o trans=virtio,version=9p2000.L share /f || exit 1
piece $1 | dd of=/f/piece$1 bs=65536 conv=fsync 2>/dev/null || exit 1
i=1
while [ $i -le $1 ]; do
    [ $(md5sum </f/piece$i | cut -c1-32) = $(piece $i | md5sum | cut -c1-32) ] || exit 1
    i=$((i + $1 / 4 + 1))
done
(while :; do cat /f/piece* >/dev/null; done) 2>/dev/null &
(while :; do dd if=/dev/zero of=/f/load bs=65536 count=20; rm /f/load; done) 2>/dev/null &
(while :; do mkdir /f/d; mv /f/d /f/e; ls -l /f; rmdir /f/e; done) >/dev/null 2>&1 &
usleep 300000
kill %1 %2 %3
tries=0 # what they have started, and what holds the mount, ends a little later
until killall cat dd 2>/dev/null; umount /f 2>/dev/null || [ $((tries = tries + 1)) -gt 1000 ]; do usleep 50000; done
# "modprobe -r 9p" fails, as it wants to unload what 9pnet needs, too
until rmmod 9p 2>/dev/null || [ $((tries = tries + 1)) -gt 1000 ]; do usleep 50000; done
rmmod 9pnet_virtio && modprobe -a 9pnet_virtio 9p || exit 1
END
EOI
in_rounds "$image" --initrd "$devices" --cmdline 'quiet loglevel=4' --share "$work/folder,rw"
for ((i = 1; i <= rounds; i++)); do
    cmp -s "$work/folder/piece$i" <({ seq "$i" 1 $((i + 20000)) || true; } 2>/dev/null | head -c 65536) || die "the piece $i is lost"
done
