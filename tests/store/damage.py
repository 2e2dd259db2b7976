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
    (root,) = query(path, "SELECT rootpage FROM sqlite_schema WHERE name = 'journal'")[0]
    (size,) = query(path, "PRAGMA page_size")[0]
    assert isinstance(root, int)
    assert isinstance(size, int)
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)


@contextmanager
def no_file_may_grow() -> Iterator[None]:
    """The kernel refuses every write to a file of this process."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
