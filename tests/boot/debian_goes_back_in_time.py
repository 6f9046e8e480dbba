# SPDX-License-Identifier: MIT
"""Takes a booting guest back in time, and holds what it shows there against what it showed.

usage: debian_goes_back_in_time.py FOLDER [--nested] OPTION...   with MICROVM set; the options are those of microvm run
"""

import os
import pathlib
import random
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from microvm_control import Machine  # noqa: E402

PATIENCE = 1800
REACHED = "microvm-initramfs: ready"

# What GDB is to do in the kernel, and what it is to show: all in one session.
GDB_LINES = """set pagination off
set confirm off
set width 0
target remote {socket}
set $here = $pc
set $sp_here = $sp
reverse-stepi
reverse-stepi
reverse-stepi
stepi
stepi
stepi
printf "steps: %d\\n", $pc == $here && $sp == $sp_here
hbreak *$here
reverse-continue
printf "met: %d\\n", $pc == $here
stepi
printf "past: %d\\n", $pc != $here
delete
continue
printf "present: %d\\n", $pc == $here && $sp == $sp_here
detach
"""
GDB_SHOWS = ("steps: 1", "met: 1", "past: 1", "No more reverse-execution history", "present: 1")


def fail(text):
    sys.exit(f"debian_goes_back_in_time: {text}")


def wanted(condition, text):
    if not condition:
        fail(f"expected: {text}")


def state(vm):
    """All that can be seen of the harts, and some memory of each one's stack."""
    seen = []
    for hart in vm.status()["harts"]:
        registers = vm.registers(hart["hart"])
        seen.append((hart, registers, vm.monitor(f"hart {hart['hart']}")))
    return seen


def go_places(vm, places):
    """Looks at the machine at these steps, forwards and then in a random order: it is the same."""
    seen = {}
    for place in places:
        vm.go_to(place)
        wanted(vm.steps() == place, f"step {place}")
        seen[place] = state(vm)
    random.Random(7).shuffle(places)
    for place in places:
        vm.go_to(place)
        wanted(state(vm) == seen[place], f"the same state at step {place} whenever it is gone to")


def find_writer(vm):
    """What the hart's stack holds was written by somebody, and has another value before that or the same."""
    registers = vm.registers(0)
    address = registers["sp"]
    value = vm.read_memory(address, 8, hart=0)
    found = vm.who_wrote(address, hart=0)
    if found["writer"] != "hart":
        return
    vm.step_back(hart=found["arrival"]["hart"])
    steps = vm.steps()
    vm.go_to(int(found["arrival"]["steps"], 16) + 1)
    wanted(steps < vm.steps(), "a step back from the writer")
    vm.go_to()
    wanted(vm.read_memory(address, 8, hart=0) == value, "the stack as it was")


def debug(folder):
    """A session of GDB's with the machine paused in the kernel."""
    script = pathlib.Path(folder) / "session.gdb"
    script.write_text(GDB_LINES.format(socket=pathlib.Path(folder) / "gdb"))
    done = subprocess.run(["gdb-multiarch", "-nx", "-q", "-batch", "-x", script], capture_output=True, text=True,
                          timeout=PATIENCE, stdin=subprocess.DEVNULL)
    at = 0
    for line in GDB_SHOWS:
        at = done.stdout.find(line, at)
        wanted(at >= 0, f"'{line}' from GDB in its turn:\n{done.stdout}{done.stderr}")


def pause_in_guest(vm):
    """Where a guest's instruction is next."""
    for _ in range(2000):
        vm.resume()
        vm.pause()
        vm.wait_for("paused")
        for hart in vm.status()["harts"]:
            if hart["mode"] in ("VS", "VU"):
                return
        vm.step(100003, hart=0, others="run")
    fail("no guest runs")


def main():
    folder, *options = sys.argv[1:]
    nested = options[0] == "--nested"
    options = options[nested:]
    reached = "guest 1.1: .*Linux version" if nested else REACHED
    once = (b"guest 1.1: ended with exit status 0",) if nested else (b"Linux version", b"reboot: Power down")
    socket = str(pathlib.Path(folder) / "gdb")
    with Machine(options=["--clock", "virtual", f"--gdb={socket}", "--gdb-run", *options],
                 microvm=os.environ["MICROVM"], timeout=PATIENCE) as vm:
        vm.capture_console()
        vm.resume()
        console = bytearray()
        while not re.search(reached.encode(), console):
            console += vm.wait_for_output(b"\n")
        if nested:
            pause_in_guest(vm)
        else:
            vm.pause()
        before, here = state(vm), vm.steps()
        history = vm.history()
        first = int(history["first"], 16)
        wanted(here - first > 1000000, "a history of a million steps")
        go_places(vm, [here - distance for distance in (1000000, 65536, 4097, 100, 3, 1)])
        vm.go_to(here - 5000)
        vm.go_to()
        wanted(state(vm) == before, "the present as it was left")
        find_writer(vm)
        debug(folder)
        event = vm.wait_for("ended")
        console += vm.output
        wanted(event["reason"] == "powered-off", f"a power-off: {event}")
        for text in once:
            wanted(sum(text in line for line in console.splitlines()) == 1, f"'{text.decode()}' once on the console")


if __name__ == "__main__":
    main()
