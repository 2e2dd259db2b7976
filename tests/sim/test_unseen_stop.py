"""A person stops a gateway that we have never seen, while our looks fail."""

from selfheal.core.actions import StartGateway
from selfheal.core.notes import Step
from selfheal.core.observations import Observation
from selfheal.core.policy import Policy
from selfheal.sim.life import Leaps, Life, live
from selfheal.sim.plan import DAY_S, HOUR_S, Death, Event, Fault, Managed, Plan, Traits


def test_what_its_manager_says_counts_once_the_word_has_come() -> None:
    events = (
        Event(HOUR_S, Fault.BLIND, for_s=600.0),
        Event(HOUR_S + 60.0, Fault.CRASH),
        Event(HOUR_S + 120.0, Fault.PERSON_STOPS, for_s=1200.0),
    )
    tally = live(Plan(1, DAY_S, Policy(), Traits(managed=Managed.ON_FAILURE), events))
    assert [each.rule for each in tally.violations] == []
    assert tally.starts == 0


def heard(unseen: Event) -> tuple[list[tuple[float, Observation]], Life]:
    """What our program is told until its second start. The first one is asked for by an end of the gateway
    that makes the manager say «stopped», and we die once it is done.
    """
    told: list[tuple[float, Observation]] = []
    starts: list[StartGateway] = []

    def tell(at_s: float, observation: Observation, done: Step) -> None:
        if len(starts) < 2:
            told.append((at_s, observation))
        starts.extend(order.action for order in done.actions if isinstance(order.action, StartGateway))

    events = (
        Event(HOUR_S - 60.0, Fault.WE_DIE, for_s=8.0, amount=float(Death.AFTER_RESULT)),
        Event(HOUR_S, Fault.HANDOFF),
        unseen,
        Event(HOUR_S + 2.0, Fault.BLIND, for_s=254.0),
    )
    traits = Traits(managed=Managed.ON_FAILURE, drain_s=1.0, linger_s=0.0, look_s=0.01)
    life = Life(Plan(1, 2 * HOUR_S, Policy(), traits, events), leaps=Leaps.NONE, told=tell)
    life.run()
    return told, life


def test_a_stop_and_a_start_that_did_nothing_leave_the_same_word_behind() -> None:
    """Whoever heeds the one as a person's word leaves the other one down for good."""
    stopped, life = heard(Event(HOUR_S + 1.7, Fault.PERSON_STOPS, for_s=DAY_S))
    failed, _ = heard(Event(HOUR_S + 0.5, Fault.START_REFUSED, for_s=60.0, amount=1.0))
    assert stopped == failed
    assert (life.judge.violations, life.judge.our_starts) == ([], 2)
