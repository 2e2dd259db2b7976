"""At rest: memory and processor time of all watchers at the same time, each with a well gateway."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.contenders.base import Contender
from benchmarks.procs import cpu_s, memory_of

LOOK_S = 5.0


@dataclass
class Resting:
    """What one watcher and its gateway used since `begin`."""

    contender: Contender
    rss_mb: list[float] = field(default_factory=list)
    pss_mb: list[float] = field(default_factory=list)
    _began: float = 0.0
    _cpu_s: float = 0.0
    _gateway_cpu_s: float = 0.0

    def begin(self) -> None:
        self._began = time.monotonic()
        self._cpu_s, self._gateway_cpu_s = self._spent()

    def look(self) -> None:
        memory = memory_of(self.contender.watchers())
        self.rss_mb.append(memory.rss_mb)
        self.pss_mb.append(memory.pss_mb)

    def percents(self) -> tuple[float, float]:
        """Of a core, since `begin`: the watcher's and the gateway's."""
        elapsed_s = time.monotonic() - self._began
        mine, gateways = self._spent()
        return (mine - self._cpu_s) / elapsed_s * 100, (gateways - self._gateway_cpu_s) / elapsed_s * 100

    def _spent(self) -> tuple[float, float]:
        gateway = self.contender.nest.gateway_pid()
        return cpu_s(self.contender.watchers()), cpu_s([gateway] if gateway else [])


def watch(contenders: Sequence[Contender], rest_s: float) -> list[Resting]:
    resting = [Resting(contender) for contender in contenders]
    for one in resting:
        one.begin()
    until = time.monotonic() + rest_s
    while (left_s := until - time.monotonic()) > 0:
        time.sleep(min(LOOK_S, left_s))
        for one in resting:
            one.look()
    return resting
