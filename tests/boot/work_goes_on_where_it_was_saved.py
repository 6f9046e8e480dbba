# SPDX-License-Identifier: MIT
"""Saves and loads a guest in the midst of its work with all devices.

usage: work_goes_on_where_it_was_saved.py IMAGE FOLDER PORT SUM [TAP]   with MICROVM set; PORT, SUM: of a server on the host
"""

import atexit
import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time
import wave

import picture
from microvm_control import Machine

PATIENCE = 900
HOPS = int(os.environ.get("HOPS", "8"))
HERE = pathlib.Path(__file__).parent
IMAGE, WORK, PORT, SUM = sys.argv[1:5]
TAP = sys.argv[5:]
WIDTH, HEIGHT = 320, 200
TEXT = "the quick brown fox jumps over the lazy dog 0123456789"
SILENT = {"disk", "share", "tap", "stream", "dgram"}
"""These works do not notice that the machine was saved."""

PEER = """
modprobe -a virtio_mmio virtio_net; ifconfig lo 127.0.0.1; ifconfig eth0 10.9.1.1 netmask 255.255.255.0 up
ifconfig eth1 10.9.2.1 netmask 255.255.255.0 up; mkdir /www; head -c 1048576 /dev/urandom >/www/file; httpd -h /www
echo "peer: $(md5sum </www/file)"
"""

DRIVERS = """
modprobe -a virtio_mmio virtio_blk ext4 crc32c_generic virtio_net virtio-rng virtio_balloon virtio-gpu virtio_input evdev virtio_snd 9p \\
    9pnet_virtio vmw_vsock_virtio_transport
ifconfig lo 127.0.0.1; ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up
for n in 1 2 3; do ifconfig eth$n 10.9.$n.2 netmask 255.255.255.0 up; done 2>/dev/null
mount -t ext4 /dev/vda /mnt; mkdir /f; mount -t 9p -o trans=virtio,version=9p2000.L share /f; mkdir /ram; mount -t tmpfs none /ram
ln -s /dev/snd/pcmC0D0p /dev/player; PS1=; PS2=; stty -echo
"""

# Each loops until /stop is there, and says then how often it was right and how often it was told that it has failed. What is wrong, and
# what it was not told, is neither.
WORKS = """
work() {
    right=0 failed=0
    until [ -e /stop ]; do
        echo $right >/done.${3:-$1}
        n=$((right + failed))
        $1 $2; case $? in 0) right=$((right + 1)) ;; 1) failed=$((failed + 1)) ;; *) echo "$1 is wrong"; return ;; esac
    done
    echo "work ${3:-$1}: $right right, $failed failed"
}
disk() {
    seq $n 1 $((n + 600)) | dd of=/mnt/f$((n % 40)) conv=fsync 2>/dev/null || return 2
    echo 1 >/proc/sys/vm/drop_caches
    [ $n -lt 5 ] || seq $((n - 5)) 1 $((n + 595)) | cmp -s - /mnt/f$(((n - 5) % 40)) || return 2
}
share() {
    [ $n != 0 ] || exec 7>/f/name0
    echo $n >&7 && mv /f/name$n /f/name$((n + 1)) && mkdir -p /f/d$n/e && seq $n 1 $((n + 200)) >/f/d$n/e/x || return 2
    mv /f/d$n /f/moved && seq $n 1 $((n + 200)) | cmp -s - /f/moved/e/x && rm -r /f/moved || return 2
    seq 0 $n | cmp -s - /f/name$((n + 1)) || return 2
}
download() {
    found=$(wget -T 60 -q -O - $1 2>/dev/null | md5sum | cut -c1-32)
    case $found in $sum | $peer) return 0 ;; *) return 1 ;; esac
}
vsock_echo() {
    found=$(head -c 250000 /noises | /vsock connect 2 5000 2>/dev/null | md5sum | cut -c1-32)
    [ $found = $noises ]
}
entropy() { [ $(dd if=/dev/hwrng bs=64 count=8 2>/dev/null | wc -c) = 512 ] || return 2; usleep 200000; }
tick() { echo "tick $n"; usleep 700000; }
draw() { echo "line $n of the screen" >/dev/tty1; usleep 300000; }
memory() {
    seq $n 1 $((n + 20000)) >/ram/file && seq $n 1 $((n + 20000)) | cmp -s - /ram/file || return 2
    rm /ram/file; usleep 300000
}
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do cat /noise; done >/noises
noises=$(head -c 250000 /noises | md5sum | cut -c1-32)
until [ -e /stop ]; do cat /noise; done | /pcm play S16 8000 1 8000 &
/events 'microvm keyboard' >/typed &
typed=$!
until grep -q listening /typed; do :; done; echo it works
"""

