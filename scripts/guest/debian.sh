# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # guests, apt, root and offline are of scripts/guests
# Debian with systemd as an ext4 file system, and as a disk with a partition table from which U-Boot boots. Packages are
# unpacked, never installed: no program of the guest and no maintainer script runs. What those would have done for the
# packages below is done by configure_* (users, PAM, alternatives, enabled units, the package database).

debian_packages=(systemd-sysv dbus udev util-linux login passwd bash procps kmod e2fsprogs iproute2 iputils-ping
    wget gcc libc6-dev python3 openssl)
debian_size=4G
# Read by nobody in the guest, and a third of its files.
debian_left_out=(./usr/share/doc ./usr/share/man ./usr/share/locale ./usr/share/info ./usr/share/lintian)

has_debian() {
    [[ -e $guests/debian.versions && $(cat "$guests/debian/packages" 2>/dev/null) == "${debian_packages[*]}" ]]
}

# Every essential package, the ones above and what they depend on.
fetch_debian() {
    say "fetching Debian's packages for a root file system into $guests"
    fetch_closure debian '?essential' "${debian_packages[@]}"
    printf '%s\n' "${debian_packages[*]}" >"$guests/debian/packages"
}

# unpack_debian TREE: the packages' files, and their records in dpkg's database.
unpack_debian() {
    local deb file fields name info=$1/var/lib/dpkg/info control=$1/control excludes
    excludes=("${debian_left_out[@]/#/--exclude=}")
    mkdir -p "$info" "$1/var/lib/dpkg/updates"
    for deb in "$guests"/debian/debs/*.deb; do
        # shellcheck disable=SC2016 # dpkg-deb expands it
        mapfile -t fields <<<"$(dpkg-deb -W --showformat '${Package}\n${Multi-Arch}\n${Architecture}\n' "$deb")"
        name=${fields[0]}
        [[ ${fields[1]} == same ]] && name+=:${fields[2]}
        dpkg-deb --fsys-tarfile "$deb" |
            tar -xpv --numeric-owner --keep-directory-symlink -C "$1" "${excludes[@]}" |
            sed 's|^\./|/|; s|^/$|/.|; s|\(.\)/$|\1|' >"$info/$name.list"
        dpkg-deb -e "$deb" "$control"
        package_status "$control" >>"$1/var/lib/dpkg/status"
        rm "$control/control"
        for file in "$control"/*; do
            mv "$file" "$info/$name.${file##*/}"
        done
        rmdir "$control"
    done
}

# package_status FOLDER: the package's entry in dpkg's database, from its control files.
package_status() {
    sed '1a Status: install ok installed' "$1/control"
    if [[ -e $1/conffiles ]]; then
        echo 'Conffiles:'
        sed 's|.*| & 0|' "$1/conffiles"
    fi
    echo
}

# put TREE FILE LINE...: a configuration file of these lines.
put() {
    mkdir -p "$(dirname "$1$2")"
    printf '%s\n' "${@:3}" >"$1$2"
}

# root has no password. The other users are those that systemd-sysusers makes at the first boot.
configure_users() {
    cp "$1/usr/share/base-passwd/passwd.master" "$1/etc/passwd"
    cp "$1/usr/share/base-passwd/group.master" "$1/etc/group"
    sed -i 's|^root:[^:]*:|root:x:|' "$1/etc/passwd"
    awk -F: '{print $1 ":" ($1 == "root" ? "" : "*") ":20000:0:99999:7:::"}' "$1/etc/passwd" >"$1/etc/shadow"
    awk -F: '{print $1 ":*::"}' "$1/etc/group" >"$1/etc/gshadow"
    chown 0:42 "$1/etc/shadow" "$1/etc/gshadow"
    chmod 640 "$1/etc/shadow" "$1/etc/gshadow"
    cp "$1"/usr/share/base-files/{profile,nsswitch.conf} "$1/etc/" 2>/dev/null || true
    [[ -e $1/etc/nsswitch.conf ]] || cp "$1/usr/share/libc-bin/nsswitch.conf" "$1/etc/"
    cp "$1/usr/share/base-files/dot.profile" "$1/root/.profile"
    put "$1" /etc/pam.d/common-auth 'auth required pam_unix.so nullok'
    put "$1" /etc/pam.d/common-account 'account required pam_unix.so'
    put "$1" /etc/pam.d/common-password 'password required pam_unix.so yescrypt'
    put "$1" /etc/pam.d/common-session 'session required pam_unix.so'
    put "$1" /etc/pam.d/common-session-noninteractive 'session required pam_unix.so'
}

