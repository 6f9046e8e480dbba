#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian under the wall clock, with a disk that it writes and reads, a network that it fetches from, the host's entropy and four harts:
# the replay prints the same and ends in the same state, with no disk, no network and no kernel file at hand.
. "$(dirname -- "$0")/network.sh"
serve 4
truncate -s 32M "$work/disk"

{
    network_up
    cat <<EOF
modprobe -a virtio_blk virtio-rng ext4 crc32c_generic
wget -q -O - http://10.0.2.2:$port/ | md5sum
head -c 3000000 /dev/urandom >/tmp/noise
dd if=/tmp/noise of=/dev/vda bs=64k conv=fsync
echo 3 >/proc/sys/vm/drop_caches
head -c 3000000 /dev/vda | md5sum; md5sum </tmp/noise
head -c 16 /dev/hwrng | md5sum
date; poweroff -f
EOF
} >"$work/commands"
cp "$image" "$work/Image"
"$MICROVM" run "$work/Image" --initrd "$initramfs" --cmdline quiet --cpus 4 --net user --disk "$work/disk,serial=a,,b" \
    --hvc "file:$work/port,name=port" -vv --record "$work/recording" <"$work/commands" >"$work/out" 2>"$work/err"
want "^$sum "
rm "$work/Image" "$work/disk" "$work/port"
mv "$work/out" "$work/first"
digest=$(grep 'state digest' "$work/err") || die 'the run has no digest'
(cd / && "$MICROVM" run --replay "$work/recording" -vv </dev/null >"$work/out" 2>"$work/err") ||
    die "the replay failed: $(cat "$work/err")"
cmp "$work/first" "$work/out" || die 'the replay printed something else'
grep -qxF -- "$digest" "$work/err" || die "the replay ended in another state: $(cat "$work/err")"
[[ ! -e $work/disk && ! -e $work/port ]] || die 'the replay made files'
