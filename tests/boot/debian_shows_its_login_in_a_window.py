# SPDX-License-Identifier: MIT
"""Logs in at a guest's screen, in a window of an X server of its own.

usage: debian_shows_its_login_in_a_window.py FOLDER OPTION...   with MICROVM set; the options are those of microvm run
"""

import os
import pathlib
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "display"))
import screen  # noqa: E402

screen.need("Xvfb", "xdotool", "import", "convert")
# What the serial console's shell is told: the drivers, somebody to log in, and a login on the screen.
SETUP = """modprobe -a virtio_mmio virtio-gpu virtio_input evdev
echo 'root::0:0:root:/root:/bin/sh' >/etc/passwd
echo 'Debian, in a window' >/etc/issue
until grep -q gpu /proc/fb && [ -e /dev/input/event1 ]; do sleep 0.2; done
stty -echo
setsid getty 38400 tty1 linux &
until grep -q 'login:' /dev/vcs1; do sleep 0.2; done
echo the login is on the ''screen
until grep -q '~ #' /dev/vcs1; do sleep 0.2; done
echo the shell is on the ''screen
"""
TYPED = "echo seen: it works, \\'Shift\\' too... >/dev/ttyS0"
ARRIVES = "seen: it works, 'Shift' too..."


class Machine:
    """The command, its console, and its monitor."""

    def __init__(self, folder, options, display):
        self.path = str(folder / "monitor")
        self.process = subprocess.Popen([os.environ["MICROVM"], "run", *options, "--display", "sdl", "--monitor", self.path],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env={**os.environ, "DISPLAY": display})
        self.said = []

    def wait(self, text):
        for line in self.process.stdout:
            self.said.append(line)
            if text in line:
                return
        sys.exit("the machine has ended; it said:\n" + "".join(self.said[-30:]))

    def type(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def monitor(self, line):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(self.path)
            stream = peer.makefile("rw")
            stream.read(len("(microvm) "))
            stream.write(line + "\n")
            stream.flush()
            text = ""
            while not text.endswith("(microvm) "):
                text += stream.read(1)
            return text


def white(picture):
    return sum(b > 100 for b in picture[2])


def show(machine, server, window, folder, name):
    """A picture of the window as it is when it and the machine's own agree: the cursor on the text blinks."""
    while True:
        shown = server.picture(window, str(folder / f"{name}.png"))
        machine.monitor(f"screendump {folder}/dump.png")
        if screen.read_picture(str(folder / "dump.png")) == shown:
            return shown


def write(server, line):
    server.xdotool("type", "--delay", "50", line)
    server.xdotool("key", "Return")


def main():
    folder = pathlib.Path(sys.argv[1])
    server = screen.XServer("1400x1000")
    machine = Machine(folder, sys.argv[2:], server.display)
    try:
        window = server.window()
        server.xdotool("windowmove", "--sync", window, 0, 0)
        machine.wait("microvm-initramfs: ready")
        machine.type(SETUP)
        machine.wait("the login is on the screen")
        server.xdotool("windowfocus", "--sync", window)
        login = show(machine, server, window, folder, "login")
        write(server, "root")
        machine.wait("the shell is on the screen")
        shell = show(machine, server, window, folder, "shell")
        assert white(shell) > white(login), "the shell's prompt is not in the picture"
        write(server, TYPED)
        machine.wait(ARRIVES)
        assert login[:2] == (1280, 800), login[:2]
        assert white(login) > 1000, "there is nothing on the screen"
        show(machine, server, window, folder, "typed")
        server.ask_to_close(window)
        assert machine.process.wait() == 0, machine.process.returncode
    finally:
        machine.process.kill()
        server.end()


main()
