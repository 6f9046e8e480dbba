# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # guests, apt, root and offline are of scripts/guests
# Debian's riscv64 kernel with its modules, and busybox.

has_linux() {
    [[ -e $guests/linux.versions && -e $guests/linux/Image && -e $guests/busybox/busybox ]] &&
        compgen -G "$guests/linux/modules/*/modules.dep.bin" >/dev/null
}

fetch_linux() {
    local deb image new=$guests/new
    say "fetching Debian's riscv64 kernel and busybox into $guests"
    use_riscv64
    image=$(apt-cache depends linux-image-riscv64 | sed -n 's/^ *Depends: //p' | head -n 1)
    download "$image" busybox-static
    rm -rf "$new" "$guests/linux" "$guests/busybox" "$guests/linux.versions"
    mkdir -p "$new/linux" "$new/busybox"
    for deb in "$apt"/debs/*.deb; do
        dpkg-deb -x "$deb" "$new/unpacked"
    done
    mv "$new"/unpacked/boot/vmlinu[xz]-* "$new/linux/Image"
    mv "$new"/unpacked/boot/config-* "$new/linux/config"
    depmod -b "$new/unpacked/usr" "$(ls "$new/unpacked/usr/lib/modules")"
    mv "$new/unpacked/usr/lib/modules" "$new/linux/modules"
    mv "$new/unpacked/usr/bin/busybox" "$new/busybox/busybox"
    mv "$new/linux" "$new/busybox" "$guests"
    versions "$apt/debs" >"$guests/linux.versions"
    rm -rf "$new"
}
