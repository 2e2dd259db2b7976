"""A person stops a gateway that we have never seen, while our looks fail."""

from selfheal.core.policy import Policy
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, HOUR_S, Event, Fault, Managed, Plan, Traits


def test_what_its_manager_says_counts_once_the_word_has_come() -> None:
    events = (
        Event(HOUR_S, Fault.BLIND, for_s=600.0),
        Event(HOUR_S + 60.0, Fault.CRASH),
        Event(HOUR_S + 120.0, Fault.PERSON_STOPS, for_s=1200.0),
    )
    tally = live(Plan(1, DAY_S, Policy(), Traits(managed=Managed.ON_FAILURE), events))
    assert [each.rule for each in tally.violations] == []
    assert tally.starts == 0
