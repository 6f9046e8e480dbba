#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# On a file system that is too small: the guest is told, or the machine waits for room, as asked. What waits is not lost: not where the
# machine is saved meanwhile, and not where it is recorded; where the run ends before, that is said.
. "$(dirname -- "$0")/lib.sh"
if [[ -z ${DISKS_IN_NAMESPACE-} ]]; then
    unshare -rm true 2>/dev/null || { echo "no user namespaces"; exit 77; }
    DISKS_IN_NAMESPACE=1 exec unshare -rm "$0" "$@"
fi
mkdir "$work/small"
mount -t tmpfs -o size=1100k tmpfs "$work/small" || { echo "no tmpfs"; exit 77; }
trap 'umount "$work/small"; rm -rf "$work"' EXIT
image=$work/small/image
full_image "$work/whole"

# fill: 600 KiB of the 1,100 are taken, so that the disk does not fit.
fill() {
    rm -f "$image"
    truncate -s 1M "$image"
    head -c 614400 /dev/zero >"$work/small/ballast"
}

# background OPTION...: a run whose messages stand in $work/err.
background() {
    : >"$work/err" # of the run before, until the shell behind & has opened it
    "$microvm" run "$guest" "$@" </dev/null >"$work/out" 2>"$work/err" &
    process=$!
}

# until_paused: it has said so.
until_paused() {
    until grep -q 'the machine waits' "$work/err"; do kill -0 $process || fail "it has ended"; done
}

# ends STATUS: the background run does, and the disk holds all that was written.
ends() {
    local status=0
    wait $process || status=$?
    [[ $status == "$1" ]] || fail "status $status, not $1"
}

# As asked, by default and otherwise: an I/O error.
for option in '' ,on-error=report; do
    fill
    run 2 "$guest" --disk "$image$option"
    says "No space left on device; the guest got an I/O error"
done

# It waits until there is room, and goes on by itself; on both clocks.
for clock in wall virtual; do
    for option in enospc pause; do
        fill
        background --disk "$image,on-error=$option" --clock $clock
        until_paused
        says "disk '$image': a write of 4096 bytes at byte"
        : >"$work/small/ballast"
        ends 0
        cmp "$image" "$work/whole" || fail "something was lost"
        [[ $(grep -c 'the machine waits' "$work/err") == 1 ]] || fail "it is said more than once"
    done
done

# So does a qcow2 image, with its tables.
if command -v qemu-img >/dev/null; then
    rm -f "$image"
    head -c 614400 /dev/zero >"$work/small/ballast"
    qemu-img create -q -f qcow2 -o cluster_size=4k "$image" 1M
    background --disk "$image,format=qcow2,on-error=enospc"
    until_paused
    : >"$work/small/ballast"
    ends 0
    qemu-img check -q "$image" || fail "qemu-img check finds something"
    qemu-img compare -q -f qcow2 -F raw "$image" "$work/whole" || fail "something was lost in the qcow2 image"
fi

# A recording of that is the same run again, on both clocks.
for clock in wall virtual; do
    fill
    background --disk "$image,on-error=enospc" --clock $clock --record "$work/recording" -vv
    until_paused
    : >"$work/small/ballast"
    ends 0
    digest=$(sed -n 's/.*state digest //p' "$work/err")
    run 0 --replay "$work/recording" -vv
    says "state digest $digest"
done

# Who asks it to go on finds it paused again, and whoever looks is told why. Where the run ends before there is room that is said.
fill
background --disk "$image,on-error=enospc" --control "$work/control" --monitor "$work/monitor" --save-snapshot "$work/saved"
until_paused
python3 - "$work/control" <<'PYTHON'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
lines = s.makefile("rw")
def ask(method):
    lines.write(json.dumps({"id": 1, "method": method}) + "\n")
    lines.flush()
    while True:
        line = json.loads(lines.readline())
        if line.get("id") == 1:
            return line
def reason():
    return ask("status")["result"]["pause"]["reason"]
assert reason() == "host", reason()
assert "result" in ask("resume")
while "pause" not in ask("status")["result"]:
    pass
assert reason() == "host", reason()
assert "result" in ask("snapshot")
PYTHON
[[ $(grep -c 'the machine waits' "$work/err") -ge 2 ]] || fail "the second time is not said"
cp "$image" "$work/image"
cp "$work/saved" "$work/snapshot"
kill $process
ends 125
says "what it still held is not written"

# The snapshot that was saved meanwhile: the writes that waited are made where it is loaded.
run 0 --load-snapshot "$work/snapshot" --disk "$work/image,on-error=enospc"
cmp "$work/image" "$work/whole" || fail "something of the snapshot was lost"

run 125 "$guest" --disk "$image,on-error=maybe"
says "report"
