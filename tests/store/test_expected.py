"""A route with which a resident runs is not new to what comes before the first delivery."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.steps import at

from selfheal.core.alert import AlertKind, Notify
from selfheal.ports.outbox import Addressee
from selfheal.ports.store import StoreError
from selfheal.store.expected import expect, watch_again
from selfheal.store.known_routes import FRESH_S
from selfheal.store.outbox import SqliteOutbox

ROUTES = {name: Addressee("door", frozenset(AlertKind)) for name in ("chat", "post")}
LATE = at(3 * FRESH_S)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "selfheal.db"
    SqliteOutbox(made).close()
    return made


@pytest.fixture
def box(path: Path) -> Iterator[SqliteOutbox]:
    with closing(SqliteOutbox(path)) as made:
        yield made


def numbers(box: SqliteOutbox, route: str) -> list[int]:
    return [one.alert.notify.number for one in box.waiting(route)]


def put(box: SqliteOutbox, number: int, second: float) -> None:
    """Of something that is over."""
    box.put("main", Notify(AlertKind.WATCHED, 0, (), number=number), at(second))


def test_what_comes_before_the_first_delivery_is_told_however_late_that_looks(
    path: Path, box: SqliteOutbox
) -> None:
    put(box, 1, 0)
    expect(path, ["chat"], at(1))
    put(box, 2, 2)
    box.address(ROUTES, LATE)
    assert numbers(box, "chat") == [2]
    assert numbers(box, "post") == [], "it is new"


def test_a_route_that_is_expected_hears_what_has_just_come_as_a_new_one_does(
    path: Path, box: SqliteOutbox
) -> None:
    put(box, 1, 0)
    expect(path, ["chat"], at(1))
    box.address(ROUTES, at(2))
    assert numbers(box, "chat") == numbers(box, "post") == [1]


def test_a_route_that_was_met_is_expected_no_more(path: Path, box: SqliteOutbox) -> None:
    box.address(ROUTES, at(0))
    standing = box.standing("chat")
    expect(path, ROUTES, at(1))
    put(box, 1, 2)
    box.address(ROUTES, LATE)
    box.address(ROUTES, LATE)
    assert (numbers(box, "chat"), box.standing("chat")) == ([1], standing)


def test_a_second_start_takes_no_news_away(path: Path, box: SqliteOutbox) -> None:
    expect(path, ["chat"], at(1))
    put(box, 1, 2)
    expect(path, ["chat"], at(3))
    box.address(ROUTES, LATE)
    assert numbers(box, "chat") == [1]


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        expect(tmp_path / "selfheal.db", ["chat"], at(1))
    assert list(tmp_path.iterdir()) == []


def test_who_begins_to_watch_ends_the_spell_that_was_told_of_once(path: Path, box: SqliteOutbox) -> None:
    for second in (1, 2):
        watch_again(path, "@resident", at(second))
    assert box.last_number("@resident", AlertKind.WATCHED) is None, "nobody was missed"
    for number in (5, 9):
        box.put("@resident", Notify(AlertKind.UNWATCHED, 0, (), number=number), at(number))
        for second in (1, 2):
            watch_again(path, "@resident", at(number + second))
        assert box.last_number("@resident", AlertKind.WATCHED) == number
    box.address(ROUTES, at(12))
    ends = [one.alert for one in box.waiting("chat") if one.alert.notify.kind is AlertKind.WATCHED]
    assert [(one.notify.number, one.ordered) for one in ends] == [(5, at(6).wall), (9, at(10).wall)]
    assert not any(one.lasts for one in box.waiting("chat"))
