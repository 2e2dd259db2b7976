"""Time, requests, alerts and the invariants themselves."""

from dataclasses import replace

import pytest

from selfheal.core import alerting, incidents
from selfheal.core.actions import Action, Ordered, Signal, SignalGateway, StartGateway
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.facts import GatewayProcess
from selfheal.core.instants import Monotonic, Now, Wall, until
from selfheal.core.invariants import BrokenInvariantError, check, faults
from selfheal.core.ladder import Move
from selfheal.core.levels import Level, Request
from selfheal.core.notes import Step
from selfheal.core.observations import OperatorAsked, ResidentStarted, TimePassed
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause, Outcome, Reason
from selfheal.core.report import AcknowledgedReport, report
from selfheal.core.requests import obey, pause_over
from selfheal.core.restart import proves_anew
from selfheal.core.state import (
    Acknowledgement,
    AlertingPart,
    GatewayView,
    Incident,
    Pause,
    Pending,
    Phase,
    RecoveryPart,
    RestartPart,
    Stage,
    State,
)
from selfheal.core.step import PENDING_MAX_S, next_deadline, step
from selfheal.core.trouble import Act, Trouble

NOW = Now(Monotonic(1000.0), Wall(1e9), "b")
POLICY = Policy()
DOWN = alerting.Lot(end=True, down=True)
INCIDENT = Incident(1, Cause.PROCESS_GONE, Wall(1e9), Monotonic(1.0), Level.WATCHDOG)


def test_a_moment_follows_the_monotonic_clock_within_a_boot() -> None:
    end = until(NOW, 10.0)
    assert not end.passed(replace(NOW, mono=Monotonic(1009.9), wall=Wall(2e9)))
    assert end.passed(replace(NOW, mono=Monotonic(1010.0), wall=Wall(0.0)))


def test_a_moment_follows_the_wall_clock_after_a_reboot() -> None:
    end = until(NOW, 10.0)
    assert not end.passed(Now(Monotonic(5000.0), Wall(1e9 + 9.9), "c"))
    assert end.passed(Now(Monotonic(1.0), Wall(1e9 + 10.0), "c"))


def test_a_pause_over_a_reboot_has_a_deadline_of_the_new_boot() -> None:
    paused = State("main", boot_id="b", pause=Pause(Wall(1e9), until(NOW, 600.0), ""))
    rebooted = Now(Monotonic(9000.0), Wall(1e9 + 100.0), "c")
    state = step(paused, ResidentStarted("1"), rebooted, POLICY).state
    assert state.pause is not None
    assert state.pause.until is not None
    assert state.pause.until.mono == 9500.0


def test_a_level_that_is_off_stays_off_over_a_reboot() -> None:
    off = State("main", boot_id="b", disabled=(Level.WATCHDOG, Level.NOTIFICATION))
    rebooted = Now(Monotonic(20.0), Wall(1e9 + 100.0), "c")
    assert step(off, ResidentStarted("1"), rebooted, POLICY).state.disabled == off.disabled


@pytest.mark.parametrize("unwanted", [False, True])
def test_a_config_that_was_refused_is_refused_after_a_reboot_too(unwanted: bool) -> None:
    refused = State("main", boot_id="b", gateway=GatewayView(refused_mark="1", unwanted=unwanted))
    rebooted = Now(Monotonic(20.0), Wall(1e9 + 100.0), "c")
    assert step(refused, ResidentStarted("1"), rebooted, POLICY).state.gateway.refused_mark == "1"


def test_a_level_is_disabled_once_and_enabled_again() -> None:
    state = State("main")
    for _ in range(2):
        state = obey(state, OperatorAsked(Request.DISABLE, Level.WATCHDOG), NOW)[0]
    assert state.disabled == (Level.WATCHDOG,)
    assert obey(state, OperatorAsked(Request.ENABLE, Level.WATCHDOG), NOW)[0].disabled == ()


def test_a_resume_takes_a_stopped_gateway_back_into_care() -> None:
    state = State("main", gateway=GatewayView(Phase.STOPPED), pause=Pause(Wall(1.0), None, ""))
    resumed = obey(state, OperatorAsked(Request.RESUME), NOW)[0]
    assert (resumed.pause, resumed.gateway.phase) == (None, Phase.ABSENT)


