#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests that write to one disk image at the same time see it as it was, each what it wrote itself, and leave it as it was; one that
# may only read it does.
# usage: each_test_begins_with_the_disk_as_it_is.sh MICROVM GUESTS
set -u
microvm=$1
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
mkdir "$work/class,1" "$work/tmp"
cp "$2/uses_disk.elf" "$work/class,1"
cd "$work" || exit 125
printf A >"class,1/disk.img"
truncate -s 1M "class,1/disk.img"
cp "class,1/disk.img" before
for n in 1 2 3 4; do
    printf '[test writes %s]\nkernel = uses_disk.elf\nmemory = 16M\ndisk = disk.img,serial=s%s\n' $n $n
    printf 'expect = the disk said A and kept what was written\nforbid = no\n'
done >"class,1/lab.test"
printf '[test reads]\nkernel = uses_disk.elf\nmemory = 16M\ndisk = disk.img,ro\nexpect = no write the disk said A and forgot\n' \
    >>"class,1/lab.test"
failed=0
for jobs in 1 5; do
    TMPDIR=$work/tmp "$microvm" test --jobs $jobs "class,1/lab.test" >report || { cat report; failed=1; }
done
cmp before "class,1/disk.img" || failed=1
[ -z "$(ls tmp)" ] || { echo "a copy is left: $(ls tmp)"; failed=1; }

# A qcow2 image, whose backing file is named relative to it; and one that is to be left alone anyway.
if command -v qemu-img >/dev/null; then
    (cd "class,1" && qemu-img create -q -f qcow2 -b disk.img -F raw disk.qcow2)
    cp "class,1/disk.qcow2" qcow2-before
    for disk in disk.qcow2,format=qcow2 disk.img,snapshot=on; do
        printf '[test on %s]\nkernel = uses_disk.elf\nmemory = 16M\ndisk = %s\n' $disk $disk
        printf 'expect = the disk said A and kept what was written\n'
    done >"class,1/lab.test"
    "$microvm" test --jobs 2 "class,1/lab.test" >report || { cat report; failed=1; }
    cmp before "class,1/disk.img" && cmp qcow2-before "class,1/disk.qcow2" || failed=1
fi

printf '[test a]\nkernel = uses_disk.elf\ndisk = no.img\n' >"class,1/lab.test"
"$microvm" test "class,1/lab.test" >report
[ $? -eq 125 ] && grep -q "disk 'class,1/no.img': No such file" report || { cat report; failed=1; }
printf '[test a]\nkernel = uses_disk.elf\ndisk = /dev/null\n' >"class,1/lab.test"
"$microvm" test "class,1/lab.test" >report
[ $? -eq 125 ] && grep -q "disk '/dev/null': is no file" report || { cat report; failed=1; }
exit $failed
