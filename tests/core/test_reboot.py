"""A pause over a reboot, on hosts whose clock is wrong at first."""

import pytest

from selfheal.core.instants import Monotonic, Now, Wall, until
from selfheal.core.observations import ClockJumped, ResidentStarted, TimePassed
from selfheal.core.policy import Policy
from selfheal.core.reboot import CLOCK_SETS_S
from selfheal.core.state import Pause, State
from selfheal.core.step import step

POLICY = Policy()
BEFORE = Now(Monotonic(5_000.0), Wall(1e9), "a")
HOUR_S = 3_600.0
PAUSED = State(
    "main",
    boot_id="a",
    last_mono=BEFORE.mono,
    last_wall=BEFORE.wall,
    pause=Pause(BEFORE.wall, until(BEFORE, HOUR_S), ""),
)


def booted(wrong_s: float, off_s: float = 60.0) -> State:
    now = Now(Monotonic(10.0), Wall(BEFORE.wall + off_s + wrong_s), "b")
    return step(PAUSED, ResidentStarted("1"), now, POLICY).state


def is_paused(state: State, at_s: float, wall: float) -> bool:
    now = Now(Monotonic(10.0 + at_s), Wall(wall), "b")
    return step(state, TimePassed(), now, POLICY).state.pause is not None


@pytest.mark.parametrize("wrong_s", [-200 * 86_400.0, -900.0])
def test_a_clock_that_is_behind_makes_no_pause_longer(wrong_s: float) -> None:
    state = booted(wrong_s)
    assert is_paused(state, HOUR_S - 1.0, 0.0)
    assert not is_paused(state, HOUR_S, 0.0)


def test_a_clock_that_is_ahead_ends_no_pause_before_it_can_have_been_set() -> None:
    state = booted(9 * HOUR_S)
    assert is_paused(state, CLOCK_SETS_S - 1.0, BEFORE.wall + 9 * HOUR_S)
    assert not is_paused(state, CLOCK_SETS_S, BEFORE.wall + 9 * HOUR_S)


def test_a_clock_that_is_set_back_tells_what_is_left_of_it() -> None:
    now = Now(Monotonic(30.0), Wall(BEFORE.wall + 80.0), "b")
    state = step(booted(9 * HOUR_S), ClockJumped(-9 * HOUR_S), now, POLICY).state
    left_s = HOUR_S - 80.0
    assert is_paused(state, 20.0 + left_s - 1.0, 0.0)
    assert not is_paused(state, 20.0 + left_s, 0.0)


def test_a_clock_that_is_set_forward_ends_none() -> None:
    now = Now(Monotonic(30.0), Wall(BEFORE.wall + 9 * HOUR_S), "b")
    state = step(booted(0.0), ClockJumped(9 * HOUR_S), now, POLICY).state
    left_s = HOUR_S - 60.0
    assert is_paused(state, left_s - 1.0, 0.0)
    assert not is_paused(state, left_s, 0.0)


def test_within_one_boot_no_clock_changes_a_pause() -> None:
    now = Now(Monotonic(BEFORE.mono + 5.0), Wall(BEFORE.wall + 9 * HOUR_S), "a")
    assert step(PAUSED, ClockJumped(9 * HOUR_S), now, POLICY).state.pause == PAUSED.pause
