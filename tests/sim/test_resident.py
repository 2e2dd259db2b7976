"""Our own process in the made-up world: what it hears, and when."""

from dataclasses import replace

from selfheal.core.notes import Step
from selfheal.core.observations import HostResumed, Observation, OperatorAsked
from selfheal.core.policy import Policy
from selfheal.sim.life import Leaps, Life, live
from selfheal.sim.plan import HOUR_S, Death, Event, Fault, Plan, Traits

Heard = list[tuple[float, Observation]]


def heard(*events: Event) -> Heard:
    told: Heard = []

    def tell(at_s: float, observation: Observation, done: Step) -> None:
        del done
        told.append((at_s, observation))

    Life(Plan(1, HOUR_S, Policy(), Traits(), events), leaps=Leaps.NONE, told=tell).run()
    return told


def test_a_request_is_taken_once_also_while_the_disk_is_full() -> None:
    told = heard(
        Event(600.0, Fault.PERSON_CHECKS),
        Event(600.2, Fault.PERSON_CHECKS),
        Event(600.5, Fault.DISK_FULL, for_s=300.0),
    )
    asked = [at_s for at_s, observation in told if isinstance(observation, OperatorAsked) and at_s < HOUR_S]
    assert len(asked) == 2


def test_a_death_counts_once_it_has_happened() -> None:
    """Nothing is done to a well gateway, so nobody dies of doing it."""
    traits = Traits(start_varies=1.0)
    in_vain = Event(600.0, Fault.WE_DIE, for_s=1.0, amount=float(Death.AFTER_ACT))
    plan = Plan(1, HOUR_S, Policy(), traits, (in_vain,))
    assert live(plan).deaths == 0
    assert live(replace(plan, events=(in_vain, Event(700.0, Fault.CRASH)))).deaths == 1


def test_a_second_stall_does_not_shorten_the_first() -> None:
    told = heard(Event(600.0, Fault.STALL, for_s=300.0), Event(610.0, Fault.STALL, for_s=5.0))
    assert [at_s for at_s, _ in told if 600.0 < at_s < 900.0] == []


def test_a_stall_ends_with_its_process() -> None:
    """The next one hears at once, and of nothing that the stall has cost the one before."""
    told = heard(
        Event(600.0, Fault.STALL, for_s=300.0),
        Event(610.0, Fault.WE_DIE, for_s=1.0),
        Event(700.0, Fault.SLEEP, for_s=600.0),
    )
    assert any(611.0 <= at_s < 620.0 for at_s, _ in told)
    assert [at_s for at_s, seen in told if isinstance(seen, HostResumed)] == [700.0]
