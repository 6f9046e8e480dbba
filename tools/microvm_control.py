# SPDX-License-Identifier: MIT
"""Control a microvm machine from Python, through the socket of `microvm run --control`.

    from microvm_control import Machine

    with Machine(kernel="kernel.elf") as vm:
        vm.set_breakpoint("main")
        vm.resume()
        vm.wait_for("paused")
        print(hex(vm.registers()["a0"]), vm.read_memory("buffer", 16))
        print(vm.monitor("info harts"))

A Machine starts microvm with a socket of its own, paused before the first instruction; Client is the connection
alone, to a machine that somebody else has started. Both need nothing but Python 3.11. docs/control.md describes what
goes over the socket, and Client.call reaches each method of it by name.

Words of 64 bits are integers here; addresses may be integers or symbols ("main", "main+0x10"); data are bytes.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import subprocess
import tempfile
import time
from collections import deque
from typing import Any, Iterator

__all__ = ["Client", "ControlError", "ControlTimeout", "Disconnected", "Machine"]

# Bytes that one request reads or writes at most; longer pieces are cut up here.
PIECE = 65536


class ControlError(Exception):
    """The machine refused a request: `code` is one of docs/control.md, the text says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Disconnected(Exception):
    """The connection ended: the run is over, or the machine gave its reason in a dropped event."""


class ControlTimeout(Exception):
    """What was waited for did not come in time."""


def _address(address: int | str) -> str:
    return hex(address) if isinstance(address, int) else address


def _given(**params: Any) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}


