"""Levels 1 and 2 and the ladder, one situation at a time: a state, one thing told, and the acts are read."""

from dataclasses import replace

import pytest

from selfheal.core.actions import Action, InspectHost, Probe, Signal, SignalGateway, StartGateway
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.facts import (
    ConfigState,
    DeepVerdict,
    ExitCause,
    GatewayProcess,
    Inspection,
    ManagerState,
    ProbeKind,
    ProbeReport,
    Upkeep,
    Verdict,
)
from selfheal.core.grace import deep_gap_s
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.invariants import faults
from selfheal.core.levels import Level
from selfheal.core.observations import (
    ActionFinished,
    ActionOrphaned,
    DeepCheckFinished,
    ExitExamined,
    HostInspected,
    HostResumed,
    Observation,
    ProbeFinished,
    ProcessExited,
    ResidentStarted,
    TimePassed,
)
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause, Hold, Reason
from selfheal.core.state import (
    AlertingPart,
    GatewayView,
    HealthcheckPart,
    Incident,
    Pause,
    Pending,
    Phase,
    RecoveryPart,
    RestartPart,
    Stage,
    State,
    WatchdogPart,
)
from selfheal.core.step import PENDING_MAX_S, next_deadline, step

POLICY = Policy()
T = 1000.0
LATER = Monotonic(1e6)
PAUSE = Pause(Wall(0.0), None, "")
PROCESS = GatewayProcess(100, 5.0)
SEEN = Inspection(PROCESS, config=ConfigState.LOADABLE, config_mark="1")
WELL = State(
    "main",
    boot_id="b",
    gateway=GatewayView(
        Phase.WELL,
        process=PROCESS,
        served=True,
        inspection=SEEN,
        inspected=Monotonic(T),
        probed=Monotonic(T),
        last_probe=ProbeReport(ProbeKind.FULL, Verdict.WELL),
    ),
    watchdog=WatchdogPart(LATER),
    healthcheck=HealthcheckPart(LATER, LATER, LATER),
    next_action_id=50,
)
INCIDENT = Incident(1, Cause.NOT_ANSWERING, Wall(1.0), Monotonic(1.0), Level.HEALTHCHECK)
ILL = replace(
    WELL,
    gateway=replace(
        WELL.gateway,
        phase=Phase.ILL,
        misses=4,
        last_probe=ProbeReport(ProbeKind.FULL, Verdict.TIMEOUT),
    ),
    incident=INCIDENT,
)
GONE = replace(
    ILL,
    gateway=GatewayView(Phase.ABSENT, inspection=replace(SEEN, process=None), inspected=Monotonic(T)),
)


def on(state: State, stage: Stage, **changes: object) -> State:
    part = replace(RestartPart(stage, Level.HEALTHCHECK), **changes)  # type: ignore[arg-type]
    return replace(state, restart=part)


def tell(
    state: State, seen: Observation | None = None, at: float = T, policy: Policy = POLICY
) -> tuple[State, list[Action], list[Reason]]:
    observation = seen if seen is not None else TimePassed()
    wanted = getattr(observation, "action_id", None)
    if wanted is not None:
        kinds = {
            HostInspected: "InspectHost",
            ProbeFinished: "Probe",
            DeepCheckFinished: "CheckDeeply",
            ExitExamined: "ExamineExit",
        }
        kind = kinds.get(type(observation), "StartGateway")
        state = replace(state, pending=(Pending(wanted, kind, Monotonic(at)),))
    done = step(state, observation, Now(Monotonic(at), Wall(1e9), "b"), policy)
    return done.state, [order.action for order in done.actions], [note.reason for note in done.notes]


def full(verdict: Verdict) -> ProbeFinished:
    return ProbeFinished(1, ProbeReport(ProbeKind.FULL, verdict))


def signals(actions: list[Action]) -> list[Signal]:
    return [action.signal for action in actions if isinstance(action, SignalGateway)]


def starts(actions: list[Action]) -> int:
    return sum(isinstance(action, StartGateway) for action in actions)


# -- Level 2 ----------------------------------------------------------------------------------------


def test_an_ill_gateway_is_asked_to_stop() -> None:
    state, actions, _ = tell(ILL)
    assert signals(actions) == [Signal.TERM]
    assert (state.restart.stage, state.restart.asked_at) == (Stage.STOPPING, T)


def test_no_second_act_while_one_is_under_way() -> None:
    """Ordered before we were told only to observe, and we were trusted again before its result came."""
    under_way = Pending(9, "SignalGateway", Monotonic(T))
    state, actions, _ = tell(replace(ILL, pending=(under_way,)))
    assert signals(actions) == []
    assert state.pending == (under_way,)


def test_once_healed_no_order_to_stop_counts_any_more() -> None:
    """The signal was lost. A person's stop, days later, must not be taken for its end."""
    view = replace(WELL.gateway, deep_checked=Monotonic(T))
    served = on(
        replace(WELL, incident=INCIDENT, gateway=view),
        Stage.STABILISING,
        deadline=Monotonic(T),
        asked_at=Monotonic(1.0),
    )
    state, _, reasons = tell(served, full(Verdict.WELL))
    assert Reason.HEALED in reasons
    assert state.restart.asked_at is None


