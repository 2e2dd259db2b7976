"""What real hosts and people do, each alone in a world: nobody is harmed, and the gateway serves again."""

import pytest

from selfheal.core.policy import Policy
from selfheal.sim.faults import befall
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, HOUR_S, Event, Fault, Plan, Traits
from selfheal.sim.servicemanager import MANAGER
from selfheal.sim.tally import Tally
from selfheal.sim.world import PERSON, World

CRASH = Event(HOUR_S, Fault.CRASH)


def lived(*events: Event, traits: Traits | None = None) -> Tally:
    tally = live(Plan(1, DAY_S / 4, Policy(), traits or Traits(), events))
    assert tally.violations == ()
    return tally


def test_a_parked_gateway_is_ended_and_started() -> None:
    tally = lived(Event(HOUR_S, Fault.PARKED))
    assert (tally.starts, tally.signals, tally.outcomes) == (1, 1, {"healed": 1})


def test_a_second_half_dead_one_ends_before_another_is_started() -> None:
    tally = lived(Event(HOUR_S - 60.0, Fault.SECOND, for_s=2 * HOUR_S), CRASH)
    assert (tally.starts, tally.outcomes) == (1, {"healed": 1})
    assert tally.down_s < HOUR_S / 2


def test_an_order_that_was_done_but_never_came_back_is_not_given_twice() -> None:
    hangs = Event(HOUR_S - 1.0, Fault.ORDERS_HANG, for_s=600.0, amount=1.0)
    assert lived(hangs, CRASH).starts == 1


def test_an_order_that_hangs_and_does_nothing_is_given_again() -> None:
    tally = lived(Event(HOUR_S - 1.0, Fault.ORDERS_HANG, for_s=90.0), CRASH)
    assert tally.outcomes == {"healed": 1}


def test_who_stopped_it_has_it_started_by_us() -> None:
    stop = Event(HOUR_S, Fault.PERSON_STOPS, for_s=4 * HOUR_S)
    tally = lived(stop, Event(2 * HOUR_S, Fault.PERSON_WANTS))
    assert (tally.starts, tally.incidents) == (1, 0)


def test_one_that_lingers_with_its_port_closed_is_killed() -> None:
    hang = Event(HOUR_S, Fault.FALSE_HEALTH, for_s=2 * HOUR_S)
    tally = lived(hang, traits=Traits(linger_s=40.0))
    assert (tally.signals, tally.outcomes) == (2, {"healed": 1})


def test_a_host_that_wakes_has_no_network_at_first() -> None:
    world = World(Plan(1, HOUR_S, Policy(), Traits(wakes_slowly_s=30.0), ()))
    world.wakes()
    assert world.lasts(world.until.route_down)
    world.agenda.elapsed += 31.0
    assert not world.lasts(world.until.route_down)


@pytest.mark.parametrize(
    ("by", "hangs", "lives_on"), [(PERSON, False, True), (PERSON, True, False), (MANAGER, False, False)]
)
def test_who_has_started_it_leaves_it_alone_while_it_comes_up(by: str, hangs: bool, lives_on: bool) -> None:
    """Told on several routes, they ended their own slow start every few minutes, for ever."""
    world = World(Plan(1, HOUR_S, Policy(), Traits(cold_start_s=250.0), ()))
    befall(world, Event(0.0, Fault.START_HANGS, for_s=HOUR_S if hangs else 0.0))
    world.launch(by)
    world.agenda.elapsed = 100.0
    world.person_helps()
    assert world.gateway.alive is lives_on


def test_who_comes_more_often_than_it_takes_to_start_brings_it_up() -> None:
    loop = Event(HOUR_S, Fault.CRASH_LOOP, for_s=4 * HOUR_S, amount=41.0)
    slow = Traits(cold_start_s=320.0, start_varies=1.0, person_comes_s=300.0)
    assert lived(loop, traits=slow).down_s < HOUR_S
