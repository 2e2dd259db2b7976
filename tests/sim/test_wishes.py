"""What a person asked for is held against our acts by the truth: a core that forgets it is found out."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.sim.test_judge import served_world

from selfheal.core import reboot, requests, step
from selfheal.core.actions import Signal
from selfheal.core.facts import ExitCause
from selfheal.core.instants import Now, Until, until
from selfheal.core.levels import Level, Request
from selfheal.core.notes import Note, Step
from selfheal.core.observations import HostInspected, Observation, OperatorAsked, TimePassed
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.core.state import State
from selfheal.sim.asking import LEVELS
from selfheal.sim.faults import befall
from selfheal.sim.gateway import CRASH_CODE
from selfheal.sim.life import Life, live
from selfheal.sim.plan import DAY_S, FOREVER_S, HOUR_S, Event, Fault, Managed, Plan, Traits

Patch = pytest.MonkeyPatch
PAUSE = Event(HOUR_S, Fault.PERSON_PAUSES, for_s=2 * HOUR_S)
WANTED = Event(2 * HOUR_S + 120.0, Fault.PERSON_WANTS)  # nothing else starts it after the boot
WATCHDOG, HEALTHCHECK = (LEVELS.index(level) for level in (Level.WATCHDOG, Level.HEALTHCHECK))


def off(level: int) -> Event:
    return Event(HOUR_S + 10.0 * level, Fault.PERSON_DISABLES, for_s=6 * HOUR_S, amount=float(level))


def each_pause_lasts_a_minute(patch: Patch) -> None:
    patch.setattr(requests, "until", lambda now, _for_s: until(now, 60.0))


def a_pause_ends_early(patch: Patch) -> None:
    def passed(end: Until, now: Now) -> bool:
        return now.mono >= end.mono - 900.0

    patch.setattr(Until, "passed", passed)


def is_deaf_to(request: Request, patch: Patch) -> None:
    def obey(state: State, observation: Observation, now: Now) -> tuple[State, tuple[Note, ...]]:
        asked = isinstance(observation, OperatorAsked) and observation.request is request
        return (state, ()) if asked else real(state, observation, now)

    real = requests.obey
    patch.setattr(step, "obey", obey)


def what_is_switched_off_is_not(patch: Patch) -> None:
    is_deaf_to(Request.DISABLE, patch)


def a_reboot_enables_all(patch: Patch) -> None:
    real = reboot.rebased

    def rebased(state: State, now: Now) -> State:
        new = real(state, now)
        return new if new is state else replace(new, disabled=())

    patch.setattr(step, "rebased", rebased)


@pytest.mark.parametrize(
    ("mutant", "events", "rule"),
    [
        (each_pause_lasts_a_minute, (PAUSE, Event(2 * HOUR_S, Fault.CRASH)), "a start in a pause"),
        (a_pause_ends_early, (PAUSE, Event(3 * HOUR_S - 600.0, Fault.CRASH)), "a start in a pause"),
        (
            each_pause_lasts_a_minute,
            (PAUSE, Event(2 * HOUR_S, Fault.HANG, for_s=HOUR_S)),
            "a signal in a pause",
        ),
        (
            what_is_switched_off_is_not,
            (off(WATCHDOG), Event(4 * HOUR_S, Fault.CRASH)),
            "a start of a level that is off",
        ),
        (
            what_is_switched_off_is_not,
            (off(HEALTHCHECK), Event(4 * HOUR_S, Fault.HANG, for_s=HOUR_S)),
            "a signal of a level that is off",
        ),
        (
            a_reboot_enables_all,
            (off(WATCHDOG), Event(2 * HOUR_S, Fault.REBOOT, for_s=60.0), WANTED),
            "a start of a level that is off",
        ),
    ],
)
def test_a_core_that_forgets_a_wish_is_found_out(
    mutant: Callable[[Patch], None], events: tuple[Event, ...], rule: str, monkeypatch: Patch
) -> None:
    plan = Plan(1, DAY_S, Policy(), Traits(), events)
    assert live(plan).violations == ()
    mutant(monkeypatch)
    assert [each.rule for each in live(plan).violations][:1] == [rule]


def a_down_is_not_heard(patch: Patch) -> None:
    is_deaf_to(Request.STOP, patch)


def test_what_is_brought_down_stays_down_however_it_ended(monkeypatch: Patch) -> None:
    """A hung gateway that heeds SIGTERM ends like a crash, and its start was once held to be right."""
    hangs = Event(HOUR_S, Fault.HANG, for_s=HOUR_S)
    down = Event(HOUR_S + 1.0, Fault.PERSON_DOWNS, for_s=4 * HOUR_S, amount=1.0)
    plan = Plan(1, DAY_S, Policy(), Traits(heeds_term_hung=True), (hangs, down))
    assert live(plan).violations == ()
    a_down_is_not_heard(monkeypatch)
    assert [each.rule for each in live(plan).violations] == [
        "a start of a gateway that a person brought down"
    ]


@pytest.mark.parametrize(("heard_s", "is_wrong"), [(0.5, False), (600.0, True)])
@pytest.mark.parametrize("cause", [ExitCause.CRASHED, ExitCause.STOPPED_ON_PURPOSE])
def test_what_was_ordered_before_a_down_was_heard_may_still_start(
    cause: ExitCause, heard_s: float, is_wrong: bool
) -> None:
    world, judge = served_world()
    world.gateway.end(cause, CRASH_CODE)
    world.wishes.heard(OperatorAsked(Request.STOP))
    world.agenda.elapsed += heard_s
    judge.starts(world)
    rule = "a start of a gateway that a person brought down"
    assert [each.rule for each in judge.violations] == [rule] * is_wrong


def test_who_waits_for_their_own_down_asks_for_nothing_else_meanwhile() -> None:
    """It was once asked for by `up` in the midst of it, and that `down` was noted last."""
    down = Event(HOUR_S, Fault.PERSON_DOWNS, for_s=2 * HOUR_S, amount=1.0)
    hangs = Event(HOUR_S + 0.5, Fault.LEAK, for_s=253.0)  # in its drain, which is long
    wants = Event(HOUR_S + 60.0, Fault.PERSON_WANTS)
    tally = live(Plan(1, DAY_S, Policy(), Traits(drain_s=300.0), (down, hangs, wants)))
    assert (tally.violations, tally.incidents) == ((), 0)


def test_a_pause_outlives_a_reboot_and_ends_when_it_was_to_end() -> None:
    world, judge = served_world()
    wishes, began = world.wishes, world.agenda.elapsed
    wishes.heard(OperatorAsked(Request.PAUSE, for_s=HOUR_S))
    world.go_down()
    wishes.ended()
    world.agenda.elapsed += 600.0
    world.come_up(0.0)
    wishes.began()
    assert wishes.paused_until == pytest.approx(began + HOUR_S + 600.0)  # at the latest
    world.gateway.end(ExitCause.CRASHED, CRASH_CODE)
    judge.starts(world)
    assert judge.violations == []  # our program has not looked into its inbox yet
    wishes.is_known = True
    judge.starts(world)
    world.agenda.elapsed = began + HOUR_S
    judge.starts(world)
    assert [each.rule for each in judge.violations] == ["a start in a pause"]


def test_a_resume_ends_a_pause() -> None:
    world, judge = served_world()
    world.wishes.heard(OperatorAsked(Request.PAUSE))
    world.agenda.elapsed += 60.0
    world.wishes.heard(OperatorAsked(Request.RESUME))
    world.gateway.end(ExitCause.CRASHED, CRASH_CODE)
    world.agenda.elapsed += 60.0
    judge.starts(world)
    assert judge.violations == []


def test_what_was_ordered_when_a_wish_was_heard_may_still_be_done() -> None:
    world, judge = served_world()
    befall(world, Event(0.0, Fault.HANG, for_s=HOUR_S))
    world.gateway.note_change()
    world.agenda.elapsed += 60.0
    world.wishes.heard(OperatorAsked(Request.DISABLE, Level.HEALTHCHECK))
    judge.signals(world, Signal.TERM)
    assert judge.violations == []
    world.agenda.elapsed += 10.0
    judge.signals(world, Signal.KILL)
    assert [each.rule for each in judge.violations] == ["a signal of a level that is off"]


def test_the_core_s_own_word_is_no_wish() -> None:
    """Notes of the core once cleared the count of starts. The first one after a wish is its person's own."""
    world, judge = served_world()
    for _ in range(Policy().restarts_per_hour_max):
        world.gateway.end(ExitCause.STOPPED_ON_PURPOSE, 0)
        judge.starts(world)
    world.wishes.heard(OperatorAsked(Request.START))
    world.agenda.elapsed += 1.0
    for _ in range(1 + Policy().restarts_per_hour_max):
        judge.starts(world)
    assert judge.violations == []
    judge.committed(
        Step(State("main"), notes=(Note(Reason.WANTED), Note(Reason.RESUMED))), world.agenda.now()
    )
    judge.starts(world)
    assert [each.rule for each in judge.violations] == ["more starts an hour than the budget"]


