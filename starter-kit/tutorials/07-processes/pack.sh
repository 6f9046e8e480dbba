#!/bin/sh
# SPDX-License-Identifier: MIT
# pack.sh FILE...: writes an archive of the files, as cpio -H newc would, to standard output.
set -e

# What is missing to a multiple of 4 is filled with zeros.
pad() {
    head -c $(((4 - $1 % 4) % 4)) /dev/zero
}

# One file: NAME SIZE; its content follows from standard input
entry() {
    printf 070701
    # inode, mode, owner, group, links, time, size, device, rdevice, the name's size, checksum
    printf %08X 0 0100644 0 0 1 0 "$2" 0 0 0 0 $((${#1} + 1)) 0
    printf '%s\0' "$1"
    pad $((110 + ${#1} + 1))
    cat
    pad "$2"
}

for file; do
    entry "$(basename "$file")" "$(($(wc -c <"$file")))" <"$file"
done
entry 'TRAILER!!!' 0 </dev/null
