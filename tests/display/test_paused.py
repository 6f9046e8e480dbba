#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a viewer sees of a machine that is paused."""

import pathlib
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
import microvm_control  # noqa: E402
import rfb  # noqa: E402

BASE, FRAMEBUFFER, WIDTH, HEIGHT = 0x80000000, 0x7e000000, 64, 48
# Draws one pixel after the other, each of another colour.
DRAW = (0x7e0002b7,  # lui t0, 0x7e000
        0x00ff0337,  # lui t1, 0xff0
        0x0062a023,  # sw t1, 0(t0)
        0x00428293,  # addi t0, t0, 4
        0x00130313,  # addi t1, t1, 1
        0xff5ff06f)  # j -12
LOOP = BASE + 8


class Paused(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        program = pathlib.Path(folder.name) / "program"
        program.write_bytes(struct.pack(f"<{len(DRAW)}I", *DRAW))
        self.address = f"unix:{folder.name}/vnc"
        self.vm = microvm_control.Machine(program, ["--load-addr", hex(BASE), f"--framebuffer={WIDTH}x{HEIGHT}", "--display",
                                                    f"vnc={self.address}"])
        self.addCleanup(self.vm.close)
        self.assertTrue(self.vm.is_paused())  # an answer comes once all displays are there
        self.vm.set_breakpoint(LOOP)
        self.vm.run()

    def draw(self, count):
        for _ in range(count):
            self.vm.run()

    def drawn(self, count):
        """The picture with so many pixels drawn."""
        pixels = b"".join(struct.pack(">I", 0xff0000 + i)[1:] for i in range(count))
        return pixels + bytes(3 * WIDTH * HEIGHT - len(pixels))

    def viewer(self):
        viewer = rfb.Viewer(self.address)
        self.addCleanup(viewer.close)
        return viewer

    def test_one_that_comes_sees_the_picture_as_it_is(self):
        self.draw(10)
        self.viewer().look_until(lambda viewer: viewer.picture == self.drawn(10))
        self.vm.write_memory(FRAMEBUFFER + 40, struct.pack("<I", 0xff000a))
        self.viewer().look_until(lambda viewer: viewer.picture == self.drawn(11))

    def test_one_that_is_there_sees_what_was_drawn_last(self):
        viewer = self.viewer()
        for count in range(1, 20):
            self.draw(1)
            viewer.look_until(lambda viewer: viewer.picture == self.drawn(count))

    def test_going_back_takes_the_picture_with_it(self):
        viewer = self.viewer()
        self.draw(10)
        viewer.look_until(lambda viewer: viewer.picture == self.drawn(10))
        self.vm.step_back(4 * 5)
        viewer.look_until(lambda viewer: viewer.picture == self.drawn(5))


if __name__ == "__main__":
    unittest.main()
