#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# All four harts come up through HSM and answer.
. "$(dirname -- "$0")/lib.sh"
boot "$image" --initrd "$initramfs" --cpus 4 --cmdline microvm.test=poweroff
want 'smp: Brought up 1 node, 4 CPUs'
want '^4.?$'
want 'reboot: Power down'
