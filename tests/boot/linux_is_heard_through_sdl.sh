#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What Linux plays comes to SDL's sound card, each sample once and in order, and what it records comes from there.
. "$(dirname -- "$0")/lib.sh"
. "$(dirname -- "$0")/guest_tools.sh"
export PYTHONDONTWRITEBYTECODE=1
mkdir -p "$work/root"
# Less than may wait for the card, so that nothing of it is dropped.
python3 -c 'import array, sys; sys.stdout.buffer.write(array.array("h", range(1, 1 + 2 * 9 * 882)).tobytes())' >"$work/root/tune"
with_programs pcm
python3 "${0%.sh}.py" "$work" "$image" --initrd "$work/initramfs" --memory 256 --cmdline quiet
