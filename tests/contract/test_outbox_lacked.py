"""A route that the settings lack for a while, by a fault or as an editor saves, is owed all that it was."""

import pytest
from tests.contract.test_outbox import (
    ALL,
    CHAT,
    OPENED,
    OVER,
    POST,
    RECEIPT,
    Box,
    addressed,
    case,
    claimed,
    waiting,
)
from tests.store.steps import at

from selfheal.core.alert import AlertKind
from selfheal.core.instants import until
from selfheal.ports.outbox import Addressee
from selfheal.store.known_routes import AWAY_S, FRESH_S, KEPT_S

__all__ = ["case"]

HOUR_S = 3_600.0


def over(case: Box) -> None:
    case.put(OPENED, at(1))
    case.put(OVER, at(2))
    case.over()


def test_what_waits_for_a_route_that_a_fault_hides_waits_on(case: Box) -> None:
    over(case)
    box = addressed(case)
    assert box.address(POST, at(HOUR_S), whole=False), "something waits for it"
    box.address(CHAT | POST, at(2 * HOUR_S))
    assert waiting(box) == [OPENED, OVER]


def test_what_comes_while_a_fault_hides_a_route_is_told_on_it_late(case: Box) -> None:
    box = addressed(case, at(0))
    assert not box.address({}, at(0.5), whole=False), "nothing waits yet"
    over(case)
    assert box.address(POST, at(3), whole=False)
    box.address(POST, at(HOUR_S), whole=False)
    assert not box.address(CHAT | POST, at(2 * HOUR_S))
    assert waiting(box) == [OPENED, OVER]


def test_what_is_told_on_a_route_that_a_fault_hides_is_as_it_was_set(case: Box) -> None:
    box = case.box
    box.address({"chat": Addressee("door", frozenset({AlertKind.OVER}))}, at(0))
    over(case)
    box.address({}, at(3), whole=False)
    assert waiting(box) == [OVER]


def test_a_route_that_was_removed_does_not_come_back_by_a_fault(case: Box) -> None:
    box = addressed(case, at(0))
    box.address(POST, at(1))
    box.address(POST, at(2 + AWAY_S))
    case.put(OVER, at(3 + AWAY_S))
    assert not box.address(POST, at(4 + AWAY_S), whole=False)
    assert waiting(box) == []


@pytest.mark.parametrize("away_s", [1.0, AWAY_S - 1.0])
def test_settings_that_lack_a_route_for_a_moment_lose_nothing(case: Box, away_s: float) -> None:
    """As a file that is half written does, or a program in whose environment a token is not set."""
    over(case)
    box, late = addressed(case), 2 * FRESH_S
    assert box.address(POST, at(late))
    box.address(CHAT | POST, at(late + away_s))
    assert waiting(box) == [OPENED, OVER]
    box.taken("chat", claimed(box, at(late + away_s)), RECEIPT, at(late + away_s))
    box.address(POST, at(late + away_s + 1))
    assert not box.address(CHAT | POST, at(late + 2 * away_s))
    assert waiting(box) == [], "once"


def test_what_a_removed_route_has_not_taken_is_not_waited_for(case: Box) -> None:
    over(case)
    box = addressed(case)
    assert box.address(POST, at(2 * FRESH_S))
    assert not box.address(POST, at(2 * FRESH_S + AWAY_S + 1))
    box.address(CHAT | POST, at(3 * FRESH_S + AWAY_S))
    assert waiting(box) == []


def test_what_a_fault_hides_for_a_week_is_given_up(case: Box) -> None:
    over(case)
    box = addressed(case)
    assert not box.address({}, at(3 + KEPT_S), whole=False)
    box.address(CHAT, at(4 + KEPT_S))
    assert waiting(box) == []


def test_how_a_route_stands_is_not_forgotten_by_a_fault(case: Box) -> None:
    box = addressed(case)
    box.hold("chat", until(at(4), HOUR_S))
    box.address({}, at(5), whole=False)
    box.address({"chat": Addressee("door", ALL - {AlertKind.REMINDER})}, at(6))
    assert box.standing("chat").held == until(at(4), HOUR_S)