@pytest.mark.parametrize(
    ("startups_s", "borne_s"),
    [
        ((6.0, 7.5), POLICY.port_closed_kill_s),  # a fast host
        ((6.0, 240.0, 6.0), 480.0),
        ((5_000.0,), POLICY.startup_grace_max_s),
        ((), 400.0),  # nobody knows yet
    ],
)
def test_a_closed_port_is_no_hang_yet(startups_s: tuple[float, ...], borne_s: float) -> None:
    """At the end of a drain that no check has seen, or in a restart inside the process, which is a start."""
    for closed_s, phase in ((borne_s - 1, Phase.SUSPECT), (borne_s, Phase.ILL)):
        view = replace(WELL.gateway, phase=Phase.SUSPECT, misses=7, refused_since=Monotonic(T - closed_s))
        state, _, _ = tell(replace(WELL, gateway=view, startups_s=startups_s), full(Verdict.REFUSED))
        assert state.gateway.phase is phase


@pytest.mark.parametrize(
    ("seen", "learnt"),
    [
        (Verdict.STARTING, (240.0,)),
        (Verdict.REFUSED, (240.0,)),
        (None, ()),  # it may have served for days before we came
    ],
)
def test_a_start_that_we_have_seen_is_learnt_whoever_made_it(
    seen: Verdict | None, learnt: tuple[float, ...]
) -> None:
    began = Monotonic(T - 240.0)
    view = replace(WELL.gateway, phase=Phase.STARTING, served=False, process_since=began, since=began)
    report = ProbeReport(ProbeKind.FULL, seen) if seen is not None else None
    view = replace(view, last_probe=report, probed=None if seen is None else Monotonic(T - 1.0))
    state, _, _ = tell(replace(WELL, gateway=view, startups_s=()), full(Verdict.WELL))
    assert state.startups_s == learnt


def test_a_restart_inside_its_process_begins_when_its_port_closes() -> None:
    view = replace(WELL.gateway, phase=Phase.SUSPECT, misses=9, refused_since=Monotonic(T - 45.0))
    state, _, _ = tell(replace(WELL, gateway=view), full(Verdict.STARTING))
    assert (state.gateway.phase, state.gateway.process_since) == (Phase.STARTING, T - 45.0)


def test_a_wrong_answer_is_asked_again_no_sooner_than_none() -> None:
    for verdict, latency_s, wait_s in (
        (Verdict.BROKEN, 1.0, POLICY.heartbeat_retry_s + POLICY.full_check_timeout_s - 1.0),
        (Verdict.TIMEOUT, POLICY.full_check_timeout_s, POLICY.heartbeat_retry_s),
        (Verdict.REFUSED, 1.0, POLICY.heartbeat_retry_s),
    ):
        missed = ProbeFinished(1, ProbeReport(ProbeKind.FULL, verdict, latency_s))
        state, _, _ = tell(WELL, missed)
        assert state.healthcheck.next_heartbeat == T + wait_s


def test_three_misses_pull_the_full_check_forward_at_once() -> None:
    doubt = replace(WELL, gateway=replace(WELL.gateway, phase=Phase.SUSPECT, misses=2))
    missed = ProbeFinished(1, ProbeReport(ProbeKind.HEARTBEAT, Verdict.TIMEOUT))
    state, actions, _ = tell(doubt, missed)
    assert [action.kind for action in actions if isinstance(action, Probe)] == [ProbeKind.FULL]
    unprobed = ProbeFinished(1, ProbeReport(ProbeKind.FULL, Verdict.UNPROBED))
    state, actions, _ = tell(replace(state, pending=()), unprobed)
    assert not any(isinstance(action, Probe) for action in actions)
    assert state.healthcheck.next_heartbeat > T


def test_one_failed_deep_check_is_none() -> None:
    failed, later = DeepCheckFinished(1, DeepVerdict.FAILED), T + POLICY.restart_gap_s
    state, actions, _ = tell(WELL, failed)
    assert signals(actions) == []
    state, _, _ = tell(replace(state, pending=()), failed, later - 0.1)  # a person was in a hurry
    assert state.gateway.deep_misses == 1
    state, actions, _ = tell(replace(state, pending=()), failed, later)
    assert signals(actions) == []
    assert any(isinstance(action, Probe) for action in actions)
    seen = replace(state.gateway, inspected=Monotonic(later))
    state, actions, _ = tell(replace(state, gateway=seen, pending=()), full(Verdict.WELL), later)
    assert signals(actions) == [Signal.TERM]
    assert state.incident is not None
    assert state.incident.cause is Cause.DEEP_CHECK


@pytest.mark.parametrize("verdict", [Verdict.DRAINING, Verdict.STARTING])
def test_failed_deep_checks_of_a_draining_or_restarting_gateway_are_none(verdict: Verdict) -> None:
    """Its heartbeats are green meanwhile, so only the full check tells."""
    failing = replace(WELL, gateway=replace(WELL.gateway, deep_misses=2))
    state, actions, _ = tell(failing, full(verdict))
    assert signals(actions) == []
    state, actions, _ = tell(replace(state, pending=()), DeepCheckFinished(1, DeepVerdict.FAILED))
    assert signals(actions) == []
    assert state.incident is None


