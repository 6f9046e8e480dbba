#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

import screen

screen.need_display("sdl")
screen.need("Xvfb", "xdotool", "import", "convert", "xprop")
A, B, SHIFT, CONTROL, ALT, ONE = 30, 48, 42, 29, 56, 2


class Window(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.server = screen.XServer()

    def tearDown(self):
        self.server.end()
        self.folder.cleanup()

    def open(self, display="sdl"):
        self.driver = screen.Driver(display, DISPLAY=self.server.display)
        self.assertEqual(self.driver.before, "ready")
        self.window = self.server.window()
        self.server.xdotool("windowmove", "--sync", self.window, 0, 0)  # nothing of it is beside the screen, however large it gets

    def close(self):
        status, rest = self.driver.end()
        self.assertEqual((status, "error" in rest.lower()), (0, False), rest)

    def path(self, name):
        return str(pathlib.Path(self.folder.name) / name)

    def saved(self):
        self.driver.do(f"save {self.path('saved.png')}")
        return screen.read_picture(self.path("saved.png"))

    def shown(self):
        return self.server.picture(self.window, self.path("shown.png"))

    def wait_until_shown(self, wanted):
        """The window is drawn by a thread of its own: looks until it is as wanted."""
        while self.shown() != wanted:
            pass

    def focus(self):
        self.server.xdotool("windowfocus", "--sync", self.window)

    def test_a_window_shows_every_pixel_of_the_screen(self):
        self.open()
        self.driver.do("size 800 600")
        self.driver.do("stripes")
        self.wait_until_shown(self.saved())
        self.driver.do("draw 100 200 30 40 ff8000")
        self.wait_until_shown(self.saved())
        self.driver.do("size 1024 512")
        self.driver.do("stripes")
        self.wait_until_shown(self.saved())
        self.close()

    def test_a_screen_that_is_off_says_so_in_words(self):
        self.open()
        while not 500 < sum(b != 0 for b in self.shown()[2]):
            pass
        self.assertEqual(self.server.size(self.window), (640, 400))
        self.close()

    def test_scale_2_shows_each_pixel_as_four(self):
        self.open("sdl,scale=2")
        self.driver.do("size 320 200")
        self.driver.do("stripes")
        width, height, pixels = self.saved()
        rows = [pixels[3 * width * y:3 * width * (y + 1)] for y in range(height)]
        doubled = [b"".join(row[3 * x:3 * x + 3] * 2 for x in range(width)) * 2 for row in rows]
        self.wait_until_shown((2 * width, 2 * height, b"".join(doubled)))
        self.close()

    def test_the_picture_keeps_its_proportions_in_any_window(self):
        self.open()
        self.driver.do("size 400 200")
        self.driver.do("draw 0 0 400 200 ff0000")
        self.wait_until_shown(self.saved())
        self.server.xdotool("windowsize", "--sync", self.window, 800, 800)
        red, black = b"\xff\0\0", b"\0\0\0"
        wanted = black * 800 * 200 + red * 800 * 400 + black * 800 * 200
        self.wait_until_shown((800, 800, wanted))
        self.close()

    def test_keys_arrive_by_their_place_and_once(self):
        self.open()
        self.focus()
        self.server.xdotool("type", "aB1")
        self.assertEqual(self.driver.keys(8), [(A, 1), (A, 0), (SHIFT, 1), (B, 1), (SHIFT, 0), (B, 0), (ONE, 1), (ONE, 0)])
        for name, code in (("Escape", 1), ("F5", 63), ("Left", 105), ("KP_Enter", 96), ("Super_L", 125), ("Delete", 111)):
            self.server.xdotool("key", name)
            self.assertEqual(self.driver.keys(2), [(code, 1), (code, 0)], name)
        self.close()

    def test_what_is_held_is_let_go_with_the_focus(self):
        self.open()
        self.focus()
        self.server.xdotool("keydown", "a")
        self.assertEqual(self.driver.keys(1), [(A, 1)])
        self.server.xdotool("windowunmap", "--sync", self.window)
        self.assertEqual(self.driver.keys(1), [(A, 0)])
        self.server.xdotool("keyup", "a")
        self.close()

    def test_the_title_tells_how_to_let_the_keyboard_go(self):
        self.open()
        self.focus()
        self.assertEqual(self.server.title(self.window), "microvm")
        self.server.xdotool("key", "ctrl+alt+g")
        while self.server.title(self.window) != "microvm - Ctrl-Alt-G lets the keyboard go":
            pass
        self.server.xdotool("key", "ctrl+alt+g")
        while self.server.title(self.window) != "microvm":
            pass
        self.server.xdotool("type", "a")
        codes = [code for code, _ in self.driver.keys(10)]
        self.assertEqual([code for code in codes if code not in (CONTROL, ALT)], [A, A], "the G is no key of the guest's")
        self.close()

    def manage_windows(self):
        """Full screen is the window manager's doing."""
        if shutil.which("openbox") is None:
            self.skipTest("there is no openbox")
        os.mkfifo(self.path("managed"))
        manager = subprocess.Popen(["openbox", "--startup", f"sh -c 'echo >{self.path('managed')}'"],
                                   env={**os.environ, "DISPLAY": self.server.display}, stderr=subprocess.DEVNULL)
        self.addCleanup(manager.wait)
        self.addCleanup(manager.terminate)
        pathlib.Path(self.path("managed")).read_text()  # windows that are opened sooner may be overlooked

    def test_full_screen_covers_the_screen_and_ends(self):
        self.manage_windows()
        self.open()
        self.driver.do("size 640 512")
        self.driver.do("draw 0 0 640 512 00ff00")
        self.wait_until_shown(self.saved())
        self.focus()
        self.server.xdotool("key", "ctrl+alt+f")
        self.wait_until_shown((1280, 1024, b"\0\xff\0" * 1280 * 1024))
        self.server.xdotool("key", "ctrl+alt+f")
        self.wait_until_shown(self.saved())
        self.close()

    def test_full_screen_may_be_where_it_begins(self):
        self.manage_windows()
        self.open("sdl,full-screen")
        while self.server.size(self.window) != (1280, 1024):
            pass
        self.close()

    def test_zoom_changes_the_window(self):
        self.open()
        self.driver.do("size 400 200")
        self.focus()
        for key, size in (("plus", (500, 250)), ("minus", (400, 200)), ("minus", (300, 150)), ("0", (400, 200))):
            self.server.xdotool("key", "ctrl+alt+" + key)
            while self.server.size(self.window) != size:
                pass
        self.close()

    def test_the_guest_hears_of_the_windows_size(self):
        self.open()
        self.driver.do("size 640 480")
        while self.server.size(self.window) != (640, 480):
            pass
        self.server.xdotool("windowsize", "--sync", self.window, 900, 700)
        self.assertTrue(self.driver.wait("resize .*").endswith(" at 900 700"))
        self.driver.do("size 900 700")
        self.driver.do("stripes")
        self.wait_until_shown(self.saved())
        self.close()

    def test_a_guest_that_keeps_its_size_is_shown_scaled(self):
        self.open()
        self.driver.do("size 400 200")
        self.driver.do("draw 0 0 400 200 ff0000")
        self.wait_until_shown(self.saved())
        self.server.xdotool("windowsize", "--sync", self.window, 800, 800)
        self.assertTrue(self.driver.wait("resize .*").endswith(" at 800 800"))
        red, black = b"\xff\0\0", b"\0\0\0"
        scaled = (800, 800, black * 800 * 200 + red * 800 * 400 + black * 800 * 200)
        self.wait_until_shown(scaled)
        self.driver.do("size 0 0")  # Linux switches its screen off and on then
        while self.shown() == scaled:
            pass
        self.driver.do("size 400 200")
        self.driver.do("draw 0 0 400 200 ff0000")
        self.wait_until_shown(scaled)
        self.driver.do("size 300 300")  # what the guest does by itself is followed
        self.driver.do("stripes")
        self.wait_until_shown(self.saved())
        self.close()

    def test_the_pointer_is_where_it_is_in_the_picture(self):
        self.open("sdl,scale=2")
        self.driver.do("size 320 200")
        while self.server.size(self.window) != (640, 400):
            pass
        self.server.xdotool("mousemove", "--window", self.window, 201, 101)
        while True:
            words = self.driver.wait("pointer .*").split()
            if (int(words[-2]) * 320 // 32768, int(words[-1]) * 200 // 32768) == (100, 50):
                break
        for button, code in ((1, 272), (2, 274), (3, 273)):
            self.server.xdotool("click", button)
            self.assertIn(f"code {code} value 1 ", self.driver.wait("button .*"))
            self.assertIn(f"code {code} value 0 ", self.driver.wait("button .*"))
        self.server.xdotool("click", 4)
        self.assertIn("code 0 value 1 ", self.driver.wait("wheel .*"))
        self.server.xdotool("click", 5)
        self.assertIn("code 0 value -1 ", self.driver.wait("wheel .*"))
        self.close()

    def test_closing_the_window_is_told(self):
        self.open()
        self.server.ask_to_close(self.window)
        self.driver.wait("said: close")
        self.close()

    def test_an_idle_window_costs_no_time(self):
        self.open()
        self.driver.do("size 640 480")
        self.driver.do("stripes")
        self.wait_until_shown(self.saved())

        def ticks():
            words = pathlib.Path(f"/proc/{self.driver.process.pid}/stat").read_text().split()
            return int(words[13]) + int(words[14])
        before = ticks()
        with self.assertRaises(TimeoutError):
            signal.signal(signal.SIGALRM, self.ring)
            signal.alarm(3)
            self.driver.wait("nothing")
        self.assertLess(ticks() - before, 6, "hundredths of a second, of three")
        self.close()

    @staticmethod
    def ring(number, frame):
        raise TimeoutError

    def test_without_the_x_server_the_machine_goes_on(self):
        self.open()
        self.driver.do("size 640 480")
        self.driver.do("stripes")
        self.server.kill()
        self.driver.wait("said: the window system has gone, and the windows with it; the machine goes on without them")
        self.driver.do("stripes")
        self.close()

    def test_an_x_server_that_is_stuck_holds_nobody_up(self):
        self.open()
        self.driver.do("size 640 480")
        self.driver.do("stripes")
        self.wait_until_shown(self.saved())
        self.server.process.send_signal(signal.SIGSTOP)
        for _ in range(50):
            self.driver.do("stripes")
        self.close()
        self.server.process.send_signal(signal.SIGCONT)


class NoWindow(unittest.TestCase):
    def test_without_a_window_system_a_line_says_so(self):
        self.assertRegex(screen.Driver("sdl").before, "error: there is no window system here .*--display vnc")

    def test_a_display_that_is_not_there_is_told(self):
        self.assertRegex(screen.Driver("sdl", DISPLAY=":64321").before, r"error: no window can be opened \(SDL says: .*\); .*vnc")


if __name__ == "__main__":
    unittest.main(warnings="ignore")
