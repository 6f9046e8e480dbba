#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The drivers of the disk and of the entropy device are unloaded and loaded 100 times while they are read from; what was
# written and synced before is there each time, and at the end in the disk's file.
. "$(dirname -- "$0")/lib.sh"
truncate -s 64M "$work/disk"
cat >"$work/commands" <<'EOI'
modprobe -a virtio_mmio virtio_blk virtio-rng; PS1=
cat >/round <<'END'
piece() { seq $1 1 $(($1 + 20000)) | head -c 65536; }
piece $1 | dd of=/dev/vda bs=65536 seek=$1 conv=fsync,notrunc 2>/dev/null || exit 1
cat /dev/vda >/dev/null 2>&1 &
while :; do dd if=/dev/vda of=/dev/null bs=4096 iflag=direct skip=$1 2>/dev/null; done &
cat /dev/hwrng >/dev/null 2>&1 &
echo 1 >/proc/sys/vm/drop_caches
for driver in virtio_blk virtio_rng; do
    for device in /sys/bus/virtio/drivers/$driver/virtio*; do echo ${device##*/} >/sys/bus/virtio/drivers/$driver/unbind; done
done
kill %1 %2 %3 2>/dev/null
wait
modprobe -r virtio-rng && modprobe -r virtio_blk && modprobe virtio-rng && modprobe virtio_blk || exit 1
i=1
while [ $i -le $1 ]; do
    [ $(dd if=/dev/vda bs=65536 skip=$i count=1 2>/dev/null | md5sum | cut -c1-32) = $(piece $i | md5sum | cut -c1-32) ] || exit 1
    i=$((i + $1 / 4 + 1))
done
head -c 16 /dev/hwrng >/dev/null
END
round=1; while [ $round -le 100 ] && sh /round $round; do round=$((round + 1)); done; echo rounds: $((round - 1))
poweroff -f
EOI
"$MICROVM" run "$image" --initrd "$initramfs" --cmdline 'quiet loglevel=4' --disk "$work/disk" \
    <"$work/commands" >"$work/out" 2>"$work/err"
want '^rounds: 100'
if grep -E 'BUG|Oops|WARNING|Call Trace|needs a reset' "$work/out" "$work/err"; then die 'the guest is in trouble'; fi
for ((i = 1; i <= 100; i++)); do
    cmp -s <(dd if="$work/disk" bs=65536 skip="$i" count=1 status=none) \
        <({ seq "$i" 1 $((i + 20000)) || true; } 2>/dev/null | head -c 65536) || die "the piece $i is lost"
done
