"""selfheal itself: the installed `selfheal run`, default settings, the gateway as its child."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.aims import SELFHEAL
from benchmarks.contenders.base import Contender, Detection, end, spawn
from benchmarks.nest import MARK, Nest
from benchmarks.procs import tree
from benchmarks.serving import Caller
from selfheal.core.state import Phase, Stage
from selfheal.ports.store import Entry, StoreError
from selfheal.store.reader import Reader

PROGRAM = Path(sys.executable).with_name("selfheal")
ENTRIES = 400
ACT = "SignalGateway"


class SelfhealKind:
    name = SELFHEAL
    method = (
        "selfheal run, default settings, gateway as own child, harmed only after the stability window; "
        "detection: the journal's time of ProcessExited, or of the first order to signal a hanging gateway"
    )
    sees_hangs = True

    def make(self, nest: Nest) -> Contender:
        return Selfheal(nest)


class Selfheal:
    def __init__(self, nest: Nest) -> None:
        self.nest = nest
        self.caller = Caller()
        self._folder = nest.root / "selfheal"
        self._folder.mkdir()
        self.config = self._folder / "config.toml"
        self.config.write_text(_config(nest, self._folder), "utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        kept = ("HOME", "PATH", "LANG", MARK)
        return {name: self.nest.environment[name] for name in kept}

    def command(self, *words: str) -> tuple[str, ...]:
        return (str(PROGRAM), "--config", str(self.config), *words)

    def start(self) -> None:
        self._process = spawn(self.command("run"), self.environment, self._folder, self._folder / "run.log")

    def settled(self) -> bool:
        try:
            with Reader(self._database) as reader:
                states = reader.states()
        except StoreError:
            return False
        return bool(states) and all(
            state.gateway.phase is Phase.WELL and state.restart.stage is Stage.IDLE and state.incident is None
            for state in states
        )

    def expect_death(self) -> Detection:
        return self._first(lambda entry: entry.kind == "ProcessExited")

    def expect_hang(self) -> Detection:
        return self._first(lambda entry: ACT in entry.actions)

    def watchers(self) -> Sequence[int]:
        return [] if self._process is None else tree(self._process.pid, without=self.nest.gateway_pid())

    def close(self) -> None:
        end(self._process)
        self.caller.close()
        self.nest.close()

    def _first(self, sought: Callable[[Entry], bool]) -> Detection:
        since = time.time()

        def look() -> float | None:
            offset = time.monotonic() - time.time()
            with Reader(self._database) as reader:
                entries = reader.recent(ENTRIES)
            return next((e.wall + offset for e in entries if e.wall >= since and sought(e)), None)

        return look

    @property
    def _database(self) -> Path:
        return self._folder / "state" / "selfheal.db"


def _config(nest: Nest, folder: Path) -> str:
    """JSON's texts and lists are TOML's too."""
    target = {
        "state_dir": str(nest.sandbox.state_dir),
        "config_path": str(nest.sandbox.config_path),
        "port": nest.port,
        "service": "child",
        "command": list(nest.command),
        "env_allow": [],
    }
    places = {"state_dir": str(folder / "state"), "memory_dir": str(folder / "memory")}
    parts: dict[str, Mapping[str, object]] = {
        "selfheal": places,
        "targets.main": target,
        "targets.main.env": dict(nest.environment),
    }
    return "\n".join(f"[{name}]\n{_pairs(values)}" for name, values in parts.items())


def _pairs(values: Mapping[str, object]) -> str:
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
