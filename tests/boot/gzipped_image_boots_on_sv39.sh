#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A gzip'd Image needs no other treatment, and --cpu switches reach the kernel: no Sv48, no Sstc, A and D by software.
. "$(dirname -- "$0")/lib.sh"
gzip -1 <"$image" >"$work/Image.gz"
boot "$work/Image.gz" --initrd "$initramfs" --cpu sv48=off,sstc=off,svade=on --cmdline microvm.test=poweroff
want 'mmu.*: sv39'
if grep -q 'isa.*sstc' "$work/out"; then die 'the kernel sees Sstc'; fi
want 'reboot: Power down'