END = """
for work in /done.*; do until [ $(cat $work) -ge 2 ]; do usleep 100000; done; done
touch /stop; wait $typed; cat /typed;
for c in /sys/class/vtconsole/*; do if grep -q 'frame buffer' $c/name; then echo 0 >$c/bind; fi; done
dd if=/noises of=/dev/fb0 bs=256000 count=1 2>/dev/null
wait; umount /mnt; dmesg | grep -E 'BUG|Oops|WARNING|Call Trace|needs a reset|blocked for more|rcu.*stall'; echo "all is done"
"""


def fail(text):
    sys.exit(f"work_goes_on_where_it_was_saved: {text}")


class Guest:
    """A guest's console, whose machine may be another one from time to time."""

    def __init__(self):
        self.vm, self.lines, self.rest = None, [], b""
        self.changed = threading.Condition()

    def runs_in(self, vm):
        self.vm = vm
        threading.Thread(target=self.read, args=(vm.process.stdout,), daemon=True).start()

    def read(self, screen):
        while piece := os.read(screen.fileno(), 65536):
            *lines, self.rest = (self.rest + piece).split(b"\n")
            with self.changed:
                self.lines += [line.decode(errors="replace").strip() for line in lines]
                self.changed.notify_all()

    def say(self, text):
        self.vm.process.stdin.write(text.encode())
        self.vm.process.stdin.flush()

    def wait_until(self, condition, what):
        with self.changed:
            if not self.changed.wait_for(condition, PATIENCE):
                fail(f"the guest never shows {what}: {self.lines[-12:]}")

    def wait_for(self, pattern):
        """The first line that matches."""
        def found():
            return next((line for line in self.lines if re.match(pattern, line)), None)
        self.wait_until(found, pattern)
        return found()