class Client:
    """A connection to the control socket of a machine that runs.

    timeout: the seconds that a reply or an event is waited for unless a call says otherwise; None: for ever.
    """

    def __init__(self, path: str, timeout: float | None = 60.0) -> None:
        self.timeout = timeout
        self.output = bytearray()
        """What the guest has written on its console since capture_console."""
        self._events: deque[dict[str, Any]] = deque()
        self._buffer = b""
        self._next_id = 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection; the machine goes on as it is."""
        self._socket.close()

    # Lines.

    def _read_line(self, deadline: float | None) -> bytes:
        while b"\n" not in self._buffer:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([self._socket], [], [], left)[0]:
                raise ControlTimeout("nothing came in time")
            try:
                piece = self._socket.recv(1 << 16)
            except ConnectionError:
                piece = b""
            if not piece:
                raise Disconnected("the connection has ended")
            self._buffer += piece
        line, self._buffer = self._buffer.split(b"\n", 1)
        return line

    def _read(self, deadline: float | None) -> dict[str, Any]:
        message = json.loads(self._read_line(deadline))
        if message.get("event") == "console-output":
            self.output += bytes.fromhex(message["data"])
        elif message.get("event") == "dropped":
            raise Disconnected(message["message"])
        return message

    def _deadline(self, timeout: float | None) -> float | None:
        timeout = self.timeout if timeout is None else timeout
        return None if timeout is None else time.monotonic() + timeout

    def call(self, method: str, params: dict[str, Any] | None = None, timeout: float | None = None) -> dict[str, Any]:
        """Sends a request as docs/control.md has it and returns its result, still as JSON.

        Events that come before the reply wait for `wait_for` and `events`. Raises ControlError if the machine refuses.
        """
        self._next_id += 1
        request = {"id": self._next_id, "method": method, "params": params or {}}
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
        except ConnectionError:
            pass  # what it says of that can still be read
        deadline = self._deadline(timeout)
        while True:
            message = self._read(deadline)
            if "event" in message:
                self._events.append(message)
            elif message["id"] == self._next_id:
                break
        if "error" in message:
            raise ControlError(message["error"]["code"], message["error"]["message"])
        return message["result"]

    # Events.

    def next_event(self, timeout: float | None = None) -> dict[str, Any]:
        """The next event, as JSON."""
        if self._events:
            return self._events.popleft()
        deadline = self._deadline(timeout)
        while "event" not in (message := self._read(deadline)):
            pass
        return message

    def wait_for(self, *names: str, timeout: float | None = None) -> dict[str, Any]:
        """The next event of one of these names; those before it are dropped."""
        deadline = self._deadline(timeout)
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            event = self.next_event(left)
            if event["event"] in names:
                return event

    def events(self, timeout: float | None = None) -> Iterator[dict[str, Any]]:
        """All events from now on, to the end of the connection. Each is waited for up to the timeout."""
        while True:
            try:
                yield self.next_event(timeout)
            except Disconnected:
                return

    def subscribe(self, *names: str) -> None:
        """Chooses the events to hear of, in place of those so far: paused, resumed, ended, message, console-output."""
        self.call("subscribe", {"events": list(names)})

    def capture_console(self) -> None:
        """From now on what the guest writes on its console is added to `output`."""
        self.subscribe("paused", "resumed", "ended", "message", "console-output")

    def wait_for_output(self, text: bytes | str, timeout: float | None = None) -> bytes:
        """Waits until `output` holds the text (after capture_console), and returns all up to its end.

        What is returned is taken from `output`.
        """
        wanted = text.encode() if isinstance(text, str) else text
        deadline = self._deadline(timeout)
        while (place := self.output.find(wanted)) < 0:
            message = self._read(deadline)
            if message.get("event", "console-output") != "console-output":
                self._events.append(message)
        end = place + len(wanted)
        taken = bytes(self.output[:end])
        del self.output[:end]
        return taken

    # The machine.

    def version(self) -> dict[str, Any]:
        """Program, version and protocol."""
        return self.call("version")

    def status(self) -> dict[str, Any]:
        """What the machine and its harts are doing, as JSON."""
        return self.call("status")

    def is_paused(self) -> bool:
        return self.status()["state"] == "paused"

    def steps(self) -> int:
        """The steps (instructions and traps) that all harts have made together."""
        return int(self.status()["steps"], 16)

    def monitor(self, line: str) -> str:
        """What a command of the monitor prints. Raises ControlError, with what it printed, if it fails."""
        result = self.call("monitor", {"line": line})
        if not result["ok"]:
            raise ControlError("failed", result["text"].strip())
        return result["text"]

    def pause(self) -> None:
        """Pauses the machine before its next instruction."""
        self.call("pause")

    def resume(self, hart: int | None = None) -> None:
        """Lets all harts run, or one while the others hold still."""
        self.call("resume", _given(hart=hart))

    def run(self, timeout: float | None = None) -> dict[str, Any]:
        """Resumes and waits for the next pause (reason, hart, pc, ...), or for the end of the run, and returns it."""
        self._events.clear()
        self.resume()
        event = self.wait_for("paused", "ended", timeout=timeout)
        return event.get("pause", event)

    def step(self, count: int = 1, hart: int | None = None, others: str | None = None,
             timeout: float | None = None) -> dict[str, Any]:
        """Makes steps and waits for the pause behind them, which is returned."""
        self._events.clear()
        self.call("step", _given(count=count, hart=hart, others=others))
        event = self.wait_for("paused", "ended", timeout=timeout)
        return event.get("pause", event)

    def step_range(self, first: int | str, end: int | str, hart: int | None = None,
                   timeout: float | None = None) -> dict[str, Any]:
        """Steps on until pc leaves the addresses from first up to end."""
        self._events.clear()
        self.call("step", _given(first=_address(first), end=_address(end), hart=hart))
        event = self.wait_for("paused", "ended", timeout=timeout)
        return event.get("pause", event)

    # Time.

    def history(self) -> dict[str, Any]:
        """How far back the machine can go: on, first, present, checkpoints, bytes, limit; as JSON."""
        return self.call("history")

    def step_back(self, count: int = 1, hart: int | None = None, timeout: float | None = None) -> dict[str, Any]:
        """Goes back to where a hart makes its last step again, or the count-th last; returns the arrival."""
        return self.call("step-back", _given(count=count, hart=hart), timeout)["arrival"]

    def run_back(self, timeout: float | None = None) -> dict[str, Any]:
        """Goes back to where a breakpoint or watchpoint was met last; returns the arrival."""
        return self.call("run-back", timeout=timeout)["arrival"]

    def go_to(self, step: int | None = None, timeout: float | None = None) -> dict[str, Any]:
        """Goes to a step of the machine, or to the present; returns the arrival."""
        return self.call("go-to", _given(step=None if step is None else hex(step)), timeout)["arrival"]

    def who_wrote(self, address: int | str, length: int = 8, space: str | None = None, hart: int | None = None,
                  timeout: float | None = None) -> dict[str, Any]:
        """Goes back to the step that wrote to these bytes last; writer and arrival, as JSON."""
        return self.call("who-wrote", _given(address=_address(address), length=length, space=space, hart=hart), timeout)

    def reset(self) -> None:
        """Makes the machine as it was after power-on, paused."""
        self.call("reset")

    def poweroff(self) -> None:
        """Ends the run as if the guest had powered off."""
        self.call("poweroff")

    def quit(self) -> None:
        """Ends the run as Ctrl-A x does."""
        self.call("quit")

    # Looking and writing.

    def registers(self, hart: int | None = None, sets: tuple[str, ...] = ("x", "f", "csr")) -> dict[str, int]:
        """Registers by name: pc, and those of the sets."""
        result = self.call("registers", _given(hart=hart, sets=list(sets)))
        words = {"pc": result["pc"]}
        for name in sets:
            words.update(result[name])
        return {name: int(word, 16) for name, word in words.items()}

    def set_register(self, name: str, value: int, hart: int | None = None) -> int:
        """Writes a register of a paused machine; returns what it holds then."""
        return int(self.call("set-register", _given(name=name, value=hex(value), hart=hart))["value"], 16)

    def read_memory(self, address: int | str, length: int, space: str | None = None, hart: int | None = None) -> bytes:
        """Reads memory; raises ControlError unless all can be read. space: virtual, guest-physical or physical."""
        data = bytearray()
        while len(data) < length:
            count = min(PIECE, length - len(data))
            result = self.call("read-memory",
                               _given(address=_address(address), length=count, space=space, hart=hart))
            piece = bytes.fromhex(result["data"])
            data += piece
            address = int(result["address"], 16) + len(piece)
            if len(piece) < count:
                raise ControlError("failed", f"nothing can be read at {address:#x}")
        return bytes(data)

    def write_memory(self, address: int | str, data: bytes, space: str | None = None, hart: int | None = None) -> None:
        """Writes memory; raises ControlError unless all of it can be written."""
        if isinstance(address, str):
            address = self.symbol(address) if not address.startswith("0x") else int(address, 16)
        for start in range(0, len(data), PIECE):
            piece = data[start:start + PIECE]
            result = self.call("write-memory",
                               _given(address=hex(address + start), data=piece.hex(), space=space, hart=hart))
            if result["written"] < len(piece):
                raise ControlError("failed", f"nothing can be written at {address + start + result['written']:#x}")

    def symbol(self, name: str) -> int:
        """The address of a symbol."""
        return int(self.call("find-symbol", {"name": name})["address"], 16)

    def symbol_at(self, address: int | str) -> dict[str, Any]:
        """The symbol that an address lies in: name, start, offset, and file and line where they are known; as JSON."""
        return self.call("symbol-at", {"address": _address(address)})

    def disassemble(self, address: int | str | None = None, count: int = 1, space: str | None = None,
                    hart: int | None = None) -> list[dict[str, Any]]:
        """Instructions from address, or from pc, on: address, bits, length and text of each; as JSON."""
        params = _given(address=None if address is None else _address(address), count=count, space=space, hart=hart)
        return self.call("disassemble", params)["instructions"]

    def translate(self, address: int | str, access: str | None = None, mode: str | None = None,
                  hart: int | None = None) -> dict[str, Any]:
        """The page walk of an access: granted, physical, and the steps in words; as JSON."""
        return self.call("translate", _given(address=_address(address), access=access, mode=mode, hart=hart))

    # Breakpoints.

    def set_breakpoint(self, address: int | str, kind: str | None = None, length: int | None = None) -> None:
        """Sets a breakpoint, or a watchpoint: kind write, read or access, over length bytes."""
        self.call("set-breakpoint", _given(address=_address(address), kind=kind, length=length))

    def clear_breakpoint(self, address: int | str, kind: str | None = None, length: int | None = None) -> None:
        """Removes one, given as it was set."""
        self.call("clear-breakpoint", _given(address=_address(address), kind=kind, length=length))

    def clear_breakpoints(self) -> None:
        """Removes all."""
        self.call("clear-breakpoints")

    def breakpoints(self) -> list[dict[str, Any]]:
        """All of them, as JSON."""
        return self.call("list-breakpoints")["breakpoints"]

    # The console.

    def type(self, text: str | bytes) -> None:
        """Types on the guest's console."""
        params = {"text": text} if isinstance(text, str) else {"data": bytes(text).hex()}
        self.call("console-input", params)


