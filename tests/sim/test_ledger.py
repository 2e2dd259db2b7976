"""Each alert that was decided is heard, replaced or said to be given up: one that gets lost is found out."""

from dataclasses import replace

import pytest

from selfheal.core import alerting, step
from selfheal.core.actions import Ordered
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Now, until
from selfheal.core.levels import Level
from selfheal.core.notes import Note, Step
from selfheal.core.observations import HostResumed, Observation, ResidentStarted
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause, Reason
from selfheal.core.state import Acknowledgement, AlertingPart, Incident, State
from selfheal.sim.agenda import Agenda
from selfheal.sim.judge import Judge
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, FOREVER_S, HOUR_S, Event, Fault, Plan, Traits
from selfheal.sim.wishes import Wishes

OPENED, OVER = Notify(AlertKind.OPENED, 1, ()), Notify(AlertKind.OVER, 1, ())
FIRST, SECOND = (Notify(AlertKind.REMINDER, 1, (), number=number) for number in (1, 2))
GIVEN_UP = Note(Reason.UNTOLD, Level.NOTIFICATION, detail="1")
BEGAN = Agenda().now()
RUNNING = Incident(1, Cause.PROCESS_GONE, BEGAN.wall, BEGAN.mono, Level.WATCHDOG)


def waiting(*unsent: Notify, notes: tuple[Note, ...] = (), running: bool = True) -> Step:
    state = State("main", alerting=AlertingPart(unsent=unsent), incident=RUNNING if running else None)
    return Step(state, notes=notes)


@pytest.fixture
def judge() -> Judge:
    agenda = Agenda()
    return Judge(agenda, Policy(), Wishes(agenda))


def rules(judge: Judge) -> list[str]:
    return [each.rule for each in judge.violations]


def test_an_alert_that_nobody_heard_is_lost(judge: Judge) -> None:
    judge.committed(waiting(OPENED), BEGAN)
    judge.committed(waiting(), BEGAN)
    assert rules(judge) == ["an alert is lost"]


def test_what_was_heard_may_go(judge: Judge) -> None:
    judge.committed(waiting(OPENED), BEGAN)
    judge.tells(OPENED)
    judge.committed(waiting(), BEGAN)
    assert rules(judge) == []


@pytest.mark.parametrize(("incident", "lost"), [(1, []), (2, ["an alert is lost"])])
def test_a_reminder_of_what_a_person_has_acknowledged_may_go(
    judge: Judge, incident: int, lost: list[str]
) -> None:
    """No route took it before they said so."""
    judge.committed(waiting(FIRST), BEGAN)
    done = waiting()
    known = replace(done.state.alerting, acknowledged=Acknowledgement(incident, BEGAN.wall))
    judge.committed(replace(done, state=replace(done.state, alerting=known)), BEGAN)
    assert rules(judge) == lost


PASSED = Notify(AlertKind.LEVEL_PASSED, 1, (Level.WATCHDOG,), number=2)


@pytest.fixture
def telling() -> Judge:
    """In a world where somebody wants to hear of each level that is passed."""
    agenda = Agenda()
    return Judge(agenda, Policy(tell_level_changes=True), Wishes(agenda))


def test_a_level_is_told_to_who_wants_to_hear_of_it(judge: Judge, telling: Judge) -> None:
    for each in (judge, telling):
        each.committed(waiting(PASSED), BEGAN)
    assert rules(judge) == ["a level told to who does not want to hear of it"]
    assert rules(telling) == []


def test_a_level_is_told_once_and_is_no_opening(telling: Judge) -> None:
    telling.committed(waiting(PASSED), BEGAN)
    assert not telling.ledger.is_decided(1)
    telling.tells(PASSED)
    telling.committed(waiting(), BEGAN)
    assert rules(telling) == []
    telling.committed(waiting(PASSED), BEGAN)
    assert rules(telling) == ["a level told that is no news"]


def test_a_level_is_no_news_to_who_knows_that_none_has_helped(telling: Judge) -> None:
    telling.committed(waiting(OPENED), BEGAN)
    telling.committed(waiting(OPENED, PASSED), BEGAN)
    assert rules(telling) == ["a level told that is no news"]


