"""The durable outbox: what a person has still to be told on each route, and the proof of what they were.

An alert gets into it in the transaction of the step that decided it. From there a short-lived process takes
it to each route. More than one such process may be at work: an alert is claimed before it is sent, by the
number of its attempts so far, and whoever is second finds it claimed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from selfheal.core.alert import OF_NO_INCIDENT, AlertKind, Notify
from selfheal.core.instants import Now, Until, Wall


@dataclass(frozen=True)
class Receipt:
    """The service's own name of what it has taken. `url`: where a person can look at it.

    `lacks`: what arrived without being whole, for the journal: names of attachments, or e-mail addresses.
    """

    id: str
    url: str = ""
    lacks: tuple[str, ...] = ()


class Subject(NamedTuple):
    """What alerts are about: those of one belong together, and its end is told where it was.

    `number`: of what is no incident, see core.alert.OF_NO_INCIDENT.
    """

    target: str
    incident: int
    number: int = 0


class Alert(NamedTuple):
    """`id`: its place in the outbox; later ones are larger."""

    id: int
    target: str
    notify: Notify
    ordered: Wall

    @property
    def named(self) -> tuple[int, AlertKind, int]:
        """No two of a target are named so."""
        return self.notify.incident, self.notify.kind, self.notify.number

    @property
    def about(self) -> Subject:
        notify = self.notify
        number = notify.number if notify.kind in OF_NO_INCIDENT else 0
        return Subject(self.target, notify.incident, number)


class Addressee(NamedTuple):
    """A route. `door`: a fingerprint of its settings; `kinds`: what is told on it."""

    door: str
    kinds: frozenset[AlertKind]


class Delivery(NamedTuple):
    """One alert on one route, as long as neither has taken it nor refused it for good.

    `attempts`: that were begun. `ready`: not to be tried before; while `leased`, somebody is at it until
    then. `unsure`: an earlier attempt may have arrived. `parcel`: the alert in whose message it went when it
    was first tried: a message that is sent again is the same one. `lacks`: the addresses, or files, that have
    not arrived yet, where the rest has. `alone`: it fails while its route works. `refusals`: for good, by
    this door. `lasts`: what it is about goes on, as far as the outbox knows; only what waits is asked.
    """

    alert: Alert
    attempts: int = 0
    ready: Until | None = None
    leased: bool = False
    unsure: bool = False
    parcel: int | None = None
    lacks: tuple[str, ...] = ()
    alone: bool = False
    refusals: int = 0
    lasts: bool = False

    def is_ready(self, now: Now) -> bool:
        return self.ready is None or self.ready.passed(now)


class Told(NamedTuple):
    """That `route` has taken an alert, whatever its number in an outbox."""

    route: str
    target: str
    incident: int
    kind: AlertKind
    number: int
    receipt: Receipt

    @classmethod
    def of(cls, route: str, alert: Alert, receipt: Receipt) -> "Told":
        return cls(route, alert.target, *alert.named, receipt)


class Doubt(NamedTuple):
    """That `route` may have taken an alert, and has not said so."""

    route: str
    target: str
    incident: int
    kind: AlertKind
    number: int


LATE_S = 900.0  # an alert that is older says so, and others may go with it
LEASE_S = 180.0  # of a claim whose owner cannot be asked
ASKING_S = 1800.0  # the document's: of older recovery logs a person has heard, or is long at it
OF_ROUTE = "@route "
"""With its name behind it, the target of an alert about a route: no config can name a gateway so."""


class Proof(StrEnum):
    """What it was that a route has taken."""

    MESSAGE = "message"
    TEST = "test"  # `selfheal notify test`
    CANARY = "canary"  # in silence: see notify.route.Provable


class Standing(NamedTuple):
    """How a route stands. `since`: it is known; `taken`: it took something last, of whatever kind.

    `failing`: since when it has taken nothing of what it was given; `final`: it said that it never will.
    `ready`: no proof is to be asked of it before; `tries`: proofs that were begun, the version by which one
    is claimed. `told`: the others were told that it does not work. `held`: until then its service
    asked to be left alone.
    """

    since: Wall
    taken: Wall | None = None
    failing: Wall | None = None
    final: bool = False
    why: str = ""
    ready: Wall | None = None
    tries: int = 0
    told: bool = False
    held: Until | None = None

    def held_s(self, now: Now) -> float:
        return 0.0 if self.held is None else self.held.left_s(now)


class Outbox(Protocol):
    """Raises StoreError and nothing else. A `route` is named as in the settings.

    A claim ends in its time, or when its owner is found dead: whoever addresses the alerts looks.
    """

    def address(self, routes: Mapping[str, Addressee], now: Now, *, whole: bool = True) -> bool:
        """A delivery for each new alert on each route that is to be told of it; `routes` are all that are
        set, unless a fault hides others (`whole` is False). What a route refused for good is tried again once
        its door is another. One that is new, or was away, is told of what lasts, of what has just come, and
        of the end of what it was told. What it has not taken for a week of our looking after it is given up.
        That a level was passed, or a reminder, is told only while the incident lasts, a
        reminder only until a person has acknowledged it, and after what it reminds of, where the route has
        refused that while it failed. No route is told of itself. A route
        that is lacked only for a while is told of all that came meanwhile, once it is back. Whether anything
        waits for such a one.
        """
        ...

    def note(self, told: Told, now: Now) -> None:
        """What a route has taken while no disk could keep it; nothing where the alert is not known."""
        ...

    def pass_on(self, route: str, lost: Sequence[Delivery]) -> bool:
        """Puts on this route what another one cannot be told, except what it knows. Whether there was any."""
        ...

    def waiting(self, route: str) -> Sequence[Delivery]:
        """Oldest first."""
        ...

    def lost(self, route: str, now: Now) -> Sequence[Delivery]:
        """What the route does not take while it works: it waits, or was just refused, or lasts."""
        ...

    def said(self, route: str, since: Wall) -> Sequence[Wall]:
        """When each message since then was taken, oldest first."""
        ...

    def claim(self, route: str, deliveries: Sequence[Delivery], lease: Until) -> Sequence[Delivery]:
        """All of them as one message, as they are now: one attempt more. Empty when another was quicker."""
        ...

    def taken(self, route: str, claimed: Sequence[Delivery], receipt: Receipt, now: Now) -> None:
        """It works: where it has failed, what waits for that reason alone is due, what it refused and what
        still lasts of that waits for it again, and once what it has just refused of what is not over. What
        it has refused too often waits for a test.
        """
        ...

    def taken_in_part(
        self, route: str, claimed: Sequence[Delivery], receipt: Receipt, ready: Until, why: str, now: Now
    ) -> None:
        """What the receipt lacks is to be tried again, and for that alone it goes on waiting."""
        ...

    def put_off(
        self,
        route: str,
        claimed: Sequence[Delivery],
        ready: Until,
        why: str,
        *,
        unsure: bool,
        now: Now,
        alone: bool = False,
    ) -> None: ...

    def refused(
        self, route: str, claimed: Sequence[Delivery], why: str, now: Now, *, alone: bool = False
    ) -> None:
        """`alone`: the route works, and is not judged by it."""
        ...

    def wake(self, route: str) -> None:
        """What waits only because the route has failed is due: it may be back."""
        ...

    def first_receipt(self, route: str, about: Subject) -> Receipt | None:
        """Of the first message about it on this route."""
        ...

    def standing(self, route: str) -> Standing:
        """Of a route that was addressed."""
        ...

    def hold(self, route: str, end: Until) -> None:
        """Until then, or until it takes something all the same, or has another door."""
        ...

    def claim_proof(self, route: str, seen: Standing, lease: Wall) -> bool:
        """False when another was quicker. Nobody else asks for a proof before `lease`."""
        ...

    def proved(self, route: str, how: Proof, now: Now) -> None:
        """As `taken`, of no alert."""
        ...

    def unproved(self, route: str, why: str, ready: Wall, *, final: bool, now: Now) -> None: ...

    def warn(self, route: str, now: Now) -> None:
        """Puts an alert for the others that it does not work, unless they were told, or it does."""
        ...

    def relieve(self, route: str, now: Now) -> None:
        """Likewise that it works again, if they were told that it does not."""
        ...

    def complained(self, route: str, why: str, now: Now) -> None:
        """Of a test: it fails, and whether for good the next proof judges, which is due at once."""
        ...
