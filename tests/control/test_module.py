#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The Python module beside its methods: how machines start and end, and its example."""

import os
import pathlib
import subprocess
import sys
import unittest

from machine import COUNT, MICROVM, Test
from microvm_control import ControlTimeout, Disconnected, Machine

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "tools" / "examples"


class Module(Test):
    def test_a_machine_that_cannot_run_raises(self):
        with self.assertRaisesRegex(Disconnected, "exit status 125"):
            Machine(self.folder / "no-such-kernel", microvm=MICROVM, stderr=subprocess.DEVNULL)

    def test_the_process_and_its_socket_are_gone_behind_the_with(self):
        with Machine(self.program(COUNT), ["--load-addr", "0x80000000"], microvm=MICROVM) as vm:
            vm.resume()
            folder = vm._folder
            self.assertTrue(os.path.exists(folder))
        self.assertIsNotNone(vm.process.returncode)
        self.assertFalse(os.path.exists(folder))

    def test_what_does_not_come_in_time_raises(self):
        vm = self.machine()
        self.assertRaises(ControlTimeout, vm.wait_for, "paused", timeout=0)
        self.assertEqual(vm.version()["program"], "microvm")

    def test_events_end_with_the_run(self):
        vm = self.machine()
        vm.resume()
        vm.quit()
        self.assertEqual([event["event"] for event in vm.events()], ["resumed", "ended"])
        self.assertRaises(Disconnected, vm.version)

    def test_the_example_finds_the_first_line(self):
        done = subprocess.run([sys.executable, EXAMPLES / "first_lines.py", "--example", "minimal-kernel"], check=True,
                              capture_output=True, text=True, env={**os.environ, "MICROVM": MICROVM})
        self.assertIn("╔═", done.stdout)
        self.assertIn("of 20 samples", done.stdout)
        self.assertEqual(done.stderr, "")


if __name__ == "__main__":
    unittest.main()