def test_a_drain_without_an_end_is_told_and_not_ended() -> None:
    since = replace(WELL.gateway, phase=Phase.DRAINING, since=Monotonic(T))
    long = T + POLICY.startup_grace_max_s
    state, actions, _ = tell(replace(WELL, gateway=since), full(Verdict.DRAINING), long)
    assert state.incident is not None
    assert state.incident.cause is Cause.DRAINING_LONG
    later = long + POLICY.last_wait_s
    _, actions, reasons = tell(replace(state, pending=()), full(Verdict.DRAINING), later)
    assert signals(actions) == []
    assert Reason.TOLD in reasons


# -- our own failures -------------------------------------------------------------------------------


def test_a_failed_look_is_said_once_and_a_lasting_blindness_is_told() -> None:
    unprobed = full(Verdict.UNPROBED)
    state, _, reasons = tell(WELL, unprobed)
    assert Reason.LOOK_FAILED in reasons
    state, _, reasons = tell(replace(state, pending=()), unprobed, T + 10)
    assert Reason.LOOK_FAILED not in reasons
    long = T + POLICY.startup_grace_max_s
    state, actions, _ = tell(replace(state, pending=()), unprobed, long)
    assert state.incident is not None
    assert state.incident.cause is Cause.BLIND
    assert signals(actions) == []
    state, _, reasons = tell(replace(state, pending=()), unprobed, long + POLICY.last_wait_s)
    assert Reason.TOLD in reasons
    state, _, _ = tell(replace(state, pending=()), full(Verdict.WELL), long + POLICY.last_wait_s + 1)
    assert state.gateway.blind_since is None


def test_alerts_that_wait_outlive_a_sleep_of_the_host() -> None:
    waiting = AlertingPart(unsent=(Notify(AlertKind.OPENED, 1, ()),), next_try=LATER)
    state, _, _ = tell(replace(WELL, alerting=waiting), HostResumed(600.0))
    assert state.alerting == waiting


def test_what_was_told_while_we_were_stalled_is_not_told_again() -> None:
    """The word that a person was told waits for our processor as long as we do."""
    opened, back = Notify(AlertKind.OPENED, 1, ()), T + 2 * PENDING_MAX_S
    under_way = (Pending(7, "Notify", Monotonic(T)),)
    told = replace(WELL, alerting=AlertingPart(unsent=(opened,)), pending=under_way)
    state, actions, _ = tell(told, HostResumed(back - T), back)
    assert opened not in actions
    heard = step(state, ActionFinished(7, succeeded=True), Now(Monotonic(back), Wall(1e9), "b"), POLICY)
    assert heard.state.alerting.unsent == ()


@pytest.mark.parametrize("stalled_s", [20.0, PENDING_MAX_S])
def test_a_lost_word_is_given_up_after_as_long_as_we_could_have_heard_it(stalled_s: float) -> None:
    waiting = (Pending(7, "Notify", Monotonic(T)),)
    state, _, _ = tell(replace(WELL, pending=waiting), HostResumed(stalled_s), T + 100.0 + stalled_s)
    late = T + stalled_s + PENDING_MAX_S
    assert 7 in [entry.id for entry in tell(state, TimePassed(), late - 1.0)[0].pending]
    assert 7 not in [entry.id for entry in tell(state, TimePassed(), late)[0].pending]


def test_who_was_ill_before_our_probes_failed_is_asked_nothing_until_one_tells() -> None:
    """Our look at the host works again first, and tells nothing of how it is by now."""
    last = ProbeReport(ProbeKind.FULL, Verdict.TIMEOUT)
    ill = replace(WELL.gateway, phase=Phase.ILL, misses=3, last_probe=last)
    blind = replace(ill, blind_since=Monotonic(T - 600.0), look_failed=True)
    state, actions, _ = tell(replace(WELL, gateway=blind), HostInspected(1, SEEN))
    assert signals(actions) == []
    _, actions, _ = tell(replace(state, pending=()), full(Verdict.TIMEOUT))
    assert signals(actions) == [Signal.TERM]


@pytest.mark.parametrize("kind", ["Probe", "CheckDeeply"])
def test_what_the_one_before_has_answered_is_not_said_of_the_next(kind: str) -> None:
    """A quick manager, or we, may have another one up while an answer is still on its way to us."""
    asked = (Pending(7, kind, Monotonic(T - 0.2)),)
    another = HostInspected(1, replace(SEEN, process=GatewayProcess(101, 9.0)))
    state, _, _ = tell(replace(WELL, pending=asked), another)
    assert (state.gateway.phase, 7 in [entry.id for entry in state.pending]) == (Phase.STARTING, False)
    report = ProbeReport(ProbeKind.FULL, Verdict.WELL)
    late = ProbeFinished(7, report) if kind == "Probe" else DeepCheckFinished(7, DeepVerdict.FAILED, (), "")
    done = step(state, late, Now(Monotonic(T), Wall(1e9), "b"), POLICY)
    assert [note.reason for note in done.notes] == [Reason.STALE_RESULT]
    assert done.state.gateway == state.gateway


