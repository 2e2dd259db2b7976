"""A damaged database is moved aside, never deleted: a person may still want what is in it.

What can be read of the states and of the requests that nobody has taken is taken along into the new one (see
`anew`), because a forgotten pause would start a gateway that a person wants stopped.
"""

import sqlite3
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from selfheal.ports.store import StoreError
from selfheal.store import codec
from selfheal.store.faults import explained
from selfheal.store.queries import QUERIES
from selfheal.store.reading import open_to_read
from selfheal.store.remains import remains


class Left(NamedTuple):
    """A request, as it was found."""

    id: int
    target: str
    body: str
    asked: float


COMPANIONS = ("-wal", "-shm")  # SQLite's own names: they stay a set that can be opened again


def move_aside(path: Path, target: Path) -> None:
    """Goes on where it was broken off: its last rename is that of the database itself."""
    with explained("move the damaged database aside", path):
        for companion in (*COMPANIONS, ""):
            source = path.with_name(path.name + companion)
            if source.exists():
                source.rename(target.with_name(target.name + companion))


def aside_name(path: Path) -> Path:
    """Where it can be moved: nothing has this name yet."""
    name = f"{path.name}.corrupt-{time.strftime('%Y%m%dT%H%M%S')}"
    target, number = path.with_name(name), 1
    while target.exists():
        number += 1
        target = path.with_name(f"{name}-{number}")
    return target


def salvage_states(path: Path) -> Mapping[str, str]:
    """Target and encoded state of each row that still can be read, or what is left of it."""
    return {
        target: body if _makes_sense(target, body) else _left(target, body)
        for target, body in _readable(path, "states")
        if isinstance(target, str)
    }


def salvage_waiting(path: Path) -> Sequence[Left]:
    """The requests that still can be read and that nobody has taken, oldest first."""
    rows = _readable(path, "left_waiting")
    return [Left(*row) for row in rows if isinstance(row[1], str) and isinstance(row[2], str)]


def _readable(path: Path, query: str) -> list[Any]:
    """What comes before the damage."""
    rows: list[Any] = []
    with suppress(sqlite3.Error, OSError, UnicodeError):
        opened = open_to_read(path)
        with closing(opened):
            rows.extend(opened.connection.execute(QUERIES[query]))
    return rows


def _left(target: str, body: object) -> str:
    return codec.encode_state(remains(target, body, 1))


def _makes_sense(target: str, body: object) -> bool:
    if not isinstance(body, str):
        return False
    try:
        return codec.decode_state(target, body).target == target
    except StoreError:
        return False
