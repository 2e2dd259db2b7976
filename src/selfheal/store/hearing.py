"""Answers of a person, as the listening process keeps them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from selfheal.core.alerting import unacknowledged
from selfheal.core.instants import Now, Wall
from selfheal.ports.hearing import Asked, Shown, Wish
from selfheal.ports.store import StoreError
from selfheal.store import codec
from selfheal.store.faults import explained
from selfheal.store.queries import QUERIES
from selfheal.store.reader import WAITING_MAX
from selfheal.store.schema import open_for_writing, transaction

SHOWN_S = 7 * 86_400.0  # what is older has long been read
SHOWN_MAX = 50  # messages of a route that are looked at
SETTLED = "settled"


class SqliteEars:
    """ports.hearing.Ears. For one process that ends; makes the database where there is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = open_for_writing(path)
        with explained("open the inbox", path):
            self._connection.execute("PRAGMA synchronous = FULL")  # what was heard is not said again

    def close(self) -> None:
        self._connection.close()

    def asked(self) -> Sequence[Asked]:
        with explained("read the states", self._path):
            rows = self._connection.execute(QUERIES["states"]).fetchall()
        found = (codec.decode_state(target, body) for target, body in rows)
        return [
            Asked(state.target, state.incident.id, state.incident.opened)
            for state in found
            if state.incident is not None and unacknowledged(state.alerting) == state.incident.id
        ]

    def shown(self, route: str, now: Now) -> Sequence[Shown]:
        values = {"route": route, "since": now.wall - SHOWN_S, "limit": SHOWN_MAX}
        return [Shown(*row) for row in self._rows("shown", values)]

    def heard_before(self, route: str, now: Now) -> frozenset[str]:
        rows = self._rows("heard_on", {"route": route, "since": now.wall - 2 * SHOWN_S})
        return frozenset(mark for (mark,) in rows)

    def place(self, route: str, door: str) -> int | None:
        return next((place for place, _ in self._rows("ear", {"route": route, "door": door})), None)

    def deaf(self, route: str, door: str) -> str:
        return next((why or "" for _, why in self._rows("ear", {"route": route, "door": door})), "")

    def know(self, route: str, door: str) -> None:
        """By another door it is another service: read anew."""
        with self._changing("know a route") as connection:
            connection.execute(QUERIES["know_ear"], {"route": route, "door": door})

    def deafen(self, route: str, door: str, why: str) -> None:
        with self._changing("note that a route is not listened to") as connection:
            connection.execute(QUERIES["know_ear"], {"route": route, "door": door})
            connection.execute(QUERIES["deafen"], {"route": route, "door": door, "why": codec.plain(why)})

    def hear(self, route: str, mark: str, place: int | None, wishes: Sequence[Wish], now: Now) -> bool:
        with self._changing("leave the request") as connection:
            if place is not None:
                connection.execute(QUERIES["move_ear"], {"route": route, "place": place})
            if not _note(connection, route, mark, now.wall):
                return False
            for wish in wishes:
                self._ask(connection, wish)
        return True

    def read_to(self, route: str, place: int) -> None:
        with self._changing("note how far a route was read") as connection:
            connection.execute(QUERIES["move_ear"], {"route": route, "place": place})

    def settle(self, route: str, message: str, now: Now) -> None:
        with self._changing("settle a message") as connection:
            _note(connection, route, f"{SETTLED} {message}", now.wall)

    def _ask(self, connection: Connection, wish: Wish) -> None:
        values = {"target": wish.target, "body": codec.encode_asked(wish.asked), "limit": WAITING_MAX}
        if connection.execute(QUERIES["ask"], values).rowcount != 1:
            full = f"{WAITING_MAX} like it for {wish.target} wait already. Start `selfheal run`."
            raise StoreError(f"cannot leave the request in {self._path}: {full}", retryable=True)

    def _rows(self, query: str, values: Mapping[str, object]) -> list[Any]:
        with explained("read what was heard", self._path):
            return self._connection.execute(QUERIES[query], values).fetchall()

    @contextmanager
    def _changing(self, doing: str) -> Iterator[Connection]:
        with explained(doing, self._path), transaction(self._connection):
            yield self._connection


def _note(connection: Connection, route: str, mark: str, at: Wall) -> bool:
    values = {"route": route, "mark": codec.plain(mark), "at": at}
    return connection.execute(QUERIES["note_heard"], values).rowcount == 1
