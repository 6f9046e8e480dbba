#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A recording that is cut off is good up to its last whole chunk, and says so; one that is damaged is refused in one line."""

import random
import signal
import subprocess
import unittest

from recorded import GUEST, MICROVM, Test


class Damage(Test):
    def attempt(self, data):
        self.file.write_bytes(data)
        run = self.replay()
        self.assertIn(run.returncode, (0, 122, 125), run.stderr)
        return run

    def lines(self, run):
        return [l for l in run.stderr.decode().splitlines() if "recording" in l]

    def test_a_cut_recording_is_replayed_as_far_as_it_goes(self):
        self.record("wall", insns=2_000_000)
        whole = self.file.read_bytes()
        draws = random.Random(7)
        for length in [0, 1, 7, 8, 20, 28] + [draws.randrange(len(whole)) for _ in range(60)]:
            run = self.attempt(whole[:length])
            self.assertEqual(len(self.lines(run)), 1, run.stderr)
            self.assertTrue(run.returncode == 125 or b"ends before its run did" in run.stderr, run.stderr)

    def test_a_flipped_bit_is_seen(self):
        self.record("wall", insns=2_000_000)
        whole = self.file.read_bytes()
        draws = random.Random(8)
        for _ in range(150):
            data = bytearray(whole)
            place = draws.randrange(len(data))
            data[place] ^= 1 << draws.randrange(8)
            run = self.attempt(bytes(data))
            self.assertEqual(run.returncode == 125 or b"ends before its run did" in run.stderr, True, run.stderr)
            self.assertEqual(len(self.lines(run)), 1, run.stderr)

    def test_a_killed_run_can_be_replayed_up_to_near_its_end(self):
        run = subprocess.Popen([MICROVM, "run", GUEST, *self.options("wall", self.disk(), 10**12), "--record",
                                str(self.file)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        begun = 0
        while begun < 2:  # chunks of the log
            begun = self.file.read_bytes().count(b"\x03\0\0\0") if self.file.exists() else 0
        run.send_signal(signal.SIGKILL)
        run.wait()
        again = self.replay()
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn(b"ends before its run did", again.stderr)


if __name__ == "__main__":
    unittest.main()
