"""Every order of six events in the made-up world: each falls into what those before it have begun."""

import itertools
from dataclasses import replace

import pytest

from selfheal.core.policy import Policy
from selfheal.sim.life import live
from selfheal.sim.plan import HOUR_S, Death, Event, Fault, Managed, Plan, Traits

FIRST_S, APART_S = 900.0, 25.0
ALONE = Traits()
MANAGED = Traits(managed=Managed.ALWAYS)
STUBBORN = Traits(managed=Managed.ON_FAILURE, drain_s=60.0, linger_s=10.0)
SIXES = {
    "what people and the host do": (
        ALONE,
        Event(0.0, Fault.CRASH),
        Event(0.0, Fault.HANG, for_s=600.0),
        Event(0.0, Fault.PERSON_STOPS, for_s=60.0),
        Event(0.0, Fault.WE_DIE, for_s=20.0, amount=float(Death.BEFORE_ACT)),
        Event(0.0, Fault.SLEEP, for_s=3600.0),
        Event(0.0, Fault.CONFIG_BROKEN, for_s=90.0),
    ),
    "what our looks cannot see": (
        ALONE,
        Event(0.0, Fault.DEEP_FAULT),
        Event(0.0, Fault.BLIND, for_s=40.0),
        Event(0.0, Fault.DISK_FULL, for_s=70.0),
        Event(0.0, Fault.PERSON_PAUSES, for_s=60.0),
        Event(0.0, Fault.CLOCK, amount=-7200.0),
        Event(0.0, Fault.PARKED),
    ),
    "who else starts it": (
        MANAGED,
        Event(0.0, Fault.CRASH_LOOP, for_s=100.0, amount=3.0),
        Event(0.0, Fault.RIVAL, for_s=200.0, amount=2.0),
        Event(0.0, Fault.STALL, for_s=30.0),
        Event(0.0, Fault.UPKEEP, for_s=60.0),
        Event(0.0, Fault.CRASH),
        Event(0.0, Fault.WE_DIE, for_s=5.0, amount=float(Death.IN_COMMIT)),
    ),
    "what fails while it is repaired": (
        STUBBORN,
        Event(0.0, Fault.HANG, for_s=3600.0),
        Event(0.0, Fault.ORDERS_HANG, for_s=60.0, amount=1.0),
        Event(0.0, Fault.PORT_TAKEN, for_s=90.0),
        Event(0.0, Fault.REBOOT, for_s=30.0),
        Event(0.0, Fault.PERSON_DISABLES, for_s=60.0, amount=1.0),
        Event(0.0, Fault.WE_DIE, for_s=10.0, amount=float(Death.AFTER_ACT)),
    ),
}


@pytest.mark.parametrize("name", SIXES)
def test_every_order_of_six_events_is_harmless(name: str) -> None:
    traits, *six = SIXES[name]
    failed = []
    for order in itertools.permutations(six):
        events = tuple(replace(event, at_s=FIRST_S + APART_S * place) for place, event in enumerate(order))
        tally = live(Plan(1, HOUR_S, Policy(), traits, events))
        if tally.violations:
            failed.append(([str(event.fault) for event in order], tally.violations[0].rule))
    assert failed == []
