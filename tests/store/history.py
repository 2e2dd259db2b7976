"""A random history of an outbox: incidents, routes that come, go and are changed, and deliveries."""

import json
import random
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Monotonic, Now, Wall, until
from selfheal.ports.outbox import Addressee, Delivery, Outbox, Proof, Receipt
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.queries import QUERIES

ALL = frozenset(AlertKind)
QUIET = ALL - {AlertKind.LEVEL_PASSED, AlertKind.REMINDER}
ROUTES = ("chat", "desk", "post")
TARGETS = ("here", "there")
PAUSES_S = (1.0, 30.0, 300.0, 700.0, 4_000.0, 90_000.0)
LONG_S = (0.0, 30.0, 1_000.0, 50_000.0, 700_000.0)
LATER = {"level_passed", "reminder", "changed"}
PUT_STATE = (
    "INSERT INTO state (target, wall, body) VALUES (:target, 0, :body) "
    "ON CONFLICT (target) DO UPDATE SET body = excluded.body"
)


class Waits(NamedTuple):
    """All of a delivery but what an outbox of its own numbers it with."""

    lasts: bool
    doubtful: bool
    together: bool
    lacks: tuple[str, ...]
    alone: bool
    is_ready: bool

    @classmethod
    def of(cls, one: Delivery, now: Now) -> "Waits":
        doubtful, together = one.unsure or one.leased, one.parcel is not None
        return cls(one.lasts, doubtful, together, one.lacks, one.alone, one.is_ready(now))


Seen = Mapping[tuple[str, str, AlertKind, int, int], Waits]


