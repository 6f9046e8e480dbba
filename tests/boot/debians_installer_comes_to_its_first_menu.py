# SPDX-License-Identifier: MIT
"""Debian's installer draws its first menu on the screen of --gpu, and the keyboard moves the choice in it.

usage: debians_installer_comes_to_its_first_menu.py FOLDER OPTION...   with MICROVM set; the options are those of microvm run
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from microvm_control import Machine  # noqa: E402
from picture import rows_of  # noqa: E402

# Of newt's menus on Linux' console: what is behind the window, and the bar on the present choice.
BLUE, RED = b"\x00\x00\xaa", b"\xaa\x00\x00"
PIECE, PIECES = 200_000_000, 400
LEAST_BAR = 200  # pixels


def bar(rows):
    """The first and the last row of pixels of the bar; None: there is none."""
    red = [y for y, row in enumerate(rows) if all(RED[i : i + 1] * LEAST_BAR in row[i::3] for i in range(3))]
    return (red[0], red[-1]) if red else None


def is_menu(rows):
    return rows is not None and rows[0].startswith(BLUE) and rows[-1].endswith(BLUE) and bar(rows) is not None


def run_until(vm, condition, text):
    for _ in range(PIECES):
        vm.step(PIECE, timeout=600)
        rows = rows_of(vm)
        if rows is not None and condition(rows):
            return rows
    sys.exit(f"debians_installer_comes_to_its_first_menu: expected: {text}")


def main():
    options = sys.argv[2:]
    with Machine(options[0], options[1:]) as vm:
        first = bar(run_until(vm, is_menu, "a menu on the screen"))
        vm.call("send-key", {"keys": "down"})
        second = bar(run_until(vm, lambda rows: is_menu(rows) and bar(rows) != first, "the next language to be chosen"))
        if second[0] <= first[0]:
            sys.exit(f"the bar went from {first} to {second}")
        vm.quit()


main()
