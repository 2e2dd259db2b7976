"""What the loop leaps over is time in which nothing was to be seen, and no fault."""

from dataclasses import replace

import pytest

from selfheal.core.policy import Policy
from selfheal.sim.life import Life, Tally
from selfheal.sim.plan import DAY_S, FOREVER_S, HOUR_S, KINDS, Event, Fault, Plan, Traits

AT_S = HOUR_S / 2
LATER_S = 1234.5
AMOUNTS = {Fault.CRASH_LOOP: 5.0, Fault.CLOCK: HOUR_S, Fault.PERSON_DISABLES: 1.0, Fault.WE_DIE: 3.0}
UNHELPED = Traits(start_varies=1.0, person_comes_s=FOREVER_S)
SAME = ("incidents", "outcomes", "alerts", "starts", "signals", "escalations", "violations")
STEADY = (
    (Fault.BLIND, Fault.CRASH),
    (Fault.BLIND, Fault.HANG),
    (Fault.CHANNELS_DOWN, Fault.DISK_FULL),
    (Fault.CONFIG_BROKEN, Fault.CRASH),
    (Fault.CONFIG_REFUSED, Fault.BLIND),
    (Fault.DISK_FULL, Fault.CRASH),
    (Fault.ROUTE_DOWN, Fault.CONFIG_REFUSED),
    (Fault.ROUTE_DOWN, Fault.CHANNELS_DOWN),
    (Fault.SIGNAL_REFUSED, Fault.DEEP_FAULT),
    (Fault.SIGNAL_REFUSED, Fault.HANG),
    (Fault.START_HANGS, Fault.CRASH),
    (Fault.START_REFUSED, Fault.CRASH),
    (Fault.SUSPENDED, Fault.BLIND),
)


def alone(fault: Fault, at_s: float = AT_S) -> Event:
    """For two hours, or as long as it lasts at most."""
    kind = KINDS[fault]
    return Event(at_s, fault, min(2 * HOUR_S, kind.for_s[1]), AMOUNTS.get(fault, kind.amount[1]))


def lived(*events: Event, leaps: bool) -> Tally:
    end_s = events[-1].at_s + 2 * HOUR_S + HOUR_S / 2
    return Life(Plan(1, end_s, Policy(), UNHELPED, events), leaps=leaps).run()


def compared(*events: Event) -> tuple[Tally, Tally]:
    leaping, walking = (lived(*events, leaps=leaps) for leaps in (True, False))
    for what in SAME:
        assert getattr(leaping, what) == getattr(walking, what), what
    return leaping, walking


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_alone_comes_to_the_same_with_leaps_and_without(fault: Fault) -> None:
    compared(alone(fault))


@pytest.mark.parametrize(("first", "second"), STEADY)
def test_what_is_wrong_for_hours_comes_to_the_same_and_is_leapt_over(first: Fault, second: Fault) -> None:
    leaping, walking = compared(alone(first), replace(alone(second), at_s=AT_S + LATER_S))
    assert leaping.incidents > 0
    assert leaping.steps < walking.steps / 2


def test_a_full_disk_is_not_leapt_over() -> None:
    """A deep check of a well gateway finds it."""
    event = alone(Fault.DISK_FULL)
    tally = lived(event, leaps=True)
    assert tally.alerts > 0
    assert tally.leapt_s < tally.days * DAY_S
