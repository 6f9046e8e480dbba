#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# With snapshot=on the guest finds what it has written, the image keeps every byte, a read-only one too, and several machines share it.
. "$(dirname -- "$0")/lib.sh"
truncate -s 1M "$work/empty" "$work/image"
run 0 "$guest" --disk "$work/image,snapshot=on"
cmp "$work/empty" "$work/image" || fail "the image was written"
chmod 444 "$work/image"
run 0 "$guest" --disk "$work/image,snapshot=on"
cmp "$work/empty" "$work/image" || fail "the read-only image was written"
run 2 "$guest" --disk "$work/image,ro,snapshot=on"
chmod 644 "$work/image"
run 0 "$guest" --disk "$work/image,snapshot=off"
cmp -s "$work/empty" "$work/image" && fail "snapshot=off writes nothing"

# Of a qcow2 image too.
if command -v qemu-img >/dev/null; then
    qemu-img create -q -f qcow2 "$work/qcow2" 1M
    before=$(sha256sum <"$work/qcow2")
    run 0 "$guest" --disk "$work/qcow2,format=qcow2,snapshot=on"
    [[ $(sha256sum <"$work/qcow2") == "$before" ]] || fail "the qcow2 image was written"
fi

# Who writes keeps others out, who only reads does not.
mkfifo "$work/input"
"$microvm" run "$guest" --disk "$work/image,snapshot=on" --control "$work/control" --control-wait \
    <"$work/input" >/dev/null 2>&1 &
exec 9>"$work/input"
until [[ -S $work/control ]]; do kill -0 $! || fail "the other machine did not start"; done
run 0 "$guest" --disk "$work/image,snapshot=on"
run 125 "$guest" --disk "$work/image"
says "in use by another machine"
kill $!
wait $! || true

# What the guest has changed is in a snapshot of the machine, and the image can do without it still.
run 0 "$guest" --disk "$work/empty,snapshot=on" --clock virtual --save-snapshot "$work/saved" --at-step 200000
for option in ,snapshot=on ''; do
    run 0 --load-snapshot "$work/saved" --disk "$work/empty$option"
    [[ $(tr -d '\0' <"$work/empty" | wc -c) == 0 ]] || fail "the loaded machine has written the image"
done

run 125 "$guest" --disk "$work/image,snapshot=on" --disk-log "$work/log"
says "snapshot=on"
run 125 "$guest" --disk "$work/image,snapshot=maybe"
says "neither on nor off"
