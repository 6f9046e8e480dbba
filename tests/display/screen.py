# SPDX-License-Identifier: MIT
"""What the tests of windows and VNC share: the driver that draws a screen and tells events, pictures, and an X server of their own."""

import os
import re
import shutil
import signal
import subprocess
import sys

DRIVER = os.environ.get("SCREEN_DRIVER")


def need(*programs):
    """Skips the test where a program is missing."""
    missing = [p for p in programs if shutil.which(p) is None]
    if missing:
        print("left out: there is no", ", ".join(missing))
        sys.exit(77)


def is_built(kind):
    """Whether the command's help tells of such a display."""
    words = subprocess.run([os.environ["MICROVM"], "run", "--help"], check=True, stdout=subprocess.PIPE, text=True).stdout
    return re.search(rf"--display none\S*\|{kind}\b", words) is not None


def need_display(kind):
    """Skips the test where the build has no such display."""
    if not is_built(kind):
        print(f"left out: this build has no {kind}")
        sys.exit(77)


class Driver:
    """A screen; every wait ends with the line that it waits for, or with the driver."""

    def __init__(self, *displays, **environment):
        env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
        env.update(environment)
        self.process = subprocess.Popen([DRIVER, *displays], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=env, stderr=subprocess.STDOUT)
        self.lines = []
        self.before = self.wait("ready|error: .*")

    def wait(self, pattern):
        """The next line that is wholly as the pattern; those before it are kept in self.lines."""
        while True:
            line = self.process.stdout.readline()
            if line == "":
                raise AssertionError(f"the driver has ended without '{pattern}'; it said: {self.lines}")
            line = line.rstrip("\n")
            self.lines.append(line)
            if re.fullmatch(pattern, line):
                return line

    def do(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.wait("done: .*")

    def events(self, until):
        """All events up to the one that is as the pattern."""
        self.lines.clear()
        self.wait(until)
        return list(self.lines)

    def keys(self, count):
        """(code, pressed) of the next keys."""
        found = []
        while len(found) < count:
            words = self.wait("key .*").split()
            found.append((int(words[4]), int(words[6])))
        return found

    def end(self):
        self.process.stdin.close()
        rest = self.process.stdout.read()
        return self.process.wait(), rest


def read_picture(path):
    """(width, height, bytes of 3 for each pixel) of a file that ImageMagick knows."""
    data = subprocess.run(["convert", path, "-depth", "8", "ppm:-"], check=True, stdout=subprocess.PIPE).stdout
    kind, width, height, most, pixels = re.fullmatch(rb"(P6)\s(\d+)\s(\d+)\s(\d+)\s(.*)", data, re.DOTALL).groups()
    assert (kind, most) == (b"P6", b"255"), data[:20]
    return int(width), int(height), pixels


# Sends WM_DELETE_WINDOW.
CLOSE = """
import ctypes, sys
x = ctypes.CDLL("libX11.so.6")
x.XOpenDisplay.restype = ctypes.c_void_p
x.XInternAtom.restype = ctypes.c_ulong
display, window = ctypes.c_void_p(x.XOpenDisplay(None)), ctypes.c_ulong(int(sys.argv[1]))
atom = lambda name: x.XInternAtom(display, name, 0)
event = (ctypes.c_long * 24)(33, 0, 0, 0, window.value, atom(b"WM_PROTOCOLS"), 32, atom(b"WM_DELETE_WINDOW"))
x.XSendEvent(display, window, 0, ctypes.c_long(0), ctypes.byref(event))
x.XSync(display, 0)
"""


class XServer:
    """An Xvfb that nobody else uses."""

    def __init__(self, size="1280x1024"):
        reader, writer = os.pipe()
        self.process = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"],
                                        pass_fds=[writer], stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader) as numbers:
            self.display = ":" + numbers.readline().strip()

    def run(self, *command):
        return subprocess.run(command, env={**os.environ, "DISPLAY": self.display}, check=True, text=True,
                              stdout=subprocess.PIPE).stdout.strip()

    def xdotool(self, *arguments):
        return self.run("xdotool", *[str(a) for a in arguments])

    def window(self, name="microvm"):
        """The number of the window, which is waited for."""
        return self.xdotool("search", "--sync", "--onlyvisible", "--name", name).split()[0]

    def title(self, window):
        return self.xdotool("getwindowname", window)

    def size(self, window):
        text = self.xdotool("getwindowgeometry", "--shell", window)
        return tuple(int(re.search(rf"{name}=(\d+)", text)[1]) for name in ("WIDTH", "HEIGHT"))

    def picture(self, window, path):
        self.run("import", "-window", window, path)
        return read_picture(path)

    def ask_to_close(self, window):
        """What a window manager does when its button is pressed: xdotool cannot."""
        self.run(sys.executable, "-c", CLOSE, window)

    def end(self):
        self.process.terminate()
        self.process.send_signal(signal.SIGCONT)  # a test that has stopped it may have failed
        self.process.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()
