#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Machines go back in time, by methods of the control socket and by lines of the monitor."""

import os
import random
import unittest

from machine import BASE, DATA, LOOP, MICROVM, STORE, CheckedMachine, Test
from microvm_control import ControlError

# tests/saved/mix.c: a disk with requests in flight, LR and SC, a guest of its own, and a timer, a hart each.
MIX = os.environ["MIX"]

# One round of COUNT.
ROUND = 4

# Writes to 1,792 pages in turn, for ever.
WRITE_PAGES = (0x801002b7,  # lui t0, 0x80100
               0x02029293,  # slli t0, t0, 32
               0x0202d293,  # srli t0, t0, 32
               0x808003b7,  # lui t2, 0x80800
               0x02039393,  # slli t2, t2, 32
               0x0203d393,  # srli t2, t2, 32
               0x00001e37,  # lui t3, 1
               0x00028e93,  # mv t4, t0
               0x006eb023,  # sd t1, 0(t4)
               0x00130313,  # addi t1, t1, 1
               0x01ce8eb3,  # add t4, t4, t3
               0xfe7eeae3,  # bltu t4, t2, -12
               0x00028e93,  # mv t4, t0
               0xfedff06f)  # j -20


class Time(Test):
    def counted(self, rounds=1000, options=()):
        """A machine that is about to begin a round, so many of them behind it; and that step."""
        vm = self.machine(options=options)
        vm.set_breakpoint(LOOP)
        vm.run()
        vm.clear_breakpoints()
        vm.step(ROUND * rounds)
        self.assertEqual(vm.registers()["t0"], rounds)
        return vm, vm.steps()

    def test_a_step_back_undoes_a_step(self):
        vm, here = self.counted()
        arrival = vm.step_back()
        self.assertEqual((arrival["end"], int(arrival["pc"], 16)), ("there", LOOP + 12))
        self.assertEqual((vm.steps(), vm.status()["past"]), (here - 1, True))
        vm.step_back(2)
        self.assertEqual(int(vm.registers()["pc"]), STORE)
        self.assertEqual(vm.read_memory(DATA, 8), (999).to_bytes(8, "little"))

    def test_any_step_of_history_can_be_gone_to(self):
        vm, here = self.counted()
        registers = vm.registers()
        for rounds in (3, 997, 1, 500, 0):
            vm.go_to(here - ROUND * (1000 - rounds))
            self.assertEqual(vm.registers()["t0"], rounds)
        history = vm.history()
        self.assertEqual((int(history["first"], 16), int(history["present"], 16)), (0, here))
        self.assertEqual(int(vm.go_to(0)["pc"], 16), 0x1000)
        self.assertFalse(vm.go_to()["end"] != "there" or vm.status()["past"])
        self.assertEqual(vm.registers(), registers)
        self.assertEqual(vm.refused("go-to", {"step": hex(here + 1)}).code, "failed")

    def test_from_the_past_the_machine_runs_to_the_present_and_on_from_there(self):
        vm, here = self.counted()
        vm.go_to(here - 17)
        self.assertEqual(vm.run()["reason"], "present")
        self.assertEqual((vm.steps(), vm.status()["past"]), (here, False))
        vm.step(ROUND)
        self.assertEqual(vm.registers()["t0"], 1001)

    def test_breakpoints_and_watchpoints_are_met_backwards(self):
        vm, here = self.counted()
        vm.set_breakpoint(STORE)
        arrival = vm.run_back()
        self.assertEqual((arrival["end"], int(arrival["address"], 16), vm.registers()["t0"]), ("breakpoint", STORE, 1000))
        vm.run_back()
        self.assertEqual((vm.registers()["t0"], vm.steps()), (999, here - 3 - ROUND))
        vm.clear_breakpoints()
        vm.set_breakpoint(DATA, "write", 8)
        arrival = vm.run_back()
        self.assertEqual((arrival["end"], int(arrival["pc"], 16)), ("watchpoint", STORE))
        self.assertEqual(vm.read_memory(DATA, 8), (997).to_bytes(8, "little"))
        vm.clear_breakpoints()
        self.assertEqual(vm.run_back()["end"], "begin")
        self.assertEqual(vm.steps(), 0)

    def test_the_writer_of_memory_is_found(self):
        vm, here = self.counted()
        found = vm.who_wrote(DATA)
        self.assertEqual((found["writer"], int(found["arrival"]["pc"], 16)), ("hart", STORE))
        self.assertEqual(vm.steps(), here - 3)
        self.assertEqual(vm.who_wrote(DATA + 64)["writer"], "nobody")
        self.assertEqual(vm.refused("who-wrote", {"address": "0x10000000"}).code, "failed")

    def test_the_past_cannot_be_changed(self):
        vm, here = self.counted()
        vm.step_back()
        self.assertEqual(vm.refused("set-register", {"name": "t0", "value": "0x1"}).code, "in-the-past")
        self.assertEqual(vm.refused("write-memory", {"address": hex(DATA), "data": "00"}).code, "in-the-past")
        with self.assertRaisesRegex(ControlError, "goto present"):
            vm.monitor("set t0 1")
        with self.assertRaisesRegex(ControlError, "goto present"):
            vm.monitor(f"set mem {DATA} 1")
        vm.go_to()
        self.assertEqual(vm.set_register("t0", 7), 7)

    def test_what_was_changed_in_the_present_stays_changed_in_its_past(self):
        vm, here = self.counted()
        vm.set_register("t0", 5000)
        vm.write_memory(DATA, b"\7")
        vm.step(ROUND)
        vm.go_to(here)
        vm.go_to(here + 1)
        self.assertEqual((vm.registers()["t0"], vm.read_memory(DATA, 1)), (5001, b"\7"))

    def test_the_monitor_goes_through_time(self):
        vm, here = self.counted()
        self.assertRegex(vm.monitor("back"), rf"^step {here - 1}, 1 step before the present: hart 0, M mode\n=> ")
        self.assertRegex(vm.monitor("back 2"), rf"^step {here - 3}, 3 steps before the present: .*\n=> 0x{STORE:x}: sd t0")
        self.assertRegex(vm.monitor("goto +1"), rf"^step {here - 2}, ")
        self.assertRegex(vm.monitor("goto -8"), rf"^step {here - 10}, 10 steps before")
        self.assertRegex(vm.monitor("info history"), rf"^steps 0 to {here}; the machine is at {here - 10}, 10 steps before")
        self.assertRegex(vm.monitor("info stats"), rf"^steps {here - 10}, all harts together, 10 steps before")
        self.assertRegex(vm.monitor("goto present"), rf"^step {here}: hart 0")
        self.assertRegex(vm.monitor(f"who wrote {DATA}"), rf"^0x{DATA:x} was written by hart 0 in step {here - 3}, 3 steps")
        self.assertRegex(vm.monitor(f"who wrote {DATA + 64} 4"), "^nothing has written it within history; history begins here")
        self.assertRegex(vm.monitor("goto begin"), "^step 0, ")
        self.assertRegex(vm.monitor(f"goto {here}"), rf"^step {here}: ")
        vm.monitor(f"break {LOOP}")
        self.assertRegex(vm.monitor("rcontinue"), rf"^breakpoint, at step {here - ROUND}, ")
        for line in (f"goto {here + 1}", f"goto -{here + 1}", "back 0", "who wrote 0x10000000", f"who wrote {DATA} 0"):
            self.assertRaises(ControlError, vm.monitor, line)

    def test_four_harts_go_back_together(self):
        vm = self.machine(options=["--cpus", "4"])
        vm.step(100000, hart=0, others="run")
        here, harts = vm.steps(), [vm.registers(n) for n in range(4)]
        vm.step(3333, hart=2, others="run")
        vm.go_to(here)
        self.assertEqual([vm.registers(n) for n in range(4)], harts)
        for n in range(4):
            before = int(vm.status()["harts"][n]["steps"], 16)
            self.assertEqual(vm.step_back(5, hart=n)["hart"], n)
            self.assertEqual(int(vm.status()["harts"][n]["steps"], 16), before - 5)
            vm.go_to(here)

    def observed(self, name, options, travels):
        """What the options' file holds behind a run that has been to its past, or has not."""
        path = self.folder / name
        vm, here = self.counted(2000, [option.format(path) for option in options])
        if travels:
            vm.go_to(here - 5000)
            vm.step(777)
            vm.set_breakpoint(STORE)
            vm.run()
            vm.run_back()
            vm.clear_breakpoints()
            vm.who_wrote(DATA)
            self.assertEqual(vm.run()["reason"], "present")
        vm.step(10 * ROUND)
        self.assertEqual(vm.steps(), here + 10 * ROUND)
        vm.call("poweroff")
        vm.wait_for("ended")
        vm.wait()
        return path.read_text()

    def test_what_was_traced_and_counted_is_not_again(self):
        for name, options in (("trace", ["--trace=insn,mem,trap", "--trace-file={}"]),
                              ("profile", ["--profile-exact", "--profile={}"])):
            once = self.observed(f"{name}-once", options, False)
            self.assertGreater(len(once.splitlines()), 5)
            self.assertEqual(self.observed(f"{name}-twice", options, True), once)

    def test_where_memory_ends_history_begins(self):
        vm = self.machine(WRITE_PAGES, ["--history", "8M", "--memory", "16"])
        vm.step(100000000, timeout=120)
        history = vm.history()
        first, here = int(history["first"], 16), vm.steps()
        self.assertLessEqual(int(history["bytes"], 16), int(history["limit"], 16))
        self.assertEqual(int(history["limit"], 16), 8 << 20)
        self.assertGreater(first, 0)
        self.assertLess(first, here)
        self.assertEqual(vm.refused("go-to", {"step": hex(first - 1)}).code, "failed")
        self.assertEqual(vm.steps(), here)
        count = vm.registers()["t1"]
        self.assertEqual(vm.run_back(timeout=120)["end"], "begin")
        self.assertEqual(vm.steps(), first)
        self.assertEqual(vm.who_wrote(0x80100000)["writer"], "nobody")
        self.assertEqual(vm.run(timeout=120)["reason"], "present")
        self.assertEqual((vm.steps(), vm.registers()["t1"]), (here, count))

    def test_harts_with_disk_traffic_go_back_and_on(self):
        disk = self.folder / "disk"
        disk.write_bytes(bytes(range(256)) * 4096)
        for clock in ("virtual", "wall"):
            vm = CheckedMachine(MIX, ["--clock", clock, "--cpus", "4", "--disk", str(disk)], microvm=MICROVM)
            self.addCleanup(vm.close)
            random.seed(clock)
            for part in range(1, 4):
                while vm.steps() < part * 3000000:
                    vm.step(999983, others="run")
                vm.type("typed")
                here, registers = vm.steps(), [vm.registers(hart=n) for n in range(4)]
                for _ in range(3):
                    vm.go_to(random.randrange(here))
                    vm.step_back()
                self.assertEqual(vm.go_to()["end"], "there")
                self.assertEqual((vm.steps(), vm.status()["past"]), (here, False))
                self.assertEqual([vm.registers(hart=n) for n in range(4)], registers)
            vm.close()

    def test_without_history_there_is_no_past(self):
        vm, here = self.counted(options=["--history", "0"])
        self.assertFalse(vm.history()["on"])
        for method in ("step-back", "run-back"):
            self.assertRegex(vm.refused(method).message, "history is off")
        self.assertRegex(vm.refused("who-wrote", {"address": hex(BASE)}).message, "history is off")
        self.assertEqual(vm.steps(), here)
        self.assertEqual(vm.monitor("info history"), "off (--history 0)\n")

    def test_a_machine_that_runs_stays_where_it_is(self):
        vm = self.machine()
        vm.resume()
        for method in ("step-back", "run-back", "go-to"):
            self.assertEqual(vm.refused(method).code, "not-paused")
        self.assertRaises(ControlError, vm.monitor, "back")


if __name__ == "__main__":
    unittest.main()
