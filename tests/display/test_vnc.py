#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
import os
import pathlib
import socket
import stat
import tempfile
import unittest

import rfb
import screen

screen.need_display("vnc")
screen.need("convert")
KEYS = {"a": 30, "b": 48, "1": 2, "7": 8, "slash": 53, "shift": 42, "right_shift": 54, "control": 29, "enter": 28}
SHIFT, CONTROL, RETURN = 0xffe1, 0xffe3, 0xff0d


class Vnc(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.path = self.folder / "vnc"
        self.address = f"unix:{self.path}"
        self.open(f"vnc={self.address}")

    def open(self, *displays):
        self.driver = screen.Driver(*displays)
        self.assertEqual(self.driver.before, "ready")

    def tearDown(self):
        status, rest = self.driver.end()
        self.assertEqual((status, "error" in rest.lower()), (0, False), rest)
        self.assertFalse(self.path.exists(), "the socket is still there")
        for file in self.folder.iterdir():
            file.unlink()
        self.folder.rmdir()

    def saved(self):
        path = self.folder / "saved.png"
        self.driver.do(f"save {path}")
        return screen.read_picture(path)

    def shown(self, viewer):
        return viewer.width, viewer.height, bytes(viewer.picture)

    def test_the_socket_is_for_its_owner_alone(self):
        mode = os.stat(self.path).st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o600)

    def test_a_viewer_sees_every_pixel_of_the_screen(self):
        self.driver.do("size 800 600")
        self.driver.do("stripes")
        for version in ("3.3", "3.8"):
            viewer = rfb.Viewer(self.address, version)
            viewer.look()
            self.assertTrue(self.shown(viewer) == self.saved())
            viewer.close()

    def test_what_changes_is_seen_without_asking_for_all(self):
        self.driver.do("size 320 200")
        viewer = rfb.Viewer(self.address)
        viewer.look()
        self.driver.do("draw 10 20 30 40 ff8000")
        wanted = self.saved()
        viewer.look_until(lambda v: self.shown(v) == wanted)

    def test_an_odd_width_is_shown_whole(self):
        self.driver.do("size 333 77")
        self.driver.do("stripes")
        viewer = rfb.Viewer(self.address)
        viewer.look()
        self.assertTrue(self.shown(viewer) == self.saved())

    def test_a_screen_that_is_off_says_so_in_words(self):
        viewer = rfb.Viewer(self.address)
        viewer.look()
        self.assertEqual((viewer.width, viewer.height), (640, 400))
        self.assertGreater(len([b for b in viewer.picture if b]), 500)
        self.driver.do("size 400 300")
        self.driver.do("stripes")
        wanted = self.saved()
        viewer.look_until(lambda v: self.shown(v) == wanted)
        self.driver.do("size 0 0")
        viewer.look_until(lambda v: (v.width, v.height) == (640, 400))

    def test_several_viewers_see_and_type(self):
        self.driver.do("size 320 200")
        viewers = [rfb.Viewer(self.address) for _ in range(4)]
        self.driver.do("stripes")
        for viewer in viewers:
            viewer.look()
            self.assertTrue(self.shown(viewer) == self.saved())
            viewer.stroke(ord("a"))
            self.assertEqual(self.driver.keys(2), [(KEYS["a"], 1), (KEYS["a"], 0)])

    def test_one_who_does_not_read_holds_nobody_up(self):
        self.driver.do("size 1280 800")
        slow = rfb.Viewer(self.address)
        for _ in range(20):
            slow.ask()
        quick = rfb.Viewer(self.address)
        for i in range(20):
            self.driver.do(f"draw {i} {i} 100 100 {i:06x}")
            self.driver.do("stripes")
            quick.look()
        wanted = self.saved()
        quick.look_until(lambda v: self.shown(v) == wanted)

    def test_a_ninth_viewer_is_sent_away_until_one_leaves(self):
        viewers = [rfb.Viewer(self.address) for _ in range(8)]
        with self.assertRaises(ConnectionError):
            rfb.Viewer(self.address)
        viewers.pop().close()
        while True:
            try:
                rfb.Viewer(self.address)
                break
            except ConnectionError:
                pass

    def test_characters_are_typed_with_the_shift_that_they_need(self):
        viewer = rfb.Viewer(self.address)
        shift = KEYS["shift"]
        viewer.stroke(ord("A"))
        self.assertEqual(self.driver.keys(4), [(shift, 1), (KEYS["a"], 1), (shift, 0), (KEYS["a"], 0)])
        viewer.stroke(SHIFT, ord("A"))
        self.assertEqual(self.driver.keys(4), [(shift, 1), (KEYS["a"], 1), (KEYS["a"], 0), (shift, 0)])
        viewer.stroke(SHIFT, ord("/"))  # as on a German keyboard
        self.assertEqual(self.driver.keys(6), [(shift, 1), (shift, 0), (KEYS["slash"], 1), (shift, 1), (KEYS["slash"], 0), (shift, 0)])
        viewer.stroke(CONTROL, ord("b"))
        self.assertEqual(self.driver.keys(4), [(KEYS["control"], 1), (KEYS["b"], 1), (KEYS["b"], 0), (KEYS["control"], 0)])

    def test_caps_lock_and_num_lock_of_the_guest_count(self):
        viewer = rfb.Viewer(self.address)
        self.driver.do("leds 2")
        viewer.stroke(ord("A"))
        self.assertEqual(self.driver.keys(2), [(KEYS["a"], 1), (KEYS["a"], 0)])
        self.driver.do("leds 1")
        viewer.stroke(0xffb7)  # the keypad's 7
        self.assertEqual(self.driver.keys(2), [(71, 1), (71, 0)])
        self.driver.do("leds 0")
        viewer.stroke(0xffb7)
        self.assertEqual(self.driver.keys(2), [(KEYS["7"], 1), (KEYS["7"], 0)])

    def test_all_printable_characters_are_keys(self):
        viewer = rfb.Viewer(self.address)
        for character in range(0x20, 0x7f):
            viewer.stroke(character)
            keys = self.driver.keys(2)
            if keys[0] == (KEYS["shift"], 1):
                keys += self.driver.keys(2)
                del keys[0], keys[1]
            self.assertEqual([keys[0][1], keys[1][1]], [1, 0], chr(character))
            self.assertEqual(keys[0][0], keys[1][0], chr(character))

    def test_what_a_viewer_holds_is_let_go_when_it_leaves(self):
        viewer = rfb.Viewer(self.address)
        viewer.key(ord("a"), True)
        self.assertEqual(self.driver.keys(1), [(KEYS["a"], 1)])
        viewer.close()
        self.assertEqual(self.driver.keys(1), [(KEYS["a"], 0)])

    def test_the_pointer_its_buttons_and_wheel_arrive(self):
        self.driver.do("size 800 600")
        viewer = rfb.Viewer(self.address)
        viewer.point(400, 300)
        words = self.driver.wait("pointer .*").split()
        x, y = int(words[-2]), int(words[-1])
        self.assertEqual((x * 800 // 32768, y * 600 // 32768), (400, 300))
        viewer.point(400, 300, 1)
        self.assertIn("code 272 value 1 ", self.driver.wait("button .*"))
        viewer.point(400, 300, 0)
        self.assertIn("code 272 value 0 ", self.driver.wait("button .*"))
        viewer.point(400, 300, 8)
        self.assertIn("code 0 value 1 ", self.driver.wait("wheel .*"))
        viewer.point(400, 300, 0)
        viewer.point(400, 300, 16)
        self.assertIn("code 0 value -1 ", self.driver.wait("wheel .*"))

    def test_a_viewer_may_ask_for_another_size(self):
        self.driver.do("size 640 480")
        viewer = rfb.Viewer(self.address)
        viewer.look()
        del viewer.sizes[:]
        viewer.resize(1024, 768)
        self.assertTrue(self.driver.wait("resize .*").endswith("at 1024 768"))
        viewer.look_until(lambda v: v.sizes)
        self.assertEqual(viewer.sizes[0], (1, 0, 640, 480))
        self.driver.do("size 1024 768")
        viewer.look_until(lambda v: (v.width, v.height) == (1024, 768))
        del viewer.sizes[:]
        viewer.resize(3, 3)
        viewer.look_until(lambda v: v.sizes)
        self.assertNotEqual(viewer.sizes[0][1], 0)

    def test_the_guests_cursor_is_the_viewers(self):
        self.driver.do("size 640 480")
        viewer = rfb.Viewer(self.address)
        viewer.look()
        self.assertEqual(viewer.cursor[2:4], (9, 17))
        self.driver.do("cursor 100 100")
        viewer.look_until(lambda v: v.cursor[2:4] == (64, 64))
        self.assertEqual(viewer.cursor[:2], (2, 3))
        self.assertEqual(viewer.cursor[4][:4], b"\0\xff\0\0")
        self.assertEqual(viewer.cursor[5][:4], b"\xff\xff\0\0")
        self.driver.do("no-cursor")
        viewer.look_until(lambda v: v.cursor[2:4] == (0, 0))

    def test_a_browser_is_not_let_in(self):
        peer = socket.socket(socket.AF_UNIX)
        peer.connect(str(self.path))
        peer.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     b"Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\nSec-WebSocket-Protocol: binary\r\n"
                     b"Sec-WebSocket-Version: 13\r\nOrigin: http://elsewhere\r\n\r\n")
        while peer.recv(4096):
            pass
        rfb.Viewer(self.address).look()


class Places(unittest.TestCase):
    def test_without_a_port_the_first_free_one_of_the_loopback_is_taken(self):
        first, second = screen.Driver("vnc"), screen.Driver("vnc")
        addresses = [d.lines[0].removeprefix("listens: ") for d in (first, second)]
        self.assertNotEqual(*addresses)
        for address in addresses:
            host, port = address.split(":")
            self.assertEqual(host, "127.0.0.1")
            self.assertGreaterEqual(int(port), 5900)
            rfb.Viewer(address).look()
        self.assertEqual(first.end()[0], 0)
        self.assertEqual(second.end()[0], 0)

    def test_nothing_else_listens(self):
        driver = screen.Driver("vnc")
        inodes = set()
        for fd in pathlib.Path(f"/proc/{driver.process.pid}/fd").iterdir():
            target = os.readlink(fd)
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
        listening = []
        for name in ("tcp", "tcp6", "udp", "udp6"):
            for line in pathlib.Path(f"/proc/{driver.process.pid}/net/{name}").read_text().splitlines()[1:]:
                words = line.split()
                if words[9] in inodes:
                    listening.append((name, words[1].split(":")[0]))
        self.assertEqual(listening, [("tcp", "0100007F")])
        driver.end()

    def test_a_taken_port_is_refused_in_words(self):
        first = screen.Driver("vnc")
        port = first.lines[0].split(":")[2]
        second = screen.Driver(f"vnc={port}")
        self.assertIn(f"error: cannot listen on port {port} of 127.0.0.1", second.before)
        first.end()

    def test_the_password_is_asked_for(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "password"
            file.write_text("open\n")
            driver = screen.Driver(f"vnc=unix:{folder}/vnc,password-file={file}")
            self.assertEqual(driver.before, "ready")
            for version in ("3.3", "3.8"):
                with self.assertRaises(PermissionError):
                    rfb.Viewer(f"unix:{folder}/vnc", version, answer=lambda challenge: bytes(16))
            self.assertEqual(driver.end()[0], 0)
            refused = screen.Driver(f"vnc=unix:{folder}/vnc,password-file={folder}/nowhere")
            self.assertIn("error: cannot read the password file", refused.before)


if __name__ == "__main__":
    unittest.main(warnings="ignore")