def test_a_pause_without_an_end_does_not_end() -> None:
    state = State("main", pause=Pause(Wall(1.0), None, ""))
    assert pause_over(state, replace(NOW, mono=Monotonic(1e12)))[0] is state


def test_an_incident_is_told_of_once_and_its_end_only_if_it_was() -> None:
    part, _ = alerting.opened(AlertingPart(), INCIDENT, DOWN, NOW, POLICY)
    assert len(part.unsent) == 1
    assert alerting.opened(part, INCIDENT, DOWN, NOW, POLICY) == (part, ())
    assert len(alerting.over(part, INCIDENT, Outcome.HEALED)[0].unsent) == 2
    assert alerting.over(AlertingPart(), INCIDENT, Outcome.HEALED)[0].unsent == ()


@pytest.mark.parametrize(
    ("phase", "how"), [(Phase.STOPPED, Outcome.STOPPED_ON_PURPOSE), (Phase.WELL, Outcome.RECOVERED)]
)
def test_the_end_that_is_told_says_how_it_ended(phase: Phase, how: Outcome) -> None:
    told, _ = alerting.opened(AlertingPart(), INCIDENT, DOWN, NOW, POLICY)
    state = State("main", gateway=GatewayView(phase), incident=INCIDENT, alerting=told)
    closed, _ = incidents.closes(state, None, replace(NOW, mono=Monotonic(1e6)), POLICY)
    assert [alert.detail for alert in closed.alerting.unsent if alert.kind is AlertKind.OVER] == [how]


def test_a_stop_ends_an_incident_only_once_a_look_shows_that_nobody_is_at_work() -> None:
    stopped = GatewayView(Phase.STOPPED, since=Monotonic(900.0), inspected=Monotonic(800.0))
    state = State("main", gateway=stopped, incident=INCIDENT)
    assert incidents.closes(state, None, NOW, POLICY) == (state, ())
    for known in ({"inspected": Monotonic(900.0)}, {"unwanted": True}, {"blind_since": Monotonic(1.0)}):
        seen = replace(state, gateway=replace(stopped, **known))
        assert incidents.closes(seen, None, NOW, POLICY)[0].incident is None


def test_a_window_that_begins_by_way_of_another_rung_is_a_new_one() -> None:
    before = RestartPart(stage=Stage.STABILISING, since=Monotonic(10.0))
    assert proves_anew(before, replace(before, since=Monotonic(20.0)))
    assert proves_anew(replace(before, stage=Stage.COMING_UP), before)
    assert not proves_anew(before, replace(before, deadline=Monotonic(99.0)))


def test_the_alerts_that_wait_have_a_bound_and_what_may_be_on_its_way_stays() -> None:
    part, said = AlertingPart(), []
    for number in range(1, 60):
        incident = replace(INCIDENT, id=number)
        part, _ = alerting.opened(part, incident, DOWN, NOW, POLICY)
        part, notes = alerting.over(part, incident, Outcome.HEALED)
        said += [note.detail for note in notes]
    assert len(part.unsent) == alerting.UNSENT_MAX
    assert [alert.incident for alert in part.unsent[:3]] == [1, 1, 59 - 18]
    assert said == [str(number) for number in range(2, 59 - 18)]


def test_what_is_on_its_way_stays_though_nobody_hears_of_its_incident() -> None:
    """Its result would else be taken for that of the next one, which nobody was told."""
    first = Notify(AlertKind.LEVEL_PASSED, 1, ())
    told = [
        Notify(kind, number, ()) for number in range(1, 21) for kind in (AlertKind.OPENED, AlertKind.OVER)
    ]
    part, notes = alerting.over(AlertingPart(99, (first, *told)), replace(INCIDENT, id=99), Outcome.HEALED)
    assert [note.detail for note in notes] == ["1"]
    assert part.unsent[:2] == (first, told[2])