def test_what_is_over_passes_to_no_level(telling: Judge) -> None:
    telling.committed(waiting(PASSED), BEGAN)
    telling.committed(waiting(running=False), BEGAN)
    assert rules(telling) == [], "it is dropped"
    telling.committed(replace(waiting(running=False), actions=(Ordered(1, PASSED),)), BEGAN)
    assert rules(telling) == ["a level told of what is over"]


def test_what_is_said_to_be_untold_may_go(judge: Judge) -> None:
    others = tuple(replace(OPENED, incident=number) for number in range(2, 40))
    judge.committed(waiting(OPENED, OVER, *others), BEGAN)
    judge.committed(waiting(*others, notes=(GIVEN_UP,)), BEGAN)
    assert rules(judge) == []


def test_nothing_is_given_up_while_few_wait(judge: Judge) -> None:
    judge.committed(waiting(OPENED, OVER), BEGAN)
    judge.committed(waiting(notes=(GIVEN_UP,)), BEGAN)
    assert rules(judge) == ["an alert is given up while few wait"]


def test_a_later_reminder_replaces_an_earlier_one_in_its_time(judge: Judge) -> None:
    judge.committed(waiting(FIRST), BEGAN)
    judge.agenda.elapsed += Policy().reminder_interval_s
    judge.committed(waiting(SECOND), BEGAN)
    judge.committed(waiting(running=False), BEGAN)
    assert rules(judge) == []


def test_a_reminder_before_its_time_is_found_out(judge: Judge) -> None:
    judge.committed(waiting(OPENED), BEGAN)
    judge.agenda.elapsed += Policy().reminder_interval_s / 2
    judge.committed(waiting(OPENED, FIRST), BEGAN)
    assert rules(judge) == ["a reminder before its time"]


def test_an_escalation_is_told_of_once_its_level_is_on(judge: Judge) -> None:
    escalated = (Note(Reason.ESCALATED, incident=1),)
    judge.committed(waiting(OPENED, notes=escalated), BEGAN)
    assert rules(judge) == []
    judge.wishes.disabled = frozenset({Level.NOTIFICATION})
    judge.committed(waiting(OPENED, notes=(Note(Reason.ESCALATED, incident=2),)), BEGAN)
    judge.committed(waiting(OPENED, notes=escalated), BEGAN)
    assert rules(judge) == []
    judge.wishes.disabled = frozenset()
    judge.committed(waiting(OPENED, notes=(Note(Reason.ESCALATED, incident=3),)), BEGAN)
    assert rules(judge) == ["an escalation that nobody is told of"]


def test_a_number_that_is_given_again_is_judged_anew(judge: Judge) -> None:
    opened = (Note(Reason.INCIDENT_OPENED, incident=1),)
    judge.forgets = lambda: True
    judge.committed(waiting(OPENED, notes=opened), BEGAN)
    judge.tells(OPENED)
    judge.lost_memory()
    judge.forgets = lambda: False
    judge.tells(OPENED)
    judge.committed(waiting(notes=opened), BEGAN)
    judge.tells(OPENED)
    assert rules(judge) == []
    judge.tells(OPENED)
    judge.committed(waiting(notes=opened), BEGAN)
    assert rules(judge) == ["an alert told twice", "an incident number given twice"]
    assert judge.ledger.count == 4


def test_one_that_opens_and_is_told_in_the_same_step_is_told(judge: Judge) -> None:
    judge.forgets = lambda: True
    judge.committed(waiting(OPENED, notes=(Note(Reason.INCIDENT_OPENED, incident=1),)), BEGAN)
    judge.lost_memory()
    judge.forgets = lambda: False
    both = (Note(Reason.ESCALATED, incident=1), Note(Reason.INCIDENT_OPENED, incident=1))
    judge.committed(waiting(OPENED, notes=both), BEGAN)
    assert rules(judge) == []


