"""Who is at work for ever, and a clock that nobody kept: drawn often enough, and no excuse for silence."""

from collections import Counter

import pytest

from selfheal.core import hold
from selfheal.core.policy import Policy
from selfheal.core.reasons import Hold
from selfheal.sim.draw import draw
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, FOREVER_S, HOUR_S, Death, Event, Fault, Managed, Plan, Traits

Patch = pytest.MonkeyPatch
SEEDS = range(1, 1501)
HUNG = Event(HOUR_S, Fault.UPKEEP, for_s=20 * HOUR_S, amount=30.0)
CRASH = Event(HOUR_S, Fault.CRASH)


def plan_of(event: Event, managed: Managed = Managed.NOBODY) -> Plan:
    traits = Traits(managed=managed, manager_delay_s=FOREVER_S, person_comes_s=FOREVER_S)
    return Plan(1, DAY_S, Policy(), traits, (event,))


@pytest.mark.parametrize(
    ("plan", "at_work"),
    [(plan_of(HUNG), Hold.UPKEEP), (plan_of(CRASH, Managed.ALWAYS), Hold.MANAGER_RESTARTS)],
    ids=["upkeep", "manager"],
)
def test_of_who_never_ends_his_work_a_person_is_told(plan: Plan, at_work: Hold, monkeypatch: Patch) -> None:
    """Both once ended within the time that they are given: what came after it was judged in no world."""
    tally = live(plan)
    assert tally.violations == ()
    assert (tally.incidents, tally.starts) == (1, 1 if at_work is Hold.UPKEEP else 0)
    assert tally.alerts > 0
    monkeypatch.setattr(hold, "SLOW", hold.SLOW - {at_work})
    monkeypatch.setattr(hold, "ENDLESS", hold.ENDLESS - {at_work})
    assert [each.rule for each in live(plan).violations][:1] == ["a ladder that stands still"]


def test_some_worlds_have_them() -> None:
    plans = [draw(seed, 100.0) for seed in SEEDS]
    hung = [e for p in plans for e in p.events if e.fault is Fault.UPKEEP and e.for_s > HOUR_S]
    assert len(hung) > 100
    boots = [e.amount for p in plans for e in p.events if e.fault is Fault.REBOOT]
    assert min(boots) < -10 * DAY_S < 10 * DAY_S < max(boots)
    assert sum(p.traits.manager_delay_s > HOUR_S for p in plans) > 30


def test_what_is_real_comes_together_and_on_a_disk_that_gets_full() -> None:
    plans = [draw(seed, 100.0) for seed in SEEDS]
    disk = [plan for plan in plans if plan.traits.on_disk]
    both = [plan for plan in disk if plan.traits.real_loop]
    assert len(disk) > len(plans) / 12
    assert len(both) > len(plans) / 40
    assert sum(plan.traits.routes > 0 for plan in both) > len(plans) / 80
    routed = Counter(event.fault for plan in disk if plan.traits.routes for event in plan.events)
    assert routed[Fault.DISK_FULL] > len(plans) / 5
    ends = [e for plan in disk for e in plan.events if e.fault is Fault.WE_DIE]
    assert sum(event.amount == Death.IN_COMMIT for event in ends) > len(plans) / 3


def test_hardly_a_world_has_nothing_happen_in_it() -> None:
    assert sum(not draw(seed, 100.0).events for seed in SEEDS) < len(SEEDS) / 100
