"""The real loop and the real hands in the made-up world: the same story as by events, and killed anywhere."""

import gc
from collections import Counter
from dataclasses import replace

import pytest

from selfheal.core.levels import Request
from selfheal.core.notes import Step
from selfheal.core.observations import HostResumed, Observation, OperatorAsked
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.sim.draw import draw
from selfheal.sim.life import Leaps, Life, live
from selfheal.sim.plan import DAY_S, HOUR_S, Death, Event, Fault, Plan, Traits
from selfheal.sim.story import tell
from selfheal.sim.tally import Tally

REAL = Traits(real_loop=True)
SEEDS = sorted({*range(1, 14)} - {2})  # there a heartbeat and a deep check end at one moment
SHORT_DAYS, OFTEN, BRIEF_S = 0.06, 100.0, 600.0
NOTICED_LATER = frozenset(
    {
        *(Fault.PERSON_PAUSES, Fault.PERSON_DISABLES, Fault.PERSON_CHECKS, Fault.PERSON_WANTS),
        *(Fault.SLEEP, Fault.CLOCK),
    }
)
"""By events after a second or at once, by the loop at its next turn: what is decided meanwhile may differ."""

CRASHES_ON = Event(610.0, Fault.CRASH), Event(700.0, Fault.CRASH_LOOP, for_s=1500.0, amount=2.0)

Heard = list[tuple[float, Observation]]


def plan_of(*events: Event, traits: Traits = REAL, safe_s: float = HOUR_S) -> Plan:
    return Plan(1, safe_s, Policy(), traits, events)


def with_loop(plan: Plan, *, real: bool) -> Plan:
    return replace(plan, traits=replace(plan.traits, real_loop=real))


def short(seed: int) -> Plan:
    """Several faults within an hour and a half, none of them for long."""
    plan = draw(seed, SHORT_DAYS, rate=OFTEN)
    brief = (replace(event, for_s=min(event.for_s, BRIEF_S)) for event in plan.events)
    return replace(plan, events=tuple(event for event in brief if event.fault not in NOTICED_LATER))


def decisions(plan: Plan) -> tuple[Counter[str], Tally]:
    """What was decided in it, and how often: what happens at one moment has no order."""
    told: Counter[str] = Counter()

    def hear(_at: float, _seen: object, done: Step) -> None:
        said = (note for note in done.notes if note.reason is not Reason.CHECK_PASSED)
        told.update(f"{note.reason} {note.cause} {note.outcome} {note.hold}" for note in said)

    return told, Life(plan, leaps=Leaps.NONE, told=hear).run()


def heard(*events: Event, leaps: Leaps = Leaps.NONE, traits: Traits = REAL, safe_s: float = HOUR_S) -> Heard:
    told: Heard = []

    def hear(at_s: float, observation: Observation, done: Step) -> None:
        del done
        told.append((at_s, observation))

    Life(plan_of(*events, traits=traits, safe_s=safe_s), leaps=leaps, told=hear).run()
    return told


@pytest.mark.parametrize("seed", SEEDS)
def test_both_come_to_the_same_story(seed: int) -> None:
    events, entire = (decisions(with_loop(short(seed), real=real)) for real in (False, True))
    assert events[0] == entire[0]
    assert events[1].deaths == entire[1].deaths
    assert [each.rule for each in events[1].violations] == [each.rule for each in entire[1].violations]


@pytest.mark.parametrize(
    "fault",
    [
        Event(600.0, Fault.BLIND, for_s=120.0),
        Event(600.0, Fault.ORDERS_HANG, for_s=100.0),
        Event(600.0, Fault.ORDERS_HANG, for_s=100.0, amount=1.0),
        Event(600.0, Fault.ROUTE_SLOW, for_s=HOUR_S, amount=45.0),
    ],
    ids=lambda event: f"{event.fault} {event.amount:g}",
)
def test_both_suffer_the_same_where_our_own_hands_fail(fault: Event) -> None:
    """In vain is each start after the crash, so that a person is told, too."""
    plan = plan_of(fault, *CRASHES_ON)
    events, entire = (decisions(with_loop(plan, real=real)) for real in (False, True))
    assert events[0] == entire[0]
    assert entire[1].violations == ()
    assert entire[1].alerts > 0


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize(
    "faults",
    [
        (),
        (Event(600.0, Fault.DISK_FULL, for_s=HOUR_S),),
        (Event(600.0, Fault.COURIER_DIES, amount=1.0), Event(601.0, Fault.WE_DIE, for_s=5.0, amount=2.0)),
        (Event(600.0, Fault.WE_DIE, for_s=5.0, amount=3.0),),
    ],
    ids=lambda faults: " ".join(each.fault for each in faults) or "none",
)
def test_both_tell_the_same_on_named_routes(faults: tuple[Event, ...], on_disk: bool) -> None:
    """Two loops at work: ours, and the one of the delivery, which outlives us."""
    plan = plan_of(*faults, *CRASHES_ON, traits=Traits(routes=3, on_disk=on_disk))
    events, entire = (Life(with_loop(plan, real=real)) for real in (False, True))
    assert events.run().violations == entire.run().violations == ()
    assert entire.judge.addressed.counts() == events.judge.addressed.counts()
    assert len(entire.judge.addressed.counts()) >= 6  # an opening and an end on each


