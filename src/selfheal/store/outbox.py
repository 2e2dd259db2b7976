"""The outbox as the delivery process sees it: claims and receipts, each in a transaction of its own."""

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Now, Until, Wall
from selfheal.ports.outbox import (
    OF_ROUTE,
    Addressee,
    Alert,
    Delivery,
    Doubt,
    Proof,
    Receipt,
    Standing,
    Subject,
    Told,
)
from selfheal.ports.store import StoreError
from selfheal.store import codec
from selfheal.store.delivery_rows import delivery_of, standing_of, until_text
from selfheal.store.faults import explained
from selfheal.store.known_routes import FRESH_S, KEPT_S, again, fresh, served
from selfheal.store.looks import look
from selfheal.store.queries import QUERIES
from selfheal.store.reader import INSTALLATION
from selfheal.store.schema import open_for_writing, transaction

BUSY_MS = 30_000  # no loop waits for us, and a receipt that cannot be kept for a busy disk is told again
AT_ONCE = 2_000  # deliveries of a route that are looked at together: of several messages, each of a storm


class SqliteOutbox:
    """ports.outbox.Outbox. For one process that ends; makes the database where there is none.

    `me`: how it names itself in its claims, empty: not at all. `may_live`: whether who is named there may
    still be at work.
    """

    def __init__(self, path: Path, me: str = "", may_live: Callable[[str], bool] = bool) -> None:
        self._path = path
        self._me = me
        self._may_live = may_live
        self.unkept: list[Told] = []  # what a route has taken while this could not be kept
        self._connection = open_for_writing(path)
        with explained("open the outbox", path):
            self._connection.execute("PRAGMA synchronous = FULL")  # a receipt that is lost is told again
            self._connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")

    def close(self) -> None:
        self._connection.close()

    def installation(self) -> str:
        """A random name of this database, for ever."""
        with self._changing("name this installation") as connection:
            connection.execute(QUERIES["name_installation"], {"value": secrets.token_hex(16)})
            (name,) = connection.execute(QUERIES["get_about"], {"key": INSTALLATION}).fetchone()
        return str(name)

    def address(self, routes: Mapping[str, Addressee], now: Now, *, whole: bool = True) -> bool:
        with self._changing("address the alerts") as connection:
            seen_s, newest, gap_s = look(connection, now)
            places = served(connection, routes, now, seen_s, whole=whole)
            for route, place in places.items():
                values = {
                    "route": route,
                    "steady": place.was_here or place.is_expected,
                    "since": now.wall - KEPT_S if gap_s >= KEPT_S else 0.0,
                    "is_new": not (place.was_here and gap_s < KEPT_S),
                    "kinds": place.kinds,
                    "newest": newest,
                    **fresh(now),
                    "oldest": now.wall - KEPT_S,
                    "itself": f"{OF_ROUTE}{route}",
                    "seen_s": seen_s,
                }
                connection.execute(QUERIES["address"], values)
                connection.execute(QUERIES["open_before_reminders"], values)
            self._free_claims_of_the_dead(connection)
            connection.execute(QUERIES["expire_deliveries"], {"now": now.wall, "oldest_s": seen_s - KEPT_S})
            connection.execute(QUERIES["drop_old_news"], {"now": now.wall})
            lacked = json.dumps([route for route, place in places.items() if not place.is_named])
            return bool(connection.execute(QUERIES["any_waits"], {"names": lacked}).fetchone()[0])

    def put(self, target: str, notify: Notify, now: Now) -> None:
        """An alert that no step has decided. The same one again changes nothing."""
        with self._changing("put an alert into the outbox") as connection:
            _put(connection, target, notify, now)

    def last_number(self, target: str, kind: AlertKind) -> int | None:
        """Of the alerts of a kind; None: there is none."""
        with explained("read the outbox", self._path):
            values = {"target": target, "kind": kind}
            (number,) = self._connection.execute(QUERIES["last_number"], values).fetchone()
        return None if number is None else int(number)

    def resumed(self, route: str) -> list[tuple[Alert, Receipt]]:
        """What the route was told last of a broken rule at each target, where a person has resumed since, and
        it is not noted as closed.
        """
        with explained("read the outbox", self._path):
            rows = self._connection.execute(QUERIES["resumed"], {"route": route}).fetchall()
        return [
            (
                Alert(key, target, Notify(AlertKind.DISTRUST, incident, (), detail=detail), Wall(ordered)),
                Receipt(receipt, url),
            )
            for key, target, incident, detail, ordered, receipt, url in rows
        ]

    def note_closed(self, route: str, alert: Alert) -> None:
        with self._changing("note that an issue is closed") as connection:
            values = {"key": f"closed {route} {alert.target}", "value": str(alert.id)}
            connection.execute(QUERIES["put_about"], values)

    def note(self, told: Told, now: Now) -> None:
        values = {**told._asdict(), **_receipt(told.receipt), "now": now.wall}
        with self._changing("note what was told") as connection:
            connection.execute(QUERIES["note_delivery"], values)

    def doubt(self, doubt: Doubt) -> None:
        """What a route may have taken then."""
        with self._changing("note what may have been told") as connection:
            connection.execute(QUERIES["doubt_delivery"], doubt._asdict())

    def pass_on(self, route: str, lost: Sequence[Delivery]) -> bool:
        with self._changing("pass an alert on to another route") as connection:
            values = ({"outbox": one.alert.id, "route": route} for one in lost)
            return sum(connection.execute(QUERIES["pass_on"], each).rowcount for each in values) > 0

    def waiting(self, route: str) -> Sequence[Delivery]:
        with explained("read the outbox", self._path):
            values = {"route": route, "limit": AT_ONCE}
            rows = self._connection.execute(QUERIES["deliveries_waiting"], values).fetchall()
            lasting = {key for (key,) in self._connection.execute(QUERIES["deliveries_that_last"], values)}
        return [delivery_of(row)._replace(lasts=row[0] in lasting) for row in rows]

    def lost(self, route: str, now: Now) -> Sequence[Delivery]:
        with explained("read the outbox", self._path):
            values = {"route": route, "fresh": now.wall - FRESH_S, "limit": AT_ONCE}
            rows = self._connection.execute(QUERIES["deliveries_lost"], values).fetchall()
        return [delivery_of(row) for row in rows]

    def said(self, route: str, since: Wall) -> Sequence[Wall]:
        with explained("read the outbox", self._path):
            rows = self._connection.execute(QUERIES["said_since"], {"route": route, "since": since})
            return [Wall(at) for (at,) in rows]

    def claim(self, route: str, deliveries: Sequence[Delivery], lease: Until) -> Sequence[Delivery]:
        parcel = deliveries[0].alert.id
        with suppress(_AnotherWasQuickerError), self._changing("claim an alert") as connection:
            for one in deliveries:
                values = {**_key(route, one), "ready": until_text(lease), "parcel": parcel, "owner": self._me}
                if connection.execute(QUERIES["claim_delivery"], values).rowcount != 1:
                    raise _AnotherWasQuickerError
            return [claimed(one, lease, parcel) for one in deliveries]
        return ()

    def taken(self, route: str, claimed: Sequence[Delivery], receipt: Receipt, now: Now) -> None:
        values = {**_receipt(receipt), "status": "sent", "now": now.wall, "why": None}
        try:
            with self._changing("keep a receipt") as connection:
                _each(connection, "end_delivery", route, claimed, values)
                _took(connection, route, Proof.MESSAGE, now)
        except StoreError:
            self.unkept += (Told.of(route, one.alert, receipt) for one in claimed)
            raise

    def taken_in_part(
        self, route: str, claimed: Sequence[Delivery], receipt: Receipt, ready: Until, why: str, now: Now
    ) -> None:
        values = {**_receipt(receipt), "ready": until_text(ready), "why": codec.plain(why)}
        with self._changing("keep the receipt of a part") as connection:
            _each(connection, "take_delivery_in_part", route, claimed, values)
            _took(connection, route, Proof.MESSAGE, now)

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
    ) -> None:
        said = codec.plain(why)
        values = {"ready": until_text(ready), "unsure": unsure, "alone": alone, "why": said}
        with self._changing("put an alert off") as connection:
            _each(connection, "put_off_delivery", route, claimed, values)
            _failed(connection, route, said, now)

    def refused(
        self, route: str, claimed: Sequence[Delivery], why: str, now: Now, *, alone: bool = False
    ) -> None:
        said = codec.plain(why)
        values = {"now": now.wall, "alone": alone, "why": said}
        with self._changing("note a refusal") as connection:
            _each(connection, "refuse_delivery", route, claimed, values)
            if not alone:
                _failed(connection, route, said, now, final=True)

    def wake(self, route: str) -> None:
        with self._changing("have another try at what waits") as connection:
            connection.execute(QUERIES["wake_deliveries"], {"route": route})

    def first_receipt(self, route: str, about: Subject) -> Receipt | None:
        values = {"route": route, **about._asdict()}
        with explained("read the outbox", self._path):
            row = self._connection.execute(QUERIES["first_receipt"], values).fetchone()
        return Receipt(row[0], row[1], tuple(json.loads(row[2]))) if row else None

    def standing(self, route: str) -> Standing:
        with explained("read the outbox", self._path):
            row = self._connection.execute(QUERIES["standing"], {"route": route}).fetchone()
        return standing_of(row)

    def hold(self, route: str, end: Until) -> None:
        with self._changing("note how long a service wants to be left alone") as connection:
            connection.execute(QUERIES["hold_route"], {"route": route, "held": until_text(end)})

    def claim_proof(self, route: str, seen: Standing, lease: Wall) -> bool:
        values = {"route": route, "tries": seen.tries, "lease": lease}
        with self._changing("claim a proof") as connection:
            return connection.execute(QUERIES["claim_proof"], values).rowcount == 1

    def proved(self, route: str, how: Proof, now: Now) -> None:
        with self._changing("keep a proof") as connection:
            _took(connection, route, how, now)

    def unproved(self, route: str, why: str, ready: Wall, *, final: bool, now: Now) -> None:
        with self._changing("note a proof that failed") as connection:
            _failed(connection, route, codec.plain(why), now, ready, final=final)

    def warn(self, route: str, now: Now) -> None:
        self._tell_of(route, "warn_of_route", AlertKind.ROUTE_FAILS, now)

    def relieve(self, route: str, now: Now) -> None:
        self._tell_of(route, "relieve_of_route", AlertKind.ROUTE_WORKS, now)

    def complained(self, route: str, why: str, now: Now) -> None:
        values = {"route": route, "why": codec.plain(why), "now": now.wall}
        with self._changing("note a complaint") as connection:
            connection.execute(QUERIES["route_complained"], values)

    def _tell_of(self, route: str, query: str, kind: AlertKind, now: Now) -> None:
        with self._changing("put an alert about a route into the outbox") as connection:
            row = connection.execute(QUERIES[query], {"route": route}).fetchone()
            if row is not None:
                trouble, why, at = row
                notify = Notify(kind, trouble, (), detail=why or "", number=int(at))
                _put(connection, f"{OF_ROUTE}{route}", notify, now)

    def _free_claims_of_the_dead(self, connection: sqlite3.Connection) -> None:
        for (owner,) in connection.execute(QUERIES["owners"]).fetchall():
            if owner != self._me and not self._may_live(owner):
                connection.execute(QUERIES["free_claims"], {"owner": owner})

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is changed within is seen by others as a whole, or not at all."""
        with self._changing("take over what was told elsewhere"):
            yield

    @contextmanager
    def _changing(self, doing: str) -> Iterator[sqlite3.Connection]:
        one = nullcontext() if self._connection.in_transaction else transaction(self._connection)
        with explained(doing, self._path), one:
            yield self._connection


class _AnotherWasQuickerError(Exception):
    """Nothing of the message is claimed then."""


def claimed(one: Delivery, lease: Until, parcel: int) -> Delivery:
    unsure = one.unsure or one.leased
    return one._replace(attempts=one.attempts + 1, ready=lease, leased=True, unsure=unsure, parcel=parcel)


def _each(
    connection: sqlite3.Connection,
    query: str,
    route: str,
    claimed: Iterable[Delivery],
    values: Mapping[str, object],
) -> None:
    for one in claimed:
        connection.execute(QUERIES[query], {**values, **_key(route, one)})


def _put(connection: sqlite3.Connection, target: str, notify: Notify, now: Now) -> None:
    values = {
        "target": target,
        "incident": notify.incident,
        "kind": notify.kind,
        "number": notify.number,
        "action_id": 0,
        "failed_levels": codec.encode_levels(notify.failed_levels),
        "ordered": now.wall,
        "cause": notify.cause,
        "detail": codec.plain(notify.detail),
    }
    connection.execute(QUERIES["add_to_outbox"], values)


def _took(connection: sqlite3.Connection, route: str, how: Proof, now: Now) -> None:
    failing = connection.execute(QUERIES["standing"], {"route": route}).fetchone()[2]
    connection.execute(QUERIES["route_took"], {"route": route, "proof": how, "now": now.wall})
    if failing is not None:
        connection.execute(QUERIES["wake_deliveries"], {"route": route})
    asked = how is Proof.TEST
    if asked or failing is not None:
        connection.execute(QUERIES["tell_again"], again(route, now, asked=asked))


def _failed(
    connection: sqlite3.Connection,
    route: str,
    why: str,
    now: Now,
    ready: Wall | None = None,
    *,
    final: bool = False,
) -> None:
    values = {"route": route, "why": why, "final": final, "ready": ready, "now": now.wall}
    connection.execute(QUERIES["route_failed"], values)


def _key(route: str, one: Delivery) -> Mapping[str, object]:
    return {"outbox": one.alert.id, "route": route, "attempts": one.attempts}


def _receipt(receipt: Receipt) -> Mapping[str, object]:
    return {
        "receipt": codec.plain(receipt.id),
        "url": codec.plain(receipt.url),
        "lacks": json.dumps(receipt.lacks),
    }
