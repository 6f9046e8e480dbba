#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# OpenSBI 1.1 and 1.6 start Debian's kernel in each form that they come in, with 1 and 4 harts. The kernel sees that very
# firmware, which powers the machine off (0) or resets it (123 under --no-reboot).
. "$(dirname -- "$0")/lib.sh"

# under FILE HARTS END VERSION: the version is what SBI's get_impl_version answers.
under() {
    local status=0 expected=0
    local options=(--firmware "$firmware/$1" --initrd "$initramfs" --cpus "$2" --no-reboot)
    [[ -r $firmware/$1 ]] || die "no $firmware/$1: run scripts/guests first"
    if [[ $3 == poweroff ]]; then
        boot "$image" "${options[@]}" --cmdline microvm.test=poweroff || status=$?
        want 'reboot: Power down'
        want "^$2.?$" # nproc
    else
        expected=123
        "$MICROVM" run "$image" "${options[@]}" >"$work/out" 2>"$work/err" <<<'reboot -f' || status=$?
        want 'reboot: Restarting system'
    fi
    want '^OpenSBI v'
    want "SBI implementation ID=0x1 Version=$4"
    want 'SBI HSM extension detected'
    want "nr_cpu_ids=$2|CPUs=$2,"
    ((status == expected)) || die "$1 with $2 harts: exit status $status after $3"
}

under opensbi-1.1/generic/fw_jump.bin 1 poweroff 0x10001
under opensbi-1.1/generic/fw_dynamic.bin 4 reboot 0x10001
under opensbi-1.6/generic/fw_jump.bin 4 poweroff 0x10006
under opensbi-1.6/generic/fw_dynamic.bin 1 reboot 0x10006
under opensbi-1.6/generic/fw_jump.elf 1 poweroff 0x10006    # ET_DYN, linked at 0
under opensbi-1.6/generic/fw_dynamic.elf 4 poweroff 0x10006 # likewise
want 'smp: Brought up 1 node, 4 CPUs'
