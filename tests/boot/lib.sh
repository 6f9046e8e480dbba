# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the boot tests share; sourced with MICROVM set to the command under test.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../../scripts/lib.sh"
: "${MICROVM:?names the microvm to test}"
image=$cache/guests/linux/Image
initramfs=$cache/guests/initramfs.cpio.gz
firmware=$cache/guests/firmware # opensbi-1.1, opensbi-1.6 and u-boot, as in their packages
[[ -r $image && -r $initramfs ]] || die "no guests in $cache/guests: run scripts/guests first"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# boot OPTION...: runs the machine without input; what it says stands in $work/out and $work/err. Its status is the result.
# No guest here is stuck: an explanation would be a false alarm.
boot() {
    local status=0
    "$MICROVM" run "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
    if grep -F -B 8 docs/explain.md "$work/err" >&2; then die "a guest was explained that is not stuck"; fi
    return $status
}

# want PATTERN: some line of the guest's output must match.
want() {
    grep -qE -- "$1" "$work/out" && return
    tail -n 20 "$work/out" "$work/err" >&2
    die "the guest's output has no line like: $1"
}

# freestanding SOURCE PROGRAM: a guest's program of a C source that needs no library.
freestanding() {
    riscv64-unknown-elf-gcc -O2 -Wall -Wextra -Werror -march=rv64gc -mabi=lp64d -mcmodel=medany -nostdlib -static \
        -ffreestanding -o "$2" "$1"
}

# with_program NAME SOURCE: an initramfs, $work/initrd, with the drivers of all devices and bin/NAME, which is made of such a source.
with_program() {
    [[ -r $cache/guests/devices.cpio.gz ]] || die "no devices in $cache/guests: run scripts/guests devices first"
    freestanding "$2" "$work/$1"
    # shellcheck source=scripts/guest/initramfs.sh
    . "$root/scripts/guest/initramfs.sh"
    local inode=0
    { cpio_file "bin/$1" "$work/$1" 0100755 && cpio_entry 'TRAILER!!!' 0 0; } | gzip -9n |
        cat "$cache/guests/devices.cpio.gz" - >"$work/initrd"
}
