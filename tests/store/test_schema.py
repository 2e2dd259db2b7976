"""An upgrade: what it leaves beside the database, and two processes that come to it at once."""

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.store.damage import no_file_may_grow, query

from selfheal.ports.store import StoreError
from selfheal.store.schema import BUSY_TIMEOUT_S, Migration, open_for_writing

OLD = [Migration(1, "CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL); CREATE TABLE note (x);")]
TWICE = Migration(
    2, "-- Nothing keeps it from being run twice; see 15.\nDROP TABLE note; CREATE TABLE note (y);"
)
LAST = Migration(3, "ALTER TABLE note ADD COLUMN z;")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "selfheal.db"
    open_for_writing(path, OLD).close()
    query(path, "INSERT INTO note VALUES ('kept')")
    return path


class Late(Sequence[Migration]):
    """What another process does once we have seen what is to be done, and before we do it."""

    def __init__(self, path: Path, migrations: list[Migration]) -> None:
        self._path, self._migrations = path, migrations

    def __len__(self) -> int:
        return len(self._migrations)

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, slice):
            open_for_writing(self._path, self._migrations).close()
        return self._migrations[which]


def test_who_comes_second_to_an_upgrade_leaves_its_copy_and_its_work_alone(path: Path) -> None:
    open_for_writing(path, Late(path, [*OLD, TWICE, LAST])).close()
    for version in (2, 3):
        copy = path.with_name(f"selfheal.db.before-v{version}")
        assert query(copy, "PRAGMA user_version") == [(version - 1,)]
    assert query(path.with_name("selfheal.db.before-v2"), "SELECT x FROM note") == [("kept",)]
    assert query(path, "PRAGMA user_version") == [(3,)]
    open_for_writing(path, [*OLD, TWICE, LAST]).close()


def test_who_comes_second_waits_for_longer_than_for_a_step(path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(1.5 * BUSY_TIMEOUT_S, other.execute, ("COMMIT",))
    timer.start()
    connection = open_for_writing(path, [*OLD, TWICE])
    timer.join()
    assert connection.execute("PRAGMA busy_timeout").fetchone() == (BUSY_TIMEOUT_S * 1000,)
    connection.close()
    other.close()


def test_a_copy_that_cannot_be_made_leaves_nothing_beside_it(path: Path) -> None:
    query(path, "INSERT INTO note VALUES (randomblob(3000000))")
    with no_file_may_grow(1_000_000), pytest.raises(StoreError):
        open_for_writing(path, [*OLD, TWICE])
    assert [file.name for file in path.parent.iterdir()] == ["selfheal.db"]
    assert query(path, "PRAGMA user_version") == [(1,)]