@pytest.mark.parametrize("watched", [0.0, 1.0])
def test_it_is_told_that_a_person_brings_the_gateway_down(watched: float) -> None:
    told = heard(Event(600.0, Fault.PERSON_DOWNS, for_s=1200.0, amount=watched))
    asked = [seen.request for _, seen in told if isinstance(seen, OperatorAsked)]
    assert asked == [Request.STOP, Request.START]


def test_the_worlds_of_that_test_are_no_quiet_ones() -> None:
    faults = [event.fault for seed in SEEDS for event in short(seed).events]
    assert len(faults) > 2 * len(SEEDS)
    assert len(set(faults)) > len(Fault) / 3


def test_the_same_world_has_the_same_story() -> None:
    once, again = (tell(with_loop(draw(5, 1, rate=8.0), real=True)) for _ in range(2))
    assert once == again
    assert sum(once[1].events.values()) > 3


def test_some_of_the_worlds_have_it() -> None:
    drawn = [draw(seed, 1.0).traits.real_loop for seed in range(1, 401)]
    assert 5 < sum(drawn) < 50


def test_quiet_time_is_leapt_over() -> None:
    tally = live(plan_of(Event(DAY_S, Fault.CRASH), safe_s=20 * DAY_S))
    assert tally.violations == ()
    assert tally.leapt_s > 19 * DAY_S
    assert tally.incidents == tally.starts == 1


@pytest.mark.parametrize("crash", [Event(DAY_S, Fault.CRASH), Event(60.0, Fault.CRASH)])
def test_of_the_time_that_is_leapt_over_it_knows_nothing(crash: Event) -> None:
    """Neither of a quiet day nor of the single beats of a long start: to it, it was not away."""
    slow = Traits(real_loop=True, cold_start_s=200.0)
    every, some = (
        heard(crash, leaps=leaps, traits=slow, safe_s=2 * DAY_S) for leaps in (Leaps.LONG, Leaps.ALL)
    )
    assert len(some) < len(every) - 50
    assert [seen for _, seen in some if isinstance(seen, HostResumed)] == []


@pytest.mark.parametrize("death", Death)
@pytest.mark.parametrize(
    "trouble", [Event(0.0, Fault.CRASH), Event(0.0, Fault.HANG, for_s=HOUR_S)], ids=lambda event: event.fault
)
def test_it_may_be_killed_at_any_moment(death: Death, trouble: Event) -> None:
    """Between any two calls of its loop: also of what was under way, nothing runs on."""
    dies = Event(600.0, Fault.WE_DIE, for_s=5.0, amount=float(death))
    tally = live(plan_of(dies, replace(trouble, at_s=600.01)))
    assert tally.violations == ()
    assert tally.deaths == 1
    assert tally.incidents == tally.starts == 1


@pytest.mark.filterwarnings("error")
def test_a_killed_process_leaves_nothing_behind() -> None:
    """No task of it is ended in an orderly way, and none complains that it was not."""
    life = Life(plan_of(*(Event(600.0 + 7.3 * count, Fault.WE_DIE, for_s=3.0) for count in range(20))))
    assert life.run().deaths == 20
    gc.collect()


def test_a_request_is_taken_at_the_next_turn() -> None:
    told = heard(Event(600.0, Fault.PERSON_CHECKS))
    (asked,) = (at_s for at_s, seen in told if isinstance(seen, OperatorAsked))
    assert 600.0 <= asked <= 601.0


def test_a_stall_is_noticed_by_its_own_clocks() -> None:
    told = heard(Event(600.0, Fault.STALL, for_s=300.0), Event(610.0, Fault.STALL, for_s=5.0))
    assert [at_s for at_s, _ in told if 600.0 < at_s < 900.0] == []
    (resumed,) = (seen for _, seen in told if isinstance(seen, HostResumed))
    assert resumed.away_s == pytest.approx(300.0, abs=1.0)


def test_a_sleep_is_noticed_at_the_next_turn() -> None:
    told = heard(Event(600.0, Fault.SLEEP, for_s=5000.0))
    ((at_s, resumed),) = ((at_s, seen) for at_s, seen in told if isinstance(seen, HostResumed))
    assert 600.0 <= at_s <= 601.0
    assert resumed.away_s == pytest.approx(5000.0, abs=1.0)
