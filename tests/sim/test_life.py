"""Whole worlds: nothing wrong is done in them, and they come right in the end."""

from dataclasses import replace

import pytest

from selfheal.core.notes import Step
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.sim.campaign import Sum, Task, run
from selfheal.sim.draw import draw
from selfheal.sim.life import Leaps, Life, live
from selfheal.sim.plan import DAY_S, FOREVER_S, HOUR_S, Event, Fault, Plan, Traits
from selfheal.sim.story import tell
from selfheal.sim.tally import Tally

WORLDS, DAYS = 20, 20  # CI runs a thousand of a hundred days besides (`make sim`)
RATE = 0.6  # faults a day: far more than `make sim` has, in far fewer days
RATE_OF_STORIES, MANY = 8.0, 20
QUIET = Traits()
QUIET_AND_ALONE = replace(QUIET, person_comes_s=FOREVER_S)


def plan_of(*events: Event, policy: Policy | None = None, traits: Traits = QUIET) -> Plan:
    return Plan(1, DAY_S, policy or Policy(), traits, events)


def rules(tally: Tally) -> list[str]:
    return [violation.rule for violation in tally.violations]


def test_no_harm_is_done() -> None:
    total = Sum()
    tasks = (Task(seed, DAYS, rate=RATE) for seed in range(1, WORLDS + 1))
    for task, tally in run(tasks, jobs=1):
        total.add(task.seed, task.days, tally)
    assert [(found.seed, found.violation) for found in total.found] == []
    assert total.incidents > WORLDS
    assert total.starts > WORLDS / 2


def test_the_same_world_has_the_same_story() -> None:
    once, again = (tell(draw(5, 5, rate=RATE_OF_STORIES)) for _ in range(2))
    assert once == again
    assert sum(once[1].events.values()) > MANY


def test_a_quiet_world_is_leapt_over() -> None:
    tally = live(replace(draw(3, 300), events=()))
    assert tally.incidents == 0
    assert tally.leapt_s > 299 * DAY_S
    assert tally.steps < 1000


@pytest.mark.parametrize(
    "events",
    [
        (Event(HOUR_S, Fault.CRASH_LOOP, for_s=3 * HOUR_S, amount=5.0),),
        (Event(HOUR_S, Fault.PERSON_PAUSES, for_s=3 * HOUR_S),),
        (Event(HOUR_S, Fault.CHANNELS_DOWN, for_s=3 * HOUR_S),),
        (Event(HOUR_S, Fault.CONFIG_BROKEN, for_s=3 * HOUR_S),),
        (Event(HOUR_S, Fault.CONFIG_BROKEN, for_s=3 * HOUR_S), Event(HOUR_S, Fault.CRASH)),
        (Event(HOUR_S, Fault.DISK_FULL, for_s=3 * HOUR_S), Event(HOUR_S, Fault.CRASH)),
    ],
    ids=[
        "the ladder rests until its next try",
        "a pause",
        "channels",
        "a config",
        "a config that is needed",
        "a disk",
    ],
)
def test_what_is_leapt_over_would_have_changed_nothing(events: tuple[Event, ...]) -> None:
    plan = replace(plan_of(*events, Event(5 * HOUR_S, Fault.CRASH)), safe_s=6 * HOUR_S)
    plan = replace(plan, traits=replace(QUIET, start_varies=1.0, person_comes_s=DAY_S))
    notes: list[list[str]] = []
    tallies = []
    for leaps in (Leaps.ALL, Leaps.NONE):
        told: list[str] = []
        notes.append(told)

        def tell_of(_at: float, _seen: object, done: Step, into: list[str] = told) -> None:
            into += [note.reason for note in done.notes if note.reason is not Reason.CHECK_PASSED]

        tallies.append(Life(plan, leaps=leaps, told=tell_of).run())
    assert notes[0] == notes[1]
    assert tallies[0].down_s == pytest.approx(tallies[1].down_s, abs=60.0)
    assert tallies[0].steps < tallies[1].steps / 2


@pytest.mark.parametrize("seed", range(200, 206))
def test_without_leaps_no_harm_is_done_either(seed: int) -> None:
    assert rules(Life(draw(seed, 0.3, rate=20.0), leaps=Leaps.NONE).run()) == []


def test_a_crash_costs_one_cold_start() -> None:
    tally = live(plan_of(Event(HOUR_S, Fault.CRASH), traits=replace(QUIET, start_varies=1.0)))
    assert (tally.incidents, tally.starts, tally.outcomes) == (1, 1, {"healed": 1})
    assert 6.0 < tally.down_s < 6.0 + 1.0  # its very first start is no outage


