# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # guests, apt, root and offline are of scripts/guests
# The installer of Debian's riscv64 release, as it is booted from a network: its kernel and its initial RAM disk.

has_installer() { [[ -e $guests/installer.versions && -e $guests/installer/initrd.gz ]]; }

fetch_installer() {
    local package new=$guests/new
    say "fetching Debian's installer into $guests"
    use_riscv64
    package=$(apt-cache pkgnames debian-installer- | grep -- '-netboot-riscv64$' | sort -V | tail -n 1)
    [[ $package ]] || die 'this release has no installer for riscv64'
    download "$package"
    rm -rf "$new" "$guests/installer" "$guests/installer.versions"
    mkdir -p "$new/installer"
    dpkg-deb -x "$apt/debs/$package"*.deb "$new/unpacked"
    mv "$new"/unpacked/usr/lib/debian-installer/images/*/riscv64/text/debian-installer/riscv64/{linux,initrd.gz} \
        "$new/installer"
    mv "$new/installer" "$guests"
    versions "$apt/debs" >"$guests/installer.versions"
    rm -rf "$new"
}
