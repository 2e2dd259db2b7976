"""A disk that goes away and comes back, seen by the one that must keep watching."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.store.damage import damage_journal, filled, no_file_may_grow, query
from tests.store.steps import (
    ALERT,
    ASKED,
    IN_TROUBLE,
    LOOK,
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

from selfheal.core.levels import Request
from selfheal.core.observations import OperatorAsked, TimePassed
from selfheal.core.state import State
from selfheal.ports.store import Commit, InboxItem, StoreError
from selfheal.store.aside import COMPANIONS
from selfheal.store.fallback import KEPT_MAX, RETRY_INTERVAL_S, DurableOrMemory, open_store
from selfheal.store.reader import Reader, inbox_put
from selfheal.store.schema import MIGRATIONS
from selfheal.store.sqlite import SqliteStore


class Disk:
    """One that can be out of reach, and is asked no more often than it should be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.gone = False
        self.tries = 0
        self.stores: list[SqliteStore] = []

    def open(self) -> SqliteStore:
        self.tries += 1
        if self.gone:
            raise StoreError("cannot open: the disk is gone", retryable=True)
        self.stores.append(SqliteStore(self.path))
        return self.stores[-1]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path / "selfheal.db")
    yield disk
    for store in disk.stores:
        store.close()


def numbers(path: Path) -> list[float | None]:
    with Reader(path) as reader:
        return [entry.notes[0].number for entry in reader.recent(5_000)]


def state_on_disk(path: Path) -> State:
    with Reader(path) as reader:
        (state,) = reader.states()
    return state


def full(disk: Disk) -> DurableOrMemory:
    """A store whose disk has become full after its first step."""
    store = DurableOrMemory(disk.open)
    store.commit(Commit(TARGET, SEEN, at(0), talking(0)))
    fill_disk(disk.stores[0])
    second = 1
    while not store.degraded:
        store.commit(Commit(TARGET, SEEN, at(second / 1000), talking(second)))
        second += 1
    return store


def test_with_a_disk_it_is_the_durable_store(disk: Disk) -> None:
    store = DurableOrMemory(disk.open)
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    assert store.degraded == ""
    assert store.load(TARGET) == IN_TROUBLE
    assert state_on_disk(disk.path) == IN_TROUBLE


def test_a_full_disk_does_not_end_the_watch(disk: Disk) -> None:
    store = full(disk)
    assert "full" in store.degraded
    store.commit(Commit(TARGET, SEEN, at(2), opening()))
    assert store.load(TARGET) == IN_TROUBLE


def test_all_that_was_kept_reaches_the_disk_in_order_once_it_is_free(disk: Disk) -> None:
    store = full(disk)
    failed_at = store.load(TARGET)
    assert failed_at is not None
    kept_from = failed_at.next_action_id
    store.commit(Commit(TARGET, SEEN, at(2), talking(kept_from + 1)))
    free_disk(disk.stores[0])
    store.commit(Commit(TARGET, SEEN, at(3), talking(kept_from + 2)))
    assert store.degraded, "tried too early"
    store.commit(Commit(TARGET, SEEN, at(2 + RETRY_INTERVAL_S), talking(kept_from + 3)))
    assert store.degraded == ""
    assert numbers(disk.path) == [float(number) for number in range(kept_from + 4)]
    assert state_on_disk(disk.path) == store.load(TARGET) == talking(kept_from + 3).state


def test_who_asks_is_called_once_the_disk_has_all_that_was_kept(disk: Disk) -> None:
    store, found = full(disk), list[int]()
    store.again = lambda: found.append(len(numbers(disk.path)))
    free_disk(disk.stores[0])
    for second in (1, 2 + RETRY_INTERVAL_S, 3 + RETRY_INTERVAL_S):
        store.commit(Commit(TARGET, SEEN, at(second), talking(int(second))))
    assert found == [len(numbers(disk.path)) - 1], "once, and before the step after it"


