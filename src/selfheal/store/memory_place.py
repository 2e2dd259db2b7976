"""What the outbox that forgets knows of one route."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from selfheal.core.alert import AlertKind
from selfheal.core.instants import Now, Wall
from selfheal.ports.outbox import Alert, Delivery, Receipt, Standing


@dataclass
class Reached:
    """An alert that the route has taken, and as which message."""

    at: Wall
    parcel: int | None
    receipt: Receipt


@dataclass
class Place:
    """One route, and all that it is to be told, by the alert's number. `left_s`: as in the table `route`."""

    door: str
    since: Wall
    waiting: dict[int, Delivery] = field(default_factory=dict)
    refused: dict[int, Delivery] = field(default_factory=dict)
    refused_at: dict[int, Wall] = field(default_factory=dict)
    told: dict[int, Reached] = field(default_factory=dict)
    owners: dict[int, str] = field(default_factory=dict)  # of what was ever claimed
    since_s: dict[int, float] = field(default_factory=dict)  # of all that it was ever to be told
    standing: Standing = field(init=False)
    troubles: int = 0
    kinds: frozenset[AlertKind] = frozenset()
    is_here: bool = False
    left_s: float | None = None

    def __post_init__(self) -> None:
        self.standing = Standing(self.since)

    def has(self, one: Delivery) -> bool:
        """As it was claimed: nobody has taken it up since."""
        known = self.waiting.get(one.alert.id)
        return known is not None and known.attempts == one.attempts

    def ended(self, claimed: Iterable[Delivery]) -> Iterator[Delivery]:
        """Those of them that waited as they were, and wait no more."""
        for one in claimed:
            if self.has(one):
                yield self.waiting.pop(one.alert.id)

    def named(self, kinds: frozenset[AlertKind]) -> None:
        """The settings do."""
        self.kinds, self.is_here, self.left_s = kinds, True, None

    def stays(self, since_s: float) -> bool:
        """It is there, or left after that."""
        return self.is_here or (self.left_s is not None and self.left_s > since_s)

    def open_again(self, refused: Iterable[int]) -> None:
        for each in tuple(refused):
            one = self.refused.pop(each)
            parcel = one.parcel if one.lacks else None
            self.waiting[each] = one._replace(attempts=one.attempts + 1, parcel=parcel, alone=False)

    def open_before_reminders(self, lasts: Callable[[Alert], bool], seen_s: float) -> None:
        """What it has refused while it failed, and is to be reminded of: that it hears of first."""
        fresh = (one.alert for one in self.waiting.values() if one.attempts == 0)
        reminded = {alert.about for alert in fresh if alert.notify.kind is AlertKind.REMINDER}
        for each, one in tuple(self.refused.items()):
            is_begun = one.alert.notify.kind in (AlertKind.OPENED, AlertKind.CHANGED)
            if is_begun and one.alert.about in reminded and not one.alone and lasts(one.alert):
                self.open_again([each])
                self.waiting[each] = self.waiting[each]._replace(refusals=one.refusals - 1)
                self.since_s[each] = seen_s

    def wake(self) -> None:
        """What waits because the route has failed."""
        for each, one in self.waiting.items():
            if not (one.leased or one.alone or one.lacks):
                self.waiting[each] = one._replace(ready=None)

    def took(self, now: Now) -> None:
        known = self.standing
        if known.failing is not None:
            self.wake()
        self.standing = Standing(self.since, now.wall, tries=known.tries, told=known.told)

    def failed(self, why: str, now: Now, ready: Wall | None = None, *, final: bool = False) -> None:
        known = self.standing
        failing = now.wall if known.failing is None else known.failing
        final = known.final or final
        self.standing = known._replace(failing=failing, final=final, why=why, ready=ready)
