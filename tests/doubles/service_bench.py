"""A folder, a small service in it, and a look at which of its processes live."""

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psutil

from selfheal.services.identity import started_of

T = TypeVar("T")
PROGRAM = Path(__file__).with_name("small_service.py")
LIMIT_S = 45.0  # of a wait for something that comes at once on an idle machine
Identity = tuple[int, float]


class Bench:
    """Everything in `folder`: program, reports, logs. `close` ends whatever was started of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = folder / PROGRAM.name
        shutil.copy(PROGRAM, self.program)

    @property
    def command(self) -> tuple[str, ...]:
        """By the interpreter itself: a virtual environment need not exist where a service manager looks."""
        return (os.path.realpath(sys.executable), str(self.program), str(self.folder))

    def gateways(self) -> set[Identity]:
        return self._living(3)

    def helpers(self) -> set[Identity]:
        return self._living(4)

    def ready(self, count: int = 1) -> list[dict[str, Any]]:
        """Waits until `count` gateways live, all ready, and tells what they saw."""

        def look() -> list[dict[str, Any]]:
            seen = [self._seen(pid) for pid, _ in self.gateways()]
            return seen if len(seen) == count and all(seen) else []

        return eventually(look)

    def one(self) -> Identity:
        self.ready()
        (identity,) = self.gateways()
        return identity

    def close(self) -> None:
        def look() -> bool:
            left = self.gateways() | self.helpers()
            for pid, started in left:
                if started_of(pid) == started:
                    os.kill(pid, signal.SIGKILL)
            return not left

        eventually(look)

    def _seen(self, pid: int) -> dict[str, Any]:
        report = self.folder / f"seen-{_innermost(pid)}.json"
        found: dict[str, Any] = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        return found

    def _living(self, words: int) -> set[Identity]:
        found = set()
        for process in psutil.process_iter(["pid", "cmdline"]):
            line = process.info["cmdline"] or []
            if line[1:3] == list(self.command[1:]) and len(line) == words:
                started = started_of(process.pid)
                if started is not None:
                    found.add((process.pid, started))
        return found


def eventually(look: Callable[[], T], limit_s: float = LIMIT_S) -> T:
    """For what another process does: there is no event of it for us."""
    deadline = time.monotonic() + limit_s
    while not (seen := look()):
        assert time.monotonic() < deadline, f"still {seen!r} after {limit_s} s"
        time.sleep(0.01)
    return seen


def _innermost(pid: int) -> int:
    """The pid as the process itself sees it, in its own namespace."""
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text(encoding="utf-8").splitlines() if status.exists() else []
    return next((int(line.split()[-1]) for line in lines if line.startswith("NSpid:")), pid)
