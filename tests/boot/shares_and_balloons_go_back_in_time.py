# SPDX-License-Identifier: MIT
"""Takes a guest that uses a shared folder and a balloon back in time.

usage: shares_and_balloons_go_back_in_time.py FOLDER OPTION...   with MICROVM set; the options are those of microvm run
"""

import os
import pathlib
import re
import sys
import tempfile

import picture
from microvm_control import Machine

PATIENCE = 600
TAKEN = 128 * 1024
BEGIN = """modprobe -a virtio_mmio virtio_balloon virtio-gpu 9pnet_virtio 9p; PS1=; PS2=; stty -echo
mkdir /f; mount -t 9p -o trans=virtio,version=9p2000.L share /f; mkdir /ram; mount -t tmpfs none /ram; seq 1 100000 >/ram/kept
md5sum /ram/kept >/sum; echo be''gun
"""
WORK = """n=0; while [ ! -e /f/stop ]; do n=$((n + 1)); seq $n 1 $((n + 300)) >/f/new; mv /f/new /f/f$((n % 20)); echo line $n >/dev/tty1
    head -c 200000 /dev/zero | tr '\\0' x >/ram/x; rm /ram/x
    [ $n != 10 ] || echo "so far: $n"; done; seq $n 1 $((n + 300)) | cmp - /f/f$((n % 20)) && echo "share: right"
md5sum -c -s /sum && echo "memory: right"; dmesg | grep -E 'BUG|Oops|WARNING|Call Trace'; poweroff -f
"""


def fail(text):
    sys.exit(f"shares_and_balloons_go_back_in_time: {text}")


def given_away(vm):
    return int(re.search(r"^given away\s+(\d+) KiB", vm.monitor("info balloon"), re.M).group(1))


def contents(folder):
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}


def state(vm):
    return vm.steps(), vm.registers(0), given_away(vm), picture.rows_of(vm)


def travel(vm, folder, before, small):
    present, kept = state(vm), contents(folder)
    here = present[0]
    if int(vm.history()["first"], 16) > before:
        fail(f"history does not reach back to step {before}: {vm.history()}")
    places, seen = [before, here - 20000000, here - 1000000, here - 4097, here - 1], {}
    for place in places + places[::-1] + places[1::2]:
        vm.go_to(place)
        found = state(vm)
        print(f"step {found[0]}: {found[2]} KiB are given away", flush=True)
        if found[0] != place or seen.setdefault(place, found) != found:
            fail(f"step {place} is another one when it is gone to again")
    if seen[before][2] != small or present[2] != TAKEN:
        fail(f"given away: {seen[before][2]} KiB before, {present[2]} KiB now")
    vm.go_to(before)
    arrival = vm.run()
    if arrival["reason"] != "present" or state(vm) != present:
        fail(f"the present is another one: {arrival}")
    if contents(folder) != kept:
        fail("the past has written to the folder")


def main():
    folder, *options = sys.argv[1:]
    folder = pathlib.Path(folder)
    with tempfile.TemporaryFile() as messages, \
            Machine(options=[*options, "--history", "512M"], microvm=os.environ["MICROVM"], timeout=PATIENCE, stderr=messages) as vm:
        vm.capture_console()
        vm.resume()
        vm.wait_for_output("microvm-initramfs: ready")
        vm.type(BEGIN)
        vm.wait_for_output("begun")
        vm.pause()
        before, small = vm.steps(), given_away(vm)
        vm.resume()
        vm.monitor("balloon 128M")
        vm.type(WORK)
        vm.wait_for_output("so far: 10")
        while given_away(vm) < TAKEN:
            pass
        vm.pause()
        travel(vm, folder, before, small)
        vm.resume()
        (folder / "stop").touch()
        for text in ("share: right", "memory: right"):
            vm.wait_for_output(text)
        event = vm.wait_for("ended")
        if event["reason"] != "powered-off" or re.search(rb"BUG|Oops|WARNING|Call Trace", vm.output):
            fail(f"the guest ends with {event}: {vm.output.decode(errors='replace')[-1000:]}")
        messages.seek(0)
        if text := messages.read():
            fail(f"it is said: {text.decode()}")


main()
