"""A gateway that dies more often in an hour than the budget: told of, and not as over before it ceases.

Each of its lives may be well for longer than the window, and its manager quicker than we: nothing is noticed
too late then, no rung is stood on for too long, and no try of ours is in vain.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from selfheal.core.policy import Policy
from selfheal.core.state import Phase, State

UNJUDGED = (
    1  # the word why one has ended may be lost with our process, and it does not count until the next end
)


@dataclass
class Dying:
    """`restarts`: the moments of those of this hour that our program knows of, in `elapsed`."""

    policy: Policy
    restarts: Callable[[], Sequence[float]]
    broke: Callable[[str, str], None]
    owed: float | None = None  # the start with which they were too many; None: nobody is to be told
    _newest: float = -math.inf
    _told: int | None = None  # the incident

    def look(self, state: State, *, heeds: bool) -> None:
        """`heeds`: our program sees, and nobody has paused it or switched Level 1 off."""
        known = self.restarts()
        too_many = len(known) > self.policy.restarts_per_hour_max + UNJUDGED
        newest = max(known, default=-math.inf)
        if too_many and heeds and newest > self._newest:
            self.owed = newest
        self._newest = newest
        incident = None if state.incident is None else state.incident.id
        stopped = state.gateway.phase is Phase.STOPPED
        if too_many and self._told not in (None, incident) and not stopped:
            self.broke("the end of an incident while it keeps dying", f"{len(known)} restarts in the hour")
        self._told = self._told if self._told == incident else None
        if self.owed is None:
            return
        if incident is not None and state.alerting.opened == incident:
            self.owed, self._told = None, incident
        elif stopped or not too_many:
            self.owed = None
