# SPDX-License-Identifier: MIT
"""Pictures of a machine's screen, for tests: what its control socket's screendump gives, as rows of three bytes a pixel."""

import pathlib
import struct
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from microvm_control import ControlError  # noqa: E402


def decode(png):
    """(width, rows) of a PNG file of 8-bit RGB without filters, as microvm writes them."""
    packed, at = b"", 8
    width, height = struct.unpack(">II", png[16:24])
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + length]
        at += 12 + length
    raw, stride = zlib.decompress(packed), 1 + 3 * width
    return width, [raw[y * stride + 1 : (y + 1) * stride] for y in range(height)]


def rows_of(vm, screen=0):
    """None: the screen is off."""
    try:
        return decode(bytes.fromhex(vm.call("screendump", {"screen": screen})["png"]))[1]
    except ControlError as refused:
        if refused.code != "failed":
            raise
        return None
