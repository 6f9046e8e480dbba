#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# With --with-disks a machine that was saved in the middle of writing finds what it had written, its file system is whole, and the image is
# as it was before the first run; without, a disk that has changed since is refused.
. "$(dirname -- "$0")/lib.sh"
truncate -s 64M "$work/disk"
mke2fs -q -t ext4 "$work/disk"
cp "$work/disk" "$work/before"
cat >"$work/input" <<'EOI'
modprobe -a crc32c_generic virtio_mmio virtio_blk ext4; PS1=; stty -echo
mount -t ext4 /dev/vda /mnt; cd /mnt; echo kept >first; sync
i=0; while [ $i -lt 30 ]; do seq $i 1 $((i + 500)) >f$i; [ $i -eq 15 ] && echo half"way"; i=$((i + 1)); done
sync; cat f* | md5sum | sed 's/^/sum /'; poweroff -f
EOI
run() {
    local status=0
    "$MICROVM" run "$@" >"$work/out" 2>"$work/err" || status=$?
    return $status
}
run "$image" --initrd "$initramfs" --disk "$work/disk" --with-disks --clock virtual \
    --save-snapshot "$work/saved" --at-output halfway <"$work/input"
want '^sum '
grep '^sum ' "$work/out" >"$work/sum"
cmp "$work/disk" "$work/before" || die 'the image was written'

# It goes on with the loop; what it has not read of its input yet it gets again.
sed -n '$p' "$work/input" >"$work/rest"
run --load-snapshot "$work/saved" --disk "$work/disk" <"$work/rest"
want '^sum '
grep '^sum ' "$work/out" | cmp - "$work/sum" || die 'the disk went on differently'
cmp "$work/disk" "$work/before" || die 'the image was written'

# In another format it is the same disk.
qemu-img convert -O qcow2 "$work/disk" "$work/other"
run --load-snapshot "$work/saved" --disk "$work/other,format=qcow2" <"$work/rest"
want '^sum '
grep '^sum ' "$work/out" | cmp - "$work/sum" || die 'the disk went on differently as qcow2'

printf x | dd of="$work/disk" bs=1 seek=1000000 conv=notrunc status=none
if run --load-snapshot "$work/saved" --disk "$work/disk" </dev/null; then die 'another image was taken'; fi
grep -q 'is not as it was' "$work/err" || die "nothing was said of the image: $(cat "$work/err")"
