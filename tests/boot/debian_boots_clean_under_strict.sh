#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian's kernel has all the fences that --strict wants: with one hart, and with four. (That the sanitizer, which looks at each
# instruction, finds nothing either is a test of its own.)
. "$(dirname -- "$0")/lib.sh"
boot "$image" --initrd "$initramfs" --clock virtual --strict --explain off --cmdline microvm.test=poweroff
want 'reboot: Power down'
boot "$image" --initrd "$initramfs" --clock virtual --strict --explain off --cpus 4 --cmdline microvm.test=poweroff
want 'smp: Brought up 1 node, 4 CPUs'
want 'reboot: Power down'
