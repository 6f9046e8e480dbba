#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the kernel, the programs, and the archive that holds them.
set -e
microvm build
mkdir -p build/files
for source in user/*.c; do
    name=$(basename "$source" .c)
    if [ "$name" != lib ]; then
        microvm build "$source" user/lib.c user/crt.S --script user/user.ld \
            --output "build/user/$name.elf"
        cp "build/user/$name.elf" "build/files/$name"
    fi
done
sh pack.sh build/files/* > build/initrd.cpio
