"""A disk that goes away and comes back, seen by the one that must keep watching."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
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
from selfheal.ports.store import Commit, StoreError
from selfheal.store.fallback import KEPT_MAX, RETRY_INTERVAL_S, DurableOrMemory, open_store
from selfheal.store.reader import Reader, inbox_put
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


def test_a_newer_database_is_for_a_person() -> None:
    def newer() -> SqliteStore:
        raise StoreError("cannot use it: newer", retryable=False)

    with pytest.raises(StoreError, match="newer"):
        DurableOrMemory(newer)


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
