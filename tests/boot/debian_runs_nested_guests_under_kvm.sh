#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian's kernel finds the H extension, and Debian's QEMU boots the same kernel under KVM to its poweroff: with one CPU, with
# two, and two guests side by side.
. "$(dirname -- "$0")/lib.sh"
disk=$cache/guests/nested/disk.img
[[ -r $disk ]] || die "no $disk: run scripts/guests first"

# went NAME CPUS: the guest of that name saw KVM's SBI, came up with that many CPUs to busybox, and powered off.
went() {
    want "^guest $1: .*SBI implementation ID=0x3 "
    want "^guest $1: .*smp: Brought up 1 node, $2 CPU"
    want "^guest $1: microvm-initramfs: ready"
    want "^guest $1: $2[[:cntrl:]]*$" # nproc
    want "^guest $1: .*reboot: Power down"
    want "^guest $1: ended with exit status 0"
}

boot "$image" --initrd "$initramfs" --cpus 2 --disk "$disk,ro" \
    --cmdline 'root=/dev/vda quiet nested=1 nested=1,smp=2 nested=2'
want 'kvm .*: hypervisor extension available'
want 'kvm .*: using Sv57x4 G-stage page table format'
want 'kvm .*: VMID 14 bits available'
went 1.1 1
went 2.1 2
went 3.1 1
went 3.2 1
want 'nested: all guests have ended'
want '^\[.*reboot: Power down'
