"""A person's questions, with the resident alive, dead, or killed, and where nothing may be written."""

import os
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.store.steps import (
    ASKED,
    IN_TROUBLE,
    LOOK,
    SEEN,
    TARGET,
    WELL,
    as_a_user_who_may_only_read,
    at,
    opening,
    quiet,
    step,
)

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.levels import Request
from selfheal.core.observations import OperatorAsked
from selfheal.ports.store import Commit, StoreError
from selfheal.store.faults import CorruptError
from selfheal.store.reader import WAITING_MAX, NoDatabaseError, Reader, inbox_put
from selfheal.store.sqlite import SqliteStore


@pytest.fixture
def path(open_folder: Path) -> Path:
    return open_folder / "selfheal.db"


@contextmanager
def resident(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path)
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    yield store
    store.close()


def let_all_read(folder: Path) -> None:
    for file in folder.iterdir():
        file.chmod(0o644)


def left_by_a_killed_one(path: Path) -> None:
    """The database with a WAL that nobody has folded in, and no shared memory."""
    with resident(path) as store:
        copies = {file.name: file.read_bytes() for file in path.parent.iterdir()}
        assert store.load(TARGET) == IN_TROUBLE
    path.write_bytes(copies["selfheal.db"])
    path.with_name("selfheal.db-wal").write_bytes(copies["selfheal.db-wal"])


def test_it_reads_beside_a_living_resident(path: Path) -> None:
    with resident(path) as store, Reader(path) as reader:
        assert reader.states() == [IN_TROUBLE]
        store.commit(Commit(TARGET, SEEN, at(2), quiet()))
        assert reader.states() == [WELL]


def test_it_follows_to_the_database_that_is_begun_in_the_place_of_a_damaged_one(path: Path) -> None:
    with resident(path), Reader(path) as reader:
        path.rename(path.with_name("moved aside"))
        assert reader.states() == [IN_TROUBLE], "there is no other one yet"
        fresh = SqliteStore(path)
        fresh.commit(Commit(TARGET, SEEN, at(2), quiet()))
        assert reader.states() == [WELL]
        fresh.close()


def test_it_reads_after_a_resident_that_ended(path: Path) -> None:
    with resident(path):
        pass
    with Reader(path) as reader:
        assert reader.states() == [IN_TROUBLE]


def test_it_reads_after_a_resident_that_was_killed(path: Path) -> None:
    left_by_a_killed_one(path)
    with Reader(path) as reader:
        assert reader.states() == [IN_TROUBLE]


def test_what_was_said_is_not_crowded_out_by_silent_steps(path: Path) -> None:
    with resident(path) as store, Reader(path) as reader:
        for second in range(2, 9):
            store.commit(Commit(TARGET, SEEN, at(second), step(IN_TROUBLE, LOOK)))
        assert [entry.notes for entry in reader.recent(5, telling=True)] == [opening().notes]
        assert [entry.notes for entry in reader.recent(2)] == [(), ()]


def test_what_was_said_before_an_entry_is_found_without_the_silent_ones(path: Path) -> None:
    with resident(path) as store, Reader(path) as reader:
        for second in range(2, 5):
            store.commit(Commit(TARGET, SEEN, at(second), step(IN_TROUBLE, LOOK)))
        (first,) = reader.lead_up(TARGET, reader.recent(1)[0].seq, 5)
        assert first.notes == opening().notes
        assert reader.lead_up(TARGET, first.seq, 5) == reader.lead_up("other", 100, 5) == []


def test_it_reads_in_a_folder_that_may_only_be_read(path: Path) -> None:
    with resident(path):
        pass
    let_all_read(path.parent)
    with as_a_user_who_may_only_read(path.parent), Reader(path) as reader:
        assert reader.states() == [IN_TROUBLE]
        assert len(reader.recent(5)) == 1


def test_it_reads_what_a_killed_one_left_in_a_folder_that_may_only_be_read(path: Path) -> None:
    left_by_a_killed_one(path)
    let_all_read(path.parent)
    with as_a_user_who_may_only_read(path.parent), Reader(path) as reader:
        assert reader.states() == [IN_TROUBLE]
    assert sorted(file.name for file in path.parent.iterdir()) == ["selfheal.db", "selfheal.db-wal"]


def test_it_reads_another_users_living_resident(path: Path) -> None:
    with resident(path):
        let_all_read(path.parent)
        with as_a_user_who_may_only_read(path.parent), Reader(path) as reader:
            assert reader.states() == [IN_TROUBLE]


def test_no_database_is_said_so(path: Path) -> None:
    with pytest.raises(NoDatabaseError, match="selfheal run"):
        Reader(path)
    assert not path.exists()


