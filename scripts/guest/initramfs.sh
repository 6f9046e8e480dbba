# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # guests, apt, root and offline are of scripts/guests
# An initramfs of busybox and the modules that a VirtIO disk needs.

# cpio_entry NAME MODE SIZE [MAJOR MINOR]: the header of one member of a newc archive. Numbering
# members instead of asking for inodes and times makes the archive the same everywhere.
cpio_entry() {
    local name=$1 header
    printf -v header '070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x' \
        $((++inode)) "$2" 0 0 1 0 "$3" 0 0 "${4:-0}" "${5:-0}" $((${#name} + 1)) 0
    printf '%s%s\0' "$header" "$name"
    cpio_pad $((${#header} + ${#name} + 1))
}

cpio_pad() { head -c $(((4 - $1 % 4) % 4)) /dev/zero; }

cpio_folder() { cpio_entry "$1" 0040755 0; }

cpio_link() {
    cpio_entry "$1" 0120777 ${#2}
    printf '%s' "$2"
    cpio_pad ${#2}
}

# cpio_file NAME FILE [MODE]
cpio_file() {
    local size
    size=$(stat -c %s "$2")
    cpio_entry "$1" "${3:-0100644}" "$size"
    cat "$2"
    cpio_pad "$size"
}

init_script() {
    cat <<'EOF'
#!/bin/busybox sh
# The first process of the guest.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=linux
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox --install -s
cd /root
echo 'microvm-initramfs: ready'
case " $(cat /proc/cmdline) " in
*' microvm.test=poweroff '*)
    uname -a
    cat /proc/cpuinfo
    nproc
    date
    poweroff -f
    ;;
esac
# root=/dev/vda, /dev/vda1, LABEL=name or UUID=...: the system there goes on, read-only at first unless there is "rw".
root= access=ro init=/sbin/init
for word in $(cat /proc/cmdline); do
    case $word in
    root=*) root=${word#root=} ;;
    rw) access=rw ;;
    init=*) init=${word#init=} ;;
    esac
done
if [ "$root" ]; then
    modprobe -a crc32c_generic virtio_mmio virtio_blk ext4
    tries=0
    until mount -t ext4 -o $access "$root" /mnt 2>/dev/null || [ $((tries = tries + 1)) -gt 20 ]; do
        sleep 0.5
    done
    if [ -e "/mnt$init" ] || [ -L "/mnt$init" ]; then
        mount --move /dev /mnt/dev
        umount /sys
        umount /proc
        exec switch_root /mnt "$init"
    fi
    echo "microvm-initramfs: no $init in $root; its mount says:"
    mount -t ext4 -o $access "$root" /mnt
fi
# A new session with a controlling terminal, so that Ctrl-C and job control work.
while :; do
    setsid cttyhack sh -l
done
EOF
}

# The modules for a root file system on a VirtIO disk, and the other drivers for who asks.
initramfs_modules=(crc32c_generic virtio_mmio virtio_blk ext4 virtio_net virtio-rng)

# module_tree FOLDER: lib/modules with those modules and what they need, and depmod's indexes of them.
module_tree() {
    local version from=$guests/linux/modules name file
    version=$(ls "$from")
    mkdir -p "$1/lib/modules/$version"
    cp "$from/$version"/modules.{order,builtin,builtin.modinfo} "$1/lib/modules/$version/"
    for name in "${initramfs_modules[@]}"; do
        # shellcheck disable=SC2013 # no blanks in a module's name
        for file in $(sed -n "s|^\\([^ ]*/$name\\.ko[.xzgst]*\\):|\\1|p" "$from/$version/modules.dep"); do
            mkdir -p "$1/lib/modules/$version/${file%/*}"
            cp "$from/$version/$file" "$1/lib/modules/$version/$file"
        done
    done
    depmod -b "$1" "$version"
    rm -f "$1/lib/modules/$version"/modules.{order,builtin*,*.bin} # busybox reads the plain ones
}

# initramfs FOLDER: the archive, with init and lib/modules of FOLDER. It needs a console: the kernel opens it for /init,
# which only then mounts /dev.
initramfs() {
    local inode=0 folder member
    for folder in bin dev etc lib mnt proc root run sbin sys tmp usr usr/bin usr/sbin; do
        cpio_folder "$folder"
    done
    cpio_entry dev/console 0020600 0 5 1
    cpio_file bin/busybox "$guests/busybox/busybox" 0100755
    cpio_link bin/sh busybox
    cpio_file init "$1/init" 0100755
    (cd "$1" && find lib/modules | sort) >"$1/members"
    while read -r member; do
        if [[ -d $1/$member ]]; then cpio_folder "$member"; else cpio_file "$member" "$1/$member"; fi
    done <"$1/members"
    cpio_entry 'TRAILER!!!' 0 0
}

build_initramfs() {
    local work=$guests/initramfs.tree
    say "building $guests/initramfs.cpio.gz"
    rm -rf "$work"
    mkdir -p "$work"
    init_script >"$work/init"
    module_tree "$work"
    initramfs "$work" | gzip -9n >"$guests/initramfs.new"
    mv "$guests/initramfs.new" "$guests/initramfs.cpio.gz"
    rm -rf "$work"
}
