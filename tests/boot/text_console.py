# SPDX-License-Identifier: MIT
"""A Linux guest with a screen: a shell on its serial console, by which it tells what stands on its first text console, and whether a picture
shows that."""

import base64
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "display"))
from microvm_control import Machine  # noqa: E402
from picture import decode  # noqa: E402

GLYPH_WIDTH, GLYPH_HEIGHT = 8, 16
# Keys are let go when the host gets to it, which the guest must not take for keys that are held (KDKBDREP: milliseconds).
NO_REPEAT = "import fcntl, struct; fcntl.ioctl(open('/dev/tty1'), 0x4b52, struct.pack('ii', 10**8, 10**8))"
NO_BLINKING = "echo 0 >/sys/class/graphics/fbcon/cursor_blink"


class Text:
    """What /dev/vcsa1 says: the rows of the text, and each cell's character and colours."""

    def __init__(self, data):
        self.height, self.width, x, y = data[:4]
        self.cursor = (y, x)
        cells = data[4:]
        self.cells = [[cells[2 * i:2 * i + 2] for i in range(y * self.width, (y + 1) * self.width)] for y in range(self.height)]
        self.rows = ["".join(chr(cell[0]) for cell in row).rstrip() for row in self.cells]

    def __str__(self):
        return "\n".join(self.rows).rstrip()

    def is_shown_by(self, width, rows):
        """Whether in a picture each character always looks the same, and no two look alike; the cursor may be on one of them."""
        looks = {}
        for y, row in enumerate(self.cells):
            lines = rows[y * GLYPH_HEIGHT:(y + 1) * GLYPH_HEIGHT]
            for x, cell in enumerate(row):
                look = b"".join(line[3 * GLYPH_WIDTH * x:3 * GLYPH_WIDTH * (x + 1)] for line in lines)
                if (y, x) != self.cursor and looks.setdefault(cell, look) != look:
                    return False
        visible = [look for cell, look in looks.items() if cell[0] != ord(" ")]
        return width == GLYPH_WIDTH * self.width and len(visible) > 3 and len(set(visible)) == len(visible)


class Guest(Machine):
    """One whose console is captured, and that runs."""

    def __init__(self, options, **environment):
        os.environ.update(environment)
        super().__init__(None, options, timeout=None)
        self.capture_console()
        self.resume()

    def says(self, line, answer):
        """Types a line for the shell, and waits for its answer."""
        self.type(line + "\n")
        return self.wait_for_output(answer)

    def quiet_shell(self):
        """What is typed to the shell is not to be taken for what it answers."""
        self.says("PS1= PS2=; stty -echo; echo qui''et", "\nquiet\r\n")

    def text(self):
        answer = self.says("base64 /dev/vcsa1; echo th''at is all", "that is all\r\n")
        return Text(base64.b64decode(answer.rpartition(b"that")[0]))

    def picture(self, screen=0):
        """(width, rows of 3 bytes a pixel)"""
        return decode(bytes.fromhex(self.call("screendump", {"screen": screen})["png"]))

    def wait_for_text(self, wanted):
        """Waits until it is on the text console, and the picture shows all of that; the picture's rows."""
        while True:
            text = self.text()
            width, rows = self.picture()
            if wanted in str(text) and text.is_shown_by(width, rows):
                return rows