# The network is configured by DHCP where there is any; the name server is the one of microvm's and QEMU's user mode.
configure_system() {
    put "$1" /etc/hostname debian
    put "$1" /etc/hosts '127.0.0.1 localhost debian' '::1 localhost ip6-localhost'
    put "$1" /etc/fstab 'LABEL=debian / ext4 errors=remount-ro 0 1'
    put "$1" /etc/resolv.conf 'nameserver 10.0.2.3'
    put "$1" /etc/default/locale LANG=C.UTF-8
    put "$1" /etc/systemd/network/wired.network '[Match]' 'Type=ether' '[Network]' 'DHCP=yes'
    : >"$1/etc/machine-id"
    ln -sf /usr/share/zoneinfo/Etc/UTC "$1/etc/localtime"
    chmod u+s "$1/usr/bin/ping" # the capability that its package sets is not to be had here
}

# enable TREE UNIT TARGET [NAME]
enable() {
    mkdir -p "$1/etc/systemd/system/$3"
    ln -sf "/usr/lib/systemd/system/$2" "$1/etc/systemd/system/$3/${4:-$2}"
}

configure_units() {
    enable "$1" systemd-networkd.service multi-user.target.wants
    enable "$1" systemd-networkd.socket sockets.target.wants
    enable "$1" systemd-networkd.service . dbus-org.freedesktop.network1.service
    enable "$1" getty@.service getty.target.wants getty@tty1.service
    enable "$1" remote-fs.target multi-user.target.wants
    enable "$1" multi-user.target . default.target
    ln -s /dev/null "$1/etc/systemd/system/modprobe@drm.service" # no display, and a big module to unpack for it
}

# systemd rebuilds its databases at the first boot of a new /usr, which would take the guest a minute; only the users
# are needed.
configure_updates() {
    put "$1" /etc/systemd/system/systemd-sysusers.service.d/always.conf '[Unit]' 'ConditionNeedsUpdate='
    touch -r "$1/usr" "$1/etc/.updated" "$1/var/.updated"
}

# link TREE NAME TARGET: one alternative, both links.
link() {
    mkdir -p "$1/etc/alternatives"
    ln -sf "/etc/alternatives/${2##*/}" "$1$2"
    ln -sf "$3" "$1/etc/alternatives/${2##*/}"
}

configure_alternatives() {
    link "$1" /usr/bin/awk /usr/bin/mawk
    link "$1" /usr/bin/cc /usr/bin/gcc
    link "$1" /usr/bin/pager /usr/bin/more
    link "$1" /usr/bin/which /usr/bin/which.debianutils
}

# Where U-Boot looks. Its device tree goes on to the kernel, and with that the console.
configure_boot() {
    cp "$guests/linux/Image" "$guests/initramfs.cpio.gz" "$1/boot/"
    put "$1" /boot/extlinux/extlinux.conf 'default debian' 'timeout 1' 'label debian' '    kernel /boot/Image' \
        '    initrd /boot/initramfs.cpio.gz' '    append root=LABEL=debian quiet'
}

# The whole tree and the file system of it, in one process: fakeroot's owners and modes last as long as that.
build_root() {
    local tree=$1
    unpack_debian "$tree"
    cp -r "$guests"/linux/modules "$tree/usr/lib/"
    configure_users "$tree"
    configure_system "$tree"
    configure_units "$tree"
    configure_alternatives "$tree"
    configure_boot "$tree"
    configure_updates "$tree"
    truncate -s "$debian_size" "$guests/debian/root.new"
    mke2fs -q -F -t ext4 -L debian -O ^metadata_csum_seed,^orphan_file -E assume_storage_prezeroed=1 -d "$tree" \
        "$guests/debian/root.new"
}

# A GPT with one partition, which is the same file system.
build_disk() {
    local disk=$guests/debian/disk.new size
    size=$(stat -c %s "$guests/debian/root.new")
    rm -f "$disk"
    truncate -s $((size + 2 * 1048576)) "$disk"
    echo "start=2048, size=$((size / 512)), type=linux, name=debian, attrs=LegacyBIOSBootable" |
        sfdisk -q --label gpt "$disk" >"$guests/debian/log"
    dd if="$guests/debian/root.new" of="$disk" bs=64K seek=16 conv=sparse,notrunc status=none
}

build_debian() {
    local tree=$guests/debian/tree
    say "building $guests/debian/root.ext4 and disk.img"
    rm -rf "$tree"
    mkdir -p "$tree"
    export guests
    # shellcheck disable=SC2016 # the inner shell expands it
    fakeroot -- bash -c 'set -euo pipefail; . "$1/lib.sh"; . "$1/guest/debian.sh"; build_root "$2"' guests \
        "$root/scripts" "$tree" >"$guests/debian/log" 2>&1 || die "failed: $(tail -n 1 "$guests/debian/log")"
    rm -rf "$tree"
    build_disk
    mv "$guests/debian/root.new" "$guests/debian/root.ext4"
    mv "$guests/debian/disk.new" "$guests/debian/disk.img"
}
