#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Options that contradict the snapshot, disks that are not those it had, and files that are none start nothing: one line, with both
# values, and status 125.
. "$(dirname -- "$0")/lib.sh"
truncate -s 1M "$work/disk"
truncate -s 2M "$work/larger"
printf x | dd of="$work/disk" bs=1 seek=5000 conv=notrunc status=none
cp "$work/disk" "$work/copy"
run 0 "${guest[@]}" --save-snapshot "$work/s" --at-step 1000000
run 0 "${guest[@]}" --disk "$work/disk,serial=one" --save-snapshot "$work/d" --at-step 1000000

refuse "--memory '32': the machine in snapshot '$work/s' has 16384K" --load-snapshot "$work/s" --memory 32
refuse "--cpus '2': the machine in snapshot '$work/s' has 1" --load-snapshot "$work/s" --cpus 2
refuse "--clock 'wall': the machine in snapshot '$work/s' has virtual" --load-snapshot "$work/s" --clock wall
refuse "--seed '7': the machine in snapshot '$work/s' has none" --load-snapshot "$work/s" --seed 7
refuse "--cpu 'sstc=off': the machine in snapshot '$work/s' has the usual extensions" --load-snapshot "$work/s" --cpu sstc=off
refuse "--pmp-reset 'open'" --load-snapshot "$work/s" --pmp-reset open
refuse "--machine 'virt,virtio-legacy=on'" --load-snapshot "$work/s" --machine virt,virtio-legacy=on
for option in kernel initrd dtb cmdline firmware; do
    refuse "--$option 'x'" --load-snapshot "$work/s" --$option x
done
refuse "--kernel 'x'" --load-snapshot "$work/s" x
refuse '1 disks are named' --load-snapshot "$work/s" --disk "$work/disk"
refuse '0 disks are named' --load-snapshot "$work/d"
refuse '--hvc: 1 ports are named' --load-snapshot "$work/s" --hvc console
run 0 --load-snapshot "$work/s" --memory 16 --cpus 1 --clock virtual

# What nothing of the host stands behind comes along; who names it names it as it was.
run 0 "${guest[@]}" --gpu=640x400 --input keyboard --balloon --save-snapshot "$work/g" --at-step 1000000
run 0 --load-snapshot "$work/g"
run 0 --load-snapshot "$work/g" --gpu=640x400 --input keyboard --balloon
refuse "--gpu: '1280x800,heads=1' is named" --load-snapshot "$work/g" --gpu
refuse "--input: 'tablet' is named" --load-snapshot "$work/g" --input tablet
refuse "--gpu '1280x800,heads=1': snapshot '$work/s' has no such device" --load-snapshot "$work/s" --gpu

refuse "has 2097152 bytes, and the one in snapshot '$work/d' 1048576" --load-snapshot "$work/d" --disk "$work/larger,serial=one"
refuse "has the serial '', and the one in snapshot '$work/d' 'one'" --load-snapshot "$work/d" --disk "$work/disk"
refuse 'is read-only, and the one in snapshot' --load-snapshot "$work/d" --disk "$work/disk,serial=one,ro"
refuse 'has cache=unsafe, and the one in snapshot' --load-snapshot "$work/d" --disk "$work/disk,serial=one,cache=unsafe"
run 0 --load-snapshot "$work/d" --disk "$work/copy,serial=one"
printf y | dd of="$work/copy" bs=1 seek=5000 conv=notrunc status=none
refuse "is not as it was when snapshot '$work/d' was saved: its digest is" --load-snapshot "$work/d" --disk "$work/copy,serial=one"

refuse "'$work/none'" --load-snapshot "$work/none"
refuse "'$work/disk'" --load-snapshot "$work/disk"
refuse '--at-step 5: the loaded machine has made 1000000 steps already' --load-snapshot "$work/s" --save-snapshot "$work/x" --at-step 5
refuse '--at-step 5: nothing is saved' "${guest[@]}" --at-step 5
refuse "--at-output 'x': nothing is saved" "${guest[@]}" --at-output x
[[ ! -e $work/x ]] || fail 'a refused run has saved something'