class Machine(Client):
    """A microvm process with a control socket of its own, paused before the guest's first instruction.

    kernel: the file to boot, or None if the options say it (--example, --firmware).
    options: further options of `microvm run`.
    microvm: the program; unless given $MICROVM, or microvm on the PATH.
    wait: False: the guest runs at once.
    stdin, stdout, stderr: as for subprocess.Popen; unless given there is no input, and the output goes nowhere.

    Used with `with`, the process is ended on the way out, whatever it does by then.
    """

    def __init__(self, kernel: str | os.PathLike[str] | None = None, options: list[str] | tuple[str, ...] = (), *,
                 microvm: str | None = None, wait: bool = True, timeout: float | None = 60.0,
                 stdin: Any = subprocess.DEVNULL, stdout: Any = subprocess.DEVNULL, stderr: Any = None) -> None:
        self._folder = tempfile.mkdtemp(prefix="microvm-")
        self.process: subprocess.Popen[bytes] | None = None
        try:
            path = os.path.join(self._folder, "control")
            command = [microvm or os.environ.get("MICROVM", "microvm"), "run", "--control", path]
            command += ["--control-wait"] if wait else []
            command += [*options]
            command += ["--kernel", os.fspath(kernel)] if kernel is not None else []
            self.process = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr)
            self._connect(path, timeout)
        except BaseException:
            if self.process is not None:
                self.process.terminate()
            self._end()
            raise

    def _connect(self, path: str, timeout: float | None) -> None:
        """There is no other way to learn that a socket is there than to try it."""
        assert self.process is not None
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            try:
                return super().__init__(path, timeout)
            except (FileNotFoundError, ConnectionRefusedError):
                pass
            if self.process.poll() is not None:
                raise Disconnected(f"microvm could not run: exit status {self.process.returncode}")
            if deadline is not None and time.monotonic() > deadline:
                raise ControlTimeout("microvm did not make its socket in time")
            time.sleep(0.001)

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the end of the process, and returns its exit status."""
        assert self.process is not None
        return self.process.wait(self.timeout if timeout is None else timeout)

    def _end(self) -> None:
        if self.process is not None:
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def close(self) -> None:
        """Ends the process, and the connection."""
        assert self.process is not None
        try:
            if self.process.poll() is None:
                self.quit()
        except (Disconnected, ControlTimeout, OSError):
            self.process.terminate()
        super().close()
        self._end()