@pytest.mark.parametrize("since", [0.1, 1000.0 / 3.0, 4_194_304.000_001, 123_456.789])
def test_a_lost_result_is_given_up_exactly_at_its_deadline(since: float) -> None:
    entry = Pending(1, "InspectHost", Monotonic(since))
    state = State("main", boot_id="b", pending=(entry,))
    late = Monotonic(since + PENDING_MAX_S)
    assert next_deadline(state, POLICY) is not None
    assert entry not in step(state, TimePassed(), replace(NOW, mono=late), POLICY).state.pending


def broken(state: State, act: StartGateway | SignalGateway, policy: Policy = POLICY) -> set[str]:
    return set(faults(state, Step(state, (Ordered(5, act),)), NOW, policy))


def test_the_invariants_see_what_they_are_for() -> None:
    ill = State("main", gateway=GatewayView(Phase.ILL, process=GatewayProcess(1, 1.0)), incident=INCIDENT)
    gone = replace(ill, gateway=GatewayView(Phase.ABSENT), known=True)
    term, kill = SignalGateway(1, 1.0, Signal.TERM), SignalGateway(1, 1.0, Signal.KILL)
    assert broken(ill, term) == set()
    for asked in (None, GatewayProcess(1, 2.0), GatewayProcess(2, 1.0)):
        ordered = RestartPart(Stage.STOPPING, asked_at=NOW.mono, asked=asked)
        assert broken(replace(ill, restart=ordered), kill) == {"a signal to a starting gateway"}
    sent = RestartPart(Stage.STOPPING, asked_at=NOW.mono, asked=GatewayProcess(1, 1.0, age_s=9.0))
    assert broken(replace(ill, restart=sent), kill) == set()
    assert broken(ill, StartGateway()) == {"a start beside a living gateway"}
    assert broken(gone, StartGateway()) == set()
    assert broken(gone, term) == {"a signal to a starting gateway"}
    assert broken(gone, StartGateway(), replace(POLICY, observe=True)) == {"an act in observe mode"}
    assert broken(replace(gone, incident=None), StartGateway()) == {
        "an act in an incident that nobody opened"
    }
    first, handoff = replace(gone, known=False), replace(gone, gateway=replace(gone.gateway, handoff=True))
    assert broken(replace(first, incident=None), StartGateway()) == set()
    assert broken(replace(handoff, incident=None), StartGateway()) == set()
    assert broken(replace(ill, incident=None), term) == {"an act in an incident that nobody opened"}
    paused = replace(gone, pause=Pause(Wall(1.0), None, ""))
    assert broken(paused, StartGateway()) == {"an act while paused"}
    assert broken(replace(gone, disabled=(Level.WATCHDOG,)), StartGateway()) == {"an act of a disabled level"}
    often = RestartPart(Stage.LAUNCHING, unclean_starts=(NOW.mono,) * 3, starts=(NOW.mono,) * 7)
    assert broken(replace(gone, restart=often), StartGateway()) == {
        "more unclean starts than allowed",
        "more starts an hour than allowed",
    }


def test_a_broken_invariant_stops_the_run() -> None:
    with pytest.raises(BrokenInvariantError):
        check(State("main"), TimePassed(), Step(State("main"), (Ordered(0, StartGateway()),)), NOW, POLICY)


@pytest.mark.parametrize("asked", [Request.RESUME, Request.START])
def test_a_person_ends_the_wait_for_the_next_try(asked: Request) -> None:
    """Who has mended it and asked for its start once waited for another half an hour."""
    waiting = State("main", restart=RestartPart(Stage.EXHAUSTED, deadline=Monotonic(9e9)))
    assert obey(waiting, OperatorAsked(asked), NOW)[0].restart.deadline == NOW.mono


@pytest.mark.parametrize("asked", [Request.RESUME, Request.START])
def test_a_person_ends_the_last_wait(asked: Request) -> None:
    waiting = State("main", restart=RestartPart(Stage.LAST_WAIT, deadline=Monotonic(9e9)))
    assert obey(waiting, OperatorAsked(asked), NOW)[0].restart.hopeless


