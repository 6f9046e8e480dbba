# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # guests, apt, root and offline are of scripts/guests
# A guest that is a KVM host: an ext4 root file system of busybox, kvm.ko, Debian's QEMU for riscv64, and Debian's kernel
# with the initramfs for the guests in it. microvm's own initramfs goes on to it with root=/dev/vda.

nested_packages=(qemu-system-riscv)
nested_size=256M
# What QEMU needs to run a guest under KVM, which has no firmware: itself, the libraries and their loader.
nested_kept=(usr/bin/qemu-system-riscv64 usr/lib/ld-linux-\*.so.\* usr/lib/riscv64-linux-gnu/\*.so\*)

has_nested() { [[ -e $guests/nested.versions ]]; }

fetch_nested() {
    say "fetching QEMU for riscv64 into $guests"
    fetch_closure nested "${nested_packages[@]}"
}

# The first process of the guest.
nested_init() {
    cat <<'END'
#!/bin/sh
# nested=COUNT[,smp=CPUS] on the kernel's command line starts that many guests under KVM, side by side; several of these
# words follow each other, and the machine powers off after the last. Without any there is a shell.
export PATH=/run/bin:/usr/bin HOME=/ TERM=linux
busybox mount -t proc proc /proc
busybox mount -t sysfs sysfs /sys
busybox mount -t tmpfs tmpfs /run
busybox mkdir /run/bin
busybox --install -s /run/bin
cd /
modprobe kvm
dmesg | grep 'kvm \['

# run_guest NAME CPUS: its lines start with its name, and the last one says how it ended.
run_guest() {
    {
        status=0
        guest -smp "$2" -append microvm.test=poweroff </dev/null 2>&1 || status=$?
        echo "ended with exit status $status"
    } | sed "s/^/guest $1: /"
}

# run_guests STEP COUNT CPUS
run_guests() {
    echo "nested: step $1: guests: $2, CPUs of each: $3"
    number=0
    while [ $((number = number + 1)) -le "$2" ]; do
        run_guest "$1.$number" "$3" &
    done
    wait
}

step=0
for word in $(cat /proc/cmdline); do
    case $word in
    nested=*,smp=*) cpus=${word##*=} ;;
    nested=*) cpus=1 ;;
    *) continue ;;
    esac
    count=${word#nested=}
    run_guests $((step = step + 1)) "${count%%,*}" "$cpus"
done
if [ $step -gt 0 ]; then
    echo 'nested: all guests have ended'
    poweroff -f
fi
echo 'nested: "guest" starts a guest under KVM; "guest -smp 2" and the like gives QEMU more options; "poweroff -f" ends.'
while :; do
    setsid cttyhack sh
done
END
}

# The command by which a guest is started, from the shell and by init.
nested_guest() {
    cat <<'END'
#!/bin/sh
exec qemu-system-riscv64 -M virt -accel kvm -cpu host -m 256M -nographic -no-reboot -nic none \
    -kernel /guest/Image -initrd /guest/initramfs.cpio.gz "$@"
END
}

# unpack_nested TREE: the kept files of the packages.
unpack_nested() {
    local deb unpacked=$guests/nested/unpacked
    rm -rf "$unpacked"
    for deb in "$guests"/nested/debs/*.deb; do
        dpkg-deb -x "$deb" "$unpacked"
    done
    # shellcheck disable=SC2068 # these are patterns
    (cd "$unpacked" && cp -a --parents ${nested_kept[@]} "$1")
    rm -rf "$unpacked"
}

# nested_tree TREE: all files of the disk.
nested_tree() {
    # shellcheck disable=SC2034 # module_tree uses it
    local initramfs_modules=(kvm)
    mkdir -p "$1"/{dev,proc,sys,run,mnt,guest,usr/bin,usr/lib,usr/sbin}
    ln -s usr/bin usr/lib usr/sbin "$1/"
    unpack_nested "$1"
    module_tree "$1"
    cp "$guests/linux/Image" "$guests/initramfs.cpio.gz" "$1/guest/"
    cp "$guests/busybox/busybox" "$1/usr/bin/"
    ln -s busybox "$1/usr/bin/sh"
    nested_init >"$1/usr/sbin/init"
    nested_guest >"$1/usr/bin/guest"
    chmod 755 "$1/usr/sbin/init" "$1/usr/bin/guest"
}

build_nested() {
    local tree=$guests/nested/tree new=$guests/nested/disk.new
    say "building $guests/nested/disk.img"
    rm -rf "$tree" "$new"
    nested_tree "$tree"
    truncate -s "$nested_size" "$new"
    mke2fs -q -F -t ext4 -E assume_storage_prezeroed=1 -d "$tree" "$new"
    rm -rf "$tree"
    mv "$new" "$guests/nested/disk.img"
}
