# SPDX-License-Identifier: MIT
"""What a guest frees goes back to the host, in the process's own account.

usage: balloon_gives_memory_back.py MICROVM KERNEL INITRD FOLDER
"""

import atexit
import pathlib
import re
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from microvm_control import Client  # noqa: E402

PATIENCE = 600
MIB = 1024  # in KiB
PIECES = 64
FILLED = PIECES * 3 * MIB
"""Of the filled memory; the kernel reports large pieces alone."""
ENOUGH = FILLED * 3 // 4

BEGIN = """modprobe -a virtio_mmio virtio_balloon; PS1=; PS2=; stty -echo
mkdir /big; mount -t tmpfs -o size=90% none /big
fill() { head -c 3145728 /dev/zero | tr '\\0' $1 >/piece; for i in $(seq 1 64); do cat /piece; done >/big/file; }
part() { dd if=/big/file bs=3145728 skip=$1 count=1 2>/dev/null | cmp - /piece; }
head -c 3000000 /dev/urandom >/kept; sum=$(md5sum </kept)
echo it is ready
"""


def fail(text):
    sys.exit(f"balloon_gives_memory_back: {text}")


class Guest:
    def __init__(self, command, control):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.control = control
        atexit.register(self.process.kill)
        self.timer = threading.Timer(PATIENCE, self.process.kill)
        self.timer.daemon = True
        self.timer.start()
        self.machine = None

    def say(self, text, answer):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line.decode(errors="replace").strip().startswith(answer):
                return line.decode().strip()
        fail(f"the guest never says '{answer}'")

    def monitor(self, line):
        if self.machine is None:
            self.machine = Client(self.control)
        return self.machine.monitor(line)

    def resident(self):
        """KiB of RAM that the process has in memory; of a memfd, which is what guest RAM is."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"RssShmem:\s*(\d+)", status.read()).group(1))

    def wait_until(self, condition, what):
        """The guest's own doing, in its own time: its console, asked again, is what passes the time."""
        for _ in range(200):
            if condition():
                return
            self.say("cat /proc/uptime >/dev/null; usleep 300000; echo later\n", "later")
        fail(f"never: {what}; {self.resident()} KiB are resident, {self.monitor('info balloon')}")


def given_away(guest):
    return int(re.search(r"^given away\s+(\d+) KiB", guest.monitor("info balloon"), re.M).group(1))


def stat(guest, name):
    found = re.search(rf"^{name}\s+(\d+) KiB", guest.monitor("info balloon"), re.M)
    return int(found.group(1)) if found else None


def check(guest):
    compare = "part 0 && part 21 && part 42 && part 63 && echo it is same || echo it differs\n"
    if guest.say(compare, "it ") != "it is same":
        fail("memory that is used again is wrong")


def reporting(guest):
    before = guest.resident()
    guest.say("fill a; echo filled\n", "filled")
    filled = guest.resident()
    if filled < before + FILLED * 9 // 10:
        fail(f"filling takes no memory: {before} KiB before, {filled} KiB after")
    guest.say("rm /big/file; echo freed\n", "freed")
    guest.wait_until(lambda: guest.resident() < filled - ENOUGH, "free pages are reported")
    after = guest.resident()
    print(f"resident: {before} KiB, filled {filled} KiB, freed {after} KiB")
    guest.say("fill b; echo filled\n", "filled")
    if guest.resident() < after + ENOUGH:
        fail("memory that is used again takes none")
    check(guest)
    guest.say("rm /big/file; echo freed\n", "freed")


def balloon(guest):
    guest.monitor("balloon 256M")
    guest.wait_until(lambda: given_away(guest) >= 250 * MIB, "the balloon is inflated")
    guest.wait_until(lambda: guest.resident() < 260 * MIB, "the balloon's pages are the host's")
    guest.wait_until(lambda: (stat(guest, "available") or 512 * MIB) < 250 * MIB, "the statistics show it")
    print(f"balloon of {given_away(guest)} KiB: resident {guest.resident()} KiB")
    guest.monitor("balloon 512M")
    guest.wait_until(lambda: given_away(guest) == 0, "the balloon is deflated")
    guest.say("fill c; echo filled\n", "filled")
    check(guest)


def main():
    microvm, kernel, initrd, folder = sys.argv[1:]
    control = f"{folder}/control"
    guest = Guest([microvm, "run", kernel, "--initrd", initrd, "--cmdline", "quiet loglevel=4", "--memory", "512M",
                   "--balloon", "--control", control], control)
    guest.say(BEGIN, "it is ready")
    reporting(guest)
    balloon(guest)
    if guest.say('[ "$(md5sum </kept)" = "$sum" ] && echo kept: yes || echo kept: no\n', "kept:") != "kept: yes":
        fail("what the guest kept has changed")
    guest.process.stdin.write(b"poweroff -f\n")
    guest.process.stdin.flush()
    guest.process.stdout.read()
    guest.timer.cancel()
    if guest.process.wait() != 0:
        fail("the guest does not power off")


main()