@pytest.mark.parametrize("unsure", [True, False])
def test_what_our_signal_may_have_ended_after_all_is_started_again(unsure: bool) -> None:
    """The order was given up, all tries are over, and much later it ends as if somebody had stopped it."""
    state = on(ILL, Stage.STOPPING, asked_at=Monotonic(T - 60.0), attempts=POLICY.restart_attempts - 1)
    pending = (Pending(1, "SignalGateway", Monotonic(T)),)
    failed = ActionFinished(1, succeeded=False, detail="it hung", unsure=unsure)
    state = step(replace(state, pending=pending), failed, Now(Monotonic(T), Wall(1e9), "b"), POLICY).state
    state, _, _ = tell(state, at=T + 60.0)
    assert state.restart.stage is Stage.LAST_WAIT
    process = state.gateway.process
    assert process is not None
    state, _, _ = tell(state, ProcessExited(process.pid, process.started, 0), at=T + 90.0)
    state, _, _ = tell(state, ExitExamined(1, ExitCause.STOPPED_ON_PURPOSE), at=T + 90.0)
    assert state.gateway.phase is (Phase.ABSENT if unsure else Phase.STOPPED)


def test_an_exit_that_cannot_be_examined_is_no_reason_to_wait_for_ever() -> None:
    gone = replace(GONE, gateway=replace(GONE.gateway, exit_examined=False), incident=None)
    pending = (Pending(1, "ExamineExit", Monotonic(T)),)
    failed = ActionFinished(1, succeeded=False, detail="it hung")
    done = step(replace(gone, pending=pending), failed, Now(Monotonic(T), Wall(1e9), "b"), POLICY)
    assert done.state.gateway.exit_examined
    assert done.state.incident is not None
    assert done.state.restart.unclean_starts == (T,)


@pytest.mark.parametrize("end", [ActionOrphaned(1), ActionFinished(1, succeeded=False)])
def test_an_alert_that_was_not_delivered_goes_out_again(end: Observation) -> None:
    alert = Notify(AlertKind.OPENED, 1, ())
    telling = replace(
        ILL, alerting=AlertingPart(1, (alert,)), pending=(Pending(1, "Notify", Monotonic(T)),), pause=PAUSE
    )
    now = Now(Monotonic(T), Wall(1e9), "b")
    state = step(telling, end, now, POLICY).state
    at = next_deadline(state, POLICY)
    assert at is not None
    again = step(state, TimePassed(), Now(Monotonic(T + 60), Wall(1e9), "b"), POLICY)
    orders = (*step(telling, end, now, POLICY).actions, *again.actions)
    assert [order.action for order in orders if isinstance(order.action, Notify)] == [alert]
    last = next(entry.id for entry in again.state.pending if entry.kind == "Notify")
    done = step(again.state, ActionFinished(last, succeeded=True), now, POLICY)
    assert done.state.alerting.unsent == ()
    assert not any(isinstance(order.action, Notify) for order in done.actions)


# -- stopping ---------------------------------------------------------------------------------------

ASKED = on(ILL, Stage.STOPPING, asked_at=Monotonic(T - 10.0), asked=PROCESS, deadline=Monotonic(T))


def test_no_kill_before_an_answer_from_after_the_asking() -> None:
    unanswered = replace(ASKED, gateway=replace(ASKED.gateway, probed=Monotonic(T - 10.0)))
    assert signals(tell(unanswered)[1]) == []
    assert signals(tell(ASKED)[1]) == [Signal.KILL]
    assert signals(tell(ASKED, at=T - 0.1)[1]) == []


@pytest.mark.parametrize(("took_s", "killed"), [(0.2, False), (4.9, False), (3.9, True)])
def test_nor_by_an_answer_to_a_question_from_before_the_signal(took_s: float, killed: bool) -> None:
    """It came after it, and the gateway that was believed not to drain was killed in its drain."""
    asked = Monotonic(T - 5.0 if killed or took_s > 1.0 else T - 0.1)
    answer = ProbeReport(ProbeKind.FULL, Verdict.WELL, took_s)
    state = replace(ASKED, restart=replace(ASKED.restart, asked_at=asked))
    state = replace(state, gateway=replace(ASKED.gateway, last_probe=answer))
    assert bool(signals(tell(state)[1])) is killed


@pytest.mark.parametrize(("closed_s", "killed"), [(14.9, False), (15.0, True)])
def test_a_closed_port_gives_fifteen_seconds(closed_s: float, killed: bool) -> None:
    for phase in (Phase.ILL, Phase.DRAINING):
        view = replace(ASKED.gateway, phase=phase, refused_since=Monotonic(T - closed_s))
        asked_at = Monotonic(T - 100.0)
        state = replace(on(ASKED, Stage.STOPPING, asked_at=asked_at, asked=PROCESS), gateway=view)
        assert bool(signals(tell(state)[1])) is killed


def test_a_port_that_was_closed_before_counts_from_the_asking() -> None:
    view = replace(ASKED.gateway, refused_since=Monotonic(T - 500.0))
    assert signals(tell(replace(ASKED, gateway=view))[1]) == []


@pytest.mark.parametrize(("asked_s", "killed"), [(329.9, False), (330.0, True)])
def test_a_drain_has_its_budget(asked_s: float, killed: bool) -> None:
    view = replace(ASKED.gateway, phase=Phase.DRAINING)
    asked_at = Monotonic(T - asked_s)
    state = replace(on(ASKED, Stage.STOPPING, asked_at=asked_at, asked=PROCESS), gateway=view)
    assert bool(signals(tell(state)[1])) is killed


def test_three_kills_and_no_fourth() -> None:
    state, actions, reasons = tell(replace(ASKED, restart=replace(ASKED.restart, kills=3)))
    assert signals(actions) == []
    assert state.restart.stage is Stage.LAST_WAIT
    assert Reason.LAST_WAIT in reasons


