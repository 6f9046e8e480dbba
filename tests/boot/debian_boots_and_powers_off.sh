#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian's kernel comes up on the built-in SBI, runs its commands and ends the process with 0.
. "$(dirname -- "$0")/lib.sh"
boot "$image" --initrd "$initramfs" --cmdline microvm.test=poweroff
want '^microvm-initramfs: ready'
want 'mmu.*: sv57'
want 'reboot: Power down'
