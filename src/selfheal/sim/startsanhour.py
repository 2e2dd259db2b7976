"""The starts of an hour that our program knows of: its own, and those of others after an unclean end."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from selfheal.core.instants import HOUR_S
from selfheal.sim.gateway import GOOD_ENDS, MadeGateway
from selfheal.sim.world import PERSON, US


@dataclass
class StartsAnHour:
    """Moments in `elapsed`. `last`: of ours."""

    last: float = -HOUR_S
    _last_pid: int = 0
    _ours: list[float] = field(default_factory=list)
    _known: Sequence[float] = ()
    _key: tuple[float, int, int, int] | None = None
    _changes_at: float = -math.inf  # when one of them is an hour old
    _others: dict[int, float] = field(default_factory=dict)  # by the pid of the gateway that was found

    def sees(self, pid: int, gateway: MadeGateway) -> None:
        """Our program has looked. It counts one after a bad end of the last that it had found before; a
        person may start it as often as they like.
        """
        cause = gateway.causes.get(self._last_pid)
        for each in gateway.starts if pid != self._last_pid else ():
            if each.pid == pid and each.by not in (US, PERSON) and cause not in (None, *GOOD_ENDS):
                self._others[pid] = each.at_s
        self._last_pid = pid

    def forget(self, ours: int) -> None:
        """Our program has, on a full disk, those that it found while nothing could be written, and so many of
        its own.
        """
        self._others.clear()
        del self._ours[max(0, len(self._ours) - ours) :]
        self._changes_at = -math.inf

    def start(self, now: float, wanted: float, found: Collection[int], *, costs: bool) -> Sequence[float]:
        """Of ours. `wanted`: when a person last wanted it up; `found`: the gateways whose look was kept."""
        self.last = now
        if costs:
            self._ours.append(now)
        return self.known(now, wanted, found)

    def known(self, now: float, wanted: float, found: Collection[int]) -> Sequence[float]:
        """Of all, at `now`; see `start`. It is asked at each event of a storm, and seldom changes."""
        key = wanted, len(found), len(self._ours), len(self._others)
        if key != self._key or now >= self._changes_at:
            self._known = self._count(now, wanted, found)
            self._key = wanted, len(found), len(self._ours), len(self._others)
            oldest = min(self._known, default=math.inf)
            self._changes_at = now if now in self._ours else oldest + HOUR_S
        return self._known

    def _count(self, now: float, wanted: float, found: Collection[int]) -> Sequence[float]:
        self._ours = [at for at in self._ours if now - at < HOUR_S and (at > wanted or at == now)]
        self._others = {pid: at for pid, at in self._others.items() if now - at < HOUR_S and at > wanted}
        return [*self._ours, *(at for pid, at in self._others.items() if pid in found)]