@pytest.mark.parametrize("kept", [True, False])
def test_a_death_on_a_full_disk_excuses_only_what_the_disk_did_not_take(judge: Judge, kept: bool) -> None:
    """It once excused every incident that there had ever been."""
    judge.forgets = lambda: not kept
    judge.committed(waiting(OPENED, running=False), BEGAN)
    judge.forgets = lambda: True
    second = Notify(AlertKind.OPENED, 2, ())
    judge.committed(Step(State("main", alerting=AlertingPart(unsent=(OPENED, second)))), BEGAN)
    judge.ended()
    judge.lost_memory()
    judge.began(State("main"))
    assert rules(judge) == (["an alert is lost"] if kept else [])
    assert (judge.ledger.is_excused(1), judge.ledger.is_excused(2)) == (not kept, True)


def test_a_core_whose_start_swallows_alerts_is_found_out_on_a_full_disk_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events = (
        Event(HOUR_S - 60.0, Fault.ROUTE_DOWN, for_s=5 * HOUR_S),
        Event(HOUR_S, Fault.CRASH_LOOP, for_s=HOUR_S, amount=20.0),
        Event(HOUR_S + 1.0, Fault.CRASH),
        Event(4 * HOUR_S, Fault.DISK_FULL, for_s=HOUR_S / 2),
        Event(4 * HOUR_S + 900.0, Fault.WE_DIE, for_s=60.0),
    )
    plan = Plan(1, DAY_S, Policy(), Traits(person_comes_s=DAY_S), events)
    assert live(plan).violations == ()

    def forgetful(draft: "step._Draft", observation: Observation, now: Now) -> "step._Draft":
        draft = real(draft, observation, now)
        if not isinstance(observation, ResidentStarted):
            return draft
        return draft.with_state(replace(draft.state, alerting=replace(draft.state.alerting, unsent=())))

    real = step._housekeeping
    monkeypatch.setattr(step, "_housekeeping", forgetful)
    assert [each.rule for each in live(plan).violations][:1] == ["an alert is lost"]


def test_alerts_that_a_sleep_swallows_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    events = (
        Event(HOUR_S - 60.0, Fault.ROUTE_DOWN, for_s=3 * HOUR_S),
        Event(HOUR_S, Fault.CRASH_LOOP, for_s=2 * HOUR_S, amount=20.0),
        Event(HOUR_S + 5400.0, Fault.SLEEP, for_s=600.0),
    )
    plan = Plan(1, DAY_S, Policy(), Traits(), events)
    assert live(plan).violations == ()

    def forgetful(draft: "step._Draft", observation: Observation, now: Now) -> "step._Draft":
        draft = real(draft, observation, now)
        if not isinstance(observation, HostResumed):
            return draft
        part = replace(draft.state.alerting, unsent=())
        return draft.with_state(replace(draft.state, alerting=part))

    real = step._housekeeping
    monkeypatch.setattr(step, "_housekeeping", forgetful)
    assert [each.rule for each in live(plan).violations][:1] == ["an alert is lost"]


def test_reminders_twice_as_often_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = Event(HOUR_S, Fault.CRASH_LOOP, for_s=DAY_S, amount=20.0)
    plan = Plan(1, 2 * DAY_S, Policy(), Traits(person_comes_s=3 * DAY_S), (loop,))
    assert live(plan).violations == ()
    monkeypatch.setattr(
        alerting, "_next_reminder", lambda now, policy: until(now, policy.reminder_interval_s / 2)
    )
    assert [each.rule for each in live(plan).violations][:1] == ["a reminder before its time"]


def test_a_core_that_gives_up_at_the_third_alert_that_waits_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It said so in a note, and that was once enough."""
    loops = (Event(n * 6 * HOUR_S, Fault.CRASH_LOOP, for_s=2 * HOUR_S, amount=20.0) for n in (1, 2, 3))
    gone = Event(HOUR_S, Fault.ROUTE_DOWN, for_s=2 * DAY_S)
    plan = Plan(1, 3 * DAY_S, Policy(), Traits(person_comes_s=FOREVER_S), (gone, *loops))
    assert live(plan).violations == ()
    monkeypatch.setattr(alerting, "UNSENT_MAX", 2)
    assert [each.rule for each in live(plan).violations][:1] == ["an alert is given up while few wait"]
