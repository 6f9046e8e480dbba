# SPDX-License-Identifier: MIT
"""Two heads of the graphics card, in two windows, and what a replay shows of them.

usage: linux_draws_on_two_screens.py FOLDER OPTION...   with MICROVM set; the options are those of microvm run
"""

import pathlib
import sys

from text_console import NO_BLINKING, Guest, Machine
import rfb
import screen

DRIVERS = "modprobe -a virtio_mmio virtio-gpu virtio_input evdev"
LISTEN = "events=/events; until $events 'microvm keyboard' repeat 100000000 2>/dev/null; do sleep 0.2; done; cat </dev/tty1 >/dev/null &"
STATES = "cd /sys/class/drm; cat card0-Virtual-*/status | tr '\\n' ' '; echo stat''es"
DRAW = "mkfifo /end; (/kms 1 1000x640 </end || poweroff -f) & exec 3>/end"
PREFERS = "until read mode <card0-Virtual-1/modes; [ $mode = %dx%d ]; do sleep 0.2; done; echo it do''es"
USUAL = (800, 600)
TYPED = "typed in the other window"


def pattern(width, height, number):
    return b"".join(bytes((x & 255, y & 255, number)) for y in range(height) for x in range(width))


def resize(server, window, before, size):
    """Once the window is as large as it was before."""
    while server.size(window) != before:
        pass
    server.xdotool("windowsize", "--sync", window, *size)


def use(guest, server, folder):
    """Ends with the machine paused; the pictures of its screens."""
    guest.wait_for_output("# ")
    guest.quiet_shell()
    first, second = server.window("microvm screen 0"), server.window("microvm screen 1")
    server.xdotool("windowmove", "--sync", second, 0, 700)
    guest.says(DRIVERS, "")
    assert b"connected connected states" in guest.says(STATES, "states\r\n")
    guest.says(f"{LISTEN} {NO_BLINKING}; echo list''ens", "listens\r\n")
    for before, size in ((USUAL, (700, 500)), ((700, 500), USUAL)):
        resize(server, first, before, size)
        guest.says(PREFERS % size, "it does\r\n")
    resize(server, second, USUAL, (1000, 640))
    guest.says(DRAW, "connector 1 shows 1000x640\r\n")
    wanted = pattern(1000, 640, 1)
    while b"".join(guest.picture(1)[1]) != wanted or server.picture(second, str(folder / "second.png"))[2] != wanted:
        pass
    server.xdotool("windowfocus", "--sync", second)
    server.xdotool("type", TYPED)
    guest.wait_for_text(TYPED)
    guest.pause()
    return guest.steps(), [guest.picture(number) for number in range(2)]


def check_replay(folder, recording, steps, pictures):
    with Machine(None, ["--replay", recording, "--display", f"vnc=unix:{folder}/vnc"], timeout=None) as replay:
        replay.step(steps)
        assert replay.steps() == steps, (replay.steps(), steps)
        viewer = rfb.Viewer(f"unix:{folder}/vnc")
        viewer.look_until(lambda viewer: bytes(viewer.picture) == b"".join(pictures[0][1]))


def main():
    folder, recording = pathlib.Path(sys.argv[1]), f"{sys.argv[1]}/recording"
    screen.need("Xvfb", "xdotool", "import", "convert")
    server = screen.XServer("1400x1400")
    try:
        with Guest([*sys.argv[2:], "--gpu=800x600,heads=2", "--display", "sdl", "--record", recording], DISPLAY=server.display) as guest:
            steps, pictures = use(guest, server, folder)
            guest.resume()
            guest.type("poweroff -f\n")
            assert guest.process.wait() == 0, guest.process.returncode
        check_replay(folder, recording, steps, pictures)
    finally:
        server.end()


main()
