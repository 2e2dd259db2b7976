"""A start that the gateway asks for is none of the hour's budget: by what our program can know."""

import pytest

from selfheal.core.facts import ExitCause, GatewayProcess
from selfheal.core.notes import Step
from selfheal.core.policy import Policy
from selfheal.core.state import GatewayView, State
from selfheal.sim.gateway import CRASH_CODE
from selfheal.sim.judge import Judge
from selfheal.sim.plan import HOUR_S, Managed, Plan, Traits
from selfheal.sim.servicemanager import MANAGER
from selfheal.sim.world import PERSON, US, World

ONCE = Policy(restarts_per_hour_max=1)
TOO_MANY = ["more starts an hour than the budget"]


def started_once(managed: Managed = Managed.NOBODY) -> tuple[World, Judge]:
    """A gateway that has crashed after an hour, and that our one start of the hour has brought back."""
    world = World(Plan(1, HOUR_S, ONCE, Traits(managed=managed), ()))
    judge = Judge(world.agenda, ONCE, world.wishes)
    world.launch(PERSON)
    world.agenda.elapsed = HOUR_S
    ends(world, ExitCause.CRASHED)
    start(world, judge)
    found(world, judge)
    return world, judge


def ends(world: World, cause: ExitCause, after_s: float = 0.0) -> None:
    world.agenda.elapsed += after_s
    world.gateway.end(cause, CRASH_CODE)


def start(world: World, judge: Judge) -> None:
    judge.starts(world)
    world.launch(US)


def found(world: World, judge: Judge) -> None:
    process = GatewayProcess(world.gateway.pid, world.gateway.born)
    judge.committed(Step(State("main", gateway=GatewayView(process=process))), world.agenda.now())


@pytest.mark.parametrize(
    ("by", "seen", "managed", "is_known"),
    [
        (PERSON, False, Managed.NOBODY, False),
        (PERSON, True, Managed.NOBODY, True),
        (US, False, Managed.NOBODY, True),
        (MANAGER, False, Managed.ALWAYS, True),
    ],
)
def test_a_start_between_two_looks_that_nobody_tells_of_is_not_known(
    by: str, seen: bool, managed: Managed, is_known: bool
) -> None:
    """A package manager had started it, in vain, after its update: we still did what was asked for."""
    world, judge = started_once(managed)
    ends(world, ExitCause.RESTART_REQUESTED, after_s=600.0)
    if by == US:
        start(world, judge)
    else:
        world.launch(by)
    if seen:
        found(world, judge)
    ends(world, ExitCause.STARTUP_FAILED, after_s=600.0)
    judge.starts(world)
    assert [each.rule for each in judge.violations if each.rule in TOO_MANY] == TOO_MANY * is_known


@pytest.mark.parametrize(("by", "is_wrong"), [(PERSON, False), (US, True)])
def test_what_a_person_has_started_may_ask_at_once(by: str, is_wrong: bool) -> None:
    """A doctor had ended the gateway of our start, which had failed, and started one that was to be well."""
    world, judge = started_once()
    if by == PERSON:
        ends(world, ExitCause.STOPPED_ON_PURPOSE, after_s=5.0)
        world.launch(PERSON)
        found(world, judge)
    ends(world, ExitCause.RESTART_REQUESTED, after_s=30.0)
    judge.starts(world)
    assert [each.rule for each in judge.violations] == TOO_MANY * is_wrong
