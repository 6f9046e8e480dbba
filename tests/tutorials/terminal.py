# SPDX-License-Identifier: MIT
"""The terminals that a page's commands are typed into."""
import os
import pty
import re
import select
import subprocess
import time

ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x07")
KEYS = re.compile(r"^\[(Ctrl-[A-Z](?: [a-z])?)\]$")


class Stuck(Exception):
    """Something did not end, or did not ask, in time."""


def clean(data):
    return ESCAPES.sub(b"", data).replace(b"\r", b"").decode("utf-8", "replace")


def keys_of(line):
    """What typing the line sends: [Ctrl-A c] stands for these keys."""
    named = KEYS.match(line)
    if not named:
        return (line + "\n").encode()
    control, *rest = named[1].split(" ")
    return bytes([ord(control[-1]) & 31]) + "".join(rest).encode()


class Terminal:
    """A shell that keeps its folder and variables from one command to the next. scratch: a folder of its own."""

    def __init__(self, folder, environment, scratch, limit):
        self.scratch, self.limit = scratch, limit
        os.makedirs(scratch, exist_ok=True)
        self.shell = subprocess.Popen(["bash", "--norc"], cwd=folder, env=environment, stdin=subprocess.PIPE, text=True,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.count = 0

    def start(self, command):
        """Has it executed and returns a ticket for finish."""
        self.count += 1
        base = os.path.join(self.scratch, str(self.count))
        with open(base + ".command", "w", encoding="utf-8") as file:
            file.write(command)
        self.shell.stdin.write(f'eval "$(<{base}.command)" </dev/null >{base}.output 2>&1; echo $? >{base}.part; '
                               f'mv {base}.part {base}.status\n')
        self.shell.stdin.flush()
        return base

    def finish(self, base):
        """Waits for its end; returns what it printed."""
        end = time.monotonic() + self.limit
        while not os.path.exists(base + ".status"):
            if time.monotonic() > end or self.shell.poll() is not None:
                raise Stuck(f"no end after {self.limit} s; so far it printed:\n{self.output(base)}")
            select.select([], [], [], 0.01)
        return self.output(base)

    def output(self, base):
        try:
            with open(base + ".output", "rb") as file:
                return clean(file.read())
        except FileNotFoundError:
            return ""

    def run(self, command):
        return self.finish(self.start(command))

    def folder(self):
        return self.run("pwd").strip()

    def close(self):
        """Ends the shell and what it left running."""
        try:
            os.killpg(self.shell.pid, 9)
        except ProcessLookupError:
            pass
        self.shell.wait()


def converse(command, typed, prompt, environment, folder, limit):
    """Runs a command that asks, types each line of typed when it has printed the prompt, and returns all that was to be seen."""
    child, descriptor = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.execvpe("bash", ["bash", "-c", f"stty rows 1000 cols 200; {command}"], environment)
    seen, waiting, end = b"", list(typed), time.monotonic() + limit
    looked = 0
    try:
        while True:
            if time.monotonic() > end:
                raise Stuck(f"no end after {limit} s; so far it showed:\n{clean(seen)}")
            ready, _, _ = select.select([descriptor], [], [], 0.1)
            if ready:
                try:
                    data = os.read(descriptor, 65536)
                except OSError:
                    data = b""
                if not data:
                    return clean(seen)
                seen += data
            # Special keys need no prompt: they are pressed while the guest runs.
            asked = clean(seen[looked:]).endswith(prompt)
            if waiting and (asked or (KEYS.match(waiting[0]) and clean(seen[looked:]).strip())):
                looked = len(seen)
                os.write(descriptor, keys_of(waiting.pop(0)))
            elif not waiting and asked:
                return clean(seen)
    finally:
        os.close(descriptor)
        try:
            os.kill(child, 9)
        except ProcessLookupError:
            pass
        os.waitpid(child, 0)
