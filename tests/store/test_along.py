"""What a new database has of a damaged one: whatever can be read, whichever table cannot."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.store.damage import damage_table, damage_where, query
from tests.store.steps import ALERT, ASKED, IN_TROUBLE, SEEN, TARGET, WELL, at, opening, quiet, step
from tests.store.steps import closing as closes

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import until
from selfheal.ports.outbox import Addressee, Receipt
from selfheal.ports.store import Commit
from selfheal.store.along import AS_THEY_ARE
from selfheal.store.hearing import SqliteEars
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.reader import Reader, inbox_put
from selfheal.store.sqlite import SqliteStore

ROUTES = {name: Addressee("door", frozenset(AlertKind)) for name in ("desk", "phone")}
OVER, NEXT = Notify(AlertKind.OVER, 1, ()), Notify(AlertKind.OPENED, 2, ())
AFTER = replace(WELL, next_incident_id=2)
RECEIPT = Receipt("42")
LATER_S = 17_200.0
SOME = 60


def log(number: int) -> Notify:
    return Notify(AlertKind.RECOVERY, 0, (), detail=f"log {number} {'x' * 300}", number=number)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An incident that is over: the phone knows of its beginning, the desk of nothing. There was a log before
    there were routes. All is in the one file.
    """
    path = tmp_path / "selfheal.db"
    with outbox(path) as box:
        box.installation()
        box.put(TARGET, log(99), at(0))
    with closing(SqliteStore(path)) as store:
        store.commit(Commit(TARGET, SEEN, at(10_000), quiet()))
        store.commit(Commit(TARGET, SEEN, at(10_001), opening()))
        store.commit(Commit(TARGET, SEEN, at(10_001), step(IN_TROUBLE, ALERT)))
    with outbox(path) as box:
        box.address(ROUTES, at(10_001))
        box.taken(
            "phone", box.claim("phone", box.waiting("phone"), until(at(10_001), 60.0)), RECEIPT, at(10_002)
        )
    with closing(SqliteStore(path)) as store:
        store.commit(Commit(TARGET, SEEN, at(10_003), closes()))
        store.commit(Commit(TARGET, SEEN, at(10_003), step(AFTER, OVER)))
    with closing(SqliteEars(path)) as ears:
        ears.know("phone", "door")
        ears.hear("phone", "said 7", 7, (), at(10_004))
    return path


def outbox(path: Path) -> "closing[SqliteOutbox]":
    return closing(SqliteOutbox(path))


def begun_anew(path: Path) -> None:
    with closing(SqliteStore(path)) as store:
        assert store.recovered_from is not None


def waits(path: Path, now: float = LATER_S) -> list[tuple[str, AlertKind, int]]:
    """The route, and what of which incident. It is no news any more."""
    with outbox(path) as box:
        box.address(ROUTES, at(now))
        assert [box.standing(route).held for route in ROUTES] == [None, None]
        return [
            (route, one.alert.notify.kind, one.alert.notify.incident)
            for route in ROUTES
            for one in box.waiting(route)
            if one.is_ready(at(now))
        ]


def installation(path: Path) -> str | None:
    with Reader(path) as reader:
        return reader.installation()


OWED = [("desk", AlertKind.OPENED, 1), ("desk", AlertKind.OVER, 1), ("phone", AlertKind.OVER, 1)]


@pytest.mark.parametrize(
    "table", ["journal", "state", "inbox", "incident", "route", "look", "heard", "policy"]
)
def test_what_waits_is_told_and_what_was_told_is_not_whatever_else_is_damaged(path: Path, table: str) -> None:
    before = installation(path)
    damage_table(path, table)
    begun_anew(path)
    assert installation(path) == before
    assert waits(path) == OWED


@pytest.mark.parametrize("table", ["outbox", "delivery", "incident", "state", "look", "route", "about"])
def test_no_number_is_given_twice_whatever_is_damaged(path: Path, table: str) -> None:
    """A new alert would be taken for the one that had its number."""
    damage_table(path, table)
    begun_anew(path)
    with closing(SqliteStore(path)) as store:
        state = store.load(TARGET)
    assert state is not None
    assert state.next_incident_id == 2
    with outbox(path) as box:
        box.put(TARGET, NEXT, at(10_003))
    assert {each for each in waits(path) if each[2] == 2} == {(route, NEXT.kind, 2) for route in ROUTES}


@pytest.mark.parametrize("table", [*AS_THEY_ARE, "inbox"])
def test_what_can_be_read_is_as_it_was(path: Path, table: str) -> None:
    """But for what a timeline is made of: the journal is not taken along."""
    inbox_put(path, TARGET, ASKED)
    query(path, "UPDATE incident SET before = NULL, entries = 0")
    before = query(path, f"SELECT * FROM {table}")  # noqa: S608 - of this file
    assert before
    damage_table(path, "journal")
    begun_anew(path)
    query(path, "DELETE FROM about WHERE key = 'recovered_from'")
    assert query(path, f"SELECT * FROM {table}") == before  # noqa: S608 - likewise


def test_an_incident_whose_journal_is_lost_has_no_timeline(path: Path) -> None:
    damage_table(path, "journal")
    begun_anew(path)
    with Reader(path) as reader:
        assert [(row.id, row.opened, row.closed) for row in reader.incidents()] == [(1, 1000.0, 11_003.0)]
        assert reader.before(TARGET, 1) is None
    assert query(path, "SELECT entries FROM incident") == [(0,)]


def test_rows_before_behind_and_between_two_damaged_pages_are_all_taken(path: Path) -> None:
    with outbox(path) as box:
        for number in range(SOME):
            box.put(TARGET, log(number), at(10_003))
    for damaged in (15, 45):
        damage_where(path, f"log {damaged} xx".encode())
    begun_anew(path)
    taken = {number for (number,) in query(path, "SELECT number FROM outbox WHERE kind = 'recovery'")}
    lost = set(range(SOME)) - taken
    assert {15, 45} <= lost
    assert len(lost) < SOME / 2
    assert {0, 30, SOME - 1} <= taken


@pytest.mark.parametrize(
    "nonsense",
    [
        "UPDATE outbox SET kind = 'of a later time' WHERE id = 4",
        "UPDATE outbox SET failed_levels = '[' WHERE id = 4",
        "UPDATE outbox SET cause = 'whim' WHERE id = 4",
        "UPDATE outbox SET target = x'ff00' WHERE id = 4",
        "UPDATE delivery SET ready = '{' WHERE outbox = 3",
        "UPDATE delivery SET ready = '[1.0]' WHERE outbox = 3",
        "UPDATE delivery SET ready = '[1.0, null, null]' WHERE outbox = 3",
        "UPDATE delivery SET status = 'what' WHERE outbox = 3",
        "UPDATE delivery SET status = x'00' WHERE outbox = 3",
        "UPDATE delivery SET lacks = '7' WHERE outbox = 3",
        "UPDATE delivery SET attempts = 'many' WHERE outbox = 3",
        "UPDATE route SET held = 'long'",
        "UPDATE route SET held = '[1.0]'",
        "UPDATE route SET kinds = '[1]'",
    ],
)
def test_a_row_that_makes_no_sense_keeps_no_other_back(path: Path, nonsense: str) -> None:
    with outbox(path) as box:
        box.put(TARGET, NEXT, at(10_003))
    assert set(OWED) < set(waits(path, 10_004))
    query(path, nonsense)
    damage_table(path, "journal")
    begun_anew(path)
    assert set(OWED) <= set(waits(path))
