"""The gateway with nobody watching: how long its start takes is what every recovery is held against."""

import subprocess
import time
from collections.abc import Sequence

from benchmarks.contenders.base import Contender, Detection, end, spawn
from benchmarks.nest import Nest
from benchmarks.serving import LIVE, Caller

NAME = "gateway alone"


class AloneKind:
    name = NAME
    method = (
        "spawned by the bench: a first start in a fresh home, then kill -9 and at once the cold start, "
        "each from spawn to /readyz 200"
    )
    sees_hangs = False

    def __init__(self, start_limit_s: float) -> None:
        self._start_limit_s = start_limit_s

    def make(self, nest: Nest) -> Contender:
        return Alone(nest, self._start_limit_s)


class Alone:
    first_start_s: float = 0.0

    def __init__(self, nest: Nest, start_limit_s: float) -> None:
        self.nest = nest
        self.caller = Caller()
        self._start_limit_s = start_limit_s
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.first_start_s = self._timed_start()

    def start_again(self) -> float:
        """Kills it and starts it at once. Seconds to serving; raises NeverServedError."""
        end(self._process, gently=False)
        return self._timed_start()

    def settled(self) -> bool:
        return True

    def expect_death(self) -> Detection:
        return lambda: None

    expect_hang = expect_death

    def watchers(self) -> Sequence[int]:
        return []

    def close(self) -> None:
        end(self._process, gently=False)
        self.caller.close()
        self.nest.close()

    def _timed_start(self) -> float:
        began = time.monotonic()
        nest, log = self.nest, self.nest.root / "gateway.log"
        self._process = spawn(nest.command, dict(nest.environment), nest.sandbox.home, log)
        self.caller.await_serving(nest.port, self._start_limit_s, LIVE)
        return self.caller.await_serving(nest.port, self._start_limit_s) - began
