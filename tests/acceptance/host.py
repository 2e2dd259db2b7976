"""The installed program on a gateway's double, in a home of its own: started, asked, read, ended."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.doubles.service_bench import eventually
from tests.runtime.homes import Home

from selfheal.ports.store import StoreError
from selfheal.store.reader import Reader

SELFHEAL = str(Path(sys.executable).with_name("selfheal"))
LIMIT_S = 60.0  # of a wait for something that comes in a second or two on an idle machine
END_S = (
    5.0  # on a busy machine; the promised 2 s are held by a timer of their own, see tests/app/test_closing.py
)
LOCKED, NOT_WELL, STORE = 4, 1, 74
QUICK = """\
[watchdog]
sweep_interval_s = 5
[healthcheck]
heartbeat_interval_s = 0.5
heartbeat_timeout_s = 0.4
heartbeat_retry_s = 0.1
full_check_timeout_s = 2
[restart]
restart_gap_s = 0.5
stability_window_s = 0.5
[startup]
startup_probe_s = 0.2
[stop]
hang_term_grace_s = 0.3
[limits]
recheck_hold_s = 0.3
"""
Wrap = Callable[[Sequence[str]], Sequence[str]]


@dataclass
class Host:
    """One home and the residents that run in it."""

    home: Home
    wrap: Wrap = tuple
    residents: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.home.path / "resident.log"

    def resident(self, *options: str) -> subprocess.Popen[str]:
        with self.log.open("a", encoding="utf-8") as log:
            process = subprocess.Popen(
                [*self.wrap((SELFHEAL, "--config", str(self.home.config), "run", *options))],
                env=self.home.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                text=True,
            )
        self.residents.append(process)
        return process

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = self.wrap((SELFHEAL, "--config", str(self.home.config), *words))
        return subprocess.run(
            command,
            env=self.home.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    def status(self) -> dict[str, Any]:
        """Of the one target; empty while nothing is known."""
        answer = self.call("status", "--json")
        if not answer.stdout:
            return {}
        document: dict[str, Any] = json.loads(answer.stdout)
        target: dict[str, Any] = document["targets"][0]
        return target | {"resident": document["resident"]["running"]}

    def reasons(self) -> list[str]:
        """Of the journal, oldest first."""
        try:
            with Reader(self.home.state / "selfheal.db") as reader:
                return [note.reason for entry in reader.recent(100_000) for note in entry.notes]
        except StoreError:  # nothing has been kept yet
            return []

    def until(self, **wanted: Any) -> dict[str, Any]:
        """Waits until the status has these values, and no incident where none is wanted."""

        def look() -> dict[str, Any]:
            seen = self.status()
            return seen if all(seen.get(name) == value for name, value in wanted.items()) else {}

        seen: dict[str, Any] = self._eventually(look)
        return seen

    def well(self) -> int:
        """Waits until the gateway is well and not under repair; its pid."""
        pid: int = self.until(phase="well", incident=None, resident=True)["process"]["pid"]
        return pid

    def said(self, text: str) -> None:
        self._eventually(lambda: text in self.log.read_text(encoding="utf-8"))

    def noted(self, reason: str, times: int = 1) -> None:
        self._eventually(lambda: self.reasons().count(reason) >= times)

    def started(self, count: int) -> int:
        """Waits until so many gateways were started in all and the last of them lives; its pid."""
        self._eventually(lambda: len(self.home.starts()) >= count and len(self.home.living()) == 1)
        assert len(self.home.starts()) == count
        assert self.home.never_two()
        return self.home.starts()[-1]

    def _eventually(self, look: Callable[[], Any]) -> Any:
        try:
            return eventually(look, LIMIT_S)
        except AssertionError as error:
            log = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
            raise AssertionError(f"{error}\n{log}\n{self.call('status').stdout}") from None

    def end(self, process: subprocess.Popen[str]) -> float:
        """SIGTERM; it must end well. The time it took."""
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) == 0
        return time.monotonic() - begun

    def close(self) -> None:
        for process in self.residents:
            process.kill()
            process.wait(LIMIT_S)
        self.home.close()


@contextmanager
def hosted(folder: Path) -> Iterator[Host]:
    made = Host(Home(folder))
    made.home.configure(QUICK)
    try:
        yield made
    finally:
        made.close()


def hang(process: subprocess.Popen[str]) -> None:
    """Stops it like a debugger, and waits until each of its threads stands still.

    That may take a while after the signal, where a thread waits for a disk.
    """
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    os.kill(pid, number)