def machine(*options):
    vm = Machine(options=[*options], wait="--load-snapshot" in options, timeout=PATIENCE, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    atexit.register(vm.process.kill)
    return vm


def serve_echo(path):
    def echo(peer):
        with peer:
            try:
                while piece := peer.recv(65536):
                    peer.sendall(piece)
            except OSError:
                pass

    def accept(listener):
        while True:
            threading.Thread(target=echo, args=(listener.accept()[0],), daemon=True).start()

    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(16)
    threading.Thread(target=accept, args=(listener,), daemon=True).start()


def peer_options():
    return ["--net", f"stream,path={WORK}/stream,server=on,mac=52:54:00:00:00:01",
            "--net", f"dgram,local={WORK}/one,remote={WORK}/two,mac=52:54:00:00:01:01"]


def options(turn):
    tap = ["--net", f"tap,ifname={TAP[0]}"] if TAP else []
    return ["--net", "user", "--net", f"stream,path={WORK}/stream,reconnect=1", "--net", f"dgram,local={WORK}/two,remote={WORK}/one", *tap,
            "--disk", f"{WORK}/disk,format=qcow2", "--share", f"{WORK}/folder,rw", "--vsock", f"path={WORK}/v",
            "--audio", f"wav:{WORK}/out{turn}.wav", "--save-snapshot", f"{WORK}/snapshot{turn}"]


def inspect(snapshot):
    shown = subprocess.run([os.environ["MICROVM"], "inspect", "--verify", snapshot], capture_output=True, text=True, check=False)
    if shown.returncode != 0:
        fail(f"inspect --verify: {shown.stderr}")
    return shown.stdout


def given_away(vm):
    return int(re.search(r"^given away\s+(\d+) KiB", vm.monitor("info balloon"), re.M).group(1))


def ticks(guest):
    return sum(line.startswith("tick ") for line in guest.lines)


def hop(guest, turn):
    """Saves the machine as it is, ends its process, and loads it into another."""
    vm, snapshot = guest.vm, f"{WORK}/snapshot{turn}"
    goal = ticks(guest) + 3
    guest.wait_until(lambda: ticks(guest) >= goal, "three ticks")
    vm.monitor(f"balloon {(256, 480)[turn % 2]}M")
    vm.monitor(f"type {TEXT}")
    vm.pause()
    print(f"turn {turn}: {given_away(vm)} KiB are given away", flush=True)
    seen = picture.rows_of(vm)
    vm.monitor("snapshot")
    vm.quit()
    if vm.wait() != 0:
        fail(f"the machine of turn {turn} ends with {vm.process.returncode}")
    vm.close()
    shown = inspect(snapshot)
    new = machine("--load-snapshot", snapshot, *options(turn + 1))
    os.unlink(snapshot)
    if picture.rows_of(new) != seen:
        fail(f"the screen of turn {turn} is another one once it is loaded")
    guest.runs_in(new)
    new.resume()
    return shown


def work(guest):
    """Has it begin all of it; the names of its works."""
    guest.say(WORKS)
    guest.wait_for("it works")
    names = ["disk", "share", "vsock_echo", "entropy", "draw", "memory", "tick"]
    for name in names:
        guest.say(f"work {name} &\n")
    for name, url in urls().items():
        guest.say(f"work download {url} {name} &\n")
        names.append(name)
    return names


def urls():
    found = {"user": f"http://10.0.2.2:{PORT}/", "stream": "http://10.9.1.1/file", "dgram": "http://10.9.2.1/file"}
    if TAP:
        found["tap"] = f"http://10.9.3.1:{PORT}/"
    return found


def check_works(guest, names):
    for name in names:
        line = guest.wait_for(f"work {name}: ")
        right, failed = map(int, re.findall(r"\d+", line))
        print(line)
        if right < 2 or failed > (0 if name in SILENT else HOPS):
            fail(line)
    if trouble := [line for line in guest.lines if "is wrong" in line or re.search("BUG|Oops|WARNING|Call Trace|rcu.*stall", line)]:
        fail(f"the guest says {trouble}")


def check_sections(shown):
    for name in ("disk 0", "network", "gpu", "input", "sound", "share", "balloon", "vsock"):
        if not re.search(rf"^{name}: ", shown, re.M):
            fail(f"inspect does not name the {name}: {shown}")


def check_typed(guest):
    """Each turn has typed the same, whose keys another test knows."""
    keys = [match.groups() for line in guest.lines if (match := re.match(r"event 1 (\d+) (\d)$", line)) and match[1] != "194"]
    if len(keys) != 2 * len(TEXT) * HOPS or keys != keys[:2 * len(TEXT)] * HOPS:
        fail(f"of {2 * len(TEXT) * HOPS} presses and releases there are {len(keys)}: {keys}")


# One write: Linux 6.12 leaves out of the screen what is written within a row up to its end.
def check_screen(guest):
    noise = pathlib.Path(WORK, "root", "noise").read_bytes() * 4
    pixels = [bytes((noise[at + 2], noise[at + 1], noise[at])) for at in range(0, 4 * WIDTH * HEIGHT, 4)]
    wanted = [b"".join(pixels[y * WIDTH:(y + 1) * WIDTH]) for y in range(HEIGHT)]
    until(lambda: picture.rows_of(guest.vm) == wanted, "the screen shows what the guest has drawn last")


def check_balloon(guest):
    wanted = (512 - (256, 480)[(HOPS - 1) % 2]) * 1024
    until(lambda: given_away(guest.vm) == wanted, f"{wanted} KiB are given away")


def until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            fail(f"never: {what}")


def check_sound(noise):
    """All that the guest has played stands in the files of its turns, once."""
    played = b""
    for turn in range(HOPS + 1):
        with wave.open(f"{WORK}/out{turn}.wav", "rb") as file:
            played += file.readframes(file.getnframes())
    count = len(played) // len(noise)
    rest = played[count * len(noise):]
    if count < 2 or played[:count * len(noise)] != noise * count or rest.strip(b"\0") != b"":
        fail(f"{len(played)} bytes were played, not {count} times the noise")


def main():
    serve_echo(f"{WORK}/v_5000")
    peer, guest = Guest(), Guest()
    peer.runs_in(machine(IMAGE, "--initrd", f"{WORK}/initramfs", "--cmdline", "quiet loglevel=4", *peer_options()))
    guest.runs_in(machine(IMAGE, "--initrd", f"{WORK}/initramfs", "--cmdline", "quiet loglevel=4", "--memory", "512M", "--balloon",
                          f"--gpu={WIDTH}x{HEIGHT}", "--input", "keyboard,tablet", *options(0)))
    peer.wait_for("microvm-initramfs: ready")
    peer.say(PEER)
    peer_sum = peer.wait_for("peer: ").split()[1]
    guest.wait_for("microvm-initramfs: ready")
    guest.say(DRIVERS + f"sum={SUM} peer={peer_sum}; echo it begins\n")
    guest.wait_for("it begins")
    names = work(guest)
    shown = [hop(guest, turn) for turn in range(HOPS)]
    check_sections(shown[-1])
    guest.vm.monitor("sendkey f24")
    guest.say(END)
    guest.wait_for("all is done")
    check_works(guest, names)
    check_typed(guest)
    check_screen(guest)
    check_balloon(guest)
    for each in (guest, peer):
        each.say("poweroff -f\n")
        if each.vm.wait() != 0:
            fail("a guest does not power off")
    check_sound(pathlib.Path(WORK, "root", "noise").read_bytes())


main()
