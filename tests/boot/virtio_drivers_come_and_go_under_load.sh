#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The drivers of two disks, a raw and a qcow2 image, and of the entropy device are unloaded and loaded 100 times while they are read and
# written; what was synced before is there each time, and at the end in the images. Nothing is left behind in the process.
. "$(dirname -- "$0")/lib.sh"
. "$(dirname -- "$0")/rounds.sh"
qemu-img --version >/dev/null || exit 77
truncate -s 64M "$work/disk"
qemu-img create -q -f qcow2 "$work/qcow2" 64M
cat >"$work/commands" <<'EOI'
modprobe -a virtio_mmio virtio_blk virtio-rng
cat >/round <<'END'
piece() { seq $1 1 $(($1 + 20000)) | head -c 65536; }
piece $1 >/piece
for disk in vda vdb; do
    dd if=/piece of=/dev/$disk bs=65536 seek=$1 conv=fsync,notrunc 2>/dev/null || exit 1
    cat /dev/$disk >/dev/null 2>&1 &
    while :; do dd if=/dev/$disk of=/dev/null bs=4096 iflag=direct skip=$1 2>/dev/null; done &
    while :; do dd if=/piece of=/dev/$disk bs=65536 seek=$((200 + $1)) oflag=direct conv=notrunc 2>/dev/null; done &
done
cat /dev/hwrng >/dev/null 2>&1 &
echo 1 >/proc/sys/vm/drop_caches
for driver in virtio_blk virtio_rng; do
    for device in /sys/bus/virtio/drivers/$driver/virtio*; do echo ${device##*/} >/sys/bus/virtio/drivers/$driver/unbind; done
done
kill %1 %2 %3 %4 %5 %6 %7 2>/dev/null
wait
while pidof dd >/dev/null; do usleep 10000; done # what they have started ends a little later,
rm -f /dev/vda /dev/vdb                          # and has made a file of the name if it came too late
modprobe -r virtio-rng && modprobe -r virtio_blk && modprobe virtio-rng && modprobe virtio_blk || exit 2
for disk in vda vdb; do
    i=1
    while [ $i -le $1 ]; do
        [ $(dd if=/dev/$disk bs=65536 skip=$i count=1 2>/dev/null | md5sum | cut -c1-32) = $(piece $i | md5sum | cut -c1-32) ] || exit 3
        i=$((i + $1 / 4 + 1))
    done
done
head -c 16 /dev/hwrng >/dev/null
END
EOI
in_rounds "$image" --initrd "$initramfs" --cmdline 'quiet loglevel=4' --disk "$work/disk" --disk "$work/qcow2,format=qcow2"
qemu-img check "$work/qcow2" >"$work/check" 2>&1 || die "qemu-img check finds: $(cat "$work/check")"
qemu-img convert -O raw "$work/qcow2" "$work/plain"
for file in disk plain; do
    for ((i = 1; i <= rounds; i++)); do
        cmp -s <(dd if="$work/$file" bs=65536 skip="$i" count=1 status=none) \
            <({ seq "$i" 1 $((i + 20000)) || true; } 2>/dev/null | head -c 65536) || die "the piece $i is lost in $file"
    done
done