def test_an_unsure_asking_is_repeated_before_a_kill() -> None:
    assert signals(tell(replace(ASKED, restart=replace(ASKED.restart, asked=None)))[1]) == [Signal.TERM]


def test_another_process_than_the_asked_one_is_not_killed() -> None:
    other = HostInspected(1, replace(SEEN, process=GatewayProcess(101, 990.0, age_s=10.0)))
    state, actions, _ = tell(ASKED, other)
    assert signals(actions) == []
    assert state.restart.stage is Stage.COMING_UP
    assert len(state.restart.starts) == 1


@pytest.mark.parametrize("retryable", [True, False])
def test_a_signal_that_could_not_be_sent_is_said(retryable: bool) -> None:
    failed = ActionFinished(1, succeeded=False, detail="not permitted", retryable=retryable)
    waiting = replace(ASKED, pending=(Pending(1, "SignalGateway", Monotonic(T)),))
    done = step(waiting, failed, Now(Monotonic(T - 9.0), Wall(1e9), "b"), POLICY)
    said = {note.reason: note.detail for note in done.notes}
    assert said[Reason.SIGNAL_FAILED if retryable else Reason.SIGNAL_REFUSED] == "not permitted"
    assert done.state.incident is not None
    assert done.state.incident.detail == ("" if retryable else "not permitted")
    assert done.state.restart.stage is Stage.STOPPING


def test_what_is_refused_for_good_is_looked_at_and_handed_on() -> None:
    refused = replace(ASKED, restart=replace(ASKED.restart, refused=Monotonic(T)))
    assert tell(refused, at=T + 60.0)[1] == []
    state, actions, reasons = tell(refused, HostInspected(1, SEEN), at=T + 1.0)
    assert signals(actions) == []
    assert Reason.TOLD in reasons
    assert state.restart.stage is Stage.EXHAUSTED


def test_a_signal_refused_because_its_process_has_gone_is_no_reason_to_call_anybody() -> None:
    refused = replace(ASKED, restart=replace(ASKED.restart, refused=Monotonic(T)))
    state, _, reasons = tell(refused, HostInspected(1, replace(SEEN, process=None)), at=T + 1.0)
    assert Reason.TOLD not in reasons
    assert state.restart.stage is Stage.STOPPING


# -- starting ---------------------------------------------------------------------------------------


def test_a_start_wants_a_look_from_after_the_end() -> None:
    waiting = on(GONE, Stage.WAITING, since=Monotonic(T))
    assert starts(tell(waiting)[1]) == 1
    old = replace(waiting, gateway=replace(waiting.gateway, inspected=Monotonic(T - 1.0)))
    assert starts(tell(old)[1]) == 0


def test_a_start_waits_for_the_word_why() -> None:
    waiting = on(GONE, Stage.WAITING)
    unknown = replace(waiting, gateway=replace(waiting.gateway, exit_examined=False))
    assert starts(tell(unknown)[1]) == 0


def test_the_gap_ends_exactly_when_it_says() -> None:
    waiting = on(GONE, Stage.WAITING, deadline=Monotonic(T + 30.0), attempts=1)
    waiting = replace(waiting, gateway=replace(waiting.gateway, inspected=Monotonic(T + 29.5)))
    assert starts(tell(waiting, at=T + 29.999)[1]) == 0
    assert starts(tell(waiting, at=T + 30.0)[1]) == 1


def test_a_start_after_a_wait_wants_a_fresh_look() -> None:
    """While we waited, somebody else may have been quicker."""
    waiting = on(GONE, Stage.WAITING, deadline=Monotonic(T + 30.0), attempts=1)
    state, actions, _ = tell(waiting, at=T + 30.0)
    assert actions == [InspectHost()]
    assert state.restart.stage is Stage.WAITING


def test_while_we_only_observe_a_person_is_told_of_what_does_not_end() -> None:
    observing = replace(POLICY, observe=True)
    hopeless = on(GONE, Stage.IDLE, hopeless_since=Monotonic(T), observed=True)
    _, _, reasons = tell(hopeless, at=T + POLICY.last_wait_s - 1.0, policy=observing)
    assert Reason.TOLD not in reasons
    _, _, reasons = tell(hopeless, at=T + POLICY.last_wait_s, policy=observing)
    assert Reason.TOLD in reasons


@pytest.mark.parametrize("unclean", [True, False])
def test_an_unclean_end_makes_the_start_count(unclean: bool) -> None:
    state, _, _ = tell(on(GONE, Stage.WAITING, unclean_end=unclean))
    assert len(state.restart.unclean_starts) == int(unclean)
    assert len(state.restart.starts) == 1
    assert state.restart.unclean_end is False


@pytest.mark.parametrize("expected", [True, False])
def test_a_start_whose_word_is_lost_may_have_begun_and_ended(expected: bool) -> None:
    """As one that was said to fail: the next start came one too early for the gateway's own breaker."""
    lost = on(GONE, Stage.LAUNCHING, last_start=Monotonic(T - PENDING_MAX_S), expected=expected)
    state, actions, _ = tell(lost)
    assert starts(actions) == 1
    assert len(state.restart.unclean_starts) == int(expected)


