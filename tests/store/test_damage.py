"""Disks that are full, closed or broken, and databases that are not ours to read."""

import sqlite3
import stat
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from tests.store.damage import damage_journal, damage_table, filled, no_file_may_grow, query
from tests.store.steps import (
    IN_TROUBLE,
    INCIDENT,
    PAUSED,
    SEEN,
    TARGET,
    WELL,
    as_a_user_who_may_only_read,
    at,
    closing,
    fill_disk,
    free_disk,
    opening,
    quiet,
    step,
    talking,
)

from selfheal import __version__
from selfheal.core.actions import StartGateway
from selfheal.core.levels import Request
from selfheal.core.notes import Note, Step
from selfheal.core.observations import OperatorAsked
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.core.state import State
from selfheal.ports.store import Commit, StoreError
from selfheal.store import codec
from selfheal.store.fallback import open_store
from selfheal.store.reader import Reader, inbox_put
from selfheal.store.schema import MIGRATIONS, Migration, open_for_writing
from selfheal.store.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "selfheal.db"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir())


def test_only_the_owner_may_look(path: Path) -> None:
    store = SqliteStore(path)
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    assert mode(path.parent) == 0o700
    assert {mode(file) for file in path.parent.iterdir()} == {0o600}
    store.close()


def test_a_folder_that_was_there_keeps_its_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    SqliteStore(tmp_path / "selfheal.db").close()
    assert mode(tmp_path) == 0o755


def test_a_full_disk_is_worth_another_try_and_leaves_the_last_step_whole(path: Path) -> None:
    store = SqliteStore(path)
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    fill_disk(store)
    with pytest.raises(StoreError, match=r"full.*Free space") as caught:
        talk_for_ever(store)
    assert caught.value.retryable
    state = store.load(TARGET)
    with Reader(path) as reader:
        last = reader.recent(1)[0]
    assert state is not None
    assert last.notes in {talking(state.next_action_id).notes, opening().notes}
    free_disk(store)
    store.commit(Commit(TARGET, SEEN, at(3), quiet()))
    assert store.load(TARGET) == WELL
    store.close()


def talk_for_ever(store: SqliteStore) -> None:
    for number in count():
        store.commit(Commit(TARGET, SEEN, at(2), talking(number)))


def test_a_write_that_the_system_refuses_is_worth_another_try(path: Path) -> None:
    store = SqliteStore(path)
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    with no_file_may_grow(), pytest.raises(StoreError) as caught:
        store.commit(Commit(TARGET, SEEN, at(2), talking(2)))
    assert caught.value.retryable
    assert store.load(TARGET) == IN_TROUBLE
    store.commit(Commit(TARGET, SEEN, at(3), talking(3)))
    store.close()


def test_a_disk_without_room_beside_the_database_is_called_full_and_not_failing(path: Path) -> None:
    """SQLite's own word for it is «disk I/O error»."""
    SqliteStore(path).close()
    with no_file_may_grow(), pytest.raises(StoreError) as caught:
        SqliteStore(path)
    assert "the disk is full (disk I/O error)" in str(caught.value)
    assert "Free space" in str(caught.value)
    assert caught.value.retryable


