# SPDX-License-Identifier: MIT
"""Logs in at a guest's screen, in a window of an X server of its own and through VNC.

usage: debian_shows_its_login_in_a_window.py FOLDER OPTION...   with MICROVM set; the options are those of microvm run
"""

import pathlib
import sys

from text_console import NO_BLINKING, NO_REPEAT, Guest
import rfb
import screen

RETURN = 0xff0d
BY_WINDOW = "seen: it works, 'Shift' too..."
BY_VNC = "VNC: {[#@~]} as well"


def log_in_on_the_serial_console(guest):
    guest.wait_for_output("login: ")
    guest.says("root", "root@debian:")
    guest.says("exec sh", "\r# ")
    guest.quiet_shell()


def type_line(server, line):
    server.xdotool("type", line)
    server.xdotool("key", "Return")


def compare(guest, server, window, viewer, path):
    """Waits until window, VNC and screendump show the same, and saves it."""
    shown = None
    while shown != b"".join(guest.picture()[1]) or bytes(viewer.picture) != shown:
        shown = server.picture(window, path)[2]
        viewer.look()


def main():
    folder, options = pathlib.Path(sys.argv[1]), sys.argv[2:]
    screen.need("Xvfb", "xdotool", "import", "convert")
    server = screen.XServer("1400x1000")
    guest = None
    try:
        guest = Guest([*options, "--display", "sdl", "--display", f"vnc=unix:{folder}/vnc"], DISPLAY=server.display)
        window = server.window()
        server.xdotool("windowmove", "--sync", window, 0, 0)
        log_in_on_the_serial_console(guest)
        guest.says(f'python3 -c "{NO_REPEAT}" && {NO_BLINKING} && echo rea""dy', "ready")
        guest.wait_for_text("debian login:")
        viewer = rfb.Viewer(f"unix:{folder}/vnc")
        compare(guest, server, window, viewer, folder / "login.png")

        server.xdotool("windowfocus", "--sync", window)
        type_line(server, "root")
        guest.wait_for_text("root@debian:~#")
        type_line(server, f'echo "{BY_WINDOW}" | tee /dev/ttyS0')
        guest.wait_for_output(BY_WINDOW)
        guest.wait_for_text("\n" + BY_WINDOW + "\nroot@debian:~#")
        compare(guest, server, window, viewer, folder / "window.png")

        for character in f'echo "{BY_VNC}" | tee /dev/ttyS0':
            viewer.stroke(ord(character))
        viewer.stroke(RETURN)
        guest.wait_for_output(BY_VNC)
        guest.wait_for_text("\n" + BY_VNC + "\nroot@debian:~#")
        compare(guest, server, window, viewer, folder / "vnc.png")

        server.ask_to_close(window)
        assert guest.process.wait() == 0, guest.process.returncode
    finally:
        if guest is not None:
            guest.close()
        server.end()


main()
