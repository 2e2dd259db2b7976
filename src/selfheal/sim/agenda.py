"""What is going to happen in the made-up world, and the clocks of its host. Time runs only to the next event.

Three kinds of time. `elapsed` is the world's own and only grows. The host's monotonic clock begins anew at a
reboot and stands still while the host sleeps; its wall clock may be set to anything. Only the last two are
ever shown to the program under test.
"""

import heapq
import itertools
import math
from collections.abc import Callable

from selfheal.core.instants import Monotonic, Now, Wall

FRESH_BOOT_S = 20.0  # of a host's monotonic clock when its services start
ROUNDING_S = 1e-5  # of sums of a year and a millisecond
FIRST_WALL_S = 1_770_000_000.0

Call = Callable[[], None]


class Agenda:
    """ports.clock.Clock on virtual time, and the events that wait for their moment."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self._mono_base = -FRESH_BOOT_S
        self._wall_offset = FIRST_WALL_S
        self._boot, self._boot_id = 1, "boot-1"
        self._slept_s = 0.0
        self.ahead_at = -math.inf  # a boot with a clock gone ahead: what was before seems long ago to us
        self._heap: list[tuple[float, int, Call]] = []
        self._count = itertools.count()

    # -- the host's clocks -----------------------------------------------------------------------------

    def now(self) -> Now:
        return Now(
            Monotonic(self.elapsed - self._mono_base),
            Wall(self.elapsed + self._wall_offset),
            self._boot_id,
        )

    def slept_s(self) -> float:
        return self._slept_s

    def sleep(self, for_s: float) -> None:
        """The host sleeps: nothing happens on it, and only its wall clock knows."""
        self._wall_offset += for_s
        self._slept_s += for_s

    def set_wall(self, by_s: float) -> None:
        self._wall_offset += by_s

    def reboot(self, clock_off_s: float = 0.0) -> None:
        """Monotonic time begins anew; the wall clock goes on, and by `clock_off_s` wrongly."""
        self._wall_offset += clock_off_s
        if clock_off_s > 0:
            self.ahead_at = self.elapsed
        self._mono_base = self.elapsed - FRESH_BOOT_S
        self._slept_s = 0.0
        self._boot += 1
        self._boot_id = f"boot-{self._boot}"

    # -- events ----------------------------------------------------------------------------------------

    def after(self, delay_s: float, call: Call) -> None:
        """At the same moment the one that was planned first happens first."""
        heapq.heappush(self._heap, (self.elapsed + delay_s, next(self._count), call))

    def next_at(self) -> float | None:
        """In `elapsed`."""
        return self._heap[0][0] if self._heap else None

    def happen(self) -> None:
        """The next event, at its moment."""
        at, _, call = heapq.heappop(self._heap)
        self.elapsed = max(self.elapsed, at)
        call()

    def at_mono(self, instant: Monotonic) -> float:
        """When the host's monotonic clock will have passed `instant`, in `elapsed`."""
        return instant + self._mono_base + ROUNDING_S
