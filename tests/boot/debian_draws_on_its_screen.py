# SPDX-License-Identifier: MIT
"""Debian's text console on the screen of --gpu: its picture is what was written there, also after a snapshot was loaded in the middle
of the work and when the machine goes back in time.

usage: debian_draws_on_its_screen.py FOLDER OPTION...   with MICROVM set; the options are those of microvm run
"""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from microvm_control import Machine  # noqa: E402
from picture import decode  # noqa: E402

PATIENCE = 1800
WIDTH, HEIGHT, GLYPH = 1280, 800, (8, 16)
GREY = b"\xaa\xaa\xaa"


def wanted(condition, text):
    if not condition:
        sys.exit(f"debian_draws_on_its_screen: expected: {text}")


def shot(vm):
    """The screen's rows, of three bytes a pixel."""
    width, rows = decode(bytes.fromhex(vm.call("screendump", {})["png"]))
    wanted((width, len(rows)) == (WIDTH, HEIGHT), "a picture of the screen's size")
    return rows


def is_bar(rows, line):
    """Whether a line of text is all of the colour of letters."""
    return all(row == GREY * WIDTH for row in rows[line * GLYPH[1] : (line + 1) * GLYPH[1]])


def shell(vm, line, answer):
    vm.type(line + "\n")
    vm.wait_for_output(answer, PATIENCE)


def bars(lines):
    """Shell words that draw bars over some lines of the screen."""
    return "".join(f"\\033[{line + 1};1H\\033[47m\\033[K\\033[0m" for line in lines)


def boot(vm):
    vm.capture_console()
    vm.resume()
    vm.wait_for_output("# ", PATIENCE)
    shell(vm, "modprobe -a virtio_mmio virtio-gpu; sleep 1; echo mod''ules $?", "modules 0")
    shell(vm, f"printf '\\033[2J\\033[?25l{bars([3, 7])}' >/dev/tty1; sleep 1; echo dr''awn", "drawn")


def check_picture(vm):
    rows = shot(vm)
    for line in range(HEIGHT // GLYPH[1]):
        wanted(is_bar(rows, line) == (line in (3, 7)), f"bars at lines 3 and 7, not at {line} or so")
    return rows


def check_past(vm):
    """What is drawn later is not there before."""
    vm.pause()
    before, step = shot(vm), vm.steps()
    vm.resume()
    shell(vm, f"printf '{bars([20])}' >/dev/tty1; sleep 1; echo mo''re", "more")
    vm.pause()
    after, present = shot(vm), vm.steps()
    wanted(is_bar(after, 20) and not is_bar(before, 20), "a third bar")
    vm.go_to(step)
    wanted(shot(vm) == before, "the picture as it was, in the past")
    vm.go_to(present)
    wanted(shot(vm) == after, "the picture as it is, in the present")
    vm.resume()


def save_in_mid_work(vm):
    """While text scrolls; it is paused then."""
    shell(vm, "(while :; do echo $((n = n + 1)); done >/dev/tty1) & echo sc''rolls", "scrolls")
    time.sleep(2)
    vm.pause()
    vm.call("snapshot", {})


def check_loaded(vm, rows):
    wanted(shot(vm) == rows, "the saved picture at once")
    vm.capture_console()
    vm.resume()
    shell(vm, "kill %1; sleep 1; echo go''es on", "goes on")
    wanted(shot(vm) != rows, "a picture that has scrolled on")
    shell(vm, f"printf '\\033[2J\\033[?25l{bars([3, 7])}' >/dev/tty1; sleep 1; echo dr''awn", "drawn")
    check_picture(vm)


def main(folder, *options):
    folder = pathlib.Path(folder)
    with Machine(None, [*options, "--save-snapshot", str(folder / "snap")], timeout=PATIENCE) as vm:
        boot(vm)
        check_picture(vm)
        check_past(vm)
        save_in_mid_work(vm)
        rows = shot(vm)
    gpu = [option for option in options if option.startswith("--gpu")]
    with Machine(None, ["--load-snapshot", str(folder / "snap"), *gpu], timeout=PATIENCE) as loaded:
        check_loaded(loaded, rows)


main(*sys.argv[1:])
