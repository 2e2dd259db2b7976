"""Worlds in which our program was not there for hours: what is an old process may be young as a start."""

import pytest

from selfheal.core import grace
from selfheal.core.facts import ProbeReport
from selfheal.core.instants import Now
from selfheal.core.policy import Policy
from selfheal.core.state import GatewayView
from selfheal.sim.draw import draw
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, HOUR_S, Event, Fault, Managed, Plan, Traits

Patch = pytest.MonkeyPatch
SEEDS = range(1, 1501)
SLOW = {"cold_start_s": 200.0, "start_varies": 1.0}
IN_PLACE = Event(3 * HOUR_S - 70.0, Fault.IN_PLACE)
BEFORE_US = Plan(1, DAY_S, Policy(), Traits(**SLOW, comes_after_s=3 * HOUR_S), (IN_PLACE,))  # type: ignore[arg-type]
WITHOUT_US = Plan(
    1,
    DAY_S,
    Policy(),
    Traits(**SLOW, managed=Managed.ALWAYS),  # type: ignore[arg-type]
    (Event(HOUR_S, Fault.WE_DIE, for_s=2 * HOUR_S), Event(HOUR_S + 5.0, Fault.CRASH), IN_PLACE),
)


def forgotten(view: GatewayView, report: ProbeReport, now: Now, policy: Policy) -> GatewayView:
    del report, now, policy
    return view


@pytest.mark.parametrize("plan", [BEFORE_US, WITHOUT_US], ids=["before us", "without us"])
def test_what_is_old_as_we_come_may_be_starting_all_the_same(plan: Plan, monkeypatch: Patch) -> None:
    tally = live(plan)
    assert (tally.violations, tally.signals) == ((), 0)
    monkeypatch.setattr("selfheal.core.perceive.start_told", forgotten)
    assert grace.start_told is not forgotten
    assert [each.rule for each in live(plan).violations][:1] == ["a starting gateway was asked to stop"]


def test_some_worlds_have_them() -> None:
    plans = [draw(seed, 100.0) for seed in SEEDS]
    late = [plan for plan in plans if plan.traits.comes_after_s > HOUR_S]
    assert len(late) > len(plans) / 20
    deaths = [e for plan in plans for e in plan.events if e.fault is Fault.WE_DIE and e.for_s > HOUR_S]
    assert len(deaths) > len(plans) / 8
    for plan in late:
        assert all(e.at_s < plan.safe_s for e in plan.events)


def test_all_else_in_a_world_stays_as_it_was(monkeypatch: Patch) -> None:
    drawn = [draw(seed, 100.0).events for seed in SEEDS[:300]]
    monkeypatch.setattr("selfheal.sim.extremes.LONG_DEATH", 0.0)
    monkeypatch.setattr("selfheal.sim.extremes.LATE", 0.0)
    without = [draw(seed, 100.0).events for seed in SEEDS[:300]]
    assert 0.5 < sum(a == b for a, b in zip(drawn, without, strict=True)) / len(drawn) < 0.95


@pytest.mark.parametrize("amount", [0.0, 5.5], ids=["at once", "at its next occasion"])
def test_it_comes_right_once_we_are_back(amount: float) -> None:
    """We are away for longer than the time in which it has to; perhaps only from within that time on."""
    dies = Event(HOUR_S, Fault.WE_DIE, for_s=22 * HOUR_S, amount=amount)
    crashes = Event(1.5 * HOUR_S, Fault.CRASH)
    tally = live(Plan(1, 2 * HOUR_S, Policy(), Traits(calm_after_s=1.0), (dies, crashes)))
    assert tally.violations == ()
    assert tally.deaths == 1
    assert tally.starts == 1
