# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # guests, apt, root and offline are of scripts/guests
# Firmware of guests: OpenSBI of two Debian releases, and U-Boot. They are packages of no architecture.

has_firmware() {
    [[ -e $guests/firmware.versions && -d $guests/firmware ]]
}

# unpack_firmware FOLDER: the packages of $apt/debs into FOLDER/opensbi-VERSION and FOLDER/u-boot.
unpack_firmware() {
    local deb name version
    for deb in "$apt"/debs/*.deb; do
        name=$(dpkg-deb -f "$deb" Package)
        version=$(dpkg-deb -f "$deb" Version)
        dpkg-deb -x "$deb" "$1/unpacked"
        case $name in
        opensbi) mv "$1/unpacked/usr/lib/riscv64-linux-gnu/opensbi" "$1/opensbi-${version%%-*}" ;;
        u-boot-qemu)
            mkdir "$1/u-boot"
            mv "$1"/unpacked/usr/lib/u-boot/qemu-riscv64* "$1/u-boot"
            ;;
        esac
        rm -rf "$1/unpacked"
        printf '%s\t%s\n' "$name" "$version" >>"$1/versions"
    done
}

fetch_firmware() {
    local new=$guests/new
    say "fetching OpenSBI and U-Boot into $guests"
    rm -rf "$new" "$guests/firmware" "$guests/firmware.versions"
    mkdir -p "$new"
    use_riscv64
    download opensbi u-boot-qemu
    unpack_firmware "$new"
    use_release bookworm opensbi
    download opensbi
    unpack_firmware "$new"
    mv "$new/versions" "$guests/firmware.versions"
    mv "$new" "$guests/firmware"
}
