#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# 400 KB on standard input, there before the guest has even booted, reach a program in it byte for byte, and the input's end
# neither stops nor spins the machine.
. "$(dirname -- "$0")/lib.sh"
seq -f 'line %06.0f of a text that nobody could type so fast' 1 8000 >"$work/text"
{
    printf 'echo from the first byte on; stty -echo; cat >/text\n'
    cat "$work/text"
    printf '\004md5sum </text; poweroff -f\n'
} >"$work/input"
"$MICROVM" run "$image" --initrd "$initramfs" <"$work/input" >"$work/out" 2>"$work/err"
want 'from the first byte on.?$' # what the terminal had echoed may stand before it
want "$(md5sum <"$work/text" | cut -d' ' -f1)"
want 'reboot: Power down'
