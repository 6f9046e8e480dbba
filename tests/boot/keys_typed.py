# SPDX-License-Identifier: MIT
"""The host's side of keys_typed_by_scripts_reach_linux.sh: IMAGE INITRAMFS FOLDER."""

import os
import pathlib
import re
import socket
import subprocess
import sys
import time

IMAGE, INITRAMFS, FOLDER = sys.argv[1:]
KEYS = pathlib.Path(__file__).resolve().parents[2] / "src" / "virtio" / "input_keys.def"
F24, SHIFT = 194, 42
US = {2: "1!", 3: "2@", 4: "3#", 5: "4$", 6: "5%", 7: "6^", 8: "7&", 9: "8*", 10: "9(", 11: "0)", 12: "-_", 13: "=+",
      26: "[{", 27: "]}", 39: ";:", 40: "'\"", 41: "`~", 43: "\\|", 51: ",<", 52: ".>", 53: "/?", 57: "  ", 28: "\n\n"}
for first, letters in ((16, "qwertyuiop"), (30, "asdfghjkl"), (44, "zxcvbnm")):
    for i, letter in enumerate(letters):
        US[first + i] = letter + letter.upper()


class Machine:
    def __init__(self, *options):
        self.path = os.path.join(FOLDER, "monitor")
        self.process = subprocess.Popen([os.environ["MICROVM"], "run", *options, "--input", "keyboard,tablet", "--monitor", self.path],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def connect(self):
        deadline = time.monotonic() + 60
        while True:
            client = socket.socket(socket.AF_UNIX)
            try:
                client.connect(self.path)
                return client
            except OSError:
                assert time.monotonic() < deadline, "no monitor"

    def until(self, pattern):
        """The lines up to one that matches."""
        lines = []
        while True:
            line = self.process.stdout.readline().decode(errors="replace")
            assert line, f"the machine ended before {pattern}: {lines}"
            lines.append(line.rstrip())
            if os.environ.get("SHOW"):
                print(line, end="", flush=True)
            if re.search(pattern, line):
                return lines

    def monitor(self, *commands):
        client = self.connect()
        client.sendall("".join(command + "\n" for command in commands).encode())
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := client.recv(65536):
            answer += piece
        return answer.decode()

    def end(self):
        self.say("poweroff -f")
        self.process.stdin.close()
        self.process.stdout.read()
        assert self.process.wait() == 0


def keys_of(lines):
    """The presses and releases in what `events` printed."""
    found = [tuple(map(int, match.groups())) for line in lines if (match := re.match(r"event 1 (\d+) (\d)", line))]
    for before, after in zip(lines, lines[1:]):
        assert not before.startswith("event 1 ") or after == "event 0 0 0", (before, after)
    return found


def text_of(keys):
    shift, text = 0, ""
    for code, value in keys:
        if code == SHIFT:
            shift = value
        elif value == 1 and code in US:
            text += US[code][shift]
    return text


def main():
    table = re.findall(r'^KEY\(\w+, (\d+), "(\w+)"\)', KEYS.read_text(), re.MULTILINE)
    assert len(table) > 240
    boot = (IMAGE, "--initrd", INITRAMFS, "--cmdline", "quiet loglevel=4")
    snapshot = os.path.join(FOLDER, "snapshot")
    machine = Machine(*boot, "--save-snapshot", snapshot)
    machine.until("microvm-initramfs: ready")
    assert "no driver" in machine.monitor("info input")
    early = "typed early; 'all' of it."
    assert "(microvm)" in machine.monitor("type " + early, "sendkey f24 1")
    machine.say("modprobe -a virtio_mmio evdev; PS1=; events=/events; stty -echo")
    machine.say("(sleep 1; modprobe virtio_input) & until /events 'microvm keyboard' 2>/dev/null; do sleep 0.1; done")
    machine.until("^listening")
    assert text_of(keys_of(machine.until("event 1 194 0"))) in early

    machine.say("/events 'microvm keyboard'")
    machine.until("^listening")
    others = [(int(code), name) for code, name in table if int(code) != F24]
    for at in range(0, len(others), 50):
        assert "no key" not in machine.monitor(*(f"sendkey {name} 1" for _, name in others[at:at + 50]))
    machine.monitor("sendkey f24 1")
    keys = keys_of(machine.until("event 1 194 0"))
    assert keys == [(code, value) for code, _ in others + [(F24, "")] for value in (1, 0)], keys

    machine.say("/events 'microvm keyboard'")
    machine.until("^listening")
    printable = "".join(map(chr, range(33, 127)))
    machine.monitor("type " + printable.replace("\\", "\\\\"), "type  two  blanks\\n", "sendkey f24 1")
    assert text_of(keys_of(machine.until("event 1 194 0"))) == printable + " two  blanks\n"

    machine.say("/events 'microvm keyboard' leds 6; echo lit")
    machine.until("^lit")
    assert "Num Lock off, Caps Lock on, Scroll Lock on" in machine.monitor("info input")

    machine.say("/events 'microvm keyboard'")
    machine.until("^listening")
    long = "abcdefghij" * 90
    machine.monitor("type " + long, "sendkey f24 1", "snapshot")
    deadline = time.monotonic() + 60
    while not os.path.exists(snapshot):
        assert time.monotonic() < deadline, "no snapshot"
        machine.monitor("info input")
    os.rename(snapshot, snapshot + ".kept")  # at the end of the run another one is saved
    assert text_of(keys_of(machine.until("event 1 194 0"))) == long
    machine.end()
    machine = Machine("--load-snapshot", snapshot + ".kept")
    assert "presses and releases wait to be typed" in machine.monitor("info input")
    assert text_of(keys_of(machine.until("event 1 194 0"))) == long
    assert "Caps Lock on" in machine.monitor("info input")
    machine.end()


main()
