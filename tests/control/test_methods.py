#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each method of the control socket does what docs/control.md says."""

import subprocess
import unittest

import schema
from machine import BASE, COUNT, DATA, ECHO, LOOP, STORE, Test
from microvm_control import ControlError, Disconnected


class Methods(Test):
    def test_every_method_replies_as_its_schema_says(self):
        vm = self.machine(options=["--input", "keyboard"])
        calls = {
            "version": {}, "status": {}, "monitor": {"line": "help"}, "registers": {"sets": ["x"], "hart": 0},
            "subscribe": {"events": ["paused", "ended"]}, "pause": {}, "set-register": {"name": "a0", "value": "0x1"},
            "read-memory": {"address": hex(BASE), "length": 8, "space": "physical"},
            "write-memory": {"address": hex(DATA), "data": "00ff"}, "disassemble": {"address": hex(BASE), "count": 3},
            "translate": {"address": hex(BASE), "access": "fetch", "mode": "M"},
            "set-breakpoint": {"address": hex(LOOP)}, "list-breakpoints": {}, "clear-breakpoints": {},
            "clear-breakpoint": {"address": hex(LOOP)}, "console-input": {"text": "x"}, "step": {"count": 2},
            "history": {}, "who-wrote": {"address": hex(DATA)}, "step-back": {}, "run-back": {}, "go-to": {},
            "reset": {}, "resume": {}, "send-key": {"keys": "ctrl-alt-delete", "hold": 5}, "type-text": {"text": "Hi\n"},
        }
        for method, params in calls.items():
            vm.call(method, params)
        self.assertEqual(vm.refused("find-symbol", {"name": "main"}).code, "failed")
        self.assertEqual(vm.refused("symbol-at", {"address": "0x0"}).code, "failed")
        self.assertEqual(vm.refused("snapshot").code, "failed")
        self.assertEqual(vm.refused("screendump").code, "failed")
        self.assertEqual(vm.refused("balloon").code, "failed")
        vm.call("poweroff")
        self.assertEqual(vm.wait_for("ended")["reason"], "powered-off")
        other = self.machine()
        other.call("quit")
        tried = set(calls) | {"find-symbol", "symbol-at", "snapshot", "screendump", "balloon", "poweroff", "quit"}
        self.assertEqual(tried, schema.names("request-"))

    def test_a_balloon_is_asked_for_less_than_all_of_ram(self):
        vm = self.machine(options=["--balloon"])
        self.assertEqual(vm.call("balloon", {"memory": "0x100000"})["driven"], False)
        self.assertEqual(vm.refused("balloon", {"memory": "0x0"}).code, "bad-params")
        self.assertEqual(vm.refused("balloon", {"memory": "0x1000000000"}).code, "bad-params")

    def test_the_machine_waits_before_its_first_instruction(self):
        vm = self.machine()
        self.assertTrue(vm.is_paused())
        self.assertEqual(vm.steps(), 0)

    def test_steps_are_counted_exactly(self):
        vm = self.machine()
        for count in (1, 2, 5000, 100000):
            before = vm.steps()
            self.assertEqual(vm.step(count)["reason"], "step")
            self.assertEqual(vm.steps(), before + count)

    def test_a_range_is_stepped_through(self):
        vm = self.machine()
        vm.set_breakpoint(LOOP)
        vm.run()
        self.assertEqual(int(vm.step_range(LOOP, LOOP + 12)["pc"], 16), LOOP + 12)
        self.assertEqual(vm.refused("step", {"first": hex(LOOP)}).code, "bad-params")
        self.assertEqual(vm.refused("step", {"first": "0x0", "end": "0x1", "count": 1}).code, "bad-params")

    def test_a_breakpoint_pauses_before_its_instruction_each_time(self):
        vm = self.machine()
        vm.set_breakpoint(STORE)
        for n in range(1, 5):
            pause = vm.run()
            self.assertEqual((pause["reason"], pause["kind"], int(pause["pc"], 16)), ("breakpoint", "break", STORE))
            self.assertEqual(vm.registers()["t0"], n)

    def test_a_watchpoint_pauses_behind_the_access_and_names_the_byte(self):
        for kind in ("write", "read", "access"):
            vm = self.machine()
            vm.set_breakpoint(DATA + 4, kind, 2)
            pause = vm.run()
            self.assertEqual((pause["reason"], pause["kind"]), ("watchpoint", kind))
            self.assertEqual(int(pause["address"], 16), DATA + 4)
            self.assertEqual(int(pause["pc"], 16), STORE + (8 if kind == "read" else 4))

    def test_breakpoints_are_listed_and_go(self):
        vm = self.machine()
        vm.set_breakpoint(LOOP)
        vm.set_breakpoint(LOOP)
        vm.set_breakpoint(DATA, "write", 8)
        self.assertEqual(len(vm.breakpoints()), 2)
        vm.clear_breakpoint(LOOP)
        self.assertEqual(vm.breakpoints(), [{"kind": "write", "address": hex(DATA), "length": 8}])
        vm.clear_breakpoints()
        self.assertEqual(vm.breakpoints(), [])

    def test_written_code_is_executed(self):
        vm = self.machine()
        vm.set_breakpoint(STORE)
        vm.run()
        vm.write_memory(LOOP, (0x06428293).to_bytes(4, "little"))  # addi t0, t0, 100
        vm.run()
        self.assertEqual(vm.registers()["t0"], 101)

    def test_memory_is_read_up_to_where_it_ends(self):
        vm = self.machine(options=["--memory", "16"])
        end = BASE + (16 << 20)
        result = vm.call("read-memory", {"address": hex(end - 4), "length": 16})
        self.assertEqual(len(result["data"]), 2 * 4)
        self.assertEqual(vm.refused("read-memory", {"address": hex(end), "length": 1}).code, "failed")
        self.assertEqual(vm.refused("write-memory", {"address": hex(end), "data": "00"}).code, "failed")
        self.assertRaises(ControlError, vm.read_memory, end - 4, 16)

    def test_long_pieces_of_memory_go_both_ways(self):
        vm = self.machine()
        data = bytes(i * 7 % 256 for i in range(200000))
        vm.write_memory(DATA, data)
        self.assertEqual(vm.read_memory(DATA, len(data)), data)

    def test_registers_take_what_is_written(self):
        vm = self.machine()
        self.assertEqual(vm.set_register("a0", (1 << 64) - 1), (1 << 64) - 1)
        self.assertEqual(vm.set_register("fa0", 5), 5)
        self.assertEqual(vm.set_register("sepc", 7), 6)
        self.assertEqual(vm.set_register("pc", LOOP), LOOP)
        registers = vm.registers()
        self.assertEqual([registers[name] for name in ("a0", "fa0", "sepc", "pc")], [(1 << 64) - 1, 5, 6, LOOP])
        self.assertIn("did you mean mstatus", vm.refused("set-register", {"name": "mstauts", "value": "0x0"}).message)

    def test_registers_are_written_only_while_the_machine_is_paused(self):
        vm = self.machine()
        vm.resume()
        self.assertEqual(vm.refused("set-register", {"name": "a0", "value": "0x0"}).code, "not-paused")
        self.assertEqual(vm.refused("step").code, "not-paused")
        self.assertEqual(vm.refused("resume").code, "not-paused")
        vm.pause()
        self.assertEqual(vm.set_register("a0", 9), 9)

    def test_instructions_are_written_as_text(self):
        vm = self.machine()
        insns = vm.disassemble(BASE, count=len(COUNT))
        self.assertEqual([int(insn["bits"], 16) for insn in insns], list(COUNT))
        self.assertEqual(insns[2]["text"], "addi t0, t0, 1")
        self.assertEqual(insns[5]["text"], f"j {LOOP:#x}")

    def test_a_walk_says_why_an_access_is_refused(self):
        vm = self.machine()
        granted = vm.translate(BASE)
        self.assertEqual((granted["granted"], granted["physical"]), (True, hex(BASE)))
        refused = vm.translate(BASE, mode="S")  # no PMP entry is set
        self.assertFalse(refused["granted"])
        self.assertEqual(refused["steps"][-1]["stage"], "PMP")
        vm.set_register("satp", 8 << 60 | DATA >> 12)
        vm.set_register("pmpaddr0", (1 << 54) - 1)
        vm.set_register("pmpcfg0", 0x1f)
        vm.write_memory(DATA, bytes(4096))
        walk = vm.translate(0, mode="S", access="store")
        self.assertFalse(walk["granted"])
        self.assertEqual([step["stage"] for step in walk["steps"]], ["S"])
        self.assertIn("V is clear", walk["steps"][0]["text"])

    def test_one_hart_runs_while_the_others_hold_still(self):
        vm = self.machine(options=["--cpus", "3"])
        vm.step(1000, hart=1)
        self.assertEqual([int(hart["steps"], 16) for hart in vm.status()["harts"]], [0, 1000, 0])
        vm.step(1000, hart=2, others="run")
        self.assertGreater(int(vm.status()["harts"][1]["steps"], 16), 1000)
        self.assertEqual(vm.refused("registers", {"hart": 3}).code, "bad-params")
        steps = [int(hart["steps"], 16) for hart in vm.status()["harts"]]
        vm.resume(hart=0)
        vm.pause()
        self.assertEqual([int(hart["steps"], 16) for hart in vm.status()["harts"]][1:], steps[1:])

    def test_a_reset_begins_anew_and_keeps_breakpoints(self):
        vm = self.machine()
        vm.set_breakpoint(LOOP)
        vm.run()
        vm.write_memory(BASE, bytes(8))
        vm.reset()
        self.assertEqual(vm.status()["pause"]["reason"], "reset")
        self.assertEqual(vm.read_memory(BASE, 4), COUNT[0].to_bytes(4, "little"))
        self.assertEqual(int(vm.run()["pc"], 16), LOOP)

    def test_a_machine_that_runs_is_reset_as_well(self):
        vm = self.machine()
        vm.resume()
        vm.reset()
        self.assertEqual([vm.next_event()["event"] for _ in range(2)], ["resumed", "paused"])
        self.assertEqual(vm.status()["pause"]["reason"], "reset")
        self.assertEqual(vm.registers()["t0"], 0)

    def test_several_steps_of_the_monitor_are_one_pause(self):
        vm = self.machine()
        vm.monitor("step 7")
        self.assertEqual([vm.next_event()["event"] for _ in range(2)], ["resumed", "paused"])
        self.assertEqual(vm.steps(), 7)
        vm.pause()  # changes nothing, and tells nothing
        vm.poweroff()
        self.assertEqual(vm.next_event()["event"], "ended")

    def test_the_guest_hears_what_is_typed_and_is_heard(self):
        vm = self.machine(ECHO)
        vm.capture_console()
        vm.resume()
        vm.type("Grüße\n")
        self.assertEqual(vm.wait_for_output("\n").decode(), "Grüße\n")
        vm.type(bytes(range(256)) * 4)
        self.assertEqual(vm.wait_for_output(bytes([255, 0]))[:256], bytes(range(256)))
        self.assertEqual(vm.refused("console-input", {}).code, "bad-params")
        vm.pause()
        self.assertIn("no room", vm.refused("console-input", {"data": "00" * 65537}).message)

    def test_text_waits_for_a_driver_of_the_keyboard(self):
        vm = self.machine(options=["--input", "keyboard"])
        self.assertEqual(vm.call("type-text", {"text": "aB"})["waiting"], 6)
        self.assertEqual(vm.call("send-key", {"keys": "ctrl-c"})["waiting"], 10)
        self.assertIn("did you mean ret", vm.refused("send-key", {"keys": "rett"}).message)
        self.assertIn("0xc3", vm.refused("type-text", {"text": "ü"}).message)
        self.assertIn("no room", vm.refused("type-text", {"text": "a" * 8191}).message)
        self.assertIn("no keyboard", self.machine().refused("send-key", {"keys": "a"}).message)

    def test_console_output_comes_before_the_pause_that_follows_it(self):
        vm = self.machine(ECHO)
        vm.capture_console()
        vm.type("x")
        vm.set_breakpoint(BASE + 4 * (len(ECHO) - 1))
        vm.resume()
        self.assertEqual([vm.next_event()["event"] for _ in range(3)], ["resumed", "console-output", "paused"])

    def test_a_client_hears_of_nothing_that_it_did_not_subscribe_to(self):
        vm = self.machine(ECHO)
        vm.subscribe("ended")
        vm.type("x")
        vm.call("step", {"count": 1000})
        vm.poweroff()
        self.assertEqual([event["event"] for event in vm.events()], ["ended"])

    def test_the_end_says_why_and_with_which_status(self):
        ends = {"poweroff": ("powered-off", 0), "quit": ("quit", None)}
        for method, (reason, status) in ends.items():
            vm = self.machine()
            vm.call(method)
            event = vm.wait_for("ended")
            self.assertEqual(event["reason"], reason)
            self.assertEqual(event["status"], vm.wait())
            self.assertIn(status, (None, event["status"]))
            self.assertRaises(Disconnected, vm.next_event)

    def test_a_budget_that_is_used_up_ends_the_run_with_122(self):
        vm = self.machine(options=["--max-insns", "12345"], stderr=subprocess.DEVNULL)
        event = vm.run()
        self.assertEqual((event["event"], event["reason"], event["status"]), ("ended", "budget", 122))
        self.assertEqual(vm.wait(), 122)

    def test_looking_leaves_a_run_under_the_virtual_clock_as_it_is(self):
        def trail(look):
            vm = self.machine(options=["--seed", "1"])
            trail = []
            for _ in range(5):
                vm.step(20001)
                if look:
                    vm.registers()
                    vm.read_memory(BASE, 4096)
                    vm.set_breakpoint(BASE + 0x1000)
                    vm.disassemble(count=10)
                trail.append((vm.registers()["pc"], vm.registers()["t0"], vm.status()["ticks"]))
            return trail
        self.assertEqual(trail(False), trail(True))

    def test_what_is_typed_at_a_step_arrives_at_the_same_step_each_time(self):
        def trail():
            vm = self.machine(ECHO, ["--seed", "1"])
            vm.capture_console()
            trail = []
            for text in ("abc", "d", "efgh"):
                vm.type(text)
                for _ in range(10):
                    vm.step(7)
                    trail.append((vm.registers()["pc"], bytes(vm.output)))
            return trail
        first = trail()
        self.assertEqual(first[-1][1], b"abcdefgh")
        self.assertEqual(trail(), first)

    def test_the_monitor_prints_to_the_client(self):
        vm = self.machine()
        self.assertIn("help", vm.monitor("help"))
        self.assertEqual(vm.refused("monitor", {"line": "help\nhelp"}).code, "bad-params")
        self.assertRaises(ControlError, vm.monitor, "no-such-command")


if __name__ == "__main__":
    unittest.main()
