#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What clients do wrong is told in words, and neither the machine nor its guest suffers from it."""

import json
import os
import random
import socket
import stat
import subprocess
import threading
import unittest

import schema
from machine import BASE, COUNT, ECHO, LOOP, MICROVM, WRITE, CheckedClient, Test
from microvm_control import Disconnected

LINE_BYTES = 256 << 10
# More of them make a longer test.
RANDOM_LINES = int(os.environ.get("MICROVM_CONTROL_LINES", "3000"))


def request(method, params=None, number=1):
    return json.dumps({"id": number, "method": method, "params": params or {}}).encode() + b"\n"


def asks(method, params):
    """A request with id 3, whose parameters are JSON."""
    return f'{{"id": 3, "method": "{method}", "params": {params}}}'.encode()


# A line, the id of its reply, the code of the error, and what is said of it.
MISTAKES = (
    (b"{", None, "bad-json", ""),
    (b"7", None, "bad-json", ""),
    (b"\x00", None, "bad-json", ""),
    (b'{"id": 1, "id": 2, "method": "status"}', None, "bad-json", "duplicate"),
    (b'{"id": 1, "method": "\xff\xfe"}', None, "bad-json", "decode"),
    (b'{"id": 1, "method": "status"} {}', None, "bad-json", ""),
    (b'{"id": 123456789012345678901234567890, "method": "status"}', None, "bad-json", "too big"),
    (b"[" * 100000, None, "bad-json", "too deep"),
    (asks("status", '{"a":' * 16 + "1" + "}" * 16), None, "bad-json", "too deep"),
    (b"[]", None, "bad-request", "object"),
    (b'{"method": "status"}', None, "bad-request", "id"),
    (b'{"id": 1.5, "method": "status"}', None, "bad-request", "id"),
    (b'{"id": 3}', 3, "bad-request", "method"),
    (b'{"id": 3, "method": 4}', 3, "bad-request", "method"),
    (b'{"id": "a", "method": "status", "parms": {}}', "a", "bad-request", "parms"),
    (asks("status", "[]"), 3, "bad-request", "params"),
    (asks("status", "null"), 3, "bad-request", "params"),
    (asks("stats", "{}"), 3, "unknown-method", "did you mean status"),
    (asks("abcdefghij", "{}"), 3, "unknown-method", "abcdefghij"),
    (asks("status", '{"x": 1}'), 3, "bad-params", "'x'"),
    (asks("status", '{"a":' * 15 + "1" + "}" * 15), 3, "bad-params", "'a'"),
    (asks("step", '{"cont": 1}'), 3, "bad-params", "did you mean count"),
    (asks("step", '{"count": 0}'), 3, "bad-params", "params.count"),
    (asks("step", '{"count": true}'), 3, "bad-params", "params.count"),
    (asks("step", '{"others": "go"}'), 3, "bad-params", "hold|run"),
    (asks("subscribe", '{"events": ["x"]}'), 3, "bad-params", "list of paused"),
    (asks("set-register", '{"name": "a0"}'), 3, "bad-params", "value"),
    (asks("set-register", '{"name": "a0", "value": "12"}'), 3, "bad-params", "0x"),
    (asks("read-memory", '{"address": "", "length": 1}'), 3, "bad-params", "address"),
    (asks("read-memory", '{"address": "m+1", "length": 1}'), 3, "bad-params", "+"),
    (asks("write-memory", '{"address": "0x0", "data": "0"}'), 3, "bad-params", "data"),
    (asks("write-memory", '{"address": "0x80000000", "data": ""}'), 3, "bad-params", "1 to"),
    (asks("find-symbol", '{"name": "ü"}'), 3, "failed", "no symbol"),
)


