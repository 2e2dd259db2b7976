"""What the loop leaps over is time in which nothing was to be seen, and no fault."""

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import BEGINNING, EPOCH, Monotonic, Until, Wall
from selfheal.core.levels import Level
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause
from selfheal.core.state import AlertingPart, Incident, Pause, Pending, State
from selfheal.sim.draw import KINDS
from selfheal.sim.leap import leapt, next_turn
from selfheal.sim.life import Leaps, Life
from selfheal.sim.plan import DAY_S, FOREVER_S, HOUR_S, Event, Fault, Plan, Traits
from selfheal.sim.tally import Tally

AT_S = HOUR_S / 2
LATER_S = 1234.5
AMOUNTS = {Fault.CRASH_LOOP: 5.0, Fault.CLOCK: HOUR_S, Fault.PERSON_DISABLES: 1.0, Fault.WE_DIE: 3.0}
UNHELPED = Traits(start_varies=1.0, person_comes_s=FOREVER_S)
SAME = ("incidents", "outcomes", "alerts", "starts", "signals", "escalations", "violations")
STEADY = (
    (Fault.BLIND, Fault.CRASH),
    (Fault.BLIND, Fault.HANG),
    (Fault.CHANNELS_DOWN, Fault.DISK_FULL),
    (Fault.CONFIG_BROKEN, Fault.CRASH),
    (Fault.CONFIG_REFUSED, Fault.BLIND),
    (Fault.DISK_FULL, Fault.CRASH),
    (Fault.ROUTE_DOWN, Fault.CONFIG_REFUSED),
    (Fault.ROUTE_DOWN, Fault.CHANNELS_DOWN),
    (Fault.SIGNAL_REFUSED, Fault.DEEP_FAULT),
    (Fault.SIGNAL_REFUSED, Fault.HANG),
    (Fault.START_HANGS, Fault.CRASH),
    (Fault.START_REFUSED, Fault.CRASH),
    (Fault.SUSPENDED, Fault.BLIND),
)


def alone(fault: Fault, at_s: float = AT_S) -> Event:
    """For two hours, or as long as it lasts at most."""
    kind = KINDS[fault]
    return Event(at_s, fault, min(2 * HOUR_S, kind.for_s[1]), AMOUNTS.get(fault, kind.amount[1]))


def lived(*events: Event, leaps: Leaps) -> Tally:
    end_s = events[-1].at_s + 2 * HOUR_S + HOUR_S / 2
    return Life(Plan(1, end_s, Policy(), UNHELPED, events), leaps=leaps).run()


def compared(*events: Event) -> tuple[Tally, Tally]:
    leaping, walking = (lived(*events, leaps=leaps) for leaps in (Leaps.ALL, Leaps.NONE))
    for what in SAME:
        assert getattr(leaping, what) == getattr(walking, what), what
    return leaping, walking


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_alone_comes_to_the_same_with_leaps_and_without(fault: Fault) -> None:
    compared(alone(fault))


@pytest.mark.parametrize(("first", "second"), STEADY)
def test_what_is_wrong_for_hours_comes_to_the_same_and_is_leapt_over(first: Fault, second: Fault) -> None:
    leaping, walking = compared(alone(first), replace(alone(second), at_s=AT_S + LATER_S))
    assert leaping.incidents > 0
    assert leaping.steps < walking.steps / 2


NOW_S, AHEAD_S = 1e6, 30.0
WITH_ALL_PARTS = State(
    "main",
    last_mono=Monotonic(NOW_S),
    alerting=AlertingPart(unsent=(Notify(AlertKind.OPENED, 1, ()),)),
    incident=Incident(1, Cause.PROCESS_GONE, EPOCH, BEGINNING, Level.WATCHDOG),
    pause=Pause(EPOCH, None, ""),
)
NO_TURN = {
    "last_mono": "it is now",
    "last_wall": "it is now",
    "gateway.since_wall": "shown, not decided on",
    "gateway.settling_since": "settle_until is never later than it allows",
    "gateway.resumed": "the next resume asks for it; what it explains of a silence ends by when that began",
    "restart.asked_at": "nothing is leapt over while a stop is under way",
    "restart.refused": "nothing is leapt over while a stop is under way",
    "restart.hopeless_since": "patience_until is what follows from it",
    "restart.unjudged": "one of the starts, known again by its moment",
    "incident.opened": "shown, not decided on",
    "incident.opened_mono": "shown, not decided on",
    "pause.latest": "pause.until is never later, and what a set clock makes of it no leap goes past",
    "pause.since": "shown, not decided on",
    "pending": "nothing is leapt over while anything is under way",
}
"""Moments of a state that no leap has to stop at, and why."""


