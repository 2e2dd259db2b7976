"""What a person has asked our program for and was not refused: the truth that its pauses are held against.

A wish is in force from when the inbox is looked at, over every reboot and death of ours, until it is taken
back or its time is over. Who dies before that look finds the request there in the next life.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from selfheal.core.levels import Level, Request
from selfheal.core.observations import OperatorAsked
from selfheal.sim.agenda import Agenda
from selfheal.sim.due import Due

ROUNDING_S = 1e-3


@dataclass
class Wishes:
    agenda: Agenda
    disabled: frozenset[Level] = frozenset()
    disabled_since: dict[Level, float] = field(default_factory=dict)
    paused_since: float | None = None
    resumed_at: float = -1.0
    wanted_at: float = -math.inf  # when our program was told to start it
    unwanted: bool = False  # by `selfheal down`, and our program has written it down
    unwanted_since: float = math.inf
    hears: list[Callable[[OperatorAsked], None]] = field(default_factory=list)  # who else hears of each
    is_known: bool = True  # our program has looked into its inbox since it began
    left_at: float = 0.0  # when our program ended last, in `elapsed`
    _pause_end: Due | None = None

    def heard(self, asked: OperatorAsked) -> None:
        """Our program looks into its inbox, and finds it."""
        now = self.agenda.elapsed
        for hears in self.hears:
            hears(asked)
        match asked:
            case OperatorAsked(request=Request.PAUSE, for_s=for_s):
                self.paused_since = now
                self._pause_end = None if for_s is None else Due(self.agenda, for_s)
            case OperatorAsked(request=Request.RESUME):
                self.paused_since, self._pause_end, self.resumed_at = None, None, now
                self.unwanted = False  # a gateway that was stopped is cared for again
            case OperatorAsked(request=Request.DISABLE, level=Level() as level):
                self.disabled |= {level}
                self.disabled_since[level] = now
            case OperatorAsked(request=Request.ENABLE, level=Level() as level):
                self.disabled -= {level}
            case OperatorAsked(request=Request.START):
                self.wanted_at, self.unwanted = now, False
            case OperatorAsked(request=Request.STOP):
                self.unwanted, self.unwanted_since = True, now
            case _:
                pass

    def ended(self) -> None:
        """Our program has died: what it knew in memory alone may be asked again."""
        self.is_known, self.left_at = False, self.agenda.elapsed

    def began(self) -> None:
        if self._pause_end is not None:
            self._pause_end.booted(self.agenda, self.left_at)

    @property
    def paused_until(self) -> float | None:
        """In `elapsed`, at the latest, infinite for one without an end; None: it is not paused any more."""
        if self.paused_since is None:
            return None
        end = math.inf if self._pause_end is None else self._pause_end.latest_s
        return end if self.agenda.elapsed < end - ROUNDING_S else None

    @property
    def paused(self) -> bool:
        return self.paused_until is not None

    def paused_for(self, at_least_s: float) -> bool:
        """Paused for certain, and our program has known it for so long."""
        since = self.paused_since
        over = self._pause_end is not None and self.agenda.elapsed >= self._pause_end.at_s - ROUNDING_S
        return since is not None and not over and self._known_for(since, at_least_s)

    def off_for(self, level: Level, at_least_s: float) -> bool:
        """`level` is disabled, and our program has known it for so long."""
        return level in self.disabled and self._known_for(self.disabled_since[level], at_least_s)

    def unwanted_for(self, at_least_s: float) -> bool:
        """`selfheal down`, and our program has known it for so long."""
        return self.unwanted and self._known_for(self.unwanted_since, at_least_s)

    def _known_for(self, since: float, at_least_s: float) -> bool:
        return self.is_known and self.agenda.elapsed - since >= at_least_s
