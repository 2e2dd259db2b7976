"""What a resident notes in the outbox as it begins, before any delivery process has looked there: the routes
that it runs with, and that somebody watches again.

A route that such a process meets for the first time is new: it hears nothing of what is over by then. One
with which a resident has run is not: where no delivery can look for a while, what comes meanwhile is told.
"""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from selfheal.core.instants import Now
from selfheal.store import codec
from selfheal.store.faults import explained
from selfheal.store.looks import look
from selfheal.store.queries import QUERIES
from selfheal.store.reader import require_schema
from selfheal.store.reading import connect
from selfheal.store.schema import transaction


def expect(path: Path, routes: Iterable[str], now: Now) -> None:
    """What is in the outbox before is no news to them. Raises StoreError."""
    with explained("note the routes", path), closing(connect(path, "mode=rw")) as connection:
        require_schema(connection, path)
        with transaction(connection):
            *_, boot_id, _ = connection.execute(QUERIES["last_look"]).fetchone()
            if boot_id is None:
                look(connection, now)
            for route in routes:
                connection.execute(QUERIES["expect_route"], {"route": route, "now": now.wall})


def watch_again(path: Path, resident: str, now: Now) -> None:
    """Ends the spell in which nobody watched, if there is one. `resident`: its target. Raises StoreError."""
    with explained("note that somebody watches", path), closing(connect(path, "mode=rw")) as connection:
        require_schema(connection, path)
        with transaction(connection):
            values = {"target": resident, "now": now.wall, "levels": codec.encode_levels(())}
            connection.execute(QUERIES["end_spell"], values)
