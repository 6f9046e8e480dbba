# SPDX-License-Identifier: MIT
"""The terminals that a page's commands are typed into."""
import os
import pty
import re
import select
import signal
import subprocess
import time

from page import pattern_of

TOKENS = re.compile(r"\x1b\[(?P<count>[0-9;?]*)(?P<control>[A-Za-z])|\x1b[=>]|(?P<plain>[^\x1b])", re.S)
KEYS = re.compile(r"^\[(?:Ctrl-(?P<control>[A-Z])(?: (?P<then>[a-z]))?|(?P<key>\S))\]$")
QUESTION = "(y or n) "  # GDB's, besides its prompt
SILENCE = 20  # seconds after which one goes on although the page's lines above never came,
ASKED = 1  # and if the program asks


class Stuck(Exception):
    """Something did not end, or did not ask, in time."""


def render(data):
    """The lines that a terminal shows of these bytes; the cursor is in the last."""
    lines, line, column = [], [], 0
    for token in TOKENS.finditer(data.decode("utf-8", "replace")):
        plain, control = token["plain"], token["control"]
        if plain == "\n":
            lines.append("".join(line))
            line, column = [], 0
        elif plain == "\r":
            column = 0
        elif plain == "\b":
            column = max(column - 1, 0)
        elif plain and plain != "\a":
            for character in plain.replace("\t", " " * (8 - column % 8)):
                line[column : column + 1] = character
                column += 1
        elif control == "K":
            del line[column:]
        elif control == "C":
            column = min(column + int(token["count"] or 1), len(line))
    return lines + ["".join(line)]


def keys_of(line):
    """The bytes that a line like [Ctrl-A c] or [q] stands for; None if it is none."""
    named = KEYS.match(line)
    if not named:
        return None
    if named["key"]:
        return named["key"].encode()
    return bytes([ord(named["control"]) & 31]) + (named["then"] or "").encode()


class Terminal:
    """A shell that keeps its folder and variables from one command to the next. scratch: a folder of its own."""

    def __init__(self, folder, environment, scratch, limit):
        self.scratch, self.limit = scratch, limit
        os.makedirs(scratch, exist_ok=True)
        self.shell = subprocess.Popen(["bash", "--norc"], cwd=folder, env=environment, stdin=subprocess.PIPE, text=True,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.count = 0

    def start(self, command):
        """Has it executed and returns a ticket for begun and finish."""
        self.count += 1
        base = os.path.join(self.scratch, str(self.count))
        with open(base + ".command", "w", encoding="utf-8") as file:
            file.write(command)
        self.shell.stdin.write(f'eval "$(<{base}.command)" </dev/null >{base}.output 2>&1; echo $? >{base}.part; '
                               f'mv {base}.part {base}.status\n')
        self.shell.stdin.flush()
        return base

    def begun(self, base):
        """Waits until it has printed a line, or is over."""
        self._wait(lambda: "\n" in self.output(base) or os.path.exists(base + ".status"), base)

    def finish(self, base):
        """Waits for its end; returns what it printed."""
        self._wait(lambda: os.path.exists(base + ".status"), base)
        return self.output(base)

    def _wait(self, condition, base):
        end = time.monotonic() + self.limit
        while not condition():
            if time.monotonic() > end or self.shell.poll() is not None:
                raise Stuck(f"no end after {self.limit} s; so far it printed:\n{self.output(base)}")
            select.select([], [], [], 0.01)

    def output(self, base):
        try:
            with open(base + ".output", "rb") as file:
                return "\n".join(render(file.read()))
        except FileNotFoundError:
            return ""

    def run(self, command):
        return self.finish(self.start(command))

    def folder(self):
        return self.run("pwd").strip()

    def close(self):
        """Ends the shell and what it left running."""
        try:
            os.killpg(self.shell.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.shell.wait()


class Conversation:
    """A program on a terminal of its own that asks, and is answered as a page shows it."""

    def __init__(self, command, prompt, environment, folder, limit):
        self.prompt, self.limit = prompt, limit
        self.data, self.heard = b"", time.monotonic()
        self.typed = 0  # lines that there were when something was typed last
        self.child, self.descriptor = pty.fork()
        if self.child == 0:
            os.chdir(folder)
            os.execvpe("bash", ["bash", "-c", f"stty rows 1000 cols 200; {command}"], environment)

    def hold(self, shown):
        """Types what the shown lines have behind prompts, and their keys. Returns all that was to be seen, with the keys."""
        above = []
        try:
            for line in shown:
                keys, answer = keys_of(line), self._answer(line)
                if keys is not None:
                    self._until(lambda: self._has_shown(above))
                    self._press(keys, line)
                elif answer is not None:
                    self._until(lambda: self._asks() and self._has_shown(above))
                    self._type((answer + "\n").encode())
                above = above + [line] if keys is None and answer is None else []
            self._until(self._asks)
        except EOFError:
            pass
        finally:
            self._close()
        return self._seen(shown)

    def _answer(self, line):
        """What is typed in this line; None if nothing is."""
        if line.startswith(self.prompt):
            return line[len(self.prompt) :]
        return line.split(QUESTION, 1)[1] if QUESTION in line else None

    def _asks(self):
        """Since something was typed the program has printed a prompt, and nothing more."""
        lines = render(self.data)
        return len(lines) > self.typed and (lines[-1] == self.prompt or lines[-1].endswith(QUESTION))

    def _has_shown(self, above):
        """The lines above the keys are there, and then the program asks, or is silent for a moment. A line whose end is still to come
        counts once the program is silent."""
        silent = time.monotonic() - self.heard
        lines = [line.rstrip() + "\n" for line in render(self.data)[self.typed :]]
        if not self._asks() and silent <= 0.5:
            lines = lines[:-1]
        there = any(lines) and re.search(pattern_of(above), "".join(lines))
        return there and (self._asks() or not self.typed or silent > 0.5) or silent > (ASKED if self._asks() else SILENCE)

    def _type(self, data):
        self.typed = len(render(self.data))
        os.write(self.descriptor, data)

    def _press(self, keys, line):
        """Keys are no text: they stand on a line of their own."""
        self._type(keys)
        begun = render(self.data)[-1]
        self.data += (b"\r\x1b[K" if begun == self.prompt else b"\n" if begun else b"") + line.encode() + b"\n"

    def _until(self, condition):
        end = time.monotonic() + self.limit
        while not condition():
            if time.monotonic() > end:
                raise Stuck(f"no prompt after {self.limit} s; so far it showed:\n" + "\n".join(render(self.data)))
            if select.select([self.descriptor], [], [], 0.1)[0]:
                self.data += self._read()
                self.heard = time.monotonic()

    def _read(self):
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:
            data = b""
        if not data:
            raise EOFError
        return data

    def _seen(self, shown):
        """Without the last prompt, unless the page shows it."""
        lines = [line.rstrip() for line in render(self.data)]
        while lines and (not lines[-1] or lines[-1] == self.prompt.rstrip() and lines[-1] not in shown[-1:]):
            lines.pop()
        return "\n".join(lines)

    def _close(self):
        os.close(self.descriptor)
        try:
            os.killpg(self.child, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.child, 0)