def test_a_start_that_a_person_wants_costs_none_in_the_hour() -> None:
    """With another program on its port what is started ends at once, until the budget is used up."""
    policy = Policy(restart_attempts=1, restarts_per_hour_max=1)
    stops = Event(HOUR_S, Fault.PERSON_STOPS, for_s=DAY_S)
    taken = Event(HOUR_S + 60.0, Fault.PORT_TAKEN, for_s=HOUR_S)
    wants = Event(HOUR_S + 120.0, Fault.PERSON_WANTS)
    tally = live(Plan(1, 2 * HOUR_S, policy, Traits(person_comes_s=FOREVER_S), (stops, taken, wants)))
    assert (tally.violations, tally.starts) == ((), 3)


def test_up_and_down_in_one_moment_may_end_either_way() -> None:
    """Our program hears the wish a second after it was said: a stop of that very second may be older."""
    wants, stops = Event(HOUR_S, Fault.PERSON_WANTS), Event(HOUR_S + 1.0, Fault.PERSON_STOPS, for_s=1505.0)
    plan = Plan(1, 2 * HOUR_S, Policy(), Traits(person_comes_s=FOREVER_S), (wants, stops))
    assert live(plan).violations == ()


@pytest.mark.parametrize(("told_s", "is_wrong"), [(-3.0, True), (-0.6, False), (0.6, False), (3.0, True)])
@pytest.mark.parametrize("blind", [False, True])
def test_which_of_two_words_was_the_last_cannot_be_told_within_a_moment(
    told_s: float, *, is_wrong: bool, blind: bool
) -> None:
    """However long its drain takes: who looks at once sees it drain, unless no look of theirs works.
    `told_s`: after the wish is heard.
    """
    world, judge = served_world(Traits(managed=Managed.ALWAYS, drain_s=60.0))
    stop = Event(0.0, Fault.PERSON_STOPS, for_s=DAY_S)
    world.agenda.after(10.0, lambda: world.wishes.heard(OperatorAsked(Request.START)))
    world.agenda.after(10.0 + told_s, lambda: befall(world, stop))
    look = HostInspected(1, world.inspection())
    world.agenda.after(11.0, lambda: None if blind else judge.hears(look, world))
    while world.gateway.alive:
        world.agenda.happen()
    judge.starts(world)
    rules = [each.rule for each in judge.violations]
    assert rules == (["a start of a gateway that a person stopped"] if is_wrong and not blind else [])


