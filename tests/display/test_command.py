#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
import os
import pathlib
import subprocess
import tempfile
import unittest

import screen

MICROVM = os.environ["MICROVM"]
SDL, VNC = screen.is_built("sdl"), screen.is_built("vnc")
KERNEL = ("run", "--example", "minimal-kernel")


def run(*arguments, **environment):
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER")}
    return subprocess.run([MICROVM, *arguments], env={**env, **environment}, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class Command(unittest.TestCase):
    def test_a_start_without_a_viewer_opens_no_library_for_it(self):
        for options in ((), ("--display", "none"), ("--gpu",)):
            done = run(*KERNEL, *options, LD_DEBUG="files")
            self.assertIn("libc.so", done.stderr)
            for name in ("SDL", "vncserver", "X11", "wayland"):
                self.assertNotIn(name, done.stderr, options)

    def test_what_the_build_lacks_is_named_by_its_package(self):
        for kind, built, package in (("sdl", SDL, "libsdl2-dev"), ("vnc", VNC, "libvncserver-dev")):
            if built:
                continue
            done = run(*KERNEL, "--display", kind)
            self.assertEqual((done.returncode, done.stderr.count("\n"), done.stdout), (125, 1, ""), done.stderr)
            self.assertIn(f"Debian's package {package} was missing", done.stderr)

    @unittest.skipUnless(VNC, "this build has no VNC")
    def test_vnc_does_not_open_sdl_and_says_where_it_is(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run(*KERNEL, "--display", f"vnc=unix:{folder}/s", LD_DEBUG="files")
            self.assertIn("libvncserver.so.1", done.stderr)
            self.assertNotIn("libSDL", done.stderr)
            self.assertIn(f"microvm: the screen is shown by VNC at unix:{folder}/s", done.stderr)
            self.assertEqual(list(pathlib.Path(folder).iterdir()), [])

    def test_bad_values_get_one_line(self):
        for value, part in (("fancy", "there is no display 'fancy'; known are none"), ("sdl,scale=0", "scale '0'"),
                            ("sdl,scale=17", "from 1 to 16"), ("sdl,spin", "unknown display option 'spin'; known are full-screen"),
                            ("vnc=0", "wants a port"), ("vnc=65536", "wants a port"), ("vnc=host:5900", "wants a port"),
                            ("vnc=unix:", "wants a path"), ("none,x", "none has no options"),
                            ("vnc,password-file=", "wants a file"),
                            ("sdl", "there is no window system here" if SDL else "libsdl2-dev")):
            done = run(*KERNEL, "--display", value)
            self.assertEqual((done.returncode, done.stderr.count("\n")), (125, 1), (value, done.stderr))
            self.assertIn(part, done.stderr)

    @unittest.skipUnless(VNC, "this build has no VNC")
    def test_several_ways_to_look_go_together(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run(*KERNEL, "--display", f"vnc=unix:{folder}/a", "--display", f"vnc=unix:{folder}/b")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stderr.count("the screen is shown by VNC"), 2)
            done = run(*KERNEL, *["--display", f"vnc=unix:{folder}/a"] * 5)
            self.assertEqual((done.returncode, "4 ways at most" in done.stderr), (125, True), done.stderr)


if __name__ == "__main__":
    unittest.main()
