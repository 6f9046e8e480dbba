#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The sanitizer of --strict finds nothing in Debian's kernel: with one hart, and with four and store buffers.
. "$(dirname -- "$0")/lib.sh"
boot "$image" --initrd "$initramfs" --clock virtual --strict --cmdline microvm.test=poweroff
want 'reboot: Power down'
boot "$image" --initrd "$initramfs" --clock virtual --strict=all --cpus 4 --cmdline microvm.test=poweroff
want 'smp: Brought up 1 node, 4 CPUs'
want 'reboot: Power down'
