"""What the loop leaps over is time in which nothing was to be seen, and no fault."""

import pytest

from selfheal.core.policy import Policy
from selfheal.sim.life import Life, Tally
from selfheal.sim.plan import DAY_S, HOUR_S, KINDS, Event, Fault, Plan, Traits

AT_S = HOUR_S / 2
AMOUNTS = {Fault.CRASH_LOOP: 5.0, Fault.CLOCK: HOUR_S, Fault.PERSON_DISABLES: 1.0, Fault.WE_DIE: 3.0}
SENSED = (
    Event(AT_S, Fault.DISK_FULL, for_s=2 * HOUR_S),
    Event(AT_S, Fault.BLIND, for_s=2 * HOUR_S),
)


def alone(fault: Fault) -> Event:
    """For two hours, or as long as it lasts at most."""
    kind = KINDS[fault]
    return Event(AT_S, fault, min(2 * HOUR_S, kind.for_s[1]), AMOUNTS.get(fault, kind.amount[1]))


def lived(event: Event, *, leaps: bool) -> Tally:
    end_s = event.at_s + 2 * HOUR_S + HOUR_S / 2
    return Life(Plan(1, end_s, Policy(), Traits(), (event,)), leaps=leaps).run()


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_alone_comes_to_the_same_with_leaps_and_without(fault: Fault) -> None:
    leaping, walking = (lived(alone(fault), leaps=leaps) for leaps in (True, False))
    for what in ("incidents", "outcomes", "alerts", "starts", "signals", "escalations", "violations"):
        assert getattr(leaping, what) == getattr(walking, what), what


@pytest.mark.parametrize("event", SENSED, ids=lambda event: str(event.fault))
def test_what_a_look_or_a_check_would_see_is_not_leapt_over(event: Event) -> None:
    tally = lived(event, leaps=True)
    assert tally.leapt_s < tally.days * DAY_S - event.for_s