class Peers(Test):
    def served(self, words=COUNT, options=(), **more):
        """The path of a running machine's socket, and the machine, whose own client has left."""
        vm = self.machine(words, options, stderr=subprocess.DEVNULL, **more)
        vm._socket.close()
        path = os.path.join(vm._folder, "control")
        return path, vm

    def client(self, path):
        """A client that is served; one that comes too early, before the last has been seen to leave, tries again."""
        while True:
            client = CheckedClient(path)
            self.addCleanup(client.close)
            try:
                client.version()
                return client
            except Disconnected:
                client.close()

    def refusal(self, vm, line):
        vm.send(line + b"\n")
        message = vm.receive()
        return message["id"], message["error"]["code"], message["error"]["message"]

    def test_each_mistake_gets_its_code_and_the_connection_goes_on(self):
        vm = self.machine()
        for line, id, code, text in MISTAKES:
            got_id, got_code, got_text = self.refusal(vm, line)
            self.assertEqual((got_id, got_code), (id, code), line[:100])
            self.assertIn(text, got_text, line[:100])
        self.assertEqual(vm.steps(), 0)

    def test_a_line_that_is_too_long_is_refused_once_and_the_next_is_served(self):
        vm = self.machine()
        for length in (LINE_BYTES, 3 * LINE_BYTES + 17):
            self.assertEqual(self.refusal(vm, b"x" * length)[1], "too-long")
            self.assertEqual(vm.version()["program"], "microvm")
        last = request("version", number=77)
        vm.send(b" " * (LINE_BYTES - len(last)) + last)
        self.assertEqual(vm.receive()["id"], 77)

    def test_lines_may_come_in_pieces_and_many_at_once(self):
        vm = self.machine()
        for byte in request("version", number=500):
            vm.send(bytes([byte]))
        self.assertEqual(vm.receive()["id"], 500)
        vm.send(b"\n\r\n" + b"".join(request("status", number=n) for n in range(1000)))
        self.assertEqual([vm.receive()["id"] for _ in range(1000)], list(range(1000)))

    def test_random_and_mutated_lines_are_answered_each_as_the_schema_says(self):
        vm = self.machine()
        random.seed(6)
        seeds = [request(name) for name in sorted(schema.names("request-") - {"poweroff", "quit"})]
        seeds += [request("read-memory", {"address": hex(BASE), "length": 8}),
                  request("step", {"count": 3, "others": "run"}),
                  request("write-memory", {"address": hex(BASE + 0x3000), "data": "00112233"}),
                  request("set-register", {"name": "mstatus", "value": "0xffffffffffffffff"}),
                  request("translate", {"address": "0x1234567812345678", "mode": "VU"}),
                  request("disassemble", {"address": "0xffffffffffffffff", "count": 256})]
        tokens = [b"null", b"-1", b"1e999", b"18446744073709551616", b'"0x0"', b"[", b"}", b'"', b"\\u0000", b"\\ud800",
                  b"\xff"]
        for _ in range(RANDOM_LINES):
            line = bytearray(random.choice(seeds)[:-1])
            for _ in range(random.randrange(4)):
                place = random.randrange(len(line) + 1)
                kind = random.randrange(3)
                if kind == 0:
                    line[place:place + random.randrange(8)] = b""
                elif kind == 1:
                    line[place:place] = random.choice(tokens)
                else:
                    line[place:place + 1] = bytes([random.randrange(256)])
            line = bytes(line).replace(b"\n", b" ")
            if line.strip(b"\r") == b"" or b"quit" in line or b"poweroff" in line:
                continue
            vm.send(line + b"\n")
            while "event" in vm.receive():
                pass
        self.assertEqual(vm.version()["program"], "microvm")

    def test_a_second_client_is_refused_in_words(self):
        vm = self.machine()
        other = CheckedClient(os.path.join(vm._folder, "control"))
        self.addCleanup(other.close)
        self.assertRaisesRegex(Disconnected, "another client", other.version)
        self.assertEqual(vm.steps(), 0)

    def test_clients_come_and_go_a_hundred_times(self):
        path, vm = self.served()
        client = self.client(path)
        before = len(os.listdir(f"/proc/{vm.process.pid}/fd"))
        client.close()
        for n in range(100):
            client = self.client(path)
            if n % 3 == 1:
                client.send(b'{"id": 1, "meth')
            if n % 3 == 2:
                client.send(request("registers") * 20)
            client.close()
        client = self.client(path)
        self.assertEqual(len(os.listdir(f"/proc/{vm.process.pid}/fd")), before)
        client.set_breakpoint(LOOP)
        client.close()
        client = self.client(path)
        self.assertEqual(len(client.breakpoints()), 1)

    def test_a_client_that_half_closes_gets_its_replies(self):
        path, _ = self.served()
        self.client(path).close()
        while True:
            with socket.socket(socket.AF_UNIX) as one:
                one.connect(path)
                one.sendall(request("version", number=1) + request("status", number=2))
                one.shutdown(socket.SHUT_WR)
                lines = [json.loads(line) for line in one.makefile("rb")]
            if "event" not in lines[0]:
                break  # else the client before had not been seen to leave
        self.assertEqual([line["id"] for line in lines], [1, 2])

    def test_a_client_that_never_reads_is_told_at_the_end_and_the_guest_does_not_wait(self):
        vm = self.machine(WRITE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        vm.capture_console()
        vm.resume()
        enough = threading.Event()

        def drain():
            left = 3 << 20
            while piece := vm.process.stdout.read(1 << 16):
                left -= len(piece)
                if left < 0:
                    enough.set()

        reader = threading.Thread(target=drain)
        reader.start()
        self.addCleanup(vm.process.stdout.close)
        self.addCleanup(reader.join)
        self.assertTrue(enough.wait(100))
        lines = []
        with self.assertRaisesRegex(Disconnected, "does not take"):
            while True:
                lines.append(vm.next_event())
        self.assertEqual({line["event"] for line in lines}, {"resumed", "console-output"})
        vm.process.terminate()

    def test_a_client_that_asks_for_much_and_reads_late_gets_all_of_it(self):
        vm = self.machine()
        count = 300  # replies of 128 KiB, ten times what may wait
        vm.send(b"".join(request("read-memory", {"address": hex(BASE), "length": 65536}, n) for n in range(count)))
        self.assertEqual([vm.receive()["id"] for _ in range(count)], list(range(count)))

    def test_the_socket_is_private_and_goes_with_the_machine(self):
        vm = self.machine()
        path = os.path.join(vm._folder, "control")
        mode = os.stat(path).st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o600)
        vm.poweroff()
        self.assertEqual(vm.wait(), 0)
        self.assertFalse(os.path.exists(path))

    def start(self, *options):
        command = [MICROVM, "run", str(self.program(ECHO)), "--load-addr", hex(BASE), "--max-insns", "1000", *options]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def test_a_stale_socket_is_replaced_but_nothing_else(self):
        path = self.folder / "socket"
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(path))
            dead.listen()
            self.assertEqual(self.start("--control", str(path)).returncode, 125)
        self.assertEqual(self.start("--control", str(path)).returncode, 122)
        path.write_text("precious")
        refused = self.start("--control", str(path))
        self.assertEqual((refused.returncode, refused.stderr.count("\n")), (125, 1))
        self.assertIn("no socket", refused.stderr)
        self.assertEqual(path.read_text(), "precious")

    def test_waiting_for_nobody_is_refused(self):
        refused = self.start("--control-wait")
        self.assertEqual((refused.returncode, refused.stderr.count("\n")), (125, 1))
        self.assertIn("--control", refused.stderr)

    def test_without_control_wait_the_guest_runs_at_once(self):
        vm = self.machine(wait=False)
        self.assertFalse(vm.is_paused())
        vm.pause()
        self.assertGreater(vm.steps(), 0)


if __name__ == "__main__":
    unittest.main()
