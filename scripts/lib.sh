# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the scripts of this folder share; sourced, never run. Needs bash and apt, nothing else.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
cache=${MICROVM_CACHE:-${XDG_CACHE_HOME:-${HOME:?is not set}/.cache}/microvm}

# Debian 12 packages, by purpose.
build_packages=(gcc libc6-dev make cmake ninja-build pkgconf libfdt-dev zlib1g-dev
    gcc-riscv64-unknown-elf libslirp-dev libdw-dev libelf-dev libjansson-dev libedit-dev libzstd-dev)
# For windows, VNC and disks of NBD servers: a build without them lacks these alone.
desktop_packages=(libsdl2-dev libvncserver-dev libnbd-dev)
site_packages=(pandoc aasvg python3)
# The last two are for the kernel in Rust: with what they need, 137 MB to download, 760 MB on the disk.
# shellcheck disable=SC2034 # used by scripts/test
test_packages=("${build_packages[@]}" "${desktop_packages[@]}" "${site_packages[@]}" libcmocka-dev libmpfr-dev gcc-riscv64-linux-gnu libc6-dev-riscv64-cross qemu-user qemu-utils nbdkit expect device-tree-compiler zsh
    clang-tidy lcov e2fsprogs fakeroot fdisk kmod parallel perl gdb-multiarch lldb-19
    passt iproute2 util-linux lintian dpkg-dev file man-db debootstrap rustc-web rust-web-src xvfb xdotool imagemagick x11-utils
    openbox)

say() { printf '%s: %s\n' "${0##*/}" "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# No <(...) here: it needs /proc, which a bare root may lack.
missing_packages() {
    local name installed
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
    for name in "$@"; do
        [[ $'\n'$installed$'\n' == *$'\n'"installed $name"$'\n'* ]] || printf '%s ' "$name"
    done
}

# run LOG COMMAND...: its output goes to the log, whose last line is shown if it fails.
run() {
    local log=$1
    shift
    mkdir -p "${log%/*}" 2>/dev/null || die "cannot create the folder ${log%/*}"
    "$@" >"$log" 2>&1 </dev/null && return
    die "failed: $*: $(grep -v '^[[:space:]]*$' "$log" | tail -n 1) (all of it: $log)"
}

# install_packages NAME...: nothing happens, and no network is needed, if all are installed.
install_packages() {
    local packages=() become=()
    read -ra packages <<<"$(missing_packages "$@")"
    ((${#packages[@]})) || return 0
    if ((EUID)); then
        command -v sudo >/dev/null || die "packages are missing; as root: apt-get install ${packages[*]}"
        sudo -v || die "packages are missing; as root: apt-get install ${packages[*]}"
        become=(sudo)
    fi
    become+=(env DEBIAN_FRONTEND=noninteractive)
    say "installing ${packages[*]}"
    run "$cache/log/apt-update" "${become[@]}" apt-get update
    run "$cache/log/apt-install" "${become[@]}" apt-get install -y --no-install-recommends "${packages[@]}"
}

# build PRESET [CMAKE OPTION...]
build() {
    local preset=$1
    shift
    say "building the preset $preset"
    cd "$root" || die "cannot enter $root"
    run "$root/build/$preset/configure.log" cmake --preset "$preset" "$@"
    run "$root/build/$preset/build.log" cmake --build --preset "$preset"
}