class History:
    """In the database at `path`, by one number."""

    def __init__(self, path: Path, seed: int) -> None:
        self._path = path
        self.random = random.Random(seed)  # noqa: S311 - the same each time
        self._passed_s = 1_000.0
        self._open: dict[str, int] = {}
        self._last = dict.fromkeys(TARGETS, 0)
        self._numbers = 0
        self._spell = 0
        self._distrust: dict[str, str] = {}
        self._acknowledged: dict[str, int] = {}
        self._routes = {name: self._route(name) for name in ROUTES}
        self._here = set(self.random.sample(ROUTES, self.random.randint(1, len(ROUTES))))

    @property
    def now(self) -> Now:
        return Now(Monotonic(self._passed_s), Wall(1.8e9 + self._passed_s), "boot")

    @property
    def routes(self) -> Mapping[str, Addressee]:
        return {name: self._routes[name] for name in sorted(self._here)}

    def _route(self, name: str) -> Addressee:
        return Addressee(f"door of {name}", ALL if self.random.random() < 0.6 else QUIET)

    def live(self) -> None:
        with closing(SqliteOutbox(self._path, "another", bool)) as outbox:
            if self.random.random() < 0.8:
                outbox.address(self.routes, self.now)
            for _ in range(self.random.randint(5, 40)):
                if self.random.random() < 0.6:
                    self._passed_s += self.random.choice(PAUSES_S)
                self._one_thing(outbox)
        self._passed_s += self.random.choice(LONG_S)

    def _one_thing(self, outbox: SqliteOutbox) -> None:
        things: list[tuple[float, Callable[[SqliteOutbox], None]]] = [
            (8, self._news),
            (1, self._asks),
            (1, self._watch),
            (1, self._trust),
            (2, self.settings_change),
            (3, self._look),
            (6, self._deliver),
        ]
        (thing,) = self.random.choices([does for _, does in things], [often for often, _ in things])
        thing(outbox)

    def _look(self, outbox: SqliteOutbox) -> None:
        outbox.address(self.routes, self.now, whole=self.random.random() < 0.8)

    def _put(
        self, outbox: SqliteOutbox, target: str, kind: AlertKind, incident: int, number: int = 0
    ) -> None:
        outbox.put(target, Notify(kind, incident, (), number=number), self.now)

    def _news(self, outbox: SqliteOutbox) -> None:
        target = self.random.choice(TARGETS)
        incident = self._open.get(target)
        if incident is None:
            self._begin(outbox, target)
            return
        what = self.random.choice([*LATER, "over", "over", "acknowledged", "distrust"])
        match what:
            case "over":
                self._end(outbox, target, incident)
            case "acknowledged":
                self._acknowledged[target] = incident
                self._put_state(target)
            case "distrust":
                self._distrust[target] = "a rule"
                self._put_state(target)
                self._put(outbox, target, AlertKind.DISTRUST, incident)
            case _:
                self._put(outbox, target, AlertKind(what), incident, self._number())

    def _begin(self, outbox: SqliteOutbox, target: str) -> None:
        self._last[target] += 1
        incident = self._open[target] = self._last[target]
        values = {"target": target, "id": incident, "cause": "exited", "level": "watchdog", "detail": ""}
        self._change(QUERIES["put_incident"], {**values, "opened": self.now.wall})
        if self.random.random() < 0.8:
            self._put(outbox, target, AlertKind.OPENED, incident)

    def _end(self, outbox: SqliteOutbox, target: str, incident: int) -> None:
        del self._open[target]
        values = {"target": target, "id": incident, "closed": self.now.wall, "outcome": "recovered"}
        self._change(QUERIES["close_incident"], values)
        self._put(outbox, target, AlertKind.OVER, incident)

    def _asks(self, outbox: SqliteOutbox) -> None:
        self._put(outbox, self.random.choice(TARGETS), AlertKind.RECOVERY, 0, self._number())

    def _watch(self, outbox: SqliteOutbox) -> None:
        kind = AlertKind.WATCHED if self._spell else AlertKind.UNWATCHED
        number = self._spell or self._number()
        self._spell = 0 if self._spell else number
        self._put(outbox, "@resident", kind, 0, number)

    def _trust(self, _: SqliteOutbox) -> None:
        target = self.random.choice(TARGETS)
        self._distrust.pop(target, None)
        self._put_state(target)

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _put_state(self, target: str) -> None:
        known = {"incident": self._acknowledged[target]} if target in self._acknowledged else None
        state = {"alerting": {"acknowledged": known}, "distrust": self._distrust.get(target, "")}
        self._change(PUT_STATE, {"target": target, "body": json.dumps(state)})

    def _change(self, query: str, values: Mapping[str, object]) -> None:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(query, values)

    def settings_change(self, _: Outbox) -> None:
        name = self.random.choice(ROUTES)
        if self.random.random() < 0.4:
            known = self._routes[name]
            self._routes[name] = known._replace(door=f"{known.door}, mended")
        elif name in self._here and len(self._here) > 1:
            self._here.discard(name)
        else:
            self._here.add(name)

    def _deliver(self, outbox: SqliteOutbox) -> None:
        outbox.address(self.routes, self.now)
        for name in sorted(self._here):
            if self.random.random() < 0.7:
                self._serve(outbox, name)
        name = self.random.choice(sorted(self._here))
        self.random.choice([outbox.warn, outbox.relieve])(name, self.now)

    def _serve(self, outbox: SqliteOutbox, name: str) -> None:
        due = [one for one in outbox.waiting(name) if one.is_ready(self.now)]
        if not due:
            return
        first = self.random.choice(due)
        mine = [one for one in due if one.parcel == first.parcel] if first.parcel is not None else [first]
        claimed = outbox.claim(name, mine, until(self.now, 180.0))
        ready, alone = until(self.now, self.random.choice([5.0, 600.0])), self.random.random() < 0.3
        unsure = self.random.random() < 0.5
        match self.random.choice(["taken", "taken", "put off", "refused", "refused", "in part", "dies"]):
            case "taken":
                outbox.taken(name, claimed, Receipt("1"), self.now)
            case "put off":
                outbox.put_off(name, claimed, ready, "why", unsure=unsure, now=self.now, alone=alone)
            case "refused":
                outbox.refused(name, claimed, "why", self.now, alone=alone)
            case "in part":
                outbox.taken_in_part(name, claimed, Receipt("1", lacks=("a@b",)), ready, "why", self.now)

    def seen(self, outbox: Outbox) -> Seen:
        """By route and alert: how it waits. Of what is addressed."""
        return {
            (name, one.alert.target, one.alert.notify.kind, *one.alert.named[::2]): Waits.of(one, self.now)
            for name in sorted(self._here)
            for one in outbox.waiting(name)
        }

    def works(self, outbox: Outbox) -> None:
        """Each route, as a person's test shows."""
        for name in sorted(self._here):
            outbox.proved(name, Proof.TEST, self.now)
