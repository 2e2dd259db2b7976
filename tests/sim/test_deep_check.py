"""What a deep check of the made-up gateway finds, and when: as much as one of the real one would."""

import pytest

from selfheal.core.facts import DeepVerdict
from selfheal.core.policy import Policy
from selfheal.sim.faults import befall
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, HOUR_S, Event, Fault, Plan, Traits
from selfheal.sim.world import PERSON, World

SLOW = Traits(cold_start_s=60.0, drain_s=300.0)
KEEN = Policy(heartbeat_interval_s=60.0, deep_check_interval_s=70.0, deep_check_misses=1)


def served(traits: Traits = SLOW) -> World:
    world = World(Plan(1, DAY_S, Policy(), traits, ()))
    world.launch(PERSON)
    world.agenda.elapsed = HOUR_S
    assert world.deep_verdict() is DeepVerdict.OK
    return world


@pytest.mark.parametrize(
    ("fault", "after_s", "verdict", "closed"),
    [
        (Fault.SUSPENDED, 1.0, DeepVerdict.NOT_CHECKED, False),
        (Fault.HANDOFF, 1.0, DeepVerdict.NOT_CHECKED, False),
        (Fault.HANDOFF, 301.0, DeepVerdict.FAILED, True),
        (Fault.IN_PLACE, 1.0, DeepVerdict.FAILED, True),
        (Fault.IN_PLACE, 30.0, DeepVerdict.NOT_CHECKED, False),
        (Fault.HANG, 1.0, DeepVerdict.FAILED, False),
        (Fault.DEEP_FAULT, 1.0, DeepVerdict.FAILED, False),
        (Fault.DISK_FULL, 1.0, DeepVerdict.STORAGE, False),
    ],
)
def test_whoever_asks_to_come_again_is_at_no_fault(
    fault: Fault, after_s: float, verdict: DeepVerdict, closed: bool
) -> None:
    world = served()
    befall(world, Event(0.0, fault, for_s=HOUR_S))
    world.agenda.elapsed += after_s
    assert (world.deep_verdict(), world.gateway.is_closed()) == (verdict, closed)


@pytest.mark.parametrize("real_loop", [False, True])
@pytest.mark.parametrize("fault", [Fault.SUSPENDED, Fault.IN_PLACE])
def test_who_is_left_alone_for_seconds_is_not_restarted_for_a_check_in_them(
    fault: Fault, real_loop: bool
) -> None:
    """It served again before any other look; a check that it had put off was taken for failed requests."""
    events = tuple(Event(HOUR_S + 97.0 * i, fault, for_s=8.0) for i in range(60))
    traits = Traits(cold_start_s=8.0, start_varies=1.0, real_loop=real_loop)
    tally = live(Plan(1, 4 * HOUR_S, KEEN, traits, events))
    assert (tally.violations, tally.incidents, tally.signals) == ((), 0, 0)
