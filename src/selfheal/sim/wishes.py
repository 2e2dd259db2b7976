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

ROUNDING_S = 1e-3


class Due:
    """A moment as a person means it: by the host's uptime, and after a reboot by its wall clock."""

    def __init__(self, agenda: Agenda, in_s: float) -> None:
        now = agenda.now()
        self.at_s = agenda.elapsed + in_s  # in `elapsed`
        self._wall, self._boot_id = now.wall + in_s, now.boot_id

    def booted(self, agenda: Agenda) -> None:
        """Our program lives again, perhaps after a reboot."""
        now = agenda.now()
        if now.boot_id != self._boot_id:
            left_s = max(0.0, self._wall - now.wall)
            self.at_s, self._boot_id = agenda.elapsed + left_s, now.boot_id
            self._wall = now.wall + left_s


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
        self.is_known = False

    def began(self) -> None:
        if self._pause_end is not None:
            self._pause_end.booted(self.agenda)

    @property
    def paused_until(self) -> float | None:
        """In `elapsed`, infinite for one without an end; None: it is not paused."""
        if self.paused_since is None:
            return None
        end = math.inf if self._pause_end is None else self._pause_end.at_s
        return end if self.agenda.elapsed < end - ROUNDING_S else None

    @property
    def paused(self) -> bool:
        return self.paused_until is not None

    def paused_for(self, at_least_s: float) -> bool:
        """Paused, and our program has known it for so long."""
        since = self.paused_since
        return self.paused and since is not None and self._known_for(since, at_least_s)

    def off_for(self, level: Level, at_least_s: float) -> bool:
        """`level` is disabled, and our program has known it for so long."""
        return level in self.disabled and self._known_for(self.disabled_since[level], at_least_s)

    def unwanted_for(self, at_least_s: float) -> bool:
        """`selfheal down`, and our program has known it for so long."""
        return self.unwanted and self._known_for(self.unwanted_since, at_least_s)

    def _known_for(self, since: float, at_least_s: float) -> bool:
        return self.is_known and self.agenda.elapsed - since >= at_least_s
