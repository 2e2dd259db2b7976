"""Edits, updates, halves of them, and what a person brings down: a core that is blind to one is found out."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from selfheal.core import perceive, requests, step
from selfheal.core.instants import Now
from selfheal.core.levels import Request
from selfheal.core.notes import Note
from selfheal.core.observations import Observation, OperatorAsked
from selfheal.core.policy import Policy
from selfheal.core.state import GatewayView, State
from selfheal.sim.life import live
from selfheal.sim.plan import (
    DAY_S,
    FOREVER_S,
    HOUR_S,
    Event,
    Fault,
    ImpossibleWorldError,
    Managed,
    Plan,
    Traits,
    possible,
)
from selfheal.sim.world import World

Patch = pytest.MonkeyPatch
ALONE = Traits(person_comes_s=FOREVER_S)


def plan_of(*events: Event, traits: Traits = ALONE, seed: int = 1) -> Plan:
    return possible(Plan(seed, DAY_S, Policy(), traits, events))


def rules(plan: Plan) -> list[str]:
    return [each.rule for each in live(plan).violations]


def half_a_package_is_not_seen(patch: Patch) -> None:
    real = World.inspection
    patch.setattr(World, "inspection", lambda world: replace(real(world), missing_file=""))


def what_was_refused_is_never_tried_again(patch: Patch) -> None:
    def perceived(view: GatewayView, *args: Any, **more: Any) -> perceive.Seen:
        new, notes = real(view, *args, **more)
        return (replace(new, refused_mark=view.refused_mark) if view.refused_mark else new), notes

    real = perceive.perceive
    patch.setattr(step, "perceive", perceived)


def down_is_not_written_down(patch: Patch) -> None:
    def obey(state: State, observation: Observation, now: Now) -> tuple[State, tuple[Note, ...]]:
        stop = isinstance(observation, OperatorAsked) and observation.request is Request.STOP
        return (state, ()) if stop else real(state, observation, now)

    real = requests.obey
    patch.setattr(step, "obey", obey)


REFUSED = (
    Event(HOUR_S, Fault.BAD_UPDATE, for_s=2 * HOUR_S, amount=1.0),
    Event(HOUR_S + 900.0, Fault.PERSON_WANTS),
    Event(5 * HOUR_S, Fault.CRASH),
)


@pytest.mark.parametrize(
    ("mutant", "events", "rule"),
    [
        (
            half_a_package_is_not_seen,
            (Event(HOUR_S, Fault.HALF_UPDATE, for_s=HOUR_S), Event(HOUR_S + 60.0, Fault.CRASH)),
            "a start with half a package",
        ),
        (
            half_a_package_is_not_seen,
            (Event(HOUR_S, Fault.HALF_UPDATE, for_s=HOUR_S, amount=1.0),),
            "a signal with half a package",
        ),
        (what_was_refused_is_never_tried_again, REFUSED, "a ladder that stands still"),
        (
            down_is_not_written_down,
            (
                Event(HOUR_S, Fault.PERSON_DOWNS, for_s=3 * HOUR_S, amount=1.0),
                Event(2 * HOUR_S, Fault.REBOOT, for_s=30.0),
            ),
            "a start of a gateway that a person brought down",
        ),
    ],
)
def test_a_core_that_is_blind_to_it_is_found_out(
    mutant: Callable[[Patch], None], events: tuple[Event, ...], rule: str, monkeypatch: Patch
) -> None:
    plan = plan_of(*events)
    assert rules(plan) == []
    mutant(monkeypatch)
    assert rules(plan)[:1] == [rule]


@pytest.mark.parametrize("seed", range(1, 9))
@pytest.mark.parametrize("amount", [1.0, 30.0])
@pytest.mark.parametrize("fault", [Fault.BAD_EDIT, Fault.BAD_UPDATE])
def test_what_a_change_has_broken_is_healed_once_it_is_put_back(
    fault: Fault, amount: float, seed: int
) -> None:
    """Also where whoever puts it back leaves the start to us."""
    events = Event(HOUR_S, fault, for_s=HOUR_S, amount=amount), Event(HOUR_S + 1200.0, Fault.PERSON_WANTS)
    crash = Event(HOUR_S + 1800.0, Fault.CRASH)
    tally = live(plan_of(*events, crash, seed=seed))
    assert [each.rule for each in tally.violations] == []
    assert tally.incidents > 0
    assert tally.still_open == 0


def test_a_change_is_a_crash_loop_or_a_refusal_until_it_is_put_back() -> None:
    edit = Event(HOUR_S, Fault.BAD_EDIT, for_s=HOUR_S, amount=30.0)
    crash = Event(HOUR_S + 60.0, Fault.CRASH)
    loops, refuses, put_back = (
        live(plan_of(*events))
        for events in (
            (edit, crash),
            (replace(edit, amount=1.0), crash),
            (edit, replace(crash, at_s=3 * HOUR_S)),
        )
    )
    assert loops.starts > refuses.starts > put_back.starts == 1


def test_half_a_package_starts_nothing() -> None:
    """Its manager tries in vain; it runs again once the package is whole."""
    half = Event(HOUR_S, Fault.HALF_UPDATE, for_s=HOUR_S)
    tally = live(
        plan_of(half, Event(HOUR_S + 60.0, Fault.CRASH), traits=replace(ALONE, managed=Managed.ALWAYS))
    )
    assert [each.rule for each in tally.violations] == []
    assert tally.down_s > HOUR_S - 120.0


def test_a_restart_that_is_asked_for_is_made_after_a_storm_of_its_manager() -> None:
    """Its manager has started it more often in this hour than we ever may, and leaves the handoff to us."""
    storm = Event(HOUR_S, Fault.CRASH_LOOP, for_s=900.0, amount=30.0)
    managed = replace(ALONE, managed=Managed.ON_FAILURE, manager_burst=100)
    tally = live(plan_of(storm, Event(HOUR_S + 1500.0, Fault.HANDOFF), traits=managed))
    assert [each.rule for each in tally.violations] == []
    assert tally.starts == 2  # after each of the two ends that it has asked for


def test_a_manager_s_gateway_is_not_brought_down_by_us() -> None:
    down = Event(HOUR_S, Fault.PERSON_DOWNS, for_s=HOUR_S)
    with pytest.raises(ImpossibleWorldError, match="brought down"):
        plan_of(down, traits=replace(ALONE, managed=Managed.ALWAYS))


def test_what_was_brought_down_is_no_outage_and_comes_up_without_an_incident() -> None:
    tally = live(plan_of(Event(HOUR_S, Fault.PERSON_DOWNS, for_s=3 * HOUR_S)))
    assert (tally.violations, tally.incidents, tally.starts) == ((), 0, 1)
