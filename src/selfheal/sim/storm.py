"""A host that stalls or sleeps again and again, by the truth: from when on that excuses nothing any more."""

import math
from dataclasses import dataclass

from selfheal.core.policy import Policy
from selfheal.runtime.host import AWAY_S
from selfheal.sim import bounds


@dataclass
class Storm:
    """Moments are the agenda's `elapsed`."""

    policy: Policy
    _gone_at: float | None = None  # no processor since then, or dead
    _slept_s: float = 0.0
    _life: int = 0
    _since: float = -math.inf  # the first of the resumes that came soon after each other
    _last: float = -math.inf

    def look(self, now: float, life: int, slept_s: float, *, heeds: bool) -> None:
        """After each event. `heeds`: our program lives, and has the processor. `slept_s`: the host, so far,
        which is no part of `now`.
        """
        if slept_s > self._slept_s + AWAY_S:
            self.resumes(now)
        self._slept_s = slept_s
        if not heeds:
            self._gone_at = now if self._gone_at is None else self._gone_at
            return
        if self._gone_at is not None and life == self._life and now - self._gone_at > AWAY_S:
            self.resumes(now)
        self._gone_at, self._life = None, life

    def resumes(self, now: float) -> None:
        if now - self._last >= bounds.calm_s(self.policy):
            self._since = now
        self._last = now

    def excuses(self, now: float) -> bool:
        """That nothing is noticed or done just now, if the host has resumed at all."""
        return now < self._since + self.policy.last_wait_s + bounds.NEWS_S

    def rages(self, now: float) -> bool:
        """Only the time is longer in which it must be."""
        return not self.excuses(now) and now < self._last + bounds.calm_s(self.policy)
