"""The account of alerts on named routes: each is told of each alert once, whatever crashes, and in order.

An alert counts from when it is ordered, whether a disk takes it then or not: only our own end, before it is
on the disk, excuses its loss. A route may hear it twice only where nobody could know whether it had, and then
the message says so. What a route refused for good, or what waited for a week, is not owed.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.notes import Step
from selfheal.core.reasons import Reason
from selfheal.sim.agenda import Agenda
from selfheal.store.known_routes import KEPT_S

Named = tuple[int, AlertKind, int]
"""An alert, by incident, kind and number."""


def named(alert: Notify) -> Named:
    return alert.incident, alert.kind, alert.number


@dataclass
class Addressed:
    agenda: Agenda
    broke: Callable[[str, str], None]
    kinds: Mapping[str, frozenset[AlertKind]]  # by the names of routes
    _owed: dict[str, dict[Named, float]] = field(default_factory=dict)
    _taken: Counter[tuple[str, Named]] = field(default_factory=Counter)
    _kept: Counter[tuple[str, Named]] = field(default_factory=Counter)  # of those taken: by the disk's outbox
    _doubted: Counter[tuple[str, Named]] = field(default_factory=Counter)
    _ordered: set[Named] = field(default_factory=set)
    _parcels: dict[tuple[str, str], tuple[Named, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._owed = {route: {} for route in self.kinds}

    def ordered(self, alert: Notify) -> None:
        """By a step of ours. The same one again changes nothing."""
        name = named(alert)
        if name in self._ordered:
            return
        self._ordered.add(name)
        for route, kinds in self.kinds.items():
            if alert.kind in kinds and not self._taken[route, name]:
                self._owed[route][name] = self.agenda.elapsed

    def sets_out(self, route: str, mark: str, alerts: Sequence[Notify]) -> None:
        parcel = tuple(map(named, alerts))
        if self._parcels.setdefault((route, mark), parcel) != parcel:
            self.broke("a message that goes again as another one", f"{mark} on {route}")

    def taken(self, route: str, alerts: Sequence[Notify], *, again: bool, given: bool) -> None:
        """`given`: from memory, since no disk takes the outbox: what it does not know may be told again, and
        the disk's outbox does not know of it.
        """
        for alert in alerts:
            name = named(alert)
            key = route, name
            if alert.kind is AlertKind.OVER and not given:
                self._opened_before(route, alert, alerts)
            self._taken[key] += 1
            self._kept[key] += not given
            if given:
                self._doubted[key] += 1
            elif self._taken[key] > 1 + self._doubted[key]:
                self.broke("an alert told twice on a route", f"{alert.kind} of {alert.incident} on {route}")
            elif self._kept[key] > 1 and not again:
                self.broke("an alert told again as if it were new", f"{alert.kind} on {route}")
            self._owed[route].pop(name, None)

    def _opened_before(self, route: str, over: Notify, alerts: Sequence[Notify]) -> None:
        opened = over.incident, AlertKind.OPENED, 0
        if opened in self._owed[route] and opened not in map(named, alerts):
            self.broke("an end told on a route before its opening", f"{over.incident} on {route}")

    def committed(self, done: Step) -> None:
        """No news any more: that a level was passed in what is over, a reminder of what a person knows."""
        for note in done.notes:
            match note.reason:
                case Reason.INCIDENT_CLOSED:
                    self._let_go(note.incident, AlertKind.LEVEL_PASSED, AlertKind.REMINDER)
                case Reason.ACKNOWLEDGED:
                    self._let_go(note.incident, AlertKind.REMINDER)
                case _:
                    pass

    def _let_go(self, incident: int | None, *kinds: AlertKind) -> None:
        for route, names in self._owed.items():
            kept = {name: at for name, at in names.items() if name[0] != incident or name[1] not in kinds}
            self._owed[route] = kept

    def doubted(self, route: str, alerts: Sequence[Notify]) -> None:
        """Nobody on our side can know whether it has arrived."""
        for alert in alerts:
            self._doubted[route, named(alert)] += 1

    def refused(self, route: str, alerts: Sequence[Notify]) -> None:
        for alert in alerts:
            self._owed[route].pop(named(alert), None)
        gone = set(map(named, alerts))  # what is told again of it is another message
        self._parcels = {
            key: parcel for key, parcel in self._parcels.items() if key[0] != route or gone.isdisjoint(parcel)
        }

    def lost_memory(self, incidents: AbstractSet[int]) -> None:
        """Numbers that were lost with us on a full disk are given again."""
        for route in self._owed:
            kept = {name: at for name, at in self._owed[route].items() if name[0] not in incidents}
            self._owed[route] = kept
        for counted in (self._taken, self._kept, self._doubted):
            for key in [key for key in counted if key[1][0] in incidents]:
                del counted[key]
        self._ordered = {name for name in self._ordered if name[0] not in incidents}

    def counts(self) -> Counter[tuple[str, Named]]:
        """How often each route has had each alert."""
        return self._taken

    def owed(self) -> Sequence[tuple[str, Named]]:
        """What a route has still to be told, oldest first."""
        oldest = self.agenda.elapsed - KEPT_S
        return [
            (route, name) for route, names in self._owed.items() for name, at in names.items() if at > oldest
        ]
