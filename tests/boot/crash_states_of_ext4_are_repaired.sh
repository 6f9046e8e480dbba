#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# 300 states that a loss of power could have left of an ext4 at work: e2fsck finds nothing but the journal to replay, and every
# file is there that the guest knew to be synced. Of a disk that lies about its flushes, states are found that are broken.
. "$(dirname -- "$0")/lib.sh"
rounds=40
truncate -s 32M "$work/base"
mke2fs -q -t ext4 "$work/base"
cp --sparse=always "$work/base" "$work/disk"
truncate -s 1M "$work/marks"

# Each round makes a file and some directories, takes older ones away, syncs, and marks its end on the second disk.
cat >"$work/input" <<EOI
modprobe -a crc32c_generic virtio_mmio virtio_blk ext4 && mount -t ext4 /dev/vda /mnt && cd /mnt
i=0
while [ \$i -lt $rounds ]; do
    i=\$((i + 1))
    seq \$((i * 1000)) \$((i * 1000 + 50 * i)) | dd of=new conv=fsync 2>/dev/null
    mkdir -p d\$i/e
    cp new d\$i/e/copy
    mv new f\$i
    rm -rf d\$((i - 2))
    ln f\$i d\$i/link
    sync
    printf '%08d' \$i | dd of=/dev/vdb bs=512 conv=notrunc,fsync 2>/dev/null
done
echo rounds \$i
poweroff -f
EOI
"$MICROVM" run "$image" --initrd "$initramfs" -d "$work/disk,format=raw" -d "$work/marks,format=raw" \
    --disk-log "$work/log" <"$work/input" >"$work/out" 2>"$work/err"
want "^rounds $rounds"
for ((i = 1; i <= rounds; i++)); do
    printf '%s  f%d\n' "$(seq $((i * 1000)) $((i * 1000 + 50 * i)) | md5sum | cut -d' ' -f1)" "$i"
done >"$work/sums"

# state SEED OPTION...: makes a state and says what is wrong with it. True: nothing is.
state() {
    local seed=$1 cut marked=0
    shift
    rm -rf "$work/files" && mkdir "$work/files"
    cut=$("$MICROVM" disklog "$work/log" --base "$work/base" --output "$work/state" --seed "$seed" "$@")
    "$MICROVM" disklog "$work/log" --base /dev/null --output "$work/mark" --disk 1 --whole --until "${cut##* }" >/dev/null
    [[ -s $work/mark ]] && marked=$((10#$(head -c 8 "$work/mark")))
    # 0: clean; 1: what e2fsck may do without asking, which has to be the journal's replay and what follows from it.
    e2fsck -fp "$work/state" >"$work/fsck" 2>&1 || (($? == 1)) || return 1
    ! grep -vE 'recovering journal|learing orphaned inode|, [0-9]+/[0-9]+ blocks$' "$work/fsck" || return 1
    e2fsck -fn "$work/state" >>"$work/fsck" 2>&1 || return 1
    debugfs -R "rdump / $work/files" "$work/state" >/dev/null 2>&1
    ((marked == 0)) || (cd "$work/files" && head -n "$marked" "$work/sums" | md5sum --check --quiet --strict) >>"$work/fsck" 2>&1
}

for seed in {1..300}; do
    state "$seed" || {
        cat "$work/fsck" >&2
        die "the crash of seed $seed broke the file system, or lost a file that was synced"
    }
done
caught=0
for seed in {1..60}; do
    state "$seed" --lie >"$work/lie" 2>&1 || caught=$((caught + 1))
done
echo "a lying disk was caught in $caught of 60 states"
((caught > 0))