def test_an_outage_that_lasts_to_the_end_is_downtime_and_still_open() -> None:
    """The second phase mends it, and is no part of the figures."""
    event = Event(HOUR_S, Fault.START_HANGS, for_s=3 * DAY_S)
    crash = Event(HOUR_S, Fault.CRASH)
    tally = live(
        replace(plan_of(event, crash, traits=replace(QUIET, person_comes_s=FOREVER_S)), safe_s=2 * HOUR_S)
    )
    assert rules(tally) == []
    assert tally.safe.days == 2 * HOUR_S / DAY_S
    assert tally.safe.down_s == pytest.approx(HOUR_S, abs=10.0)
    assert (tally.safe.incidents, tally.safe.still_open, tally.safe.repair_s) == (1, 1, [])
    assert (tally.days > tally.safe.days, tally.still_open, len(tally.repair_s)) == (True, 0, 1)


def test_who_waits_for_less_than_a_drain_sees_it_cut_off() -> None:
    """And no error: to try such settings is what the simulator is for."""
    events = tuple(Event((1 + hour) * HOUR_S, Fault.DEEP_FAULT) for hour in range(2))
    traits = replace(QUIET, drain_s=300.0)
    patient, hasty = (
        live(plan_of(*events, policy=Policy(drain_budget_s=seconds), traits=traits), goes_on=True)
        for seconds in (330.0, 100.0)
    )
    assert (patient.safe.drains_cut, hasty.safe.drains_cut) == (0, 2)
    assert rules(hasty) == []


def test_who_waits_for_less_than_a_start_sees_it_cut_off() -> None:
    """Settings that killed one starting gateway after the other once looked harmless."""
    traits = replace(QUIET, cold_start_s=60.0)
    patient, hasty = (
        live(plan_of(Event(2 * HOUR_S, Fault.CRASH), policy=policy, traits=traits), goes_on=True)
        for policy in (
            Policy(),
            Policy(startup_grace_s=1.0, startup_grace_max_s=1.0, startup_learnt_factor=1.0),
        )
    )
    assert patient.safe.starts_cut == 0
    assert hasty.safe.starts_cut > 0
    assert rules(hasty) == []


def test_a_world_goes_on_once_a_rule_is_broken_where_its_figures_are_asked_for() -> None:
    careless = Policy(unclean_window_s=1.0, restart_attempts=6, restart_gap_s=1.0)
    loop = Event(HOUR_S, Fault.CRASH_LOOP, for_s=HOUR_S, amount=5.0)
    plan = plan_of(loop, policy=careless)
    stopped, gone_on = (live(plan, goes_on=each) for each in (False, True))
    assert stopped.violations[0] == gone_on.violations[0]
    assert stopped.days == pytest.approx(stopped.violations[0].at_s / DAY_S)
    assert gone_on.safe.days == 1.0


def test_a_suspension_that_outlasts_all_else_is_told_and_left_to_who_began_it() -> None:
    event = Event(HOUR_S, Fault.SUSPENDED, for_s=3 * DAY_S)
    traits = replace(QUIET, left_alone=True, calm_after_s=60.0)
    plan = plan_of(event, traits=traits)
    tally = live(replace(plan, policy=replace(plan.policy, reminder_interval_s=0.0)))
    assert (rules(tally), tally.alerts, tally.signals) == ([], 1, 0)


@pytest.mark.parametrize("reminder_interval_s", [900.0, HOUR_S])
def test_who_is_reminded_each_hour_has_been_told(reminder_interval_s: float) -> None:
    """A reminder on its way once began the hour anew in which all has to stay as it is."""
    policy = Policy(observe=True, reminder_interval_s=reminder_interval_s)
    tally = live(plan_of(Event(HOUR_S, Fault.DEEP_FAULT), policy=policy, traits=QUIET_AND_ALONE))
    assert (rules(tally), tally.still_open) == ([], 1)


def test_a_level_is_enabled_again_however_late_it_was_disabled() -> None:
    """A request that a full disk had refused was once made again after that of its end."""
    full = Event(HOUR_S, Fault.DISK_FULL, for_s=60.0)
    events = (full, Event(HOUR_S + 1.0, Fault.PERSON_DISABLES, for_s=30.0, amount=3.0))
    life = Life(plan_of(*events))
    assert rules(life.run()) == []
    assert life.judge.state is not None
    assert life.judge.state.disabled == ()


def test_an_error_of_our_own_is_a_finding_like_any_other() -> None:
    """Else one seed of a thousand would take the others with it, and its own number."""

    def fails(at: float, *_: object) -> None:
        if at > HOUR_S:
            raise LookupError("nothing there")

    tally = Life(plan_of(Event(HOUR_S, Fault.CRASH)), told=fails).run()
    assert rules(tally) == ["it raised"]
    assert "nothing there" in tally.violations[0].detail
    assert tally.events == {Fault.CRASH: 1}


def test_a_store_on_a_disk_gives_the_same_story_as_one_in_memory() -> None:
    plan = draw(11, 6, rate=RATE_OF_STORIES)
    in_memory, on_disk = (
        tell(replace(plan, traits=replace(plan.traits, on_disk=on_disk))) for on_disk in (False, True)
    )
    assert in_memory == on_disk
    assert sum(on_disk[1].events.values()) > MANY
