"""Single beats that are leapt over come to the same, to the millionth of a second and the last draw."""

from dataclasses import asdict

import pytest

from selfheal.core.policy import Policy
from selfheal.sim.draw import draw
from selfheal.sim.life import Leaps, Life
from selfheal.sim.plan import DAY_S, HOUR_S, Event, Fault, Managed, Plan, Traits
from selfheal.sim.tally import Tally

COUNTED = {"steps", "leapt_s"}  # of how it was run, not of what came of it
LOOPS = Traits(managed=Managed.ALWAYS, start_varies=1.0, cold_start_s=90.0, person_comes_s=DAY_S)


def come_to_the_same(plan: Plan) -> tuple[Tally, Tally]:
    leaping, walking = (Life(plan, leaps=leaps).run() for leaps in (Leaps.ALL, Leaps.LONG))
    whole, each = asdict(leaping), asdict(walking)
    for what in whole.keys() - COUNTED - {"safe"}:
        assert whole[what] == pytest.approx(each[what], rel=0, abs=1e-6), what
    return leaping, walking


def lasting(fault: Fault, amount: float = 1.0) -> Plan:
    """Alone, for an hour."""
    return Plan(1, 3 * HOUR_S, Policy(), LOOPS, (Event(HOUR_S, fault, HOUR_S, amount),))


@pytest.mark.parametrize("seed", [23, 41, 189])
def test_a_hostile_world_comes_to_the_same_beat_by_beat(seed: int) -> None:
    """41: a deadline that becomes a near one; 189: our death is drawn for the middle of a beat."""
    leaping, walking = come_to_the_same(draw(seed, 100.0))
    assert leaping.steps < walking.steps


@pytest.mark.parametrize(
    ("fault", "amount"),
    [
        (Fault.PORT_TAKEN, 1.0),
        (Fault.CRASH_LOOP, 40.0),
        (Fault.CONFIG_REFUSED, 1.0),
        (Fault.START_HANGS, 1.0),
    ],
)
def test_most_beats_of_a_loop_are_leapt_over(fault: Fault, amount: float) -> None:
    leaping, walking = come_to_the_same(lasting(fault, amount))
    assert leaping.steps < 0.75 * walking.steps


def test_nothing_is_leapt_over_in_a_beat_that_counts_something() -> None:
    """A gateway that leaks answers a little later each time."""
    plan = Plan(1, 3 * HOUR_S, Policy(), LOOPS, (Event(HOUR_S, Fault.LEAK, HOUR_S, 1.0),))
    come_to_the_same(plan)
