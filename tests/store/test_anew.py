"""A damaged database, and a disk that fails or a resident that dies while a new one is put in its place."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.store.damage import damage_journal, filled, no_file_may_grow, query
from tests.store.steps import ASKED, PAUSED, SEEN, TARGET, WELL, at, step

from selfheal.core.levels import Request
from selfheal.core.observations import OperatorAsked
from selfheal.ports.store import Commit, InboxItem, StoreError
from selfheal.store import anew
from selfheal.store.aside import move_aside
from selfheal.store.fallback import RETRY_INTERVAL_S, open_store
from selfheal.store.reader import inbox_put
from selfheal.store.salvage import salvage_states
from selfheal.store.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a resident that was killed: damaged, and with a pause that is in its WAL alone."""
    path = tmp_path / "selfheal.db"
    filled(path)
    store = SqliteStore(path)
    store.commit(Commit(TARGET, SEEN, at(1), step(WELL)))
    store._opened().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store.commit(Commit(TARGET, SEEN, at(2), step(PAUSED)))
    left = {file: file.read_bytes() for file in (path, wal_of(path))}
    store.close()
    for file, content in left.items():
        file.write_bytes(content)
    damage_journal(path)
    return path


def wal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def partly_made(path: Path) -> None:
    with no_file_may_grow(), pytest.raises(StoreError):
        anew.begin(path)


def made(path: Path) -> None:
    anew.begin(path)


def wal_moved(path: Path) -> None:
    made(path)
    wal_of(path).rename(wal_of(anew.aside_of(path)))


def moved(path: Path) -> None:
    made(path)
    move_aside(path, anew.aside_of(path))


def in_place(path: Path) -> None:
    anew.open_sound(path).close()


def wal_folded_in(path: Path) -> None:
    """Before the first moment, with all of it in the one file: the WAL cannot be read on a full disk."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


TAKEN = OperatorAsked(Request.CHECK)
MOMENTS = [partly_made, made, wal_moved, moved, in_place]


@pytest.mark.parametrize("died", MOMENTS, ids=lambda died: died.__name__)
def test_whenever_it_dies_the_pause_holds_and_a_person_is_told(
    path: Path, died: Callable[[Path], None]
) -> None:
    died(path)
    store = SqliteStore(path)
    assert store.load(TARGET) == PAUSED
    aside = store.recovered_from
    assert aside is not None
    assert salvage_states(aside).keys() == {TARGET}
    assert sorted(file.name for file in path.parent.glob("*.corrupt-*[0-9]")) == [aside.name]
    store.close()
    assert sorted(file.name for file in path.parent.glob("*.next*")) == []


@pytest.mark.parametrize("failed", [wal_folded_in, *MOMENTS[1:]], ids=lambda failed: failed.__name__)
def test_whenever_the_disk_fails_the_pause_holds_and_the_disk_is_tried_again(
    path: Path, failed: Callable[[Path], None]
) -> None:
    failed(path)
    with no_file_may_grow():
        store = open_store(path)
        assert store.degraded
        assert store.load(TARGET) == PAUSED
        store.commit(Commit(TARGET, SEEN, at(0), step(PAUSED)))
    store.commit(Commit(TARGET, SEEN, at(RETRY_INTERVAL_S), step(PAUSED)))
    assert not store.degraded
    assert store.recovered_from is not None
    store.close()
    assert query(path, "SELECT count(*) FROM state") == [(1,)]


def test_it_is_told_until_the_watch_has_gone_on(path: Path) -> None:
    told = []
    for second in range(3):
        store = SqliteStore(path)
        told.append(store.recovered_from)
        if second:
            store.prune(at(second))
        store.close()
    assert told[0] is not None
    assert told == [told[0], told[0], None]


def test_a_new_one_that_is_damaged_in_its_turn_is_made_again(path: Path) -> None:
    made(path)
    anew.latest(path).write_bytes(b"x" * 5000)
    store = SqliteStore(path)
    assert store.load(TARGET) == PAUSED
    store.close()


def test_what_has_come_meanwhile_is_kept_as_well(path: Path) -> None:
    moved(path)
    path.write_bytes(b"of somebody else")
    store = SqliteStore(path)
    assert store.load(TARGET) == PAUSED
    assert b"of somebody else" in [file.read_bytes() for file in path.parent.glob("*.corrupt-*")]
    store.close()


@pytest.mark.parametrize("died", [made, wal_moved, moved], ids=lambda died: died.__name__)
def test_no_request_is_left_where_it_would_be_moved_away(path: Path, died: Callable[[Path], None]) -> None:
    died(path)
    with pytest.raises(StoreError, match="selfheal run") as caught:
        inbox_put(path, TARGET, ASKED)
    assert caught.value.retryable


@pytest.mark.parametrize("died", MOMENTS, ids=lambda died: died.__name__)
def test_whenever_it_dies_a_request_that_nobody_has_taken_is_taken_along(
    tmp_path: Path, died: Callable[[Path], None]
) -> None:
    """Whoever left it was told that it is accepted. One that was taken is not given twice."""
    path = tmp_path / "selfheal.db"
    filled(path)
    taken, left = inbox_put(path, TARGET, TAKEN), inbox_put(path, TARGET, ASKED)
    store = SqliteStore(path)
    store.commit(Commit(TARGET, TAKEN, at(1000), step(WELL), inbox_id=taken))
    store.close()
    damage_journal(path)
    wal_of(path).touch()
    died(path)
    store = SqliteStore(path)
    assert store.recovered_from is not None
    assert store.inbox({TARGET}) == [InboxItem(left, TARGET, ASKED)]
    store.commit(Commit(TARGET, ASKED, at(1001), step(PAUSED), inbox_id=left))
    assert store.inbox({TARGET}) == []
    store.close()
