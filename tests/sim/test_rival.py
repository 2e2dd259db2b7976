"""The other watchdog of a made-up world, and that our program leaves the gateway to it and says so."""

from dataclasses import replace

import pytest

from selfheal.core.policy import Policy
from selfheal.sim.dice import Dice
from selfheal.sim.faults import befall
from selfheal.sim.life import Life, live
from selfheal.sim.plan import DAY_S, HOUR_S, Event, Fault, Plan, Traits
from selfheal.sim.rival import LOOKS_S, MISSES, RIVAL
from selfheal.sim.world import PERSON, World

COMES = Event(0.0, Fault.RIVAL, for_s=HOUR_S, amount=2.0)
SLOW = Traits(cold_start_s=200.0, rival_restarts=True)


def world_of(traits: Traits) -> World:
    world = World(Plan(1, DAY_S, Policy(), traits, ()))
    world.launch(PERSON)
    befall(world, COMES)
    return world


def until(world: World, elapsed: float) -> list[str]:
    """By whom the gateway was started in the meantime."""
    before = world.gateway.pid
    by = []
    while (at := world.agenda.next_at()) is not None and at <= elapsed:
        world.agenda.happen()
        if world.gateway.pid != before:
            before = world.gateway.pid
            by.append(world.gateway.by)
    world.agenda.elapsed = elapsed
    return by


def test_it_ends_a_gateway_that_still_starts_again_and_again() -> None:
    world = world_of(SLOW)
    round_s = MISSES * LOOKS_S
    assert until(world, round_s - 1.0) == []
    assert until(world, round_s + 3.0) == [RIVAL]
    assert until(world, 1.0 + 10 * (round_s + 2.0)) == [RIVAL] * 9
    assert not world.is_well()


@pytest.mark.parametrize("traits", [replace(SLOW, rival_restarts=False), replace(SLOW, cold_start_s=20.0)])
def test_it_leaves_one_that_serves_in_time_or_that_it_does_not_watch_so(traits: Traits) -> None:
    world = world_of(traits)
    assert until(world, HOUR_S / 2) == []
    assert world.is_well()


def test_it_comes_to_its_end() -> None:
    world = world_of(SLOW)
    until(world, HOUR_S)
    last = world.gateway.pid
    until(world, 2 * HOUR_S)
    assert world.gateway.pid - last <= 1


def test_what_a_person_stops_and_work_on_the_installation_are_left_to_them() -> None:
    world = world_of(replace(SLOW, cold_start_s=2.0))
    until(world, HOUR_S / 10)
    world.stop(HOUR_S)
    assert until(world, HOUR_S / 2) == []
    assert not world.gateway.alive
    busy = world_of(SLOW)
    befall(busy, Event(0.0, Fault.UPKEEP, for_s=HOUR_S))
    assert until(busy, HOUR_S / 2) == []


def test_beside_one_that_kills_each_start_nobody_fights_and_a_person_is_told() -> None:
    """The gateway crashes while the rival watches; it would serve after 200 s, and is killed after 60."""
    events = (
        Event(HOUR_S, Fault.RIVAL, for_s=2 * HOUR_S, amount=0.5),
        Event(HOUR_S + 60.0, Fault.CRASH),
    )
    life = Life(Plan(1, DAY_S / 2, Policy(), SLOW, events))
    tally = life.run()
    assert tally.violations == ()
    assert tally.starts <= Policy().unclean_starts_max, "it shows itself by the first start of its own"
    assert tally.signals == 0
    assert tally.escalations >= 1
    assert tally.alerts >= 2


def test_how_a_world_s_rival_is_changes_nothing_else_in_it() -> None:
    calm = Plan(1, DAY_S, Policy(), Traits(), (Event(HOUR_S, Fault.CRASH),))
    other = replace(calm, traits=replace(calm.traits, rival_restarts=True))
    assert live(calm).down_s == live(other).down_s


def test_streams_of_chance_are_apart() -> None:
    world = World(Plan(7, DAY_S, Policy(), Traits(), ()))
    one, other = world.dice("one"), world.dice("other")
    first = [one.between(0.0, 1.0) for _ in range(3)]
    assert [other.between(0.0, 1.0) for _ in range(3)] != first
    assert [world.dice("one").between(0.0, 1.0)] == first[:1]
    assert isinstance(one, Dice)