def test_a_failed_order_to_start_is_a_failed_attempt() -> None:
    launching = on(GONE, Stage.LAUNCHING, last_start=Monotonic(T))
    state, _, reasons = tell(launching, ActionFinished(1, succeeded=False), at=T + 1.0)
    assert (state.restart.stage, state.restart.attempts) == (Stage.WAITING, 1)
    assert state.restart.deadline == T + POLICY.restart_gap_s
    assert Reason.START_FAILED in reasons


def test_an_order_that_did_not_end_in_time_may_have_started_it() -> None:
    """It was once asked to stop for that, in the midst of its start."""
    there = replace(WELL.gateway, phase=Phase.STARTING, served=False)
    launching = replace(on(GONE, Stage.LAUNCHING, last_start=Monotonic(T - 65.0)), gateway=there)
    state, actions, reasons = tell(launching, ActionFinished(1, succeeded=False))
    assert signals(actions) == []
    assert (state.restart.stage, state.restart.attempts) == (Stage.COMING_UP, 0)
    assert Reason.START_FAILED in reasons


def test_level_4_tells_what_it_had_to_keep_to_itself() -> None:
    """It was once told at the end of the ladder or never; what no act ends does not come there again."""
    end = replace(on(ILL, Stage.EXHAUSTED, deadline=LATER), recovery=RecoveryPart(escalated=True))
    assert Reason.TOLD not in tell(replace(end, disabled=(Level.NOTIFICATION,)))[2]
    state, _, reasons = tell(end)
    assert Reason.TOLD in reasons
    assert Reason.TOLD not in tell(state)[2]


def test_one_that_is_suspended_as_it_comes_up_is_not_waited_for_for_ever() -> None:
    view = replace(WELL.gateway, phase=Phase.DRAINING, since=Monotonic(T - POLICY.startup_grace_max_s))
    coming = replace(on(GONE, Stage.COMING_UP), gateway=view)
    coming, _, reasons = tell(coming)
    assert Reason.TOLD not in reasons
    assert Reason.TOLD in tell(coming, at=T + POLICY.last_wait_s)[2]


@pytest.mark.parametrize("incident", [None, INCIDENT])
def test_of_a_start_that_cannot_work_a_person_is_told_at_once_and_why(incident: Incident | None) -> None:
    launching = replace(on(GONE, Stage.LAUNCHING, last_start=Monotonic(T)), incident=incident)
    state, actions, _ = tell(launching, ActionFinished(1, succeeded=False, detail="gone", retryable=False))
    assert (state.restart.stage, state.restart.attempts) == (Stage.EXHAUSTED, 0)
    assert [action.detail for action in actions if isinstance(action, Notify)] == ["gone"]


def test_the_last_attempt_leads_to_the_last_wait() -> None:
    launching = on(GONE, Stage.LAUNCHING, last_start=Monotonic(T), attempts=2)
    state, _, _ = tell(launching, ActionFinished(1, succeeded=False))
    assert (state.restart.stage, state.restart.deadline) == (Stage.LAST_WAIT, T + POLICY.last_wait_s)


def test_a_manager_that_restarts_it_is_waited_for() -> None:
    seen = replace(SEEN, process=None, manager=ManagerState.RESTARTING)
    waiting = on(GONE, Stage.WAITING)
    waiting = replace(waiting, gateway=replace(waiting.gateway, inspection=seen))
    state, actions, _ = tell(waiting)
    assert starts(actions) == 0
    assert state.restart.hold is Hold.MANAGER_RESTARTS


@pytest.mark.parametrize("stage", [Stage.COMING_UP, Stage.STABILISING])
def test_a_hang_is_level_2s_whoever_started_the_gateway(stage: Stage) -> None:
    state, actions, _ = tell(on(ILL, stage, level=Level.WATCHDOG))
    assert signals(actions) == [Signal.TERM]
    assert state.restart.level is Level.HEALTHCHECK
    off = replace(on(ILL, stage, level=Level.WATCHDOG), disabled=(Level.HEALTHCHECK,))
    state, actions, _ = tell(off)
    assert signals(actions) == []
    assert (state.restart.hold, state.restart.level) == (Hold.LEVEL_DISABLED, Level.WATCHDOG)


def test_an_end_under_level_2s_care_is_started_again_by_level_2() -> None:
    state, _, _ = tell(on(GONE, Stage.STABILISING))
    assert state.restart.level is Level.HEALTHCHECK


@pytest.mark.parametrize("away_s", [5.0, 10 * PENDING_MAX_S])
def test_what_was_under_way_is_remembered_however_long_we_were_away(away_s: float) -> None:
    lost = (Pending(1, "InspectHost", Monotonic(T)), Pending(2, "StartGateway", Monotonic(T)))
    state, reasons = replace(on(GONE, Stage.LAUNCHING, expected=True), pending=lost), set[str]()
    for seen in (ResidentStarted("1"), ActionOrphaned(1), ActionOrphaned(2)):
        done = step(state, seen, Now(Monotonic(T + away_s), Wall(1e9), "b"), POLICY)
        state = done.state
        reasons |= {note.detail for note in done.notes if note.reason is Reason.ACTION_ORPHANED}
    assert state.restart.unclean_end
    assert reasons == {"InspectHost", "StartGateway"}


# -- proving itself -----------------------------------------------------------------------------------

