"""A core that orders too soon, or one who is not ill, to stop is found out."""

import pytest
from tests.sim.test_judge import served_world

from selfheal.core import perceive
from selfheal.core.actions import Signal
from selfheal.core.facts import ILL, Verdict
from selfheal.core.policy import Policy
from selfheal.sim.bounds import NEWS_S
from selfheal.sim.faults import befall
from selfheal.sim.judge import Judge
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, HOUR_S, Event, Fault, Plan, Traits
from selfheal.sim.world import World

TOO_SOON = "a gateway was asked to stop before it can have been known to be ill"
SUSPENDED = "a suspended gateway was asked to stop"
DRAINING = "a draining gateway was asked to stop"


def asked(world: World, judge: Judge, after_s: float) -> list[str]:
    world.gateway.note_change()
    world.agenda.elapsed += after_s
    judge.signals(world, Signal.TERM)
    return [each.rule for each in judge.violations]


@pytest.mark.parametrize(("fault", "rule"), [(Fault.SUSPENDED, SUSPENDED), (Fault.HANDOFF, DRAINING)])
@pytest.mark.parametrize("after_s", [NEWS_S + 1.0, 20.0, 49.0])
def test_who_served_and_is_to_be_left_alone_now_is_asked_by_no_right(
    fault: Fault, rule: str, after_s: float
) -> None:
    """The time of all misses was once granted to a core that had no miss to count."""
    world, judge = served_world(Traits(drain_s=300.0))
    befall(world, Event(0.0, fault, for_s=HOUR_S))
    assert asked(world, judge, after_s) == [rule, TOO_SOON]


def test_whom_a_hang_has_left_suspended_may_be_asked_until_we_can_know() -> None:
    world, judge = served_world()
    befall(world, Event(0.0, Fault.HANG, for_s=30.0))
    world.gateway.note_change()
    world.agenda.elapsed += 30.0
    befall(world, Event(0.0, Fault.SUSPENDED, for_s=HOUR_S))
    assert asked(world, judge, 20.0) == []


@pytest.mark.parametrize(
    ("event", "traits"),
    [
        (Event(HOUR_S, Fault.SUSPENDED, for_s=600.0), Traits()),
        (Event(HOUR_S, Fault.HANDOFF), Traits(drain_s=120.0)),
    ],
)
def test_a_core_that_counts_a_drain_as_a_miss_is_found_out(
    event: Event, traits: Traits, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(1, DAY_S / 4, Policy(), traits, (event,))
    assert live(plan).violations == ()
    monkeypatch.setattr(perceive, "ILL", ILL | {Verdict.DRAINING})
    assert live(plan).violations != ()
