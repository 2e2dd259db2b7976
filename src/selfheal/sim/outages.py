"""How long a gateway was down that nobody wanted down: apart, what no setting of ours can change.

A person who stops it, starts it again and does not see that start fail leaves a gateway of which nobody can
know that it is wanted. Such an outage lasts until a person comes back, for weeks perhaps, whatever the
settings are: beside the others one of them would decide which settings look better. So it would be where a
person has paused us, or switched off all levels that would heal it, perhaps for good.
"""

from enum import Enum, auto

from selfheal.core.state import Phase, State
from selfheal.sim.agenda import Agenda


class Outage(Enum):
    FELT = auto()
    TAKEN = auto()  # for a stop by a person
    HELD = auto()  # a person kept us from healing it


class Outages:
    """Of one world. `look` after each event: in between nothing changes."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self._past_s = dict.fromkeys(Outage, 0.0)
        self._now: Outage | None = None
        self._since = 0.0

    def look(self, heeds: State | None, *, down: bool, held: bool = False) -> None:
        """`heeds`: what our program holds for true, None while it is dead; `down`: the truth; `held`: a
        person keeps us from healing it.
        """
        now = None
        if held and down:
            now = Outage.HELD
        elif down:
            now = Outage.TAKEN if _takes_it_for_a_stop(heeds) else Outage.FELT
        if now is self._now:
            return
        if self._now is not None:
            self._past_s[self._now] = self.lasted_s(self._now)
        self._now, self._since = now, self._agenda.elapsed

    def lasted_s(self, outage: Outage) -> float:
        """Up to now, one that still lasts included."""
        still_s = self._agenda.elapsed - self._since if outage is self._now else 0.0
        return self._past_s[outage] + still_s


def _takes_it_for_a_stop(heeds: State | None) -> bool:
    """Nothing more would be tried, and nobody be told."""
    return heeds is not None and heeds.gateway.phase is Phase.STOPPED and heeds.incident is None