def told() -> AlertingPart:
    """Of an incident, and the alert has arrived."""
    part, _ = alerting.opened(AlertingPart(), INCIDENT, DOWN, NOW, POLICY)
    return alerting.delivered(part, NOW, succeeded=True)


def later(for_s: float) -> Now:
    return replace(NOW, mono=Monotonic(NOW.mono + for_s), wall=Wall(NOW.wall + for_s))


def test_a_person_is_reminded_while_it_lasts() -> None:
    part, due = told(), POLICY.reminder_interval_s
    assert alerting.deadline(part, busy=False) == NOW.mono + due
    assert alerting.remind(part, INCIDENT, later(due - 1), POLICY) == (part, ())
    for number in (1, 2, 3):
        part, (note,) = alerting.remind(part, INCIDENT, later(number * due), POLICY)
        assert (note.reason, note.number) == (Reason.REMINDED, number)
        assert part.unsent == (
            Notify(AlertKind.REMINDER, INCIDENT.id, (), INCIDENT.cause, INCIDENT.detail, number),
        )
        part = alerting.delivered(part, later(number * due), succeeded=True)
    assert [alert.kind for alert in alerting.over(part, INCIDENT, Outcome.HEALED)[0].unsent] == [
        AlertKind.OVER
    ]


def test_reminders_that_nobody_hears_do_not_heap_up() -> None:
    part = told()
    for number in range(1, 9):
        part, _ = alerting.remind(part, INCIDENT, later(number * POLICY.reminder_interval_s), POLICY)
    assert [alert.number for alert in part.unsent] == [1, 8]  # the first may be on its way
    part, _ = alerting.over(part, INCIDENT, Outcome.HEALED)
    assert [(alert.kind, alert.number) for alert in part.unsent] == [
        (AlertKind.REMINDER, 1),
        (AlertKind.OVER, 0),
    ]
    assert alerting.deadline(alerting.delivered(part, NOW, succeeded=True), busy=True) is None


def test_who_acknowledges_it_is_reminded_no_more_or_not_for_a_while() -> None:
    part, (note,) = alerting.acknowledged(told(), INCIDENT.id, None, NOW)
    assert note.reason is Reason.ACKNOWLEDGED
    assert alerting.deadline(part, busy=False) is None
    part, _ = alerting.acknowledged(told(), INCIDENT.id, 60.0, NOW)
    assert alerting.deadline(part, busy=False) == NOW.mono + 60.0
    part, (note,) = alerting.remind(part, INCIDENT, later(60.0), POLICY)
    assert note.reason is Reason.REMINDED


def test_it_is_kept_who_acknowledged_it_until_the_next_alert() -> None:
    part, (note,) = alerting.acknowledged(told(), INCIDENT.id, 60.0, NOW, "phone: Kim")
    assert (note.detail, note.number) == ("phone: Kim", 60.0)
    assert part.acknowledged == Acknowledgement(INCIDENT.id, NOW.wall, "phone: Kim")
    assert alerting.unacknowledged(part) is None
    again, _ = alerting.remind(part, INCIDENT, later(60.0), POLICY)
    assert alerting.unacknowledged(again) == INCIDENT.id
    worse, _ = alerting.opened(part, replace(INCIDENT, cause=Cause.DISK_FULL), DOWN, NOW, POLICY)
    assert alerting.unacknowledged(worse) == INCIDENT.id, "they acknowledged another thing"
    over, _ = alerting.over(part, INCIDENT, Outcome.HEALED)
    following, _ = alerting.opened(over, replace(INCIDENT, id=INCIDENT.id + 1), DOWN, NOW, POLICY)
    assert (alerting.unacknowledged(over), alerting.unacknowledged(following)) == (None, INCIDENT.id + 1)


def test_a_status_shows_who_is_at_it_and_for_how_long() -> None:
    part, _ = alerting.acknowledged(told(), INCIDENT.id, 60.0, NOW, "phone: Kim")
    state = State("main", boot_id=NOW.boot_id, incident=INCIDENT, alerting=part)
    shown = report(state, POLICY, later(20.0)).incident
    assert shown is not None
    assert shown.acknowledged == AcknowledgedReport(NOW.wall, "phone: Kim", 40.0)
    gone = report(replace(state, alerting=told()), POLICY, NOW).incident
    assert gone is not None
    assert gone.acknowledged is None


