"""A service manager that still ends what the gateway has left is at work: nobody starts it beside that."""

import pytest

from selfheal.core import hold
from selfheal.core.facts import ExitCause, ManagerState
from selfheal.core.policy import Policy
from selfheal.sim.draw import draw
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, FOREVER_S, HOUR_S, Event, Fault, Managed, Plan, Traits
from selfheal.sim.servicemanager import MANAGER
from selfheal.sim.world import PERSON, World

SYSTEMD = Traits(managed=Managed.ON_FAILURE, manager_ends_s=60.0, person_comes_s=FOREVER_S)
PLAN = Plan(1, DAY_S, Policy(), SYSTEMD, (Event(HOUR_S, Fault.CRASH),))


def test_it_ends_what_is_left_waits_and_starts_it_again() -> None:
    world = World(PLAN)
    world.launch(PERSON)
    world.agenda.elapsed = 100.0
    world.gateway.end(ExitCause.CRASHED, 1)
    found = []
    while not world.gateway.alive:
        found.append((world.agenda.elapsed, world.manager))
        world.agenda.happen()
    assert found == [(100.0, ManagerState.STOPPING), (160.0, ManagerState.RESTARTING)]
    assert (world.gateway.by, world.agenda.elapsed, world.manager) == (MANAGER, 165.0, ManagerState.RUNNING)


def test_a_start_beside_it_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    tally = live(PLAN)
    assert (tally.violations, tally.starts) == ((), 0)
    monkeypatch.setattr(hold, "_manager", lambda *_: None)
    assert [each.rule for each in live(PLAN).violations] == ["a start beside the service manager's own"]


def test_some_have_something_to_end_and_none_where_there_is_none() -> None:
    traits = [draw(seed, 10.0).traits for seed in range(1, 400)]
    managed = [each for each in traits if each.managed is not Managed.NOBODY]
    assert sum(each.manager_ends_s > 0 for each in managed) > len(managed) / 5
    assert not any(each.manager_ends_s for each in traits if each.managed is Managed.NOBODY)
