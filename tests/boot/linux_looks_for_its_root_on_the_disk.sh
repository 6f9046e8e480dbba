#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The quick start's `microvm run --kernel Image --disk rootfs.img --memory 256`: Linux has that much memory, and is told to mount the disk
# as its root. (Debian's kernel has the driver of the disk in its initramfs, so that this is where it stops here.)
. "$(dirname -- "$0")/lib.sh"
cd "$work"
ln -s "$image" Image
truncate -s 1M rootfs.img
status=0
"$MICROVM" run --kernel Image --disk rootfs.img --memory 256 --max-insns 2000000000 >"$work/out" 2>"$work/err" </dev/null || status=$?
want 'Kernel command line: root=/dev/vda rw'
want 'Memory: .*/262144K available|26[0-9]{4}K'
want 'Unable to mount root fs|Cannot open root device "/dev/vda"'
[[ $status == 122 || $status == 121 ]] || die "exit status $status"
for options in '-k Image' Image; do
    # shellcheck disable=SC2086 # words
    "$MICROVM" run $options --disk rootfs.img --cmdline quiet --max-insns 20000000 >"$work/out" 2>&1 </dev/null || status=$?
    [[ $status == 122 ]] || die "microvm run $options: exit status $status"
done
