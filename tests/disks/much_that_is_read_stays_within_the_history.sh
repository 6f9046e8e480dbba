#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What a guest reads from a disk is kept for going back in time, and is more than the history may hold: the history stays within its
# memory all the time, and goes back as far as it says.
. "$(dirname -- "$0")/lib.sh"
truncate -s 32M "$work/image"
python3 - "$microvm" "$guest" "$work/image" "$(dirname -- "$0")/../../tools" <<'PYTHON' || fail 'the history is not within its bounds'
import sys
microvm, guest, image, tools = sys.argv[1:]
sys.path.insert(0, tools)
from microvm_control import Machine

LIMIT, EACH = 8 << 20, 500000

with Machine(guest, ["--disk", image, "--history", str(LIMIT >> 20)], microvm=microvm) as vm:
    vm.set_breakpoint("pass")
    most = 0
    while (pause := vm.step(EACH))["reason"] == "step":
        most = max(most, int(vm.history()["bytes"], 0))
    assert pause["reason"] == "breakpoint", pause
    print("at most", most)
    assert LIMIT / 2 < most < LIMIT * 5 / 4 + (1 << 20), most
    first, here, registers = int(vm.history()["first"], 0), vm.steps(), vm.registers()
    assert 0 < first < here - EACH, (first, here)
    for place in first, (first + here) // 2, here - 1, first + 1:
        vm.go_to(place)
        assert vm.steps() == place
    arrival = vm.run()
    assert arrival["reason"] in ("present", "breakpoint"), arrival
    assert (vm.steps(), vm.registers()) == (here, registers)
    vm.resume()
    vm.wait_for("ended")
    assert vm.wait() == 0
PYTHON
