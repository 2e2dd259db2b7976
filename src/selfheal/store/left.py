"""What an outbox holds that can be read and not written, as on a full disk: for one in memory to go on from.

Read are the alerts that a route may have to be told, also one that is new, or has another door by now, and
what belongs to the same subject: where its beginning was told, its end is, too.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.ports.outbox import ASKING_S, Alert, Receipt, Told
from selfheal.store.delivery_rows import delivery_of, standing_of
from selfheal.store.faults import explained
from selfheal.store.known_routes import KEPT_S
from selfheal.store.looks import Look
from selfheal.store.memory_place import Place, Reached
from selfheal.store.outbox import AT_ONCE
from selfheal.store.queries import QUERIES
from selfheal.store.reading import open_to_read
from selfheal.store.schema import MIGRATIONS, migrate, version_of


@dataclass(frozen=True)
class Left:
    """`before`: the last look. `over`, `acknowledged`: incidents, by target and number. `trusted`: targets.
    Empty: nothing was read.
    """

    alerts: tuple[Alert, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    look: Look = field(default_factory=lambda: Look(0.0, 0))
    before: Now | None = None
    over: frozenset[tuple[str, int]] = frozenset()
    acknowledged: frozenset[tuple[str, int]] = frozenset()
    trusted: frozenset[str] = frozenset()

    def has(self, target: str, notify: Notify) -> bool:
        named = (target, notify.incident, notify.kind, notify.number)
        return any((alert.target, *alert.named) == named for alert in self.alerts)

    def is_about(self, told: Told) -> bool:
        named = (told.target, told.incident, told.kind, told.number)
        return any((alert.target, *alert.named) == named for alert in self.alerts)


def read_left(path: Path) -> Left:
    """One that an upgrade found no room in is upgraded in memory. Raises StoreError."""
    with explained("read the outbox", path), closing(open_to_read(path)) as opened:
        if not 0 < version_of(opened.connection) < len(MIGRATIONS):
            return _left(opened.connection)
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
            opened.connection.backup(copy)
            migrate(copy)
            return _left(copy)


def read_receipts(path: Path, target: str, notify: Notify) -> tuple[Told, ...] | None:
    """Of an alert that has been in the outbox, however long ago. None: it has not. Raises StoreError."""
    named = {"incident": notify.incident, "kind": notify.kind, "number": notify.number}
    with explained("read the outbox", path), closing(open_to_read(path)) as opened:
        rows = opened.connection.execute(QUERIES["left_receipts"], {"target": target, **named}).fetchall()
    told = [row for row in rows if row[0] is not None]
    return tuple(_told(row, target, notify) for row in told) if rows else None


def _told(row: Sequence[Any], target: str, notify: Notify) -> Told:
    route, receipt, url, lacks = row
    known = Receipt(receipt or "", url or "", tuple(json.loads(lacks)) if lacks else ())
    return Told(route, target, notify.incident, notify.kind, notify.number, known)


def _left(connection: sqlite3.Connection) -> Left:
    seen_s, mono, wall, boot_id, newest = connection.execute(QUERIES["last_look"]).fetchone()
    before = None if boot_id is None else Now(Monotonic(mono), Wall(wall), boot_id)
    places = {name: _place(row) for name, *row in connection.execute(QUERIES["left_routes"])}
    values = {"asking_s": ASKING_S, "kept_s": KEPT_S, "limit": AT_ONCE}
    rows = connection.execute(QUERIES["left_alerts"], values).fetchall()
    alerts = tuple(delivery_of(row).alert for row in reversed(rows))
    mine = {"alerts": json.dumps([alert.id for alert in alerts])}
    for row in connection.execute(QUERIES["left_deliveries"], mine):
        if row[-7] in places:
            _fill(places[row[-7]], row)
    over = frozenset(connection.execute(QUERIES["left_over"], mine))
    trusted = frozenset(target for (target,) in connection.execute(QUERIES["left_trusted"], mine))
    acknowledged = frozenset(connection.execute(QUERIES["left_acknowledged"]))
    return Left(alerts, places, Look(seen_s, newest), before, over, acknowledged, trusted)


def _place(row: Sequence[Any]) -> Place:
    door, here, left_s, kinds, troubles, *standing = row
    place = Place(door, standing_of(standing).since, troubles=troubles)
    place.kinds = frozenset(map(AlertKind, json.loads(kinds)))
    place.is_here, place.left_s, place.standing = bool(here), left_s, standing_of(standing)
    return place


def _fill(place: Place, row: Sequence[Any]) -> None:
    *mine, _, status, since_s, owner, ended, receipt, url = row
    one = delivery_of(mine)
    key = one.alert.id
    place.since_s[key] = since_s
    match status:
        case "waiting":
            place.waiting[key] = one
            place.owners[key] = owner or ""
        case "refused":
            place.refused[key], place.refused_at[key] = one, Wall(ended)
        case "sent":
            place.told[key] = Reached(Wall(ended), one.parcel, Receipt(receipt, url or "", one.lacks))
