"""Worlds are drawn from their seed alone, and only possible ones."""

from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest

from selfheal.config.relations import below, broken
from selfheal.core.policy import Policy
from selfheal.sim import extremes
from selfheal.sim.dice import Dice
from selfheal.sim.draw import LASTING_S, LINKED_S, STORM_S, STORMS, draw
from selfheal.sim.plan import (
    DAY_S,
    HOUR_S,
    Death,
    Event,
    Fault,
    ImpossibleWorldError,
    Managed,
    Plan,
    Traits,
    possible,
)

SEEDS = range(400)


def test_the_same_seed_gives_the_same_world() -> None:
    assert draw(7, 30) == draw(7, 30)
    assert draw(7, 30) != draw(8, 30)


def test_settings_of_ones_own_change_nothing_else() -> None:
    drawn, own = draw(7, 30), draw(7, 30, Policy(restart_attempts=1))
    traits = replace(drawn.traits, calm_after_s=None)
    assert own == replace(drawn, policy=Policy(restart_attempts=1), traits=traits)


def test_under_settings_of_ones_own_anything_may_happen_to_the_end() -> None:
    """What a policy needs to come right in the second phase is no part of its figures."""
    assert {draw(seed, 30, Policy()).faults_end_s for seed in SEEDS} == {30 * DAY_S}


def test_whatever_the_settings_are_the_world_is_possible() -> None:
    """A drain that is longer than one is willing to wait is no fault of the world."""
    assert max(draw(seed, 1).traits.drain_s for seed in SEEDS) > 200.0
    assert all(draw(seed, 1, Policy(drain_budget_s=15.0)) for seed in SEEDS)


def test_a_longer_world_begins_like_the_shorter_one() -> None:
    short, long = draw(7, 10), draw(7, 30)
    assert long.events[: len(short.events)] == short.events


def test_every_policy_that_is_drawn_is_one_that_a_config_may_hold() -> None:
    policies = [draw(seed, 1).policy for seed in SEEDS]
    assert [list(broken(policy)) for policy in policies if any(broken(policy))] == []
    assert not any(list(below(policy)) for policy in policies)
    assert sum(policy == Policy() for policy in policies) > len(SEEDS) / 4


def test_every_fault_is_drawn() -> None:
    assert {event.fault for seed in SEEDS for event in draw(seed, 60).events} == set(Fault)


@pytest.mark.parametrize(
    "events",
    [
        (Event(20.0, Fault.CRASH), Event(10.0, Fault.CRASH)),
        (Event(2 * DAY_S, Fault.CRASH),),
        (Event(10.0, Fault.HANG, for_s=-1.0),),
        (Event(10.0, Fault.LOAD, for_s=1.0, amount=0.5),),
        (Event(10.0, Fault.WE_DIE),),
    ],
)
def test_a_world_that_could_not_be_is_refused(events: tuple[Event, ...]) -> None:
    plan = Plan(1, DAY_S, Policy(), draw(1, 1).traits, events)
    with pytest.raises(ImpossibleWorldError, match="seed 1"):
        possible(plan)


def test_our_program_is_away_for_a_while_at_each_death_and_dies_at_every_moment() -> None:
    """In worlds without routes a delivery's death became one of ours that was over in the same instant."""
    deaths = [event for seed in SEEDS for event in draw(seed, 60).events if event.fault is Fault.WE_DIE]
    assert all(LINKED_S[0] <= event.for_s for event in deaths)
    counts = Counter(Death(int(event.amount)) for event in deaths)
    assert min(counts[each] for each in Death) > len(deaths) / 10


def test_half_of_the_worlds_with_the_real_loop_or_the_delivery_are_on_a_disk() -> None:
    traits = [draw(seed, 1).traits for seed in range(2000)]
    real, routed = ([each for each in traits if wanted(each)] for wanted in (is_real, has_routes))
    for chosen in (real, routed):
        assert sum(each.on_disk for each in chosen) == pytest.approx(len(chosen) * 0.5, rel=0.3)
    others = [each for each in traits if not (is_real(each) or has_routes(each))]
    assert sum(each.on_disk for each in others) == pytest.approx(len(others) * 0.02, rel=0.4)


def is_real(traits: Traits) -> bool:
    return traits.real_loop


def has_routes(traits: Traits) -> bool:
    return traits.routes > 0


def test_faults_come_in_chains() -> None:
    """The harm of a second fault is done while the first one is being mended."""
    events = [event for seed in SEEDS for event in draw(seed, 100).events]
    near = [b.at_s - a.at_s <= LINKED_S[1] for a, b in pairwise(events) if b.at_s > a.at_s]
    assert sum(near) > len(events) / 2


def test_the_rate_is_that_of_the_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    """A storm of stalls comes besides, and what we find when we have been away for hours."""
    monkeypatch.setattr(extremes, "LATE", 0.0)
    monkeypatch.setattr(extremes, "LONG_DEATH", 0.0)
    plain = [seed for seed in SEEDS if not Dice(f"the stalls of {seed}").chance(STORMS)]
    count = sum(len(draw(seed, 100, rate=0.5).events) for seed in plain)
    assert count == pytest.approx(0.5 * 100 * len(plain), rel=0.05)


def test_what_only_a_person_ends_lasts_until_they_come() -> None:
    """Longer than any time after which they must have been told."""
    lasting = [event for seed in SEEDS for event in draw(seed, 60).events if event.for_s >= LASTING_S[0]]
    assert {Fault.CONFIG_BROKEN, Fault.DISK_FULL, Fault.PORT_TAKEN} < {event.fault for event in lasting}


def test_a_storm_that_a_manager_keeps_up_is_overheard_for_some_hours_only() -> None:
    """Each of its hours is as the one before, and costs as much as half a year of quiet ones."""
    managed, alone = (
        [
            event.for_s
            for plan in map(partial(draw, days=60), SEEDS)
            if (plan.traits.managed is Managed.NOBODY) is nobody
            for event in plan.events
            if event.fault is Fault.PORT_TAKEN
        ]
        for nobody in (False, True)
    )
    assert 2 * HOUR_S < max(managed) <= STORM_S[1]
    assert STORM_S[1] < max(alone) <= LASTING_S[1]
