"""A new database in the place of a damaged one, with what can be read of that, whatever happens meanwhile.

Rules
  * The new one is made whole under another name, `….next`: in it is what is taken `along`, and the
    name that the damaged one is to get. Until then that one stays as it is, and a next try begins from it
    again.
  * From then on there is nothing to decide, only to rename, and who opens the database goes on with that.
  * That name stays in the new one until a person can have been told of it.
"""

import sqlite3
from pathlib import Path

from selfheal.store.along import take_along
from selfheal.store.aside import COMPANIONS, aside_name, move_aside
from selfheal.store.faults import CorruptError, explained
from selfheal.store.queries import QUERIES
from selfheal.store.reading import open_to_read
from selfheal.store.schema import open_for_writing, transaction

RECOVERED_FROM = "recovered_from"  # key in the table about


def open_sound(path: Path) -> sqlite3.Connection:
    """The database at `path`, in the place of a damaged one if need be. Raises StoreError."""
    try:
        return _opened_as_it_is(path)
    except CorruptError:
        begin(path)
        return _opened_as_it_is(path)


def begin(path: Path) -> None:
    """Makes the next one of what can be read of the one at `path`, and leaves that one alone."""
    partial = path.with_name(f"{path.name}.next.partial")
    with explained("take along what can be read", path):
        for companion in ("", "-journal", *COMPANIONS):
            partial.with_name(partial.name + companion).unlink(missing_ok=True)
        connection = open_for_writing(partial)
        try:
            connection.execute("PRAGMA journal_mode = DELETE")  # all of it in one file, which can be renamed
            connection.execute("PRAGMA synchronous = FULL")
            with transaction(connection):
                take_along(connection, path)
                name = aside_name(path).name
                connection.execute(QUERIES["put_about"], {"key": RECOVERED_FROM, "value": name})
        finally:
            connection.close()
        partial.rename(_next(path))


def is_under_way(path: Path) -> bool:
    return _next(path).exists()


def latest(path: Path) -> Path:
    """The file in which the states are."""
    return _next(path) if is_under_way(path) else path


def untold(connection: sqlite3.Connection, path: Path) -> Path | None:
    """Where the damaged one is, in whose place the database at `path` was begun."""
    row = connection.execute(QUERIES["get_about"], {"key": RECOVERED_FROM}).fetchone()
    return path.with_name(row[0]) if row else None


def _opened_as_it_is(path: Path) -> sqlite3.Connection:
    if is_under_way(path):
        _put_in_place(path)
    return open_for_writing(path)


def _put_in_place(path: Path) -> None:
    with explained("begin a new database", path):
        target = aside_of(path)
        if target.exists():  # it was moved already; whatever has come since is kept as well
            target = aside_name(path)
        move_aside(path, target)
        _next(path).rename(path)


def aside_of(path: Path) -> Path:
    """What the damaged one is to be called, as the next one says."""
    fresh = _next(path)
    opened = open_to_read(fresh)
    try:
        found = untold(opened.connection, path)
    finally:
        opened.close()
    if found is None:
        raise CorruptError(f"cannot use {fresh}: it does not say in whose place it was made")
    return found


def _next(path: Path) -> Path:
    return path.with_name(f"{path.name}.next")