def test_what_is_not_open_or_was_not_told_is_not_acknowledged() -> None:
    for part, incident in ((told(), INCIDENT.id + 1), (AlertingPart(), INCIDENT.id), (AlertingPart(), None)):
        same, (note,) = alerting.acknowledged(part, incident, None, NOW)
        assert (same, note.reason) == (part, Reason.NOT_ACKNOWLEDGED)


def test_without_an_interval_nobody_is_reminded() -> None:
    never = replace(POLICY, reminder_interval_s=0.0)
    part, _ = alerting.opened(AlertingPart(), INCIDENT, DOWN, NOW, never)
    assert part.remind_at is None


def test_a_person_is_told_again_of_another_cause_and_of_worse() -> None:
    serving = alerting.Lot(end=False, down=False)
    degraded = replace(INCIDENT, cause=Cause.DEGRADED)
    part, _ = alerting.opened(AlertingPart(), degraded, serving, NOW, POLICY)
    part = alerting.delivered(part, NOW, succeeded=True)
    assert alerting.opened(part, degraded, serving, NOW, POLICY) == (part, ())
    tries = alerting.Lot(end=False, down=True)  # they may still help
    assert alerting.opened(part, INCIDENT, tries, NOW, POLICY) == (part, ())
    part, notes = alerting.opened(part, INCIDENT, DOWN, NOW, POLICY)
    assert [note.reason for note in notes] == [Reason.TOLD]
    assert [(alert.kind, alert.number, alert.cause) for alert in part.unsent] == [
        (AlertKind.CHANGED, 1, Cause.PROCESS_GONE)
    ]
    assert alerting.opened(part, INCIDENT, DOWN, NOW, POLICY) == (part, ())
    part, _ = alerting.opened(part, replace(INCIDENT, cause=Cause.DISK_FULL), DOWN, NOW, POLICY)
    part, _ = alerting.opened(part, replace(INCIDENT, cause=Cause.PORT_TAKEN), DOWN, NOW, POLICY)
    assert [alert.number for alert in part.unsent] == [1, 3]  # the first may be on its way
    part = alerting.serves_again(part)
    part, _ = alerting.opened(part, replace(INCIDENT, cause=Cause.PORT_TAKEN), DOWN, NOW, POLICY)
    assert part.unsent[-1].number == 4


LEVEL_2 = State(
    "main", boot_id=NOW.boot_id, incident=INCIDENT, restart=RestartPart(Stage.STOPPING, Level.HEALTHCHECK)
)
"""At work in an incident that Level 1 has found."""

TELLING = replace(POLICY, tell_level_changes=True)


def test_a_person_who_wants_it_is_told_once_that_a_level_was_passed() -> None:
    state, (note,) = incidents.passes(LEVEL_2, TELLING)
    assert (note.reason, note.number) == (Reason.TOLD_LEVEL, 2)
    (told,) = state.alerting.unsent
    assert (told.kind, told.incident, told.number) == (AlertKind.LEVEL_PASSED, INCIDENT.id, 2)
    assert told.failed_levels == (Level.WATCHDOG,)
    assert incidents.passes(state, TELLING) == (state, ())
    first = replace(state, restart=replace(state.restart, level=Level.WATCHDOG))
    back, _ = incidents.passes(first, TELLING)
    again = replace(back, restart=state.restart)
    assert incidents.passes(again, TELLING) == (again, ()), "each passing once"
    assert state.alerting.opened is None, "no person is asked for"


