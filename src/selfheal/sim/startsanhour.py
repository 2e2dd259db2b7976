"""The starts of an hour that our program knows of: its own, and those of others after an unclean end."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from selfheal.core.instants import HOUR_S
from selfheal.sim.gateway import GOOD_ENDS, MadeGateway
from selfheal.sim.world import PERSON, US


@dataclass
class StartsAnHour:
    """Moments in `elapsed`."""

    _last_pid: int = 0
    _made: list[tuple[float, int]] = field(default_factory=list)  # all of ours, and the pid that each began
    _ours: list[float] = field(default_factory=list)
    _known: Sequence[float] = ()
    _key: tuple[float, int, int, int] | None = None
    _changes_at: float = -math.inf  # when one of them is an hour old
    _others: dict[int, float] = field(default_factory=dict)  # by the pid of the gateway that was found

    @property
    def last(self) -> float:
        """Of ours, that our program knows of."""
        return max((at for at, _ in self._made), default=-HOUR_S)

    @property
    def begun(self) -> int:
        """The pid of what that one began; 0: none is known."""
        return max((pid for _, pid in self._made), default=0)

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
        del self._made[max(0, len(self._made) - ours) :]
        self._ours = [at for at in self._ours if at <= self.last]
        self._changes_at = -math.inf

    def start(
        self, now: float, wanted: float, found: Collection[int], *, costs: bool, begins: int = 0
    ) -> Sequence[float]:
        """Of ours. `wanted`: when a person last wanted it up; `found`: the gateways whose look was kept;
        `begins`: its pid.
        """
        self._made = [*(one for one in self._made if now - one[0] < HOUR_S), (now, begins)]
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
