"""What can be read of a damaged database: each table by itself, from both of its ends and past the damage.

A row is taken as it stands: a page that was overwritten in part may well be read, and yields nonsense.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

from selfheal.ports.store import StoreError
from selfheal.store import codec
from selfheal.store.reading import open_to_read
from selfheal.store.remains import remains

Row = Mapping[str, Any]

UNREADABLE = (sqlite3.Error, UnicodeDecodeError)  # the latter: an error that quotes what is no text any more
GAP_MOST = 10_000  # numbers that are tried one by one where neither end of a table leads to them


class Left(NamedTuple):
    """A request, as it was found."""

    id: int
    target: str
    body: str
    asked: float


_ORDERS = {
    "about": ("key",),
    "state": ("rowid",),
    "inbox": ("id",),
    "incident": ("rowid",),
    "outbox": ("id",),
    "route": ("name",),
    "delivery": ("outbox", "route"),
    "look": ("one",),
    "heard": ("route", "mark"),
    "ear": ("route",),
}
"""As the rows of each table lie: an index may be what is damaged."""
_COUNTED = ("rowid", "id", "outbox")


def salvage(path: Path, tables: Collection[str]) -> Mapping[str, Sequence[Row]]:
    """The rows of each of the `tables` that still can be read, by what their columns are called there."""
    found: dict[str, Sequence[Row]] = dict.fromkeys(tables, ())
    with suppress(*UNREADABLE, OSError), closing(open_to_read(path)) as opened:
        opened.connection.text_factory = _text
        for table in tables:
            found[table] = _rows(opened.connection, table)
    return found


def salvage_states(path: Path) -> Mapping[str, str]:
    """Target and encoded state of each row that still can be read, or what is left of it."""
    return states_of(salvage(path, ["state"])["state"])


def states_of(rows: Sequence[Row]) -> Mapping[str, str]:
    named = {row["target"]: row["body"] for row in rows if isinstance(row["target"], str)}
    return {
        target: body if _is_state(target, body) else _left(target, body) for target, body in named.items()
    }


def salvage_waiting(path: Path) -> Sequence[Left]:
    """The requests that still can be read and that nobody has taken, oldest first."""
    return waiting_of(salvage(path, ["inbox"])["inbox"])


def waiting_of(rows: Sequence[Row]) -> Sequence[Left]:
    left = [Left(*(row[name] for name in Left._fields)) for row in rows if _waits(row)]
    return sorted(left)


def _is_state(target: str, body: object) -> bool:
    if not isinstance(body, str):
        return False
    try:
        return codec.decode_state(target, body).target == target
    except StoreError:
        return False


def _left(target: str, body: object) -> str:
    return codec.encode_state(remains(target, body, 1))


def _waits(row: Row) -> bool:
    is_text = isinstance(row["target"], str) and isinstance(row["body"], str)
    return is_text and row["taken"] is None and row["refused"] is None


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _rows(connection: sqlite3.Connection, table: str) -> Sequence[Row]:
    order = _ORDERS[table]
    forth, is_whole = _read(connection, table, "ORDER BY " + ", ".join(order))
    if is_whole:
        return list(forth.values())
    back, _ = _read(connection, table, "ORDER BY " + ", ".join(f"{name} DESC" for name in order))
    between = _one_by_one(connection, table, forth, back) if order[0] in _COUNTED else {}
    return list((forth | between | back).values())


_Read = dict[tuple[Any, ...], Row]
"""By what the rows are ordered by."""


def _one_by_one(connection: sqlite3.Connection, table: str, forth: _Read, back: _Read) -> _Read:
    first = max((number for number, *_ in forth), default=0)
    last = min((number for number, *_ in back), default=first + GAP_MOST)
    found: _Read = {}
    for number in range(first, min(last, first + GAP_MOST) + 1):
        found |= _read(connection, table, f"WHERE {_ORDERS[table][0]} = ?", number)[0]
    return found


def _read(connection: sqlite3.Connection, table: str, which: str, *values: int) -> tuple[_Read, bool]:
    """What comes before the damage, and whether there is none."""
    found: _Read = {}
    order = _ORDERS[table]
    columns = "rowid AS rowid, *" if "rowid" in order else "*"
    try:
        cursor = connection.execute(f"SELECT {columns} FROM {table} NOT INDEXED {which}", values)  # noqa: S608 - names of ours
        names = [name for name, *_ in cursor.description]
        for values_of_row in cursor:
            row = dict(zip(names, values_of_row, strict=True))
            found[tuple(row[name] for name in order)] = row
    except UNREADABLE:
        return found, False
    return found, True
