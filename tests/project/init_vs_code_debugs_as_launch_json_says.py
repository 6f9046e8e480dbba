#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""F5 in a new project: what .vscode/launch.json and tasks.json tell VS Code's C/C++ extension to do is done, task by task and MI command
by MI command. GDB stops before the first instruction, at a breakpoint in the kernel, and ends the machine.
usage: init_vs_code_debugs_as_launch_json_says.py MICROVM"""
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile

LIMIT = 300  # seconds: for Rust its library may be compiled first
# template: a function of its code, and an expression with its value there
TEMPLATES = {"minimal-kernel": ("task_create", "count", "0"), "hello-world": ("main", "sizeof(uint64_t)", "8"),
             "rust-kernel": ("kernel_main", "1+1", "2")}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Project:
    def __init__(self, folder, environment):
        self.folder, self.environment, self.background = folder, environment, []
        self.launch = self.read("launch.json")["configurations"][0]
        self.tasks = {task["label"]: task for task in self.read("tasks.json")["tasks"]}

    def read(self, name):
        with open(os.path.join(self.folder, ".vscode", name), encoding="utf-8") as file:
            return json.loads(file.read().replace("${workspaceFolder}", self.folder))

    def task(self, label):
        """What a task depends on, then itself: to its end, or in the background until it is ready."""
        task = self.tasks[label]
        if "dependsOn" in task:
            self.task(task["dependsOn"])
        process = subprocess.Popen([task["command"], *task["args"]], cwd=self.folder, env=self.environment, text=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if not task.get("isBackground"):
            output, _ = process.communicate(timeout=LIMIT)
            assert process.returncode == 0, f"task {label}: status {process.returncode}\n{output}"
            return
        self.background.append(process)
        ready = task["problemMatcher"]["background"]["endsPattern"]
        seen = ""
        while not re.search(ready, seen):
            line = process.stdout.readline()
            assert line, f"task {label}: no '{ready}' in\n{seen}"
            seen += line


class Mi:
    """GDB as the extension talks to it."""

    def __init__(self, launch, environment):
        command = [launch["miDebuggerPath"], *shlex.split(launch["miDebuggerArgs"]), "--interpreter=mi"]
        self.gdb = subprocess.Popen(command, cwd=launch["cwd"], env=environment, text=True, stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.log = []

    def until(self, pattern):
        for line in self.gdb.stdout:
            self.log.append(line)
            assert not line.startswith("^error"), "".join(self.log)
            if re.match(pattern, line):
                return line
        raise AssertionError(f"GDB ended, without {pattern}:\n" + "".join(self.log))

    def ask(self, command, pattern=r"\^(done|connected|running|exit)"):
        self.gdb.stdin.write(command + "\n")
        self.gdb.stdin.flush()
        return self.until(pattern)


def debug(project, function, expression, value):
    launch = project.launch
    assert launch["stopAtConnect"] and launch["MIMode"] == "gdb"
    project.task(launch["preLaunchTask"])
    mi = Mi(launch, project.environment)
    for setup in launch["setupCommands"]:
        mi.ask(f'-interpreter-exec console "{setup["text"]}"')
    mi.ask(f'-file-exec-and-symbols "{launch["program"]}"')
    mi.ask(f'-target-select remote {launch["miDebuggerServerAddress"]}', r"\*stopped")
    assert 'value="0x1000' in mi.ask("-data-evaluate-expression $pc", r"\^done"), "not before the first instruction"
    mi.ask(f"-break-insert {function}")
    stopped = mi.ask("-exec-continue", r"\*stopped")
    assert 'reason="breakpoint-hit"' in stopped, stopped
    # In Rust it may begin with a function that became a part of it.
    assert f'func="{function}"' in stopped and '.c"' in stopped or '.rs"' in stopped, stopped
    assert f'value="{value}"' in mi.ask(f"-data-evaluate-expression {expression}", r"\^done")
    mi.ask("-exec-next", r"\*stopped")
    mi.ask('-interpreter-exec console "kill"')
    mi.ask("-gdb-exit")
    for process in project.background:
        output, _ = process.communicate(timeout=LIMIT)
        assert process.returncode == 0, f"the machine ended with status {process.returncode}:\n{output}"


def try_template(template, work, environment):
    folder = os.path.join(work, f"{template} here")
    subprocess.run(["microvm", "init", folder, "--template", template], env=environment, check=True,
                   stdout=subprocess.DEVNULL)
    port = str(free_port())
    for name in "launch.json", "tasks.json":
        path = os.path.join(folder, ".vscode", name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        assert text.count("1234") == 1, f"{name}: both files name the port once"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("1234", port))
    project = Project(folder, environment)
    try:
        debug(project, *TEMPLATES[template])
        project.task("test")
    finally:
        for process in project.background:
            process.kill()


def main():
    if not shutil.which("gdb-multiarch"):
        print("gdb-multiarch is not installed")
        return 77
    with tempfile.TemporaryDirectory() as work:
        os.symlink(os.path.abspath(sys.argv[1]), os.path.join(work, "microvm"))
        # No GDB settings of the user's; but rustc's toolchains and cache are below the real home.
        home = os.path.expanduser("~")
        rust = {"RUSTUP_HOME": f"{home}/.rustup", "CARGO_HOME": f"{home}/.cargo", "XDG_CACHE_HOME": f"{home}/.cache"}
        environment = {**rust, **os.environ, "PATH": work + ":" + os.environ["PATH"], "HOME": work}
        for template in TEMPLATES:
            try_template(template, work, environment)
    return 0


sys.exit(main())
