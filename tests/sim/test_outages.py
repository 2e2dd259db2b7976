"""What counts as downtime, and what apart from it."""

from dataclasses import replace

import pytest

from selfheal.core.policy import Policy
from selfheal.core.state import GatewayView, Phase, State
from selfheal.sim.agenda import Agenda
from selfheal.sim.life import live
from selfheal.sim.outages import Outage, Outages
from selfheal.sim.plan import HOUR_S, Event, Fault, Managed, Plan, Traits

ABSENT = State("main", gateway=GatewayView(phase=Phase.ABSENT))
STOPPED = replace(ABSENT, gateway=GatewayView(phase=Phase.STOPPED))


def test_each_part_of_an_outage_counts_for_what_it_was_taken() -> None:
    agenda = Agenda()
    outages = Outages(agenda)
    for at_s, heeds, down in (
        (10.0, ABSENT, True),
        (13.0, STOPPED, True),
        (20.0, None, True),  # our program is dead
        (25.0, ABSENT, False),
        (30.0, STOPPED, False),
        (40.0, STOPPED, True),
    ):
        agenda.elapsed = at_s
        outages.look(heeds, down=down)
    agenda.elapsed = 42.0
    assert outages.lasted_s(Outage.FELT) == 3.0 + 5.0
    assert outages.lasted_s(Outage.TAKEN) == 7.0 + 2.0


def test_a_start_by_a_person_that_fails_unseen_is_no_downtime_by_our_settings() -> None:
    """One such world, down until its end under every policy, was nineteen twentieths of the downtime a year,
    and its luck decided which settings looked better.
    """
    events = (
        Event(900.0, Fault.PERSON_STOPS, for_s=600.0),
        Event(1400.0, Fault.CONFIG_REFUSED, for_s=3600.0),  # read by their start, which ends at once
    )
    safe = live(Plan(1, 6 * HOUR_S, Policy(), Traits(managed=Managed.NOBODY), events), goes_on=True).safe
    assert safe.down_s == 0.0
    assert safe.taken_s > 5 * HOUR_S


def test_what_a_person_keeps_us_from_healing_is_no_downtime_by_our_settings() -> None:
    """A Level 1 that was switched off for good made nine tenths of the downtime of twenty worlds."""
    crash = Event(HOUR_S, Fault.CRASH)
    for held in (
        Event(900.0, Fault.PERSON_DISABLES, for_s=5 * HOUR_S, amount=0.0),
        Event(900.0, Fault.PERSON_PAUSES, for_s=5 * HOUR_S, amount=1.0),
    ):
        plan = Plan(
            1, 6 * HOUR_S, Policy(), Traits(managed=Managed.NOBODY, person_comes_s=1e9), (held, crash)
        )
        safe = live(plan, goes_on=True).safe
        assert safe.held_s == pytest.approx(4.25 * HOUR_S, abs=60.0)
        assert safe.down_s < 60.0


def test_a_level_that_would_not_heal_it_holds_nobody() -> None:
    """Level 2, while Level 1 starts what has gone."""
    off = Event(900.0, Fault.PERSON_DISABLES, for_s=5 * HOUR_S, amount=1.0)
    plan = Plan(1, 6 * HOUR_S, Policy(), Traits(managed=Managed.NOBODY), (off, Event(HOUR_S, Fault.CRASH)))
    safe = live(plan, goes_on=True).safe
    assert (safe.held_s, safe.starts) == (0.0, 1)
    assert safe.down_s > 0.0


def test_it_is_held_while_our_program_is_dead_as_well() -> None:
    agenda = Agenda()
    outages = Outages(agenda)
    outages.look(None, down=True, held=True)
    agenda.elapsed = 5.0
    assert (outages.lasted_s(Outage.HELD), outages.lasted_s(Outage.FELT)) == (5.0, 0.0)