def test_a_stop_while_the_wish_lies_unread_may_end_in_a_start() -> None:
    """The package manager has it drained when our program hears that it is wanted, and looks at once."""
    wants, update = Event(HOUR_S, Fault.PERSON_WANTS), Event(HOUR_S + 0.6, Fault.UPKEEP, for_s=16.0)
    slow = Traits(drain_s=8.0, linger_s=10.0, person_comes_s=FOREVER_S)
    assert live(Plan(1, 2 * HOUR_S, Policy(), slow, (wants, update))).violations == ()


def never_capped(patch: Patch) -> None:
    """As a reboot once had it: what was left of a pause by the wall clock alone."""
    real = reboot.rebased

    def rebased(state: State, now: Now) -> State:
        new = real(state, now)
        if new is state or state.pause is None or state.pause.until is None:
            return new
        left_s = max(0.0, state.pause.until.wall - now.wall)
        return replace(new, pause=replace(state.pause, until=until(now, left_s)))

    patch.setattr(step, "rebased", rebased)


def every_boot_ends_a_pause(patch: Patch) -> None:
    real = reboot.rebased

    def rebased(state: State, now: Now) -> State:
        new = real(state, now)
        return new if new is state else replace(new, pause=None)

    patch.setattr(step, "rebased", rebased)


BACK, RIGHT = -30 * DAY_S, 0.0


@pytest.mark.parametrize(
    ("mutant", "clock_off_s", "rule"),
    [
        (never_capped, BACK, "a ladder that stands still"),
        (every_boot_ends_a_pause, BACK, "a start in a pause"),
        (every_boot_ends_a_pause, RIGHT, "a start in a pause"),
    ],
)
def test_a_pause_lasts_as_a_person_means_it_whatever_the_clock_says_after_a_boot(
    mutant: Callable[[Patch], None], clock_off_s: float, rule: str, monkeypatch: Patch
) -> None:
    """A host whose clock has no battery comes up in a month that is long past."""
    pause = Event(HOUR_S, Fault.PERSON_PAUSES, for_s=4 * HOUR_S)
    boot = Event(2 * HOUR_S, Fault.REBOOT, for_s=60.0, amount=clock_off_s)
    traits = Traits(person_comes_s=FOREVER_S)
    plan = Plan(1, 2 * DAY_S, Policy(), traits, (pause, boot, WANTED))
    assert live(plan).violations == ()
    mutant(monkeypatch)
    assert [each.rule for each in live(plan).violations][:1] == [rule]


@pytest.mark.parametrize("paused", [False, True])
def test_who_is_called_in_a_pause_is_called_against_a_persons_wish(paused: bool) -> None:
    life = Life(Plan(1, DAY_S, Policy(), Traits(), ()))
    if paused:
        life.world.wishes.heard(OperatorAsked(Request.PAUSE))
    life.agenda.elapsed += 60.0
    life._told(TimePassed(), Step(State("main"), (), (Note(Reason.ESCALATED),)))
    assert [each.rule for each in life.judge.violations] == ["an escalation in a pause"] * paused
