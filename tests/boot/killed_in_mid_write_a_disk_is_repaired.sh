#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# kill -9 of microvm while the guest writes leaves a file system that e2fsck -p repairs. What was synced before is there, byte
# for byte, also for the next boot.
. "$(dirname -- "$0")/lib.sh"
truncate -s 256M "$work/disk"
mke2fs -q -t ext4 "$work/disk"
cat >"$work/input" <<'EOI'
modprobe -a crc32c_generic virtio_mmio virtio_blk ext4 && mount -t ext4 /dev/vda /mnt && cd /mnt
i=0
while :; do
    i=$((i + 1))
    seq $i 1 $((i + 4000)) | dd of=f$i conv=fsync 2>/dev/null
    rm -rf d$((i - 3)); mkdir -p d$i/e; cp f$i d$i/e
    echo "synced $i"
done
EOI
# The shell's end of input must not come: the guest is to be killed at work.
mkfifo "$work/fifo"
"$MICROVM" run "$image" --initrd "$initramfs" --disk "$work/disk" <"$work/fifo" >"$work/out" 2>"$work/err" &
machine=$!
exec 3>"$work/fifo"
cat "$work/input" >&3
tail -f --pid="$machine" "$work/out" 2>/dev/null | grep -qE -m 1 '^synced 20' || true # tail ends by the broken pipe
kill -9 "$machine"
wait "$machine" || true
exec 3>&-
last=$(sed -n 's/^synced \([0-9]*\).*/\1/p' "$work/out" | tail -n 1)
((last >= 20)) || die "only $last files were synced"

e2fsck -fp "$work/disk" >"$work/fsck" 2>&1 || (($? == 1)) || die "e2fsck -p gave up: $(cat "$work/fsck")"
e2fsck -fn "$work/disk" >"$work/fsck" 2>&1 || die "e2fsck -p left errors: $(cat "$work/fsck")"
for ((i = 1; i <= last; i++)); do
    printf '%s  /mnt/f%d\n' "$(seq "$i" 1 $((i + 4000)) | md5sum | cut -d' ' -f1)" "$i"
done >"$work/sums"
{
    printf 'modprobe -a crc32c_generic virtio_mmio virtio_blk ext4; mount -t ext4 /dev/vda /mnt; stty -echo; PS1= PS2=\n'
    printf "cat >/sums <<'END'\n%s\nEND\n" "$(cat "$work/sums")"
    printf 'md5sum -c -s /sums && echo "all are" "there"; echo more >/mnt/more && umount /mnt; poweroff -f\n'
} >"$work/input"
"$MICROVM" run "$image" --initrd "$initramfs" --disk "$work/disk" <"$work/input" >"$work/out" 2>"$work/err"
want '(^|~ # )all are there'
e2fsck -fn "$work/disk" >"$work/fsck" 2>&1 || die "the second boot broke it: $(cat "$work/fsck")"
