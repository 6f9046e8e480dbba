# SPDX-License-Identifier: MIT
"""The host's side of a guest's vsock connections.

usage: vsock_carries_streams_both_ways.py MICROVM KERNEL FOLDER   (the initramfs is FOLDER/initrd)
"""

import atexit
import hashlib
import os
import random
import socket
import stat
import subprocess
import sys
import threading

MANY = 12
PATIENCE = 600

BEGIN = """modprobe -a virtio_mmio vmw_vsock_virtio_transport; PS1=; PS2=; stty -echo
echo the driver is there
"""

# Each part ends with a line that the host waits for.
TO_HOST = """head -c 2000000 /dev/urandom >/data
vsock connect 2 5000 </data >/back; echo back: $(md5sum </back) of $(md5sum </data)
vsock connect 2 5001 </dev/null; echo refused: $?
for i in $(seq 1 @MANY); do head -c $((i * 9999)) /data | vsock connect 2 5000 | md5sum >/many$i & done; wait
good=0; for i in $(seq 1 @MANY); do
    [ "$(cat /many$i)" = "$(head -c $((i * 9999)) /data | md5sum)" ] && good=$((good + 1)); done; echo many: $good
"""
TO_GUEST = """vsock listen 7000 </data >/got; echo got: $(md5sum </got)
"""
HELD = """vsock listen 7001 </dev/null >/held & until [ -s /held ]; do :; done; echo held now; wait; echo lost: $(wc -c </held)
"""
END = """poweroff -f
"""


def fail(text):
    sys.exit(f"vsock_carries_streams_both_ways: {text}")


class Guest:
    """A machine whose console is two pipes."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.seen = []
        atexit.register(self.process.kill)
        self.timer = threading.Timer(PATIENCE, self.process.kill)
        self.timer.daemon = True
        self.timer.start()

    def type(self, text):
        self.process.stdin.write(text.replace("@MANY", str(MANY)).encode())
        self.process.stdin.flush()

    def wait_for(self, start):
        for line in self.process.stdout:
            text = line.decode(errors="replace").strip()
            self.seen.append(text)
            if text.startswith(start):
                return text
        fail(f"the guest never says '{start}'; it said: {self.seen[-20:]}")

    def end(self):
        self.type(END)
        self.finish()

    def finish(self):
        self.seen += self.process.stdout.read().decode(errors="replace").splitlines()
        status = self.process.wait()
        self.timer.cancel()
        if status != 0:
            fail(f"microvm ended with {status}: {self.seen[-20:]}")
        for line in self.seen:
            if any(word in line for word in ("BUG", "Oops", "WARNING", "Call Trace", "needs a reset")):
                fail(f"the guest is in trouble: {line}")


def echo(peer):
    """Sends back all that comes, once it is whole."""
    with peer:
        pieces = []
        while piece := peer.recv(65536):
            pieces.append(piece)
        peer.sendall(b"".join(pieces))


def serve(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(2 * MANY)

    def accept():
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(peer,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return listener


def dial(path, port):
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(path)
    peer.sendall(f"CONNECT {port}\n".encode())
    answer = b""
    while not answer.endswith(b"\n"):
        byte = peer.recv(1)
        if byte == b"":
            return None
        answer += byte
    if not answer.startswith(b"OK "):
        fail(f"the answer is {answer}")
    return peer


def sums(line):
    return [word for word in line.split() if len(word) == 32]


def to_host(guest):
    guest.type(TO_HOST)
    there, back = sums(guest.wait_for("back:"))
    if there != back:
        fail("what the host sent back is not what the guest had sent")
    if guest.wait_for("refused:") != "refused: 1":
        fail("a connection to nobody is not refused")
    if guest.wait_for("many:") != f"many: {MANY}":
        fail(f"of many connections not all are right: {guest.seen[-1]}")
    return there


def to_guest(guest, path, data_sum):
    if dial(path, 7000) is not None:
        fail("a client reaches a port where nobody listens")
    guest.type(TO_GUEST)
    guest.wait_for("vsock: listening")
    peer = dial(path, 7000)
    data = random.Random(1).randbytes(2 << 20)
    sender = threading.Thread(target=lambda: (peer.sendall(data), peer.shutdown(socket.SHUT_WR)))
    sender.start()
    received = hashlib.md5()
    while piece := peer.recv(65536):
        received.update(piece)
    sender.join()
    if sums(guest.wait_for("got:")) != [hashlib.md5(data).hexdigest()]:
        fail("what the guest got is not what the host had sent")
    if received.hexdigest() != data_sum:
        fail("what the host got is not what the guest had sent")


def check_socket(path):
    if stat.S_IMODE(os.stat(path).st_mode) != 0o600:
        fail("the socket is not the user's alone")


def run(command, folder):
    path = f"{folder}/v"
    listener = serve(f"{path}_5000")
    guest = Guest(command + ["--vsock", f"path={path}", "--record", f"{folder}/recording"])
    guest.type(BEGIN)
    guest.wait_for("the driver is there")
    check_socket(path)
    data_sum = to_host(guest)
    to_guest(guest, path, data_sum)
    guest.end()
    if os.path.exists(path):
        fail("the socket is left behind")
    listener.close()
    os.unlink(f"{path}_5000")
    return [line for line in guest.seen if line]


def replay(microvm, folder, seen):
    result = subprocess.run([microvm, "run", "--replay", f"{folder}/recording"], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=PATIENCE)
    again = [line.strip() for line in result.stdout.decode(errors="replace").splitlines() if line.strip()]
    if result.returncode != 0 or again[-len(seen):] != seen:
        fail(f"the replay ends with {result.returncode} and says {again[-10:]}")


def snapshot(command, microvm, folder):
    """The guest that goes on elsewhere hears that its connection is lost, and makes new ones."""
    path = f"{folder}/v"
    saved = ["--save-snapshot", f"{folder}/snapshot", "--at-output", "held now"]
    guest = Guest(command + ["--vsock", f"path={path}"] + saved)
    guest.type(BEGIN)
    guest.wait_for("the driver is there")
    guest.type(HELD)
    guest.wait_for("vsock: listening")
    peer = dial(path, 7001)
    peer.sendall(b"x" * 1000)
    guest.wait_for("held now")
    guest.process.kill()
    guest.process.wait()
    guest.timer.cancel()
    listener = serve(f"{path}2_5000")
    guest = Guest([microvm, "run", "--load-snapshot", f"{folder}/snapshot", "--vsock", f"path={path}2"])
    guest.wait_for("lost: 1000")
    to_host(guest)
    guest.end()
    listener.close()


def main():
    microvm, kernel, folder = sys.argv[1:]
    command = [microvm, "run", kernel, "--initrd", f"{folder}/initrd", "--cmdline", "quiet loglevel=4"]
    seen = run(command, folder)
    replay(microvm, folder, seen)
    snapshot(command, microvm, folder)


main()