def test_an_incident_that_came_and_went_meanwhile_is_on_disk_afterwards(disk: Disk) -> None:
    disk.gone = True
    store = DurableOrMemory(disk.open)
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    store.commit(Commit(TARGET, SEEN, at(2), step(IN_TROUBLE, ALERT)))
    store.commit(Commit(TARGET, SEEN, at(3), closing()))
    disk.gone = False
    store.commit(Commit(TARGET, SEEN, at(1 + RETRY_INTERVAL_S), quiet()))
    with Reader(disk.path) as reader:
        assert [(row.id, row.outcome) for row in reader.incidents()] == [(1, "healed")]
        assert [row.ordered for row in reader.outbox()] == [at(2).wall]
        assert reader.states() == [WELL]


def test_the_disk_is_not_tried_at_every_step(disk: Disk) -> None:
    disk.gone = True
    store = DurableOrMemory(disk.open)
    for second in range(61):
        store.commit(Commit(TARGET, SEEN, at(second), talking(second)))
    assert disk.tries == 1 + 3  # when it was made, and after 0, 30 and 60 s


def test_more_than_can_be_kept_loses_the_least_important_first(disk: Disk) -> None:
    disk.gone = True
    store = DurableOrMemory(disk.open)
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    for number in range(KEPT_MAX + 50):
        store.commit(Commit(TARGET, TimePassed(), at(2), talking(number)))
    store.commit(Commit(TARGET, SEEN, at(3), closing()))
    disk.gone = False
    store.commit(Commit(TARGET, SEEN, at(1 + RETRY_INTERVAL_S), quiet()))
    with Reader(disk.path) as reader:
        assert [row.outcome for row in reader.incidents()] == ["healed"]
        entries = reader.recent(5_000)
    assert len(entries) == KEPT_MAX - 1 or len(entries) == KEPT_MAX
    assert entries[0].notes == opening().notes
    assert entries[-2].notes[0].number == float(KEPT_MAX + 49)


def test_quiet_steps_are_not_heaped_up(disk: Disk) -> None:
    disk.gone = True
    store = DurableOrMemory(disk.open)
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    for second in range(2, 20):
        store.commit(Commit(TARGET, SEEN, at(second), quiet()))
    assert len(store._kept) == 2


def test_a_request_that_was_taken_is_not_given_twice(disk: Disk) -> None:
    store = full(disk)
    free_disk(disk.stores[0])
    number = inbox_put(disk.path, TARGET, ASKED)
    assert [item.id for item in store.inbox({TARGET})] == [number]
    store.commit(Commit(TARGET, ASKED, at(2), step(PAUSED), inbox_id=number))
    assert store.degraded
    assert list(store.inbox({TARGET})) == []
    store.commit(Commit(TARGET, SEEN, at(2 + RETRY_INTERVAL_S), step(PAUSED, LOOK)))
    assert list(store.inbox({TARGET})) == []
    assert store.load(TARGET) == PAUSED


def test_a_folder_that_may_only_be_read_still_tells_of_the_pause(open_folder: Path) -> None:
    path = open_folder / "selfheal.db"
    before = SqliteStore(path)
    before.commit(Commit(TARGET, SEEN, at(1), step(PAUSED)))
    before.close()
    path.chmod(0o644)
    with as_a_user_who_may_only_read(open_folder):
        store = open_store(path)
        assert store.degraded
        assert store.load(TARGET) == PAUSED
        store.commit(Commit(TARGET, SEEN, at(2), step(replace(PAUSED, next_action_id=5))))
        assert list(store.inbox({TARGET})) == []
        assert store.load(TARGET) == replace(PAUSED, next_action_id=5)
        store.close()


