"""Debian's supervisor: autorestart, everything else as it comes. It sees an exit, and nothing else."""

import shlex
import subprocess
from collections.abc import Sequence

from benchmarks.contenders.base import Contender, Detection, end, spawn
from benchmarks.debian import Tool
from benchmarks.logwatch import LogWatch
from benchmarks.nest import Nest
from benchmarks.procs import tree
from benchmarks.serving import Caller

CONF = """\
[supervisord]
nodaemon=true
user=root
logfile={folder}/supervisord.log
pidfile={folder}/supervisord.pid
childlogdir={folder}
[program:gateway]
command={command}
directory={home}
autostart=true
autorestart=true
"""


class SupervisorKind:
    name = "supervisor"
    sees_hangs = False

    def __init__(self, tool: Tool) -> None:
        self._tool = tool
        self.method = (
            f"Debian's supervisor {tool.version}: autorestart=true, defaults; detection: the moment at which "
            "«exited: gateway» stands in its log"
        )

    def make(self, nest: Nest) -> Contender:
        return Supervisor(nest, self._tool)


class Supervisor:
    def __init__(self, nest: Nest, tool: Tool) -> None:
        self.nest = nest
        self.caller = Caller()
        self._tool = tool
        self._folder = nest.root / "supervisor"
        self._folder.mkdir()
        self._process: subprocess.Popen[bytes] | None = None
        command = shlex.join(nest.command).replace("%", "%%")
        text = CONF.format(folder=self._folder, command=command, home=nest.sandbox.home)
        (self._folder / "conf").write_text(text, "utf-8")

    def start(self) -> None:
        command = (*self._tool.command, "-c", str(self._folder / "conf"))
        environment = {**self.nest.environment, **self._tool.environment}
        self._process = spawn(command, environment, self._folder, self._folder / "out")

    def settled(self) -> bool:
        return True

    def expect_death(self) -> Detection:
        return LogWatch(self._folder / "supervisord.log", "exited: gateway").seen

    expect_hang = expect_death

    def watchers(self) -> Sequence[int]:
        return [] if self._process is None else tree(self._process.pid, without=self.nest.gateway_pid())

    def close(self) -> None:
        end(self._process, gently=False)  # asked politely it would wait for a gateway that may be frozen
        self.caller.close()
        self.nest.close()
