"""The truth is known as exactly as it changes, however seldom anybody looks: the judge goes by it."""

from collections.abc import Callable

import pytest

from selfheal.core.actions import Signal
from selfheal.core.facts import ExitCause
from selfheal.core.policy import Policy
from selfheal.sim.faults import befall
from selfheal.sim.gateway import CRASH_CODE, Condition
from selfheal.sim.judge import Judge
from selfheal.sim.plan import HOUR_S, Event, Fault, Plan, Traits
from selfheal.sim.world import PERSON, World

START_S = 200.0
STARTING, SERVING, HUNG = Condition.STARTING, Condition.SERVING, Condition.HUNG
SUSPENDED, SICK, DRAINING = Condition.SUSPENDED, Condition.SICK, Condition.DRAINING


@pytest.fixture
def world() -> World:
    """Nobody has looked since its gateway was started."""
    traits = Traits(cold_start_s=START_S, start_varies=1.0)
    made = World(Plan(1, HOUR_S, Policy(), traits, ()))
    made.launch(PERSON)
    made.agenda.elapsed = HOUR_S
    return made


def fault(kind: Fault, for_s: float = 60.0) -> Callable[[World], None]:
    return lambda world: befall(world, Event(0.0, kind, for_s))


@pytest.mark.parametrize(
    ("befalls", "becomes"),
    [
        (fault(Fault.IN_PLACE), [STARTING, SERVING]),
        (fault(Fault.PARKED), [STARTING]),
        (fault(Fault.HANG), [HUNG, SERVING]),
        (fault(Fault.SUSPENDED), [SUSPENDED, SERVING]),
        (fault(Fault.FALSE_HEALTH), [SICK, SERVING]),
        (fault(Fault.DEEP_FAULT), [SICK]),
        (lambda world: world.gateway.ask_to_stop(), [DRAINING]),
    ],
)
def test_what_it_was_before_is_known_and_when_each_change_came(
    world: World, befalls: Callable[[World], None], becomes: list[Condition]
) -> None:
    befalls(world)
    world.agenda.elapsed = 2 * HOUR_S
    world.gateway.note_change()
    ends_s = START_S if becomes[0] is STARTING else 60.0
    moments = [0.0, START_S, HOUR_S, HOUR_S + ends_s]
    expected = list(zip([STARTING, SERVING, *becomes], moments, strict=False))
    assert [(condition, at_s) for _, condition, at_s in world.gateway.spells] == expected


def test_an_end_and_the_start_after_it_are_two(world: World) -> None:
    gateway = world.gateway
    first = gateway.pid
    gateway.end(ExitCause.CRASHED, CRASH_CODE)
    world.launch(PERSON)
    gateway.note_change()
    told = [(pid, condition) for pid, condition, _ in gateway.spells]
    assert told[-2:] == [(first, Condition.ABSENT), (first + 1, STARTING)]
    assert gateway.since == HOUR_S


def test_one_that_has_just_begun_to_restart_inside_itself_is_no_old_start(world: World) -> None:
    """It had served for an hour, which nobody had seen, and was taken to have been starting all that time."""
    judge = Judge(world.agenda, world.plan.policy, world.wishes)
    befall(world, Event(0.0, Fault.IN_PLACE))
    world.agenda.elapsed += 21.0
    judge.signals(world, Signal.TERM)
    found = [(each.rule, each.detail) for each in judge.violations]
    assert ("a starting gateway was asked to stop", "after 21 s") in found
