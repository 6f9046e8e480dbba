#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# inspect lists each section and every hart, with registers and instructions on request, without the disks; nothing of it changes
# the file.
. "$(dirname -- "$0")/lib.sh"
truncate -s 1M "$work/disk"
mkdir "$work/folder"
run 0 "${guest[@]}" --cpus 2 --disk "$work/disk,serial=a,,b" --hvc "file:$work/port,name=org.x" --gpu --input keyboard,tablet --balloon --audio "wav:$work/wav" \
    --share "$work/folder,tag=t" --vsock "path=$work/vsock" --net unplugged --save-snapshot "$work/s" --at-step 20000000
rm -r "$work/disk" "$work/folder"
cp "$work/s" "$work/before"

# has PATTERN...: lines of what inspect says.
has() {
    for pattern in "$@"; do
        grep -qE -- "$pattern" "$work/out" || fail "inspect shows no $pattern: $(cat "$work/out")"
    done
}

"$microvm" inspect "$work/s" >"$work/out"
has '^configuration +2 +[0-9]+ ' '^boot ' '^machine ' '^clock ' '^hart0 ' '^hart1 ' '^plic ' '^ram +1 +16777216 ' \
    '2 harts, 16384 KiB of RAM, virtual clock' '^disk 0: 1048576 bytes, cache writeback, serial a,b, digest [0-9a-f]{64}$' \
    '^port 0: org.x$' '^network: unplugged,' '^gpu: 1280x800' '^input: keyboard,tablet$' '^sound: ' '^share: .*tag=t$' '^balloon: on$' '^vsock: cid=3$' \
    '^share0 ' '^virtio-device25 ' '^steps 20000000,' 'hart 0: ' 'hart 1: '
"$microvm" inspect "$work/s" --all-regs --fpregs --csrs --disasm 4 >"$work/out"
has '^zero 0x0000000000000000  ra ' '^ft0 ' '^mstatus ' '^satp ' '^=> 0x' '^hart 1, M mode'
[[ $(grep -c '^ *=> 0x' "$work/out") -ge 2 ]] || fail 'not every hart shows its instructions'
cmp "$work/s" "$work/before" || fail 'inspect has changed the file'
if "$microvm" inspect "$work/none" >"$work/out" 2>"$work/err"; then fail 'inspect takes what is not there'; fi
[[ $(wc -l <"$work/err") == 1 ]] || fail 'more than a line'
