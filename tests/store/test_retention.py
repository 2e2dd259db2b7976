import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.store.steps import (
    ALERT,
    ILL,
    IN_TROUBLE,
    INCIDENT,
    LOOK,
    SEEN,
    TARGET,
    WELL,
    at,
    closing,
    opening,
    step,
)

from selfheal.core.actions import StartGateway
from selfheal.core.alert import AlertKind
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.levels import Request
from selfheal.core.notes import Note
from selfheal.core.observations import OperatorAsked
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.ports.outbox import Addressee
from selfheal.ports.store import Commit
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.reader import Reader, inbox_put
from selfheal.store.retention import (
    DAY_S,
    JOURNAL_ROWS_ALWAYS,
    POLICIES_MAX,
    ROWS_PER_CALL,
    TIMELINE_MAX,
    Kept,
    Retention,
)
from selfheal.store.schema import open_for_writing
from selfheal.store.sqlite import SqliteStore

LONG_AGO = 0.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "selfheal.db")
    yield store
    store.close()


def day(number: float) -> Now:
    return Now(Monotonic(number * DAY_S), Wall(number * DAY_S), "boot-a")


def add_entries(store: SqliteStore, count: int, wall: float, incident: int | None = None) -> None:
    """Straight into the table: thousands of real steps would take the test's time."""
    connection = sqlite3.connect(store.path)
    with connection:
        connection.executemany(
            "INSERT INTO journal (target, wall, mono, boot_id, kind, observation, notes, actions, incident) "
            "VALUES ('main', ?, 0, '', 'TimePassed', '{}', '[]', '[]', ?)",
            [(wall, incident)] * count,
        )
    connection.close()


def entries(store: SqliteStore) -> int:
    with Reader(store.path) as reader:
        return len(reader.recent(1_000_000))


def test_old_entries_go_in_pieces_and_then_it_rests_for_a_day(store: SqliteStore) -> None:
    add_entries(store, 2 * ROWS_PER_CALL + 10, LONG_AGO)
    add_entries(store, JOURNAL_ROWS_ALWAYS, 100 * DAY_S)
    kept = []
    for _ in range(3):
        store.prune(day(100))
        kept.append(entries(store) - JOURNAL_ROWS_ALWAYS)
    assert kept == [ROWS_PER_CALL + 10, 10, 0]
    add_entries(store, JOURNAL_ROWS_ALWAYS, 100 * DAY_S)
    store.prune(day(195))
    assert entries(store) == JOURNAL_ROWS_ALWAYS


def test_within_a_day_there_is_one_round(store: SqliteStore) -> None:
    store.prune(day(100))
    add_entries(store, 10, LONG_AGO)
    add_entries(store, JOURNAL_ROWS_ALWAYS, 100 * DAY_S)
    store.prune(day(100.9))
    assert entries(store) == JOURNAL_ROWS_ALWAYS + 10
    store.prune(day(101))
    assert entries(store) == JOURNAL_ROWS_ALWAYS


def test_young_entries_stay(store: SqliteStore) -> None:
    add_entries(store, JOURNAL_ROWS_ALWAYS + 50, 20 * DAY_S)
    store.prune(day(100))
    assert entries(store) == JOURNAL_ROWS_ALWAYS + 50


def test_weeks_of_silent_looks_leave_old_incidents_their_place(store: SqliteStore) -> None:
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    store.commit(Commit(TARGET, SEEN, at(2), closing()))
    for second in range(3, 100):
        store.commit(Commit(TARGET, SEEN, at(second), step(ILL, LOOK)))
    assert entries(store) == 2


def test_an_incident_of_weeks_keeps_what_a_timeline_shows_and_all_that_says_something(
    store: SqliteStore,
) -> None:
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    add_entries(store, TIMELINE_MAX - 2, at(1).wall, incident=1)
    for second in (2, 3, 4):
        store.commit(Commit(TARGET, SEEN, at(second), step(IN_TROUBLE, LOOK)))
    assert entries(store) == TIMELINE_MAX
    store.commit(Commit(TARGET, SEEN, at(5), step(IN_TROUBLE, StartGateway())))
    store.commit(Commit(TARGET, SEEN, at(6), closing()))
    assert entries(store) == TIMELINE_MAX + 2


def test_a_clock_that_jumps_by_years_does_not_empty_the_journal(store: SqliteStore) -> None:
    add_entries(store, JOURNAL_ROWS_ALWAYS, 20 * DAY_S)
    for number in range(5):
        store.prune(day(40_000 + number))
    assert entries(store) == JOURNAL_ROWS_ALWAYS


