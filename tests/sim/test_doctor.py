"""The made-up doctor: one session at a time, each kind once, and nobody is harmed by it."""

from dataclasses import replace
from itertools import pairwise

import pytest

from selfheal.core.facts import ExitCause
from selfheal.core.policy import Policy
from selfheal.core.reasons import Hold
from selfheal.core.state import RestartPart, Stage, State
from selfheal.sim import bounds
from selfheal.sim.doctor import DOCTOR, SESSION_MAX_S, Deed, MadeDoctor
from selfheal.sim.life import Life
from selfheal.sim.plan import HOUR_S, Doctor, Event, Fault, Plan, Traits
from selfheal.sim.world import PERSON, World

CRASH_LOOP = Event(HOUR_S, Fault.CRASH_LOOP, for_s=3 * HOUR_S, amount=20.0)
LENGTH_S = 5 * HOUR_S


def plan_of(doctor: Doctor, *events: Event, policy: Policy | None = None) -> Plan:
    return Plan(1, LENGTH_S, policy or Policy(), Traits(doctor=doctor, person_comes_s=LENGTH_S), events)


def deeds(plan: Plan) -> list[tuple[float, Deed]]:
    found: list[tuple[float, Deed]] = []

    def befallen(at_s: float, what: object) -> None:
        if isinstance(what, Deed):
            found.append((at_s, what))

    tally = Life(plan, befallen=befallen).run()
    assert tally.violations == ()
    assert tally.sessions == sum(deed is Deed.COMES for _, deed in found)
    return found


def kinds(plan: Plan) -> set[Deed]:
    return {deed for _, deed in deeds(plan)}


@pytest.mark.parametrize(
    ("doctor", "expected"),
    [
        (Doctor.NONE, set()),
        (Doctor.REPAIRS, {Deed.COMES, Deed.REPAIRS, Deed.GOES}),
        (Doctor.NOTHING, {Deed.COMES, Deed.GOES}),
        (Doctor.HANGS, {Deed.COMES}),
        (Doctor.QUOTA, {Deed.REFUSES}),
    ],
)
def test_each_does_what_it_is_said_to_do(doctor: Doctor, expected: set[Deed]) -> None:
    assert kinds(plan_of(doctor, CRASH_LOOP)) == expected


def test_one_that_makes_it_worse_does_so_in_every_way_and_the_core_copes() -> None:
    seen = set().union(
        *(kinds(replace(plan_of(Doctor.WORSENS, CRASH_LOOP), seed=seed)) for seed in range(1, 6))
    )
    assert {Deed.BREAKS_CONFIG, Deed.STOPS, Deed.KILLS} < seen


def test_one_session_at_a_time() -> None:
    """Though the ladder calls again after five minutes."""
    eager = Policy(retry_after_escalation_s=300.0, restart_attempts=1)
    came = [at for at, _ in deeds(plan_of(Doctor.HANGS, CRASH_LOOP, policy=eager))]
    assert len(came) > 2
    assert all(later - at >= SESSION_MAX_S for at, later in pairwise(came))


def test_a_repair_ends_the_outage_long_before_a_person_comes() -> None:
    alone, helped = (
        Life(plan_of(doctor, CRASH_LOOP)).run().down_s for doctor in (Doctor.NONE, Doctor.REPAIRS)
    )
    assert helped < alone / 2


@pytest.mark.parametrize(
    ("events", "policy"),
    [
        ((Event(60.0, Fault.PERSON_DISABLES, for_s=LENGTH_S, amount=2.0), CRASH_LOOP), Policy()),
        ((CRASH_LOOP,), Policy(observe=True)),
    ],
    ids=["level 3 is switched off", "only observing"],
)
def test_it_is_not_called_where_nobody_may_act(events: tuple[Event, ...], policy: Policy) -> None:
    assert deeds(plan_of(Doctor.REPAIRS, *events, policy=policy)) == []


@pytest.mark.parametrize("happens", ["the host goes down", "a person stops the gateway", "faults are over"])
def test_its_session_ends_without_a_deed(happens: str) -> None:
    done: list[Deed] = []
    world = World(plan_of(Doctor.REPAIRS))
    doctor = MadeDoctor(world, done.append)
    world.launch(PERSON)
    doctor.call()
    world.stopped_by_person = happens == "a person stops the gateway"
    if not world.stopped_by_person:
        doctor.leave(for_good=happens == "faults are over")
    while world.agenda.next_at() is not None:
        world.agenda.happen()
    assert Deed.REPAIRS not in done
    doctor.call()
    assert doctor.sessions == (1 if happens == "faults are over" else 2)


def test_each_start_after_it_has_killed_the_gateway_is_held_against_the_budget_anew() -> None:
    """The ladder was once said to stand still: of the hold, one window only was forgiven."""
    world = World(plan_of(Doctor.WORSENS))
    held = State("main", restart=RestartPart(Stage.EXHAUSTED, hold=Hold.UNCLEAN_BUDGET))
    world.launch(PERSON)
    before = bounds.prolonged_s(world, held, Policy())
    for number in (1, 2):
        world.gateway.end(ExitCause.CRASHED, 1)
        world.start_again(DOCTOR)
        anew = bounds.prolonged_s(world, held, Policy()).keys() - before.keys()
        assert len([what for what in anew if what.startswith("the doctor's start")]) == number
    free = replace(held, restart=RestartPart(Stage.EXHAUSTED))
    assert not any(what.startswith("the doctor's") for what in bounds.prolonged_s(world, free, Policy()))
