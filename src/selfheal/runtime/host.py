"""Notices what happens to our own time: the host slept, we were stalled, the wall clock jumped."""

from dataclasses import dataclass

from selfheal.core.instants import Now
from selfheal.core.observations import ClockJumped, HostResumed

AWAY_S = 15.0  # our loop wakes every second; a longer silence means that we did not run
JUMP_S = 5.0  # NTP slews below this unnoticed


@dataclass
class HostWatch:
    """Compares each reading of the clocks with the one before."""

    _last: Now | None = None
    _slept_s: float = 0.0

    def look(self, now: Now, slept_s: float) -> list[HostResumed | ClockJumped]:
        """What happened since the last look, at which the host had slept `slept_s` seconds in all."""
        last, slept_before = self._last, self._slept_s
        self._last, self._slept_s = now, slept_s
        if last is None:
            return []
        asleep = max(0.0, slept_s - slept_before)
        elapsed = now.mono - last.mono
        seen: list[HostResumed | ClockJumped] = []
        if asleep + elapsed > AWAY_S:
            seen.append(HostResumed(asleep + elapsed))
        jump = (now.wall - last.wall) - elapsed - asleep
        if abs(jump) > JUMP_S:
            seen.append(ClockJumped(jump))
        return seen
