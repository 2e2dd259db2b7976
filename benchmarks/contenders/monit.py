"""Debian's monit, as its manual shows it for a daemon with a pid file and an HTTP test."""

import math
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.contenders.base import Contender, Detection, end, spawn
from benchmarks.debian import Tool
from benchmarks.logwatch import LogWatch
from benchmarks.nest import Nest
from benchmarks.procs import tree
from benchmarks.serving import Caller

CYCLE_S = 5
LEAST_CYCLES = 3
ROOT = Path(__file__).parents[2]
RC = """\
set daemon {cycle_s}
set log {folder}/monit.log
set pidfile {folder}/monit.pid
set idfile {folder}/monit.id
set statefile {folder}/monit.state
check process gateway with pidfile {folder}/gateway.pid
  start program = "/bin/sh {folder}/start" with timeout 60 seconds
  stop program = "/bin/sh {folder}/stop" with timeout 30 seconds
  if failed host 127.0.0.1 port {port} protocol http request "/healthz" with timeout 5 seconds
    for {cycles} cycles then restart
"""
START = """\
cd {home}
setsid env -i {environment} {command} >>{folder}/gateway.log 2>&1 </dev/null &
echo $! >{folder}/gateway.pid
"""
STOP = """\
pid=$(cat {folder}/gateway.pid)
kill -TERM $pid
for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 1; kill -0 $pid 2>/dev/null || exit 0; done
kill -KILL $pid
"""


class MonitKind:
    name = "monit"
    sees_hangs = True

    def __init__(self, tool: Tool, cold_start_s: float) -> None:
        """The HTTP test knows of no grace, and must not cut a start off: `cold_start_s` sets its cycles."""
        self._tool = tool
        self._cycles = max(LEAST_CYCLES, math.ceil(1.5 * cold_start_s / CYCLE_S) + 1)
        self.method = (
            f"Debian's monit {tool.version}: set daemon {CYCLE_S}, pid file, HTTP test of /healthz (5 s) "
            f"for {self._cycles} cycles then restart; stop is TERM, after 10 s KILL; detection: the moment "
            "at which «trying to restart» stands in its log"
        )

    def make(self, nest: Nest) -> Contender:
        return Monit(nest, self._tool, self._cycles)


class Monit:
    def __init__(self, nest: Nest, tool: Tool, cycles: int) -> None:
        self.nest = nest
        self.caller = Caller()
        self._tool = tool
        self._folder = nest.root / "monit"
        self._folder.mkdir()
        self._process: subprocess.Popen[bytes] | None = None
        self._write(cycles)

    def start(self) -> None:
        monit = (*self._tool.command, "-I", "-c", str(self._folder / "rc"))
        environment = {**self.nest.environment, "PYTHONPATH": str(ROOT)}
        command = (sys.executable, "-m", "benchmarks.reaper", *monit)
        self._process = spawn(command, environment, self._folder, self._folder / "out")

    def settled(self) -> bool:
        return True

    def expect_death(self) -> Detection:
        return LogWatch(self._folder / "monit.log", "trying to restart").seen

    expect_hang = expect_death

    def watchers(self) -> Sequence[int]:
        try:
            pid = int((self._folder / "monit.pid").read_text("ascii"))
        except (OSError, ValueError):
            return []
        return tree(pid, without=self.nest.gateway_pid())

    def close(self) -> None:
        end(self._process)
        self.caller.close()
        self.nest.close()

    def _write(self, cycles: int) -> None:
        nest = self.nest
        words = {
            "folder": self._folder,
            "home": nest.sandbox.home,
            "port": nest.port,
            "cycle_s": CYCLE_S,
            "cycles": cycles,
            "command": shlex.join(nest.command),
            "environment": shlex.join(f"{name}={value}" for name, value in nest.environment.items()),
        }
        for name, text in (("rc", RC), ("start", START), ("stop", STOP)):
            file = self._folder / name
            file.write_text(text.format(**words), "utf-8")
            file.chmod(0o700)