def of_a_newer_version(path: Path) -> None:
    """As when a person has tried one, whose database it then is."""
    query(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")


def move(path: Path, to: Path) -> None:
    for companion in ("", *COMPANIONS):
        source = path.with_name(path.name + companion)
        if source.exists():
            source.rename(to.with_name(to.name + companion))


def test_a_newer_versions_database_is_left_alone_and_the_pause_in_it_counts(tmp_path: Path) -> None:
    path = tmp_path / "selfheal.db"
    filled(path)
    inbox_put(path, TARGET, ASKED)
    of_a_newer_version(path)
    before = path.read_bytes()
    store = open_store(path)
    assert "newer" in store.degraded
    assert store.load(TARGET) == PAUSED
    (item,) = store.inbox({TARGET})
    store.commit(Commit(TARGET, item.asked, at(1), step(PAUSED), inbox_id=item.id))
    assert list(store.inbox({TARGET})) == []
    store.close()
    assert path.read_bytes() == before


def test_a_newer_versions_database_that_comes_while_we_watch_does_not_end_it(tmp_path: Path) -> None:
    path, newer = tmp_path / "selfheal.db", tmp_path / "newer.db"
    store = open_store(path)
    store.commit(Commit(TARGET, SEEN, at(1), talking(1)))
    SqliteStore(newer).close()
    of_a_newer_version(newer)
    move(path, tmp_path / "ours.db")
    move(newer, path)
    assert list(store.inbox({TARGET})) == []
    store.commit(Commit(TARGET, SEEN, at(2), opening()))
    assert "newer" in store.degraded
    assert store.load(TARGET) == IN_TROUBLE
    move(path, newer)
    move(tmp_path / "ours.db", path)
    store.commit(Commit(TARGET, SEEN, at(2 + RETRY_INTERVAL_S), quiet()))
    assert store.degraded == ""
    with Reader(path) as reader:
        assert [row.id for row in reader.incidents()] == [1], "what was kept is written once it can be"
    store.close()


def test_a_request_in_a_damaged_database_is_taken_though_no_new_one_can_be_made(tmp_path: Path) -> None:
    path = tmp_path / "selfheal.db"
    filled(path)
    number = inbox_put(path, TARGET, ASKED)
    query(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    damage_journal(path)
    with no_file_may_grow():
        store = open_store(path)
        assert list(store.inbox({TARGET})) == [InboxItem(number, TARGET, ASKED)]
        store.commit(Commit(TARGET, ASKED, at(1), step(PAUSED), inbox_id=number))
        assert list(store.inbox({TARGET})) == []
    store.commit(Commit(TARGET, SEEN, at(1 + RETRY_INTERVAL_S), step(PAUSED)))
    assert store.degraded == ""
    assert list(store.inbox({TARGET})) == [], "it is not given twice"
    store.close()


def test_a_record_that_cannot_be_written_is_for_a_person(disk: Disk) -> None:
    disk.gone = True
    store = DurableOrMemory(disk.open)
    with pytest.raises(StoreError, match="cannot write"):
        store.commit(Commit(TARGET, SEEN, at(1), step(replace(WELL, startups_s=(float("inf"),)))))
    disk.gone = False
    store.commit(Commit(TARGET, SEEN, at(1 + RETRY_INTERVAL_S), talking(1)))
    assert numbers(disk.path) == [1.0]


def test_what_is_kept_is_written_at_the_end_if_the_disk_is_back_by_then(disk: Disk) -> None:
    store = full(disk)
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    free_disk(disk.stores[0])
    store.close()
    assert state_on_disk(disk.path) == IN_TROUBLE


def test_it_tells_of_a_database_that_was_moved_aside(disk: Disk) -> None:
    disk.path.write_bytes(b"x" * 5000)
    store = DurableOrMemory(disk.open)
    assert store.recovered_from is not None
    assert store.degraded == ""
    store.commit(Commit(TARGET, OperatorAsked(Request.CHECK), at(1), quiet()))


def test_an_incident_that_began_without_a_disk_keeps_what_it_began_in(disk: Disk) -> None:
    store = full(disk)
    began_in = replace(WELL, next_action_id=99)
    for second, one in enumerate((quiet(), step(began_in, LOOK), opening(), quiet()), start=2):
        store.commit(Commit(TARGET, SEEN, at(second), one))
    free_disk(disk.stores[0])
    store.commit(Commit(TARGET, SEEN, at(9 + RETRY_INTERVAL_S), quiet()))
    assert store.degraded == ""
    with Reader(disk.path) as reader:
        assert reader.before(TARGET, 1) == began_in
