"""An event loop whose time leaps to the next timer, and the host's clocks on it.

`looptime` does the same as a plugin of pytest-asyncio, for the loop alone; here the host's clocks (monotonic,
wall, boot, sleep) must leap along, and no test is a coroutine.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from selfheal.core.instants import Monotonic, Now, Wall

T = TypeVar("T")
BEGIN_S = 5_000.0
STUCK_S = 5.0  # of real time, when nothing is scheduled: a thread may still come back


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.virtual_s = BEGIN_S
        super().__init__(_Leap(self))

    def time(self) -> float:
        return self.virtual_s


class _Leap(selectors.SelectSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            ready = super().select(STUCK_S)
            assert ready, "nothing is scheduled: this loop would wait for ever"
            return ready
        ready = super().select(0)
        if not ready:
            self._loop.virtual_s += timeout
        return ready


class VirtualClock:
    """ports.clock.Clock. `sleep_host` and `jump_wall` are what happens to a host."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self._wall_offset_s = 1_770_000_000.0
        self._slept_s = 0.0

    def now(self) -> Now:
        mono = self.loop.time()
        return Now(Monotonic(mono), Wall(self._wall_offset_s + mono), "boot-1")

    def slept_s(self) -> float:
        return self._slept_s

    def sleep_host(self, seconds: float) -> None:
        self._slept_s += seconds
        self._wall_offset_s += seconds

    def stall(self, seconds: float) -> None:
        """No processor for us: the monotonic clock goes on without us."""
        self.loop.virtual_s += seconds

    def jump_wall(self, seconds: float) -> None:
        self._wall_offset_s += seconds

    @property
    def elapsed_s(self) -> float:
        return self.loop.time() - BEGIN_S

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            return runner.run(work())
