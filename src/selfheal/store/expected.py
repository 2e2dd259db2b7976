"""The routes that a resident runs with, noted before any delivery process has looked into the outbox.

A route that such a process meets for the first time is new: it hears nothing of what is over by then. One
with which a resident has run is not: where no delivery can look for a while, what comes meanwhile is told.
"""

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from selfheal.core.instants import Now
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
