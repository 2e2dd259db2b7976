"""Our own process in the made-up world: what it hears, and when."""

from selfheal.core.notes import Step
from selfheal.core.observations import Observation, OperatorAsked
from selfheal.core.policy import Policy
from selfheal.sim.life import Life
from selfheal.sim.plan import HOUR_S, Event, Fault, Plan, Traits

Heard = list[tuple[float, Observation]]


def heard(*events: Event) -> Heard:
    told: Heard = []

    def tell(at_s: float, observation: Observation, done: Step) -> None:
        del done
        told.append((at_s, observation))

    Life(Plan(1, HOUR_S, Policy(), Traits(), events), leaps=False, told=tell).run()
    return told


def test_a_request_is_taken_once_also_while_the_disk_is_full() -> None:
    told = heard(
        Event(600.0, Fault.PERSON_CHECKS),
        Event(600.2, Fault.PERSON_CHECKS),
        Event(600.5, Fault.DISK_FULL, for_s=300.0),
    )
    asked = [at_s for at_s, observation in told if isinstance(observation, OperatorAsked) and at_s < HOUR_S]
    assert len(asked) == 2