@pytest.mark.parametrize("made", [False, True])
def test_what_is_asked_before_the_first_run_waits_for_it(path: Path, made: bool) -> None:
    if made:
        path.touch()
    number = inbox_put(path, TARGET, ASKED)
    with Reader(path) as reader:
        assert reader.states() == []
        assert [(each.target, each.asked) for each in reader.waiting()] == [(TARGET, ASKED)]
    store = SqliteStore(path)
    assert [(item.id, item.asked) for item in store.inbox({TARGET})] == [(number, ASKED)]
    store.commit(Commit(TARGET, ASKED, at(1), quiet(), inbox_id=number))
    with Reader(path) as reader:
        assert reader.waiting() == []
    store.close()


def test_several_who_make_the_database_at_once_all_leave_their_request(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: inbox_put(path, TARGET, ASKED), range(8)))
    assert sorted(numbers) == list(range(1, 9))


def test_a_damaged_database_is_said_so_and_left_alone(path: Path) -> None:
    path.write_bytes(b"x" * 5000)
    mended = r"damaged.*`selfheal run` moves it aside"
    with pytest.raises(CorruptError, match=mended):
        inbox_put(path, TARGET, ASKED)
    with pytest.raises(CorruptError, match=mended):
        Reader(path)
    assert path.read_bytes() == b"x" * 5000


def test_a_database_that_is_just_being_made_is_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.touch()
    monkeypatch.setattr(time, "sleep", lambda _: SqliteStore(path).close())
    with Reader(path) as found:
        assert found.states() == []


def test_an_empty_file_is_said_to_be_empty(path: Path) -> None:
    path.touch()
    with pytest.raises(StoreError, match=r"it is empty.*Start `selfheal run`"):
        Reader(path)


def test_what_the_resident_cannot_read_is_refused_once_and_stands_in_nobodys_way(path: Path) -> None:
    with resident(path) as store:
        number = inbox_put(path, TARGET, ASKED)
        connection = sqlite3.connect(path)
        with connection:
            connection.execute('UPDATE inbox SET body = \'{"request": "dance"}\'')
        good = inbox_put(path, TARGET, ASKED)
        assert [item.id for item in store.inbox({TARGET})] == [good]
        (why,) = connection.execute("SELECT refused FROM inbox WHERE id = ?", (number,)).fetchone()
        connection.close()
    assert "dance" in why


def test_requests_do_not_heap_up_for_a_resident_that_does_not_come(path: Path) -> None:
    with resident(path):
        for _ in range(WAITING_MAX):
            inbox_put(path, TARGET, ASKED)
        with pytest.raises(StoreError, match="wait already"):
            inbox_put(path, TARGET, ASKED)
        resume = OperatorAsked(Request.RESUME)
        inbox_put(path, TARGET, resume)
        with Reader(path) as reader:
            assert reader.waiting()[-1].asked == resume, "who asked too often can take it back"


def test_a_folder_whose_name_is_no_text_is_read_too(open_folder: Path) -> None:
    folder = open_folder / os.fsdecode(b"caf\xe9")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes only names in UTF-8")
    with resident(folder / "selfheal.db"), Reader(folder / "selfheal.db") as reader:
        assert reader.states() == [IN_TROUBLE]


def test_what_waits_for_one_target_is_not_crowded_out_by_another(path: Path) -> None:
    with resident(path):
        for target in ("other", TARGET):
            for _ in range(WAITING_MAX):
                inbox_put(path, target, ASKED)
    with Reader(path) as reader:
        assert [each.target for each in reader.waiting()].count(TARGET) == WAITING_MAX


def test_a_request_may_be_left_while_the_resident_is_dead(path: Path) -> None:
    with resident(path):
        pass
    number = inbox_put(path, TARGET, ASKED)
    with resident(path) as store:
        (item,) = store.inbox({TARGET})
        assert (item.id, item.asked) == (number, ASKED)
        assert isinstance(item.asked, OperatorAsked)
        store.commit(Commit(TARGET, ASKED, at(5), step(WELL), inbox_id=number))
        assert list(store.inbox({TARGET})) == []


def test_a_request_that_cannot_be_left_says_why(path: Path) -> None:
    with resident(path):
        pass
    let_all_read(path.parent)
    with (
        as_a_user_who_may_only_read(path.parent),
        pytest.raises(StoreError, match="cannot leave"),
    ):
        inbox_put(path, TARGET, ASKED)


def test_the_incidents_that_a_person_was_to_hear_of(path: Path) -> None:
    with resident(path) as store, Reader(path) as reader:
        assert reader.told(TARGET) == set()
        for incident in (1, 3):
            notify = Notify(AlertKind.OPENED, incident, ())
            store.commit(Commit(TARGET, SEEN, at(incident + 1), step(WELL, notify)))
        assert reader.told(TARGET) == {1, 3}
        assert reader.told("other") == set()


@pytest.mark.parametrize("damage", ["UPDATE journal SET mono = 'x'", "UPDATE journal SET wall = 'x'"])
def test_a_moment_that_is_none_is_said_and_no_traceback(path: Path, damage: str) -> None:
    """A replay did sums with it."""
    with resident(path):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute(damage)
    connection.close()
    with Reader(path) as reader, pytest.raises(StoreError, match="'x' is no moment"):
        reader.timeline(TARGET, 1)
