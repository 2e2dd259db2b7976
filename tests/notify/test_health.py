"""Of which routes the others hear, and when."""

import pytest

from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.notify.delivery import SEND_S
from selfheal.notify.health import FAILING_S, in_doubt, to_relieve, to_warn
from selfheal.ports.outbox import Standing

T0 = 1_000_000.0
WORKS = Standing(Wall(0.0), Wall(T0 - 60.0 * 60))
FAILS = Standing(Wall(0.0), Wall(0.0), failing=Wall(T0))


def at(seconds: float) -> Now:
    return Now(Monotonic(seconds), Wall(T0 + seconds), "boot")


def test_a_refusal_is_told_at_once() -> None:
    assert to_warn({"a": FAILS._replace(final=True), "b": WORKS}, at(1)) == ["a"]
    assert to_warn({"a": FAILS._replace(final=True, told=True), "b": WORKS}, at(1)) == []


def test_what_may_pass_is_told_after_hours_if_another_one_works() -> None:
    proved = WORKS._replace(taken=Wall(T0 + SEND_S))
    assert to_warn({"a": FAILS, "b": proved}, at(FAILING_S - 1)) == []
    assert to_warn({"a": FAILS, "b": proved}, at(FAILING_S)) == ["a"]


def test_a_network_that_is_away_is_no_fault_of_a_route() -> None:
    assert to_warn({"a": FAILS, "b": WORKS}, at(FAILING_S)) == []
    assert to_warn({"a": FAILS, "b": FAILS}, at(FAILING_S)) == []
    assert in_doubt({"a": FAILS, "b": WORKS}, at(FAILING_S)) == T0 + SEND_S, "the others are asked"
    assert in_doubt({"a": FAILS, "b": WORKS}, at(FAILING_S - 1)) is None
    assert in_doubt({"a": FAILS._replace(told=True), "b": WORKS}, at(FAILING_S)) is None


@pytest.mark.parametrize("taken_s", [-59.0, -1.0, 0.0, SEND_S - 1])
def test_what_was_taken_around_the_failure_says_nothing_of_the_network(taken_s: float) -> None:
    both = {"a": FAILS, "b": WORKS._replace(taken=Wall(T0 + taken_s))}
    assert to_warn(both, at(FAILING_S)) == []
    asked = in_doubt(both, at(FAILING_S))
    assert asked is not None
    both["b"] = WORKS._replace(taken=asked)
    assert to_warn(both, at(FAILING_S)) == ["a"]
    assert in_doubt(both, at(FAILING_S)) is None


def test_that_it_works_again_is_told_where_it_was_told_of() -> None:
    assert to_relieve({"a": WORKS._replace(told=True), "b": WORKS, "c": FAILS._replace(told=True)}) == ["a"]