def moments(part: object, before: str = "") -> Iterator[tuple[str, object]]:
    """The fields that hold a moment, or several, by their paths, each with a moment ahead as its value."""
    ahead = Monotonic(NOW_S + AHEAD_S)
    hints = get_type_hints(type(part))
    for field in fields(part):  # type: ignore[arg-type]
        path, kinds = f"{before}{field.name}", {*get_args(hints[field.name]), hints[field.name]}
        if kinds & {Monotonic, Wall}:
            yield path, (ahead,) if get_origin(hints[field.name]) is tuple else ahead
        elif Until in kinds:
            yield path, Until(ahead, Wall(ahead), "")
        elif Pending in kinds:
            yield path, (Pending(1, "Probe", ahead),)
        elif is_dataclass(inner := getattr(part, field.name)):
            yield from moments(inner, f"{path}.")


def put(part: Any, path: str, value: object) -> Any:
    name, _, rest = path.partition(".")
    return replace(part, **{name: put(getattr(part, name), rest, value) if rest else value})


def test_every_moment_of_a_state_is_moved_or_ends_a_leap_or_has_a_reason_not_to() -> None:
    """What time alone changes would else be leapt over as soon as the core waits for something new."""
    nothing_ahead = next_turn(WITH_ALL_PARTS, WITH_ALL_PARTS, Policy())
    unseen = set()
    for path, value in moments(WITH_ALL_PARTS):
        state = put(WITH_ALL_PARTS, path, value)
        ends = next_turn(state, state, Policy()) < nothing_ahead
        moves = at_path(leapt(state, 60.0), path) != at_path(state, path)
        if not ends and not moves:
            unseen.add(path)
    assert nothing_ahead == math.inf
    assert unseen == set(NO_TURN) - {"last_mono", "last_wall"}


def at_path(found: object, path: str) -> object:
    for name in path.split("."):
        found = getattr(found, name)
    return found


def test_a_full_disk_is_not_leapt_over() -> None:
    """A deep check of a well gateway finds it."""
    event = alone(Fault.DISK_FULL)
    tally = lived(event, leaps=Leaps.ALL)
    assert tally.alerts > 0
    assert tally.leapt_s < tally.days * DAY_S


def test_a_trouble_like_one_of_before_is_not_as_old_as_that_one() -> None:
    """Between them it was well. The next question about the second was once leapt over, and so for days."""
    hiccup = Event(HOUR_S, Fault.FALSE_HEALTH, for_s=2.0), Event(HOUR_S + 1.7, Fault.PERSON_CHECKS)
    events = (*hiccup, Event(12 * HOUR_S, Fault.DEEP_FAULT))
    traits = replace(UNHELPED, real_loop=True, look_s=0.2)
    tally = Life(Plan(1, 2 * DAY_S, Policy(), traits, events)).run()
    assert tally.violations == ()
    assert tally.signals > 0


def test_what_the_settling_of_the_host_held_up_is_not_leapt_over() -> None:
    """The hold is asked for again 10 s later, and that was once leapt over with what had lasted till then."""
    no_start = Event(HOUR_S, Fault.START_REFUSED, for_s=1295.0)
    events = no_start, Event(HOUR_S + 103.0, Fault.CRASH), Event(HOUR_S + 145.0, Fault.SLEEP, for_s=666.0)
    plan = Plan(1, HOUR_S + 900.0, Policy(), replace(UNHELPED, look_s=0.2), events)
    assert Life(plan).run().violations == ()


def test_a_leak_that_has_ended_with_its_gateway_stands_in_no_leap_s_way() -> None:
    """Only watched, it stayed down for the rest of the world, each second of which was lived."""
    leak = Event(HOUR_S, Fault.LEAK, for_s=60.0)
    tally = Life(Plan(1, 10 * DAY_S, Policy(observe=True), UNHELPED, (leak,))).run()
    assert tally.leapt_s > 9 * DAY_S