PROVEN = replace(WELL.gateway, deep_checked=Monotonic(T - 50))
PROVING = on(
    replace(WELL, gateway=PROVEN, incident=INCIDENT),
    Stage.STABILISING,
    since=Monotonic(T - 60),
    deadline=Monotonic(T),
)


def test_healed_at_the_end_of_the_window_and_not_before() -> None:
    """Only the full check there tells, and only after a deep one."""
    assert Reason.HEALED in tell(PROVING, full(Verdict.WELL))[2]
    assert Reason.HEALED not in tell(PROVING, full(Verdict.WELL), at=T - 0.1)[2]
    assert Reason.HEALED not in tell(PROVING)[2]
    unproven = replace(PROVING, gateway=WELL.gateway)
    assert Reason.HEALED not in tell(unproven, full(Verdict.WELL))[2]


def test_not_healed_while_its_last_request_failed() -> None:
    """Beside a probe that was wrong for a moment it is none that counts, and it was told as healed minutes
    before its incident could be closed.
    """
    failed = replace(PROVING, gateway=replace(PROVEN, last_deep=DeepVerdict.FAILED))
    assert Reason.HEALED not in tell(failed, full(Verdict.WELL))[2]
    wrong = replace(failed, gateway=replace(failed.gateway, phase=Phase.SUSPECT, misses=1))
    for stage in (Stage.STABILISING, Stage.IDLE):
        before = replace(wrong, restart=replace(wrong.restart, stage=stage))
        state, _, _ = tell(before, DeepCheckFinished(1, DeepVerdict.FAILED))
        assert state.healthcheck.next_deep == T + deep_gap_s(POLICY)


@pytest.mark.parametrize(
    "view",
    [
        replace(WELL.gateway, phase=Phase.SUSPECT, misses=1),
        replace(WELL.gateway, deep_misses=1),
        replace(
            PROVEN,
            checked=Monotonic(T),
            last_full=ProbeReport(ProbeKind.FULL, Verdict.DEGRADED, suppressed=("a",)),
        ),
    ],
)
def test_not_healed_in_doubt(view: GatewayView) -> None:
    state, _, reasons = tell(replace(PROVING, gateway=view))
    assert Reason.HEALED not in reasons
    assert state.restart.stage is Stage.STABILISING
    assert state.restart.deadline is not None
    assert state.restart.deadline > T


def test_one_that_was_found_and_lost_in_the_same_moment_has_ended() -> None:
    """It was once waited for as long as a living one may take to start."""
    coming = on(GONE, Stage.COMING_UP, since=Monotonic(T - 9.0), deadline=LATER, attempts=1)
    lost = replace(coming, gateway=replace(coming.gateway, since=Monotonic(T - 9.0)))
    assert Reason.ATTEMPT_FAILED in tell(lost)[2]
    awaited = replace(lost, restart=replace(lost.restart, expected=True))  # ours: it may be on its way
    assert Reason.ATTEMPT_FAILED not in tell(awaited)[2]


def test_who_came_to_the_end_before_any_trouble_was_certain_tells_of_it_then() -> None:
    """A start that could never work, whose process had died first. Then our looks failed: nobody was told."""
    end = on(replace(GONE, incident=None), Stage.EXHAUSTED, deadline=LATER, since=Monotonic(T - 9.0))
    assert Reason.TOLD in tell(end)[2]
    blind = replace(end, gateway=replace(end.gateway, blind_since=Monotonic(T - 1e4)))
    assert Reason.TOLD in tell(blind)[2]
    assert Reason.ESCALATED not in tell(replace(end, recovery=RecoveryPart(escalated=True)))[2]
    assert Reason.ESCALATED not in tell(replace(end, pause=PAUSE))[2]


def test_a_start_that_a_proven_gateway_asked_for_breaks_no_rule_after_a_storm() -> None:
    """Its manager had spent the hour; we once took our own start for a broken rule, and only observed."""
    storm = tuple(Monotonic(T - 900.0 - at) for at in range(POLICY.restarts_per_hour_max + 1))
    asked = on(replace(GONE, incident=None), Stage.IDLE, starts=storm)
    before = replace(asked, gateway=replace(asked.gateway, handoff=True))
    now = Now(Monotonic(T), Wall(1e9), "b")
    done = step(before, TimePassed(), now, POLICY)
    assert starts([order.action for order in done.actions]) == 1
    assert faults(before, done, now, POLICY) == []


@pytest.mark.parametrize(("at", "told"), [(T - 0.1, False), (T, True)])
def test_the_last_wait_ends_in_a_word(at: float, told: bool) -> None:
    last = on(ILL, Stage.LAST_WAIT, deadline=Monotonic(T))
    assert (Reason.TOLD in tell(last, at=at)[2]) is told


def test_what_somebody_else_has_tried_in_vain_is_no_hope() -> None:
    """A service manager that starts it every few seconds once kept the last wait from ever ending."""
    last = on(GONE, Stage.LAST_WAIT, deadline=LATER, hopeless_since=Monotonic(T - 5.0))
    trying, _, _ = tell(replace(last, gateway=replace(WELL.gateway, phase=Phase.STARTING, served=False)))
    failed, _, _ = tell(replace(trying, gateway=GONE.gateway))
    assert failed.restart.stage is Stage.LAST_WAIT
    assert tell(last)[0].restart.stage is Stage.LAUNCHING  # what spoke against it has gone by itself


