"""Databases as a bad disk leaves them, and disks that take nothing more."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.store.steps import PAUSED, SEEN, TARGET, at, step, talking

from selfheal.ports.store import Commit
from selfheal.store.sqlite import SqliteStore


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        with connection:
            return connection.execute(sql).fetchall()
    finally:
        connection.close()


def filled(path: Path) -> None:
    store = SqliteStore(path)
    for number in range(200):
        store.commit(Commit(TARGET, SEEN, at(number), talking(number)))
    store.commit(Commit(TARGET, SEEN, at(999), step(PAUSED)))
    store.close()


def damage_journal(path: Path) -> None:
    damage_table(path, "journal")


def damage_table(path: Path, table: str) -> None:
    """Nothing of it can be read any more."""
    roots = query(path, "SELECT name, rootpage FROM sqlite_schema")
    (root,) = (page for name, page in roots if name == table)
    assert isinstance(root, int)
    _damage_page(path, root - 1)


def damage_where(path: Path, said: bytes) -> None:
    """The page on which this stands."""
    size = query(path, "PRAGMA page_size")[0][0]
    assert isinstance(size, int)
    _damage_page(path, path.read_bytes().index(said) // size)


def _damage_page(path: Path, number: int) -> None:
    (size,) = query(path, "PRAGMA page_size")[0]
    assert isinstance(size, int)
    with path.open("r+b") as file:
        file.seek(number * size)
        file.write(b"\xff" * size)


@contextmanager
def no_file_may_grow(beyond_bytes: int = 1) -> Iterator[None]:
    """The kernel refuses every write to a file of this process, beyond its first bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (beyond_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
