# SPDX-License-Identifier: MIT
"""What the tests of recordings share: a guest with four harts, a disk and input, run by the command under test."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from microvm_control import Machine  # noqa: E402

MICROVM = os.environ["MICROVM"]
GUEST = os.environ["GUEST"]
INSNS = 20_000_000


class Test(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = self.folder / "run.mvrec"

    def disk(self, name="disk"):
        path = self.folder / name
        path.write_bytes(bytes(range(256)) * 1024)
        return path

    def options(self, clock, disk, insns=INSNS):
        return ["--firmware", "none", "--cpus", "4", "--memory", "64", "--clock", clock, "--disk", str(disk),
                "--max-insns", str(insns), "-vv"]

    def run_microvm(self, *options, **how):
        how.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([MICROVM, "run", *map(str, options)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=120, **how)

    def digest(self, run):
        found = re.search(rb"state digest ([0-9a-f]{16})", run.stderr)
        self.assertIsNotNone(found, run.stderr.decode(errors="replace"))
        return found.group(1)

    def record(self, clock, feed=None, insns=INSNS):
        """Records a run; feed: a command whose output the guest gets through a pipe."""
        disk = self.disk()
        source = subprocess.Popen(feed, stdout=subprocess.PIPE) if feed else None
        run = self.run_microvm(GUEST, *self.options(clock, disk, insns), "--record", self.file,
                               stdin=source.stdout if source else subprocess.DEVNULL)
        if source:
            source.stdout.close()
            source.wait()
        disk.unlink()
        self.assertEqual(run.returncode, 122, run.stderr)
        return run

    def replay(self, *options):
        return self.run_microvm("--replay", self.file, "-vv", *options)

    def expect_same(self, first, again):
        self.assertEqual(again.returncode, first.returncode, again.stderr)
        self.assertEqual(again.stdout, first.stdout)
        self.assertEqual(self.digest(again), self.digest(first))