def test_a_start_that_the_hour_has_left_again_is_no_hope() -> None:
    """Each such start failed and used the hour up anew: the last wait never ended, and nobody was told."""
    hour = tuple(Monotonic(T - 3599.0 + number) for number in range(POLICY.restarts_per_hour_max))
    last = on(GONE, Stage.LAUNCHING, starts=hour, attempts=POLICY.restart_attempts - 1)
    state, _, _ = tell(last, ActionFinished(1, succeeded=False, retryable=True))
    assert state.restart.stage is Stage.LAST_WAIT
    freed, actions, _ = tell(replace(state, pending=()), at=T + 5.0)
    assert (freed.restart.stage, starts(actions)) == (Stage.LAST_WAIT, 0)
    assert Reason.TOLD in tell(freed, at=T + POLICY.last_wait_s)[2]


def test_an_hour_that_is_used_up_is_told_also_while_it_proves_itself() -> None:
    """Its requests failed after the last start that the hour had."""
    hour = tuple(Monotonic(T - 60.0 - number) for number in range(POLICY.restarts_per_hour_max))
    bad = replace(
        WELL.gateway, deep_bad=True, deep_misses=2, deep_confirmed=True, last_deep=DeepVerdict.FAILED
    )
    held, _, reasons = tell(on(replace(WELL, gateway=bad, incident=INCIDENT), Stage.STABILISING, starts=hour))
    assert (held.restart.hold, Reason.TOLD in reasons) == (Hold.HOURLY_BUDGET, False)
    again, _, _ = tell(replace(held, pending=()), at=T + 1.0)
    assert Reason.TOLD in tell(replace(again, pending=()), at=T + 1.0 + POLICY.last_wait_s)[2]


@pytest.mark.parametrize(("blind_s", "told"), [(1.0, False), (POLICY.startup_grace_max_s, True)])
def test_who_cannot_look_for_long_is_no_judge_of_a_gateway_that_is_gone(blind_s: float, told: bool) -> None:
    """It once waited for a look before each start, told nobody, and none came."""
    waiting = on(GONE, Stage.WAITING, deadline=LATER)
    view = replace(waiting.gateway, blind_since=Monotonic(T - blind_s))
    blind, _, _ = tell(replace(waiting, gateway=view))
    assert (Reason.TOLD in tell(blind, at=T + POLICY.last_wait_s)[2]) is told


def test_what_held_us_before_we_were_blind_is_old_news() -> None:
    """A package manager may work for long; whether it still does nobody can see."""
    since = Monotonic(T - POLICY.startup_grace_max_s)
    worked = replace(SEEN, upkeep=Upkeep.PACKAGE_MANAGER)
    view = replace(WELL.gateway, inspection=worked, blind_since=since, look_failed=True)
    state, _, _ = tell(replace(WELL, gateway=view))
    assert state.restart.patience_until == T + POLICY.last_wait_s


def test_the_end_of_the_ladder_is_tried_again_once() -> None:
    end = on(ILL, Stage.EXHAUSTED, deadline=Monotonic(T), attempts=3)
    assert signals(tell(end, at=T - 0.1)[1]) == []
    state, actions, reasons = tell(end)
    assert signals(actions) == [Signal.TERM]
    assert Reason.RETRY_AFTER_ESCALATION in reasons
    assert state.restart.attempts == POLICY.restart_attempts - 1


def test_observe_mode_leaves_the_ladder_where_it_would_act() -> None:
    watching = replace(POLICY, observe=True)
    for stage in (Stage.IDLE, Stage.STOPPING, Stage.COMING_UP, Stage.STABILISING, Stage.EXHAUSTED):
        state = on(ILL, stage, asked_at=Monotonic(T - 50.0), deadline=Monotonic(T))
        assert signals(tell(state, policy=watching)[1]) == []
    assert starts(tell(on(GONE, Stage.WAITING), policy=watching)[1]) == 0


def test_a_killed_one_that_its_manager_replaced_counts_as_unclean() -> None:
    killed, actions, _ = tell(ASKED)
    assert signals(actions) == [Signal.KILL]
    other = HostInspected(1, replace(SEEN, process=GatewayProcess(101, 990.0, age_s=10.0)))
    assert len(tell(killed, other)[0].restart.unclean_starts) == 1


def test_a_signal_that_seemed_lost_and_works_after_all_was_still_ours() -> None:
    state, actions, _ = tell(replace(WELL, restart=ASKED.restart, incident=INCIDENT))
    assert (state.restart.stage, signals(actions)) == (Stage.STABILISING, [])
    state, _, _ = tell(state, ProcessExited(100, 5.0, 0), at=T + 5.0)
    state, _, _ = tell(state, ExitExamined(7, ExitCause.STOPPED_ON_PURPOSE), at=T + 5.0)
    assert state.gateway.phase is Phase.ABSENT
    assert state.restart.stage is Stage.WAITING


def test_the_next_try_after_the_end_is_not_made_for_a_disabled_level() -> None:
    waiting = on(ILL, Stage.EXHAUSTED, deadline=Monotonic(T))
    started_by_level_1 = replace(
        waiting,
        restart=replace(waiting.restart, level=Level.WATCHDOG),
        disabled=(Level.HEALTHCHECK,),
    )
    state, actions, _ = tell(started_by_level_1)
    assert signals(actions) == []
    assert state.restart.hold is Hold.LEVEL_DISABLED
