#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# kill -9 of microvm while Linux writes to a qcow2 image over a raw one: qemu-img check finds no error, at worst clusters that are
# not used, and none at all once the image was used again. Files that were synced are there; what the guest gives up leaves the
# image; the backing file is as it was.
. "$(dirname -- "$0")/lib.sh"
qemu-img --version >/dev/null || exit 77
truncate -s 128M "$work/base"
mke2fs -q -t ext4 -E lazy_itable_init=0 "$work/base"
sum=$(md5sum <"$work/base")
qemu-img create -q -f qcow2 -b base -F raw "$work/disk" 128M
cat >"$work/input" <<'EOI'
modprobe -a crc32c_generic virtio_mmio virtio_blk ext4 && mount -t ext4 /dev/vda /mnt && cd /mnt
i=0
while :; do
    i=$((i + 1))
    seq $i 1 $((i + 4000)) | dd of=f$i conv=fsync 2>/dev/null
    rm -rf d$((i - 3)); mkdir -p d$i/e; cp f$i d$i/e; fstrim /mnt
    echo "synced $i"
done
EOI
mkfifo "$work/fifo"
"$MICROVM" run "$image" --initrd "$initramfs" --disk "$work/disk,format=qcow2" <"$work/fifo" >"$work/out" 2>"$work/err" &
machine=$!
exec 3>"$work/fifo"
cat "$work/input" >&3
tail -f --pid="$machine" "$work/out" 2>/dev/null | grep -qE -m 1 '^synced 10' || true # tail ends by the broken pipe
kill -9 "$machine"
wait "$machine" || true
exec 3>&-
last=$(sed -n 's/^synced \([0-9]*\).*/\1/p' "$work/out" | tail -n 1)
((last >= 10)) || die "only $last files were synced: $(tail -n 3 "$work/out" "$work/err")"
status=0
qemu-img check "$work/disk" >"$work/check" 2>&1 || status=$?
((status == 0 || status == 3)) || die "the kill left errors: $(cat "$work/check")"

for ((i = 1; i <= last; i++)); do
    printf '%s  /mnt/f%d\n' "$(seq "$i" 1 $((i + 4000)) | md5sum | cut -d' ' -f1)" "$i"
done >"$work/sums"
{
    printf 'modprobe -a crc32c_generic virtio_mmio virtio_blk ext4; mount -t ext4 /dev/vda /mnt; stty -echo; PS1= PS2=\n'
    printf "cat >/sums <<'END'\n%s\nEND\n" "$(cat "$work/sums")"
    printf 'md5sum -c -s /sums && echo "all are" "there"; rm -rf /mnt/[df]*; fstrim /mnt; umount /mnt; poweroff -f\n'
} >"$work/input"
"$MICROVM" run "$image" --initrd "$initramfs" --disk "$work/disk,format=qcow2" <"$work/input" >"$work/out" 2>"$work/err"
want '(^|~ # )all are there'
qemu-img check "$work/disk" >"$work/check" 2>&1 || die "the second boot left: $(cat "$work/check")"
qemu-img convert -O raw "$work/disk" "$work/plain"
e2fsck -fn "$work/plain" >"$work/fsck" 2>&1 || die "the file system is broken: $(cat "$work/fsck")"
[[ $(md5sum <"$work/base") == "$sum" ]] || die "the backing file was written"
