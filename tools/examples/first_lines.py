#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a kernel to its first line of output, says what executed by then, and where the time goes on from there.

usage: first_lines.py KERNEL|--example=NAME [OPTION OF microvm run...]
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from microvm_control import Machine  # noqa: E402


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    with Machine(options=["--clock", "virtual", *arguments]) as vm:
        vm.capture_console()
        start = vm.registers(sets=("x",))
        print(f"starts at {start['pc']:#x} with a0={start['a0']:#x} a1={start['a1']:#x}")
        vm.resume()
        vm.wait_for_output("\n")
        line = vm.wait_for_output("\n").decode(errors="replace").rstrip()
        vm.pause()
        print(f"said {line!r} within {vm.steps()} steps, now paused here:")
        for insn in vm.disassemble(count=4):
            print(f"  {insn['address']}  {insn['text']}")
        sample: dict[str, int] = {}
        for _ in range(20):
            pause = vm.step(count=1000)
            if "pc" not in pause:
                break  # the run has ended
            sample[pause["at"]] = sample.get(pause["at"], 0) + 1
        for place, count in sorted(sample.items(), key=lambda item: -item[1])[:5]:
            print(f"  {count:3} of 20 samples at {place}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
