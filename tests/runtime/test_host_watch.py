"""What happens to our own time: slept, stalled, the wall clock jumped, or nothing."""

import pytest

from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.observations import ClockJumped, HostResumed
from selfheal.runtime.host import AWAY_S, JUMP_S, HostWatch

DAY_S = 86_400.0
EIGHT_HOURS_S = 28_800.0


def at(mono: float, wall: float) -> Now:
    return Now(Monotonic(mono), Wall(1_770_000_000.0 + wall), "boot-1")


def looked(mono: float, wall: float, *, slept_s: float = 0.0) -> list[HostResumed | ClockJumped]:
    """What is seen after one ordinary second and then this much more."""
    watch = HostWatch()
    assert watch.look(at(100.0, 100.0), 40.0) == []
    assert watch.look(at(101.0, 101.0), 40.0) == []
    return watch.look(at(101.0 + mono, 101.0 + wall), 40.0 + slept_s)


def test_an_ordinary_second_is_nothing() -> None:
    assert looked(1.0, 1.0) == []


def test_the_first_look_has_nothing_to_compare_with() -> None:
    assert HostWatch().look(at(9_999.0, 0.0), EIGHT_HOURS_S) == []


def test_a_host_that_slept_for_eight_hours() -> None:
    assert looked(1.0, 1.0 + EIGHT_HOURS_S, slept_s=EIGHT_HOURS_S) == [HostResumed(1.0 + EIGHT_HOURS_S)]


def test_a_nap_is_nothing() -> None:
    assert looked(1.0, 4.0, slept_s=3.0) == []


def test_a_stall_without_sleep() -> None:
    assert looked(AWAY_S + 5.0, AWAY_S + 5.0) == [HostResumed(AWAY_S + 5.0)]


@pytest.mark.parametrize("by_s", [DAY_S, -DAY_S, JUMP_S + 1.0, -JUMP_S - 1.0])
def test_a_wall_clock_that_jumps(by_s: float) -> None:
    (seen,) = looked(1.0, 1.0 + by_s)
    assert isinstance(seen, ClockJumped)
    assert seen.by_s == pytest.approx(by_s)


@pytest.mark.parametrize("by_s", [JUMP_S - 1.0, 1.0 - JUMP_S])
def test_a_slew_is_nothing(by_s: float) -> None:
    assert looked(1.0, 1.0 + by_s) == []


def test_it_slept_and_its_clock_was_set_meanwhile() -> None:
    resumed, jumped = looked(1.0, 1.0 + EIGHT_HOURS_S - DAY_S, slept_s=EIGHT_HOURS_S)
    assert resumed == HostResumed(1.0 + EIGHT_HOURS_S)
    assert jumped == ClockJumped(-DAY_S)


def test_what_was_told_is_not_told_again() -> None:
    watch = HostWatch()
    watch.look(at(0.0, 0.0), 0.0)
    assert watch.look(at(1.0, 1.0 + DAY_S), 0.0) == [ClockJumped(DAY_S)]
    assert watch.look(at(2.0, 2.0 + DAY_S), 0.0) == []
