"""What is heard is kept once, with the place up to which its route was read, or not at all."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.store.steps import IN_TROUBLE, TARGET, WELL, at, opening, step

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Monotonic, Until, Wall
from selfheal.core.levels import Request
from selfheal.core.observations import OperatorAsked, TimePassed
from selfheal.core.state import Acknowledgement, AlertingPart, State
from selfheal.ports.hearing import Asked, Shown, Wish
from selfheal.ports.outbox import Addressee, Receipt
from selfheal.ports.store import Commit, StoreError
from selfheal.store.hearing import SHOWN_S, SqliteEars
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.reader import WAITING_MAX
from selfheal.store.retention import JOURNAL_AGE_S
from selfheal.store.sqlite import SqliteStore

ASKED = OperatorAsked(Request.ACKNOWLEDGE, incident=1, by="phone: Kim")
WISH = Wish(TARGET, ASKED)
TOLD = replace(IN_TROUBLE, alerting=AlertingPart(opened=1))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "selfheal.db")
    yield made
    made.close()


@pytest.fixture
def ears(store: SqliteStore) -> Iterator[SqliteEars]:
    made = SqliteEars(store.path)
    made.know("phone", "door")
    yield made
    made.close()


def commit(store: SqliteStore, state: State, *alerts: Notify) -> None:
    store.commit(Commit(TARGET, TimePassed(), at(1), step(state, *alerts)))


def waiting(store: SqliteStore) -> list[OperatorAsked]:
    return [item.asked for item in store.inbox([TARGET])]


def test_a_mark_is_heard_once_on_its_route(store: SqliteStore, ears: SqliteEars) -> None:
    assert ears.hear("phone", "7", 8, [WISH], at(1))
    assert not ears.hear("phone", "7", 8, [WISH], at(2))
    assert waiting(store) == [ASKED]
    assert ears.hear("desk", "7", None, [WISH], at(3))
    assert len(waiting(store)) == 2
    assert ears.place("phone", "door") == 8
    assert ears.heard_before("phone", at(4)) == {"7"}


def test_what_finds_no_room_is_not_heard_and_not_read(store: SqliteStore, ears: SqliteEars) -> None:
    for number in range(WAITING_MAX):
        ears.hear("phone", str(number), number, [WISH], at(1))
    with pytest.raises(StoreError, match="wait already"):
        ears.hear("phone", "one more", 1000, [WISH], at(1))
    assert len(waiting(store)) == WAITING_MAX
    assert ears.place("phone", "door") == WAITING_MAX - 1
    assert "one more" not in ears.heard_before("phone", at(1))


def test_a_place_never_goes_back_and_is_that_of_its_door(ears: SqliteEars) -> None:
    ears.read_to("phone", 9)
    ears.read_to("phone", 4)
    assert ears.place("phone", "door") == 9
    assert ears.place("phone", "another") is None
    ears.know("phone", "another")
    assert ears.place("phone", "another") is None


def test_deaf_is_a_door_and_no_route(ears: SqliteEars) -> None:
    ears.deafen("phone", "door", "another reads")
    ears.know("phone", "door")
    assert ears.deaf("phone", "door") == "another reads"
    ears.know("phone", "another")
    assert (ears.deaf("phone", "another"), ears.deaf("phone", "door")) == ("", "")


def test_asked_is_what_was_told_and_nobody_acknowledged(store: SqliteStore, ears: SqliteEars) -> None:
    assert ears.asked() == []
    commit(store, IN_TROUBLE)
    assert ears.asked() == []
    commit(store, TOLD)
    assert ears.asked() == [Asked(TARGET, 1, Wall(1000.0))]
    known = replace(TOLD.alerting, acknowledged=Acknowledgement(1, Wall(0.0)))
    commit(store, replace(TOLD, alerting=known))
    assert ears.asked() == []
    commit(store, WELL)
    assert ears.asked() == []


def test_shown_is_what_a_route_took_of_it_until_it_is_settled(store: SqliteStore, ears: SqliteEars) -> None:
    store.commit(Commit(TARGET, TimePassed(), at(1), opening()))
    commit(store, TOLD, Notify(AlertKind.OPENED, 1, ()), Notify(AlertKind.OVER, 1, ()))
    outbox = SqliteOutbox(store.path)
    outbox.address({"phone": Addressee("door", frozenset(AlertKind))}, at(2))
    for number, one in enumerate(outbox.waiting("phone")):
        claimed = outbox.claim("phone", [one], Until(Monotonic(9.0), Wall(9.0), "b"))
        outbox.taken("phone", claimed, Receipt(f"m{number}"), at(3))
    outbox.close()
    assert ears.shown("phone", at(4)) == [Shown(TARGET, 1, "m0")]
    assert ears.shown("phone", at(4 + SHOWN_S)) == []
    assert ears.shown("desk", at(4)) == []
    ears.settle("phone", "m0", at(5))
    assert ears.shown("phone", at(6)) == []


def test_what_was_heard_is_forgotten_with_the_journal(store: SqliteStore, ears: SqliteEars) -> None:
    ears.hear("phone", "old", None, [], at(0))
    ears.hear("phone", "new", None, [], at(JOURNAL_AGE_S))
    store.prune(at(JOURNAL_AGE_S + 1))
    assert ears.hear("phone", "old", None, [], at(JOURNAL_AGE_S + 2))
    assert not ears.hear("phone", "new", None, [], at(JOURNAL_AGE_S + 2))
