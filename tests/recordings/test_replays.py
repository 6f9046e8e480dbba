#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A replay is the run again: the same output, the same status, the same state."""

import os
import unittest

from recorded import GUEST, INSNS, MICROVM, Machine, Test

# Bytes that come in pieces, whenever they come.
TYPIST = ["perl", "-e", '$| = 1; for (1 .. 400) { print chr(97 + $_ % 26) x (1 + $_ % 7); '
          'open my $f, "<", $0 eq "-e" ? "/proc/self/maps" : $0; my @all = <$f> }']


class Replays(Test):
    def test_virtual_time_is_the_same(self):
        self.expect_same(self.record("virtual"), self.replay())

    def test_wall_time_with_a_disk_and_typed_input_is_the_same(self):
        first = self.record("wall", TYPIST)
        self.assertGreater(len(first.stdout), 100)
        self.expect_same(first, self.replay())
        self.expect_same(first, self.replay("--engine", "switch"))

    def test_a_replay_opens_nothing_that_the_recording_names(self):
        self.record("wall")
        self.assertEqual([p.name for p in self.folder.iterdir()], ["run.mvrec"])
        self.replay()
        self.assertEqual([p.name for p in self.folder.iterdir()], ["run.mvrec"])
        data = self.file.read_bytes()
        self.assertNotIn(str(self.folder).encode(), data)

    def test_what_a_debugger_did_is_done_again(self):
        disk = self.disk()
        with Machine(GUEST, self.options("wall", disk) + ["--record", str(self.file)], microvm=MICROVM) as vm:
            for n in range(60):
                vm.step(1 + 97 * n)
                vm.set_register("sscratch", 3 * n, hart=n % 4)
                vm.set_register("stval", n, hart=n % 4)
                vm.write_memory(0x80F00000 + 8 * n, n.to_bytes(8, "little"), space="physical")
                if n % 7 == 0:
                    vm.step(50, hart=n % 4, others="hold")
            vm.resume()
            ended = vm.wait_for("ended")
        self.assertEqual(ended["reason"], "budget")
        disk.unlink()
        again = self.replay()
        self.assertEqual(again.returncode, 122, again.stderr)

    def test_a_replay_may_be_looked_at_and_not_changed(self):
        first = self.record("wall", TYPIST)
        os.rename(self.file, self.folder / "other.mvrec")
        with Machine(None, ["--replay", str(self.folder / "other.mvrec"), "-vv"], microvm=MICROVM) as vm:
            vm.step(1000)
            self.assertEqual(vm.steps(), 1000)
            self.assertEqual(len(vm.read_memory(0x80000000, 16, space="physical")), 16)
            with self.assertRaises(Exception):
                vm.write_memory(0x80F00000, b"1", space="physical")
            with self.assertRaises(Exception):
                vm.set_register("s11", 1)
            vm.step(100000)
            vm.resume()
            self.assertEqual(vm.wait_for("ended")["reason"], "budget")
            self.assertEqual(vm.wait(), first.returncode)

    def test_options_of_the_machine_contradict_a_recording(self):
        self.record("virtual", insns=10000)
        for option in (["--cpus", "1"], ["--memory", "1G"], ["--disk", "x"], ["--clock", "wall"], ["--seed", "1"]):
            run = self.replay(*option)
            self.assertEqual(run.returncode, 125)
            self.assertIn(option[0].encode(), run.stderr)
            self.assertIn(b"--replay", run.stderr)
            self.assertEqual(run.stderr.count(b"\n"), 1)
        self.assertEqual(self.run_microvm(GUEST, "--replay", self.file).returncode, 125)


class Shifts(Test):
    def log(self, name, debugged):
        log = self.folder / name
        typed = self.folder / "typed"
        typed.write_bytes(b"some text that is typed " * 40)
        options = self.options("virtual", self.disk()) + ["--digest-log", str(log)]
        with open(typed, "rb") as stdin:
            if not debugged:
                self.assertEqual(self.run_microvm(GUEST, *options, stdin=stdin).returncode, 122)
                return log.read_text()
            with Machine(GUEST, options, microvm=MICROVM, stdin=stdin) as vm:
                self.disturb(vm)
        return log.read_text()

    def disturb(self, vm):
        """Steps of all sizes, pauses, and breakpoints that are hit hundreds of times."""
        for n in range(120):
            vm.step(1 + n % 5, hart=n % 2, others="run")
            vm.step(4090 + n, hart=0, others="run")
        vm.set_breakpoint(vm.registers(hart=1)["pc"])
        for _ in range(200):
            vm.run()
        vm.clear_breakpoints()
        for _ in range(20):
            vm.resume()
            vm.pause()
        vm.resume()
        vm.wait_for("ended")

    def test_a_debugger_shifts_nothing(self):
        self.assertEqual(self.log("alone", False), self.log("debugged", True))


if __name__ == "__main__":
    unittest.main()