@pytest.mark.parametrize(
    "state",
    [
        replace(LEVEL_2, incident=None),
        replace(LEVEL_2, incident=replace(INCIDENT, level=Level.HEALTHCHECK)),
        replace(LEVEL_2, restart=RestartPart(Stage.IDLE, Level.HEALTHCHECK)),
        replace(LEVEL_2, restart=RestartPart(Stage.EXHAUSTED, Level.HEALTHCHECK)),
        replace(LEVEL_2, restart=RestartPart(Stage.STOPPING, Level.WATCHDOG)),
        replace(LEVEL_2, recovery=RecoveryPart(escalated=True)),
        replace(LEVEL_2, disabled=(Level.NOTIFICATION,)),
    ],
)
def test_what_is_no_passing_or_no_news_is_not_told(state: State) -> None:
    after, notes = incidents.passes(state, TELLING)
    assert (after.alerting.unsent, notes) == ((), ())


@pytest.mark.parametrize("policy", [POLICY, replace(TELLING, observe=True)])
def test_a_passing_is_told_to_who_wants_it_and_only_where_we_act(policy: Policy) -> None:
    after, notes = incidents.passes(LEVEL_2, policy)
    assert (after.alerting.unsent, notes) == ((), ())


def test_old_news_is_not_told_once_somebody_wants_to_hear_it() -> None:
    quiet, _ = incidents.passes(replace(LEVEL_2, disabled=(Level.NOTIFICATION,)), TELLING)
    loud = replace(quiet, disabled=())
    assert incidents.passes(loud, TELLING) == (loud, ())
    unwanted, _ = incidents.passes(LEVEL_2, POLICY)
    assert incidents.passes(unwanted, TELLING) == (unwanted, ())


def test_a_passing_is_dropped_when_its_incident_is_over() -> None:
    state, _ = incidents.passes(LEVEL_2, TELLING)
    asked, _ = alerting.opened(state.alerting, INCIDENT, DOWN, NOW, POLICY)
    assert alerting.timely(asked, INCIDENT) is asked
    assert [one.kind for one in alerting.timely(asked, None).unsent] == [AlertKind.OPENED]
    another = replace(INCIDENT, id=INCIDENT.id + 1)
    assert [one.kind for one in alerting.timely(asked, another).unsent] == [AlertKind.OPENED]


@pytest.mark.parametrize(
    ("part", "acted"),
    [
        (RestartPart(), False),
        (RestartPart(Stage.IDLE, attempts=2), False),  # of an incident that somebody else has ended
        (RestartPart(Stage.WAITING), False),
        (RestartPart(Stage.WAITING, attempts=1), True),
        (RestartPart(Stage.COMING_UP), True),
    ],
)
def test_what_had_been_tried_before_it_was_opened(part: RestartPart, acted: bool) -> None:
    trouble = Trouble(Cause.PROCESS_GONE, Level.WATCHDOG, Act.START)
    state, _ = incidents.opened(State("main", restart=part), trouble, NOW)
    assert state.incident is not None
    assert bool(state.incident.acted_for) is acted


@pytest.mark.parametrize(
    ("climbs", "action", "trouble", "acted_for"),
    [
        (Level.WATCHDOG, StartGateway(), Level.WATCHDOG, (Level.WATCHDOG,)),
        (
            Level.WATCHDOG,
            SignalGateway(7, 1.0, Signal.KILL),
            Level.HEALTHCHECK,
            (Level.HEALTHCHECK,),
        ),  # what it has started hangs
        (
            Level.HEALTHCHECK,
            StartGateway(),
            Level.WATCHDOG,
            (Level.HEALTHCHECK,),
        ),  # what it has ended is gone
        (Level.HEALTHCHECK, Notify(AlertKind.OPENED, 1, ()), Level.HEALTHCHECK, ()),
    ],
)
def test_a_level_is_told_of_that_has_acted(
    climbs: Level, action: Action, trouble: Level, acted_for: tuple[Level, ...]
) -> None:
    """Both were once said to have failed where only one had done anything."""
    state = State("main", incident=INCIDENT, restart=RestartPart(Stage.COMING_UP, climbs))
    found = Trouble(Cause.NOT_ANSWERING, trouble, Act.RESTART)
    state, _ = incidents.told_by(state, Move(state.restart, (action,)), found)
    assert state.incident is not None
    part, _ = alerting.opened(state.alerting, state.incident, DOWN, NOW, POLICY)
    assert [alert.failed_levels for alert in part.unsent] == [acted_for]
