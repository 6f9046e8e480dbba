#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A read-only disk mounts read-only, and no other way; where the host cannot write (here: beyond the size a file may have),
# the guest gets an I/O error, neither a success nor the machine's end, and the rest of the disk goes on.
. "$(dirname -- "$0")/lib.sh"
truncate -s 64M "$work/readonly"
truncate -s 3G "$work/limited"
mke2fs -q -t ext4 "$work/readonly"
cp "$work/readonly" "$work/before"
cat >"$work/input" <<'EOI'
modprobe -a crc32c_generic virtio_mmio virtio_blk ext4; PS1=
echo ro is $(cat /sys/block/vda/ro)
mount -t ext4 -o ro /dev/vda /mnt && echo mounted "read-only" && umount /mnt
mount -t ext4 -o rw /dev/vda /mnt 2>/dev/null; touch /mnt/file || echo refused "the file"; umount /mnt
dd if=/dev/zero of=/dev/vda bs=4096 count=1 conv=fsync || echo refused "the write"
dd if=/dev/zero of=/dev/vdb bs=4096 seek=600000 count=1 conv=fsync || echo failed "beyond the limit"
echo within >/tmp/within; dd if=/tmp/within of=/dev/vdb bs=4096 seek=1 count=1 conv=fsync && echo written "within"
echo 3 >/proc/sys/vm/drop_caches; dd if=/dev/vdb bs=4096 skip=1 count=1 >/tmp/read; head -n 1 /tmp/read
poweroff -f
EOI
# In KiB: of the 3 GiB of the second disk the first 2 can be written.
(
    ulimit -f 2097152
    exec "$MICROVM" run "$image" --initrd "$initramfs" --disk "$work/readonly,ro" --disk "$work/limited" \
        <"$work/input" >"$work/out" 2>"$work/err"
)
want '^ro is 1'
want '^mounted read-only'
want '^refused the file'
want '^refused the write'
want '^failed beyond the limit'
want 'I/O error, dev vdb, sector 4800000'
want '^written within'
want '^within'
cmp "$work/readonly" "$work/before" || die 'a read-only disk was written'
[[ $(dd if="$work/limited" bs=4096 skip=1 count=1 status=none | head -n 1 | tr -d '\0') == within ]] || die 'the write is lost'
