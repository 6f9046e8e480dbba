#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A machine that waits for room on the host goes back in time and comes again, by steps and by `continue`: nothing is written in the past,
# it waits at the present as before, and what waits is not lost.
. "$(dirname -- "$0")/lib.sh"
if [[ -z ${DISKS_IN_NAMESPACE-} ]]; then
    unshare -rm true 2>/dev/null || { echo "no user namespaces"; exit 77; }
    DISKS_IN_NAMESPACE=1 exec unshare -rm "$0" "$@"
fi
mkdir "$work/small"
mount -t tmpfs -o size=1100k tmpfs "$work/small" || { echo "no tmpfs"; exit 77; }
trap 'umount "$work/small"; rm -rf "$work"' EXIT
full_image "$work/whole"
for clock in virtual wall; do
    rm -f "$work/small/image"
    truncate -s 1M "$work/small/image"
    head -c 614400 /dev/zero >"$work/small/ballast"
    python3 - "$microvm" "$guest" "$work" "$(dirname -- "$0")/../../tools" $clock <<'PYTHON' || fail 'it does not come again'
import sys
microvm, guest, work, tools, clock = sys.argv[1:]
sys.path.insert(0, tools)
from microvm_control import Machine

def wait_for_room(vm):
    while vm.wait_for("paused")["pause"]["reason"] != "host":
        pass

def image():
    with open(f"{work}/small/image", "rb") as file:
        return file.read()

with Machine(guest, ["--disk", f"{work}/small/image,on-error=enospc", "--clock", clock], microvm=microvm) as vm:
    vm.resume()
    wait_for_room(vm)
    here, seen, written = vm.steps(), vm.registers(), image()
    for place in (here - 1, here // 2, 0, here - 1000):
        vm.go_to(place)
        assert vm.steps() == place, (vm.steps(), place)
        assert image() == written, "the past is written again"
    vm.go_to(here // 3)
    arrival = vm.run()
    assert arrival["reason"] == "present", arrival
    assert (vm.steps(), vm.registers()) == (here, seen)
    vm.resume()
    wait_for_room(vm)
    assert image() == written, "it is written though there is no room"
    open(f"{work}/small/ballast", "wb").close()  # it goes on by itself
    vm.wait_for("ended")
    assert vm.wait() == 0
PYTHON
    cmp "$work/small/image" "$work/whole" || fail "something was lost"
done