def test_a_folder_that_cannot_be_made_is_worth_another_try(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file in its place")
    with pytest.raises(StoreError, match="SELFHEAL_STATE_DIR") as caught:
        SqliteStore(tmp_path / "state" / "selfheal.db")
    assert caught.value.retryable


def test_a_folder_that_may_only_be_read_is_worth_another_try(open_folder: Path) -> None:
    with as_a_user_who_may_only_read(open_folder), pytest.raises(StoreError, match="writable") as caught:
        SqliteStore(open_folder / "selfheal.db")
    assert caught.value.retryable


def test_a_database_that_another_program_holds_is_worth_another_try(path: Path) -> None:
    store = SqliteStore(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store._opened().execute("PRAGMA busy_timeout = 0")
    with pytest.raises(StoreError, match="another program holds it") as caught:
        store.commit(Commit(TARGET, SEEN, at(1), quiet()))
    assert caught.value.retryable
    other.close()
    store.commit(Commit(TARGET, SEEN, at(2), quiet()))
    store.close()


def test_a_file_that_is_no_database_is_moved_aside(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 500)
    store = SqliteStore(path)
    assert store.recovered_from is not None
    assert store.recovered_from.name.startswith("selfheal.db.corrupt-2")
    assert store.recovered_from.read_bytes() == b"not a database at all" * 500
    store.commit(Commit(TARGET, SEEN, at(1), quiet()))
    store.prune(at(2))
    store.close()
    again = SqliteStore(path)
    assert again.recovered_from is None
    assert again.load(TARGET) == WELL
    again.close()


def test_a_damaged_database_is_moved_aside_and_a_pause_in_it_still_holds(path: Path) -> None:
    filled(path)
    damage_journal(path)
    before = path.read_bytes()
    store = SqliteStore(path)
    assert store.recovered_from is not None
    assert store.recovered_from.read_bytes() == before
    assert store.load(TARGET) == PAUSED
    with Reader(path) as reader:
        assert reader.recent(9) == []
    store.close()


def test_a_database_whose_fault_cannot_be_spelt_is_moved_aside(path: Path) -> None:
    """It ended the watch."""
    filled(path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA writable_schema = ON")
    spoilt = "UPDATE sqlite_schema SET sql = CAST(x'435245415445205441424c4520da20db20dc' AS TEXT)"
    connection.execute(f"{spoilt} WHERE name = 'journal'")
    connection.close()
    store = SqliteStore(path)
    assert store.recovered_from is not None
    assert store.load(TARGET) is None
    store.close()


def test_two_damaged_databases_within_a_second_are_both_kept(path: Path) -> None:
    moved = set()
    for _ in range(2):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x" * 4096)
        store = SqliteStore(path)
        moved.add(store.recovered_from)
        store.close()
    assert len(moved) == 2
    assert all(file is not None and file.exists() for file in moved)


def damaged_meanwhile(path: Path) -> SqliteStore:
    """One that is open, and has nothing of what was damaged in its memory."""
    filled(path)
    store = SqliteStore(path)
    store._opened().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage_journal(path)
    store._opened().execute("PRAGMA shrink_memory")
    return store


def test_damage_that_shows_at_a_commit_costs_no_step(path: Path) -> None:
    store = damaged_meanwhile(path)
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    assert store.recovered_from is not None
    assert store.load(TARGET) == IN_TROUBLE
    with Reader(path) as reader:
        assert [row.id for row in reader.incidents()] == [1]
    store.close()


@pytest.mark.parametrize("table", ["delivery", "journal"])
def test_damage_that_no_step_meets_is_found_where_another_program_met_it(path: Path, table: str) -> None:
    """A delivery could use the outbox no more, while each step was written as ever: nobody was told."""
    filled(path)
    store = SqliteStore(path)
    assert not store.recheck()
    store._opened().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    damage_table(path, table)
    assert store.recheck()
    assert not store.recheck()
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    with Reader(path) as reader:
        assert [row.id for row in reader.incidents()] == [1]
    store.close()


def test_damage_that_shows_as_old_entries_go_is_mended(path: Path) -> None:
    store = damaged_meanwhile(path)
    store.prune(at(1))
    assert store.recovered_from is not None
    store.close()


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE state SET body = 'of another time'",
        "UPDATE state SET body = x'ff00ff'",
        "UPDATE state SET body = CAST(x'ff' AS TEXT)",
    ],
)
def test_a_state_that_cannot_be_read_is_kept_aside_and_begun_anew(path: Path, spoil: str) -> None:
    filled(path)
    query(path, spoil)
    spoilt = query(path, "SELECT CAST(body AS BLOB) FROM state")
    store = SqliteStore(path)
    assert store.load(TARGET) == State(TARGET)
    (said,) = store.set_aside
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    assert store.load(TARGET) == IN_TROUBLE
    assert len(store.set_aside) == 1
    store.close()
    ((key,),) = query(path, "SELECT key FROM about WHERE key LIKE 'unreadable state of %'")
    assert f"«{key}»" in said
    assert query(path, "SELECT CAST(value AS BLOB) FROM about WHERE key LIKE 'unreadable%'") == spoilt


def test_a_state_that_cannot_be_read_nor_kept_does_not_end_the_watch(path: Path) -> None:
    filled(path)
    query(path, "UPDATE state SET body = 'of another time'")
    store = open_store(path)
    with no_file_may_grow():
        assert store.load(TARGET) == State(TARGET)
    assert store.degraded
    assert not store.set_aside
    store.close()


def test_a_database_deleted_under_us_is_begun_anew(path: Path) -> None:
    store = SqliteStore(path)
    store.commit(Commit(TARGET, SEEN, at(1), quiet()))
    for file in path.parent.iterdir():
        file.unlink()
    path.parent.rmdir()
    store.commit(Commit(TARGET, SEEN, at(2), opening()))
    store.close()
    with Reader(path) as reader:
        assert reader.states() == [IN_TROUBLE]


def test_a_database_that_another_has_begun_meanwhile_is_the_one_that_is_used(path: Path) -> None:
    store = SqliteStore(path)
    store.commit(Commit(TARGET, SEEN, at(1), quiet()))
    path.parent.rename(path.parent.with_name("moved"))
    inbox_put(path, TARGET, OperatorAsked(Request.PAUSE))
    assert [item.asked.request for item in store.inbox([TARGET])] == [Request.PAUSE]
    store.commit(Commit(TARGET, SEEN, at(3), opening()))
    store.close()
    with Reader(path) as reader:
        assert reader.states() == [IN_TROUBLE]


def test_a_newer_database_is_refused_and_untouched(path: Path) -> None:
    SqliteStore(path).close()
    newer = len(MIGRATIONS) + 1
    query(path, f"PRAGMA user_version = {newer}")
    query(path, "UPDATE about SET value = '9.8.7' WHERE key = 'program'")
    before = path.read_bytes()
    for use in (SqliteStore, Reader):
        with pytest.raises(StoreError, match=r"9\.8\.7") as caught:
            use(path)
        assert not caught.value.retryable
    assert path.read_bytes() == before


NEXT = Migration(len(MIGRATIONS) + 1, "ALTER TABLE state ADD COLUMN colour TEXT;")
BROKEN = Migration(
    len(MIGRATIONS) + 1, "ALTER TABLE state ADD COLUMN colour TEXT; SELECT no_such_function();"
)


def migrated(path: Path, *more: Migration) -> None:
    migrations: Sequence[Migration] = [*MIGRATIONS, *more]
    open_for_writing(path, migrations).close()


def test_a_migration_leaves_a_copy_of_what_was(path: Path) -> None:
    filled(path)
    migrated(path, NEXT)
    copy = path.with_name(f"selfheal.db.before-v{NEXT.version}")
    assert query(path, "PRAGMA user_version") == [(NEXT.version,)]
    assert query(path, "SELECT colour FROM state") == [(None,)]
    assert query(copy, "PRAGMA user_version") == [(len(MIGRATIONS),)]
    assert query(copy, "SELECT body FROM state") == [(codec.encode_state(PAUSED),)]
    assert mode(copy) == 0o600


def test_a_migration_that_fails_changes_nothing(path: Path) -> None:
    filled(path)
    with pytest.raises(StoreError):
        migrated(path, BROKEN)
    store = SqliteStore(path)
    assert store.load(TARGET) == PAUSED
    store.close()
    migrated(path, NEXT)
    assert query(path, "PRAGMA user_version") == [(NEXT.version,)]


OF_VERSION_1 = """
INSERT INTO incident (target, id, cause, level, opened, detail)
VALUES ('main', 1, 'process_gone', 'watchdog', 1000.0, 'pid 7');
INSERT INTO journal (target, wall, mono, boot_id, kind, observation, notes, actions, incident)
VALUES ('main', 1000.0, 1.0, 'boot-a', 'TimePassed', '{}', '[]', '[]', 1);
"""


def test_a_database_of_version_1_keeps_its_incidents_without_their_beginnings(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.executescript(f"{MIGRATIONS[0].script} {OF_VERSION_1} PRAGMA user_version = 1;")
    with connection:
        body = codec.encode_state(IN_TROUBLE)
        connection.execute("INSERT INTO state VALUES ('main', 1.0, ?)", (body,))
    connection.close()
    store = SqliteStore(path)
    assert store.load(TARGET) == IN_TROUBLE
    store.commit(
        Commit(TARGET, SEEN, at(2), step(IN_TROUBLE, StartGateway()))
    )  # still open: it stays unknown
    store.commit(Commit(TARGET, SEEN, at(3), closing()))
    store.commit(Commit(TARGET, SEEN, at(4), again()))
    store.close()
    with Reader(path) as reader:
        assert [row.id for row in reader.incidents()] == [2, 1]
        assert len(reader.timeline(TARGET, 1)) == 3
        assert reader.before(TARGET, 1) is None
        assert reader.before(TARGET, 2) == WELL
    assert query(path.with_name("selfheal.db.before-v2"), "PRAGMA user_version") == [(1,)]


def test_a_database_of_version_3_keeps_its_entries_without_their_settings(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    for migration in MIGRATIONS[:3]:
        connection.executescript(migration.script)
    connection.executescript(f"{OF_VERSION_1} PRAGMA user_version = 3;")
    connection.close()
    store = SqliteStore(path)
    store.commit(Commit(TARGET, SEEN, at(2), step(IN_TROUBLE, StartGateway()), policy=Policy()))
    store.close()
    with Reader(path) as reader:
        assert [entry.policy for entry in reader.timeline(TARGET, 1)] == [None, Policy()]


def again() -> Step:
    note = Note(Reason.INCIDENT_OPENED, incident=2)
    return step(replace(IN_TROUBLE, incident=replace(INCIDENT, id=2)), notes=(note,))


def test_a_new_database_needs_no_copy_and_knows_its_program(path: Path) -> None:
    migrated(path)
    assert names(path) == ["selfheal.db"]
    assert query(path, "SELECT value FROM about WHERE key = 'program'") == [(__version__,)]