def test_too_many_entries_go_whatever_their_age(store: SqliteStore) -> None:
    add_entries(store, 1_500, 100 * DAY_S)
    connection = open_for_writing(store.path)
    Retention(Kept(journal_rows=1_200)).prune(connection, day(100))
    connection.close()
    assert entries(store) == 1_200


def test_old_incidents_go_with_their_alerts_and_open_ones_stay(store: SqliteStore) -> None:
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    store.commit(Commit(TARGET, SEEN, at(2), step(IN_TROUBLE, ALERT)))
    store.prune(day(500))
    with Reader(store.path) as reader:
        assert len(reader.incidents()) == len(reader.outbox()) == 1
    store.commit(Commit(TARGET, SEEN, at(3), closing()))
    store.prune(day(501))
    with Reader(store.path) as reader:
        assert reader.incidents() == []
        assert reader.outbox() == []


def test_what_waits_for_a_route_stays_however_old_a_clock_makes_it(store: SqliteStore) -> None:
    outbox = SqliteOutbox(store.path)
    outbox.address({"chat": Addressee("door", frozenset(AlertKind))}, at(0))
    store.commit(Commit(TARGET, SEEN, at(1), opening()))
    store.commit(Commit(TARGET, SEEN, at(2), step(IN_TROUBLE, ALERT)))
    outbox.address({"chat": Addressee("door", frozenset(AlertKind))}, at(2))
    store.commit(Commit(TARGET, SEEN, at(3), closing()))
    store.prune(day(20_000))
    assert [one.alert.notify for one in outbox.waiting("chat")] == [ALERT]
    outbox.close()


def test_a_check_that_nobody_took_is_refused_in_time_and_a_pause_never(store: SqliteStore) -> None:
    for asked in (OperatorAsked(Request.CHECK), OperatorAsked(Request.PAUSE)):
        inbox_put(store.path, "other", asked)
    today = time.time() / DAY_S
    for days, waiting in ((0, [Request.CHECK, Request.PAUSE]), (2, [Request.PAUSE]), (500, [Request.PAUSE])):
        store.prune(day(today + days))
        assert [item.asked.request for item in store.inbox({"other"})] == waiting


def test_an_incident_whose_first_entry_has_gone_needs_no_beginning(store: SqliteStore) -> None:
    store.commit(Commit(TARGET, SEEN, day(1), step(WELL)))
    for number, at_day in ((1, 1), (2, 99)):
        incident = replace(INCIDENT, id=number, opened=day(at_day).wall)
        note = Note(Reason.INCIDENT_OPENED, incident=number)
        store.commit(Commit(TARGET, SEEN, day(at_day), step(replace(ILL, incident=incident), notes=(note,))))
        store.commit(Commit(TARGET, SEEN, day(99), step(replace(ILL, incident=incident), ALERT)))
        store.commit(Commit(TARGET, SEEN, day(99), closing(number)))
    add_entries(store, JOURNAL_ROWS_ALWAYS, 100 * DAY_S)
    with Reader(store.path) as reader:
        assert (reader.before(TARGET, 1), reader.before(TARGET, 2)) == (WELL, WELL)
        store.prune(day(100))
        assert len(reader.timeline(TARGET, 1)) == 2
        assert (reader.before(TARGET, 1), reader.before(TARGET, 2)) == (None, WELL)


def test_settings_are_kept_once_and_the_oldest_go(store: SqliteStore) -> None:
    """An entry that was decided with one of these stays, and says that it does not know it any more."""
    for number in range(1, POLICIES_MAX + 3):
        for _ in range(2):
            noted = step(WELL, notes=(Note(Reason.GATEWAY_FOUND),))
            store.commit(Commit(TARGET, SEEN, at(number), noted, policy=Policy(drain_budget_s=float(number))))
    store.prune(at(1))
    with Reader(store.path) as reader:
        kept = [entry.policy for entry in reader.recent(2 * POLICIES_MAX + 4)]
    assert kept[:5] == [None] * 4 + [Policy(drain_budget_s=3.0)]
    assert None not in kept[4:]


def test_settings_in_force_stay_however_many_others_came(store: SqliteStore) -> None:
    steady = Policy(observe=True)
    store.commit(Commit("other", SEEN, at(1), step(replace(WELL, target="other")), policy=steady))
    for number in range(1, POLICIES_MAX + 3):
        store.commit(
            Commit(TARGET, SEEN, at(number), step(WELL), policy=Policy(drain_budget_s=float(number)))
        )
    store.prune(at(1))
    with Reader(store.path) as reader:
        assert reader.policies()["other"] == steady
