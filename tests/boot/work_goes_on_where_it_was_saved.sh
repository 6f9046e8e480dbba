#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A guest uses all devices at once: it writes to a qcow2 disk, plays, draws, is typed at, renames files of a shared folder,
# downloads by three or four cables, streams through vsock and gives memory back. It is saved and loaded again and again in the midst
# of that, and brings all of it to a right end; connections that the host has lost are lost for the guest, too.
. "$(dirname -- "$0")/network.sh"
. "$(dirname -- "$0")/guest_tools.sh"
if [[ ${1-} != inside && -e /dev/net/tun ]] && unshare --net true 2>/dev/null; then
    rm -rf "$work"
    exec unshare --net bash "$0" inside
fi
tap=
if [[ ${1-} == inside ]]; then
    ip link set lo up
    ip tuntap add dev tap0 mode tap && ip addr add 10.9.3.1/24 dev tap0 && ip link set tap0 up
    tap=tap0
fi
qemu-img --version >/dev/null || exit 77
mkdir -p "$work/root" "$work/folder"
freestanding "$(dirname -- "$0")/vsock.c" "$work/root/vsock"
head -c 64000 /dev/urandom >"$work/root/noise"
with_programs pcm events
truncate -s 64M "$work/plain"
mke2fs -q -t ext4 "$work/plain"
qemu-img convert -O qcow2 "$work/plain" "$work/disk"
serve 1 0.0.0.0
python3 "${0%.sh}.py" "$image" "$work" "$port" "$sum" $tap
qemu-img check "$work/disk" >"$work/check" 2>&1 || die "qemu-img check finds: $(cat "$work/check")"
qemu-img convert -O raw "$work/disk" "$work/plain"
e2fsck -fn "$work/plain" >"$work/check" 2>&1 || die "the file system is broken: $(cat "$work/check")"
