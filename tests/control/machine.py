# SPDX-License-Identifier: MIT
"""Machines under test, and clients of theirs that hold every line against the schema."""

import json
import os
import pathlib
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import microvm_control  # noqa: E402
import schema  # noqa: E402

MICROVM = os.environ["MICROVM"]
BASE = 0x80000000

# Counts in memory for ever.
COUNT = (0x00002317,  # auipc t1, 2
         0x00000293,  # li t0, 0
         0x00128293,  # addi t0, t0, 1
         0x00533023,  # sd t0, 0(t1)
         0x00033383,  # ld t2, 0(t1)
         0xff5ff06f)  # j -12
LOOP, STORE, DATA = BASE + 8, BASE + 12, BASE + 0x2000

# Writes what it reads from its UART.
ECHO = (0x100002b7,  # lui t0, 0x10000
        0x0052c303,  # lbu t1, 5(t0)
        0x00137313,  # andi t1, t1, 1
        0xfe030ce3,  # beqz t1, -8
        0x0002c303,  # lbu t1, 0(t0)
        0x00628023,  # sb t1, 0(t0)
        0xfe9ff06f)  # j -24

# Writes to its UART for ever.
WRITE = (0x100002b7,  # lui t0, 0x10000
         0x07800313,  # li t1, 'x'
         0x00628023,  # sb t1, 0(t0)
         0xffdff06f)  # j -4


class CheckedClient(microvm_control.Client):
    """Fails at the first line, its own or the machine's, that is not as the schema says."""

    def call(self, method, params=None, timeout=None):
        result = super().call(method, params, timeout)
        wrong = schema.complaints({"id": 1, "method": method, "params": params or {}}, schema.definition("request"))
        wrong += schema.complaints(result, schema.definition(f"result-{method}"))
        assert not wrong, wrong
        return result

    def _read(self, deadline):
        message = super()._read(deadline)
        wrong = schema.complaints(message, schema.definition("event" if "event" in message else "reply"))
        assert not wrong, wrong
        return message

    def send(self, line):
        """Sends bytes as they are."""
        self._socket.sendall(line)

    def receive(self):
        """The next line, whatever it is."""
        return self._read(self._deadline(None))

    def refused(self, method, params=None):
        """The error that a request gets."""
        try:
            self.call(method, params)
        except microvm_control.ControlError as error:
            return error
        raise AssertionError(f"{method} {json.dumps(params)} was served")


class CheckedMachine(CheckedClient, microvm_control.Machine):
    """A machine whose one client is checked."""


class Test(unittest.TestCase):
    """One with a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="microvm-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def program(self, words):
        path = self.folder / "program"
        path.write_bytes(struct.pack(f"<{len(words)}I", *words))
        return path

    def machine(self, words=COUNT, options=(), **more):
        """A machine that runs these instructions, paused before the first."""
        options = ["--clock", "virtual", "--load-addr", hex(BASE), *options]
        vm = CheckedMachine(self.program(words), options, microvm=MICROVM, **more)
        self.addCleanup(vm.close)
        return vm
