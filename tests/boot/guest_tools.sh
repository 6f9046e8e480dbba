# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # work and cache are lib.sh's
# For tests of devices in Linux: the initramfs with all drivers, and programs of this folder in it.

devices=$cache/guests/devices.cpio.gz
[[ -r $devices ]] || die "no $devices: run scripts/guests first"

# with_programs NAME...: compiles NAME.c of this folder for the guest; $work/initramfs has it as /NAME, and what stands in $work/root.
with_programs() {
    local name compiler=riscv64-linux-gnu-gcc
    echo '#include <stdio.h>' | "$compiler" -E - >"$work/compiler" 2>&1 ||
        { echo "there is no $compiler with a C library to make the guest's programs with"; exit 77; }
    mkdir -p "$work/root"
    for name; do
        "$compiler" -O2 -Wall -static -o "$work/root/$name" "$(dirname -- "${BASH_SOURCE[0]}")/$name.c"
    done
    (cd "$work/root" && find . -mindepth 1 | cpio -o -H newc --quiet) | gzip -1 >"$work/more.cpio.gz"
    cat "$devices" "$work/more.cpio.gz" >"$work/initramfs"
}
