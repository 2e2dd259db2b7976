"""A gateway that ends badly in the linger of a drain that is not ours: left down, and a person is told."""

from dataclasses import replace

import pytest
from tests.core.test_levels import INCIDENT, PAUSE, POLICY, PROCESS, SEEN, WELL, T, signals, starts, tell
from tests.core.test_perceive import after, probed

from selfheal.core.facts import ExitCause, Inspection, ManagerState, ProbeKind, Verdict
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.levels import Level, Request
from selfheal.core.observations import ExitExamined, HostInspected, OperatorAsked, ProcessExited
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause, Reason
from selfheal.core.reboot import rebased
from selfheal.core.report import report
from selfheal.core.state import AlertingPart, GatewayView, Phase, RestartPart, Stage, State

GONE = replace(SEEN, process=None)
DRAINS = replace(WELL.gateway, phase=Phase.DRAINING, since=Monotonic(T))
CLOSED = after(DRAINS, probed(Verdict.REFUSED, ProbeKind.HEARTBEAT), T)
DOUBT = replace(WELL, gateway=GatewayView(Phase.STOPPED, Monotonic(T - 1.0), inspection=GONE, presumed=True))


def ended(view: GatewayView, cause: ExitCause, *, asked: bool = False) -> GatewayView:
    lost = after(view, ProcessExited(PROCESS.pid, PROCESS.started), T + 10.0, asked=asked)
    return after(lost, ExitExamined(1, cause, pid=PROCESS.pid), T + 10.0, asked=asked)


def looked(state: State, seen: Inspection = GONE, at: float = T, policy: Policy = POLICY) -> State:
    return tell(state, HostInspected(9, seen), at, policy)[0]


def of_manager(state: ManagerState) -> HostInspected:
    return HostInspected(1, replace(SEEN, manager=state))


def test_what_ended_badly_is_presumed_to_be_stopped_and_a_clean_stop_is_one() -> None:
    assert CLOSED.presumed
    for cause in (ExitCause.CRASHED, ExitCause.UNKNOWN):
        assert ended(CLOSED, cause).in_doubt
        assert ended(CLOSED, cause, asked=True).in_doubt  # it was killed by us in the end
    stopped = ended(CLOSED, ExitCause.STOPPED_ON_PURPOSE)
    assert (stopped.phase, stopped.in_doubt) == (Phase.STOPPED, False)
    assert not ended(DRAINS, ExitCause.CRASHED, asked=True).in_doubt


def test_the_word_of_its_manager_is_no_presumption() -> None:
    stopping = after(CLOSED, of_manager(ManagerState.STOPPING), T)
    assert not ended(stopping, ExitCause.CRASHED).in_doubt
    managed = after(CLOSED, of_manager(ManagerState.RUNNING), T)
    doubt = ended(managed, ExitCause.CRASHED)
    told = HostInspected(1, replace(GONE, manager=ManagerState.STOPPED))
    assert doubt.in_doubt
    assert not after(doubt, told, T + 11.0).in_doubt
    lost = after(managed, ProcessExited(PROCESS.pid, PROCESS.started), T + 10.0)
    before = after(lost, told, T + 10.0)
    assert not after(before, ExitExamined(1, ExitCause.CRASHED, pid=PROCESS.pid), T + 11.0).in_doubt


@pytest.mark.parametrize("verdict", [Verdict.WELL, Verdict.STARTING])
def test_one_that_answers_again_was_not_being_stopped(verdict: Verdict) -> None:
    again = after(CLOSED, probed(verdict), T + 1.0)
    assert (again.leaving, again.presumed) == (False, False)


@pytest.mark.parametrize("observe", [False, True])
def test_a_person_is_told_at_once_and_nothing_is_started(observe: bool) -> None:
    policy = replace(POLICY, observe=observe)
    state, actions, reasons = tell(DOUBT, HostInspected(9, GONE), policy=policy)
    assert state.incident is not None
    assert (state.incident.cause, state.restart.stage) == (Cause.LEFT_DOWN, Stage.EXHAUSTED)
    assert reasons == [Reason.INCIDENT_OPENED, Reason.ESCALATED, Reason.TOLD]
    assert [type(action).__name__ for action in actions] == ["Notify"]
    later, actions, reasons = tell(state, HostInspected(9, GONE), T + 7200.0, policy)
    assert (later.incident, Reason.TOLD in reasons) == (state.incident, False)
    assert (starts(actions), signals(actions)) == (0, [])


def test_a_look_of_before_its_end_tells_nothing_of_it() -> None:
    assert looked(DOUBT, at=T - 1.0).incident is None


def test_one_that_its_manager_is_about_to_start_is_not_told_of_yet() -> None:
    awaited = replace(GONE, manager=ManagerState.RESTARTING)
    state = looked(replace(DOUBT, known=True), awaited)
    assert state.incident is not None
    assert state.incident.cause is Cause.PROCESS_GONE  # in doubt no more: somebody wants it up
    state = looked(state, awaited, T + POLICY.last_wait_s)
    assert state.alerting.opened is None
    assert looked(state, awaited, T + POLICY.startup_grace_max_s).alerting.opened is not None


@pytest.mark.parametrize(
    "asleep", [{"pause": PAUSE}, {"disabled": (Level.WATCHDOG,)}, {"disabled": (Level.NOTIFICATION,)}]
)
def test_who_wants_to_hear_of_nothing_is_not_told(asleep: dict[str, object]) -> None:
    assert looked(replace(DOUBT, **asleep)).alerting.opened is None  # type: ignore[arg-type]


def test_an_incident_goes_on_and_who_knows_of_it_is_told_that_it_is_left_down() -> None:
    """Not over, and opened again with the next look."""
    running = replace(DOUBT, incident=INCIDENT)
    waits = tell(running)[0]
    assert waits.incident == INCIDENT
    known = AlertingPart(opened=INCIDENT.id, cause=INCIDENT.cause, down=True)
    end = RestartPart(Stage.EXHAUSTED, deadline=Monotonic(T + 900.0))
    told = looked(replace(running, alerting=known, restart=end)).alerting
    assert (told.cause, told.changes) == (Cause.LEFT_DOWN, 1)


def test_what_else_keeps_it_from_being_started_is_no_news() -> None:
    """That comes when a person wants it up."""
    full = replace(GONE, disk_full=True)
    told = looked(looked(DOUBT, full), full, T + POLICY.last_wait_s)
    assert told.alerting.cause is Cause.LEFT_DOWN
    assert told.incident is not None
    assert told.incident.cause is Cause.LEFT_DOWN


def test_it_is_over_when_a_person_says_that_it_is_to_stay_down() -> None:
    state, _, reasons = tell(looked(DOUBT), OperatorAsked(Request.STOP), T + 60.0)
    assert state.incident is None
    assert Reason.INCIDENT_CLOSED in reasons
    assert (state.gateway.phase, state.gateway.in_doubt) == (Phase.STOPPED, False)
    word = ExitExamined(1, ExitCause.CRASHED, pid=PROCESS.pid)
    assert not after(state.gateway, word, T + 61.0).in_doubt


@pytest.mark.parametrize("request_", [Request.RESUME, Request.START])
def test_it_is_started_when_a_person_wants_it_up(request_: Request) -> None:
    wanted = tell(looked(DOUBT), OperatorAsked(request_), T + 60.0)[0]
    assert (wanted.gateway.phase, wanted.gateway.presumed) == (Phase.ABSENT, False)
    _, actions, _ = tell(wanted, HostInspected(9, GONE), T + 61.0)
    assert starts(actions) == 1


def test_after_a_reboot_it_is_started_as_any_other() -> None:
    again = rebased(looked(DOUBT), Now(Monotonic(5.0), Wall(0.0), "another"))
    assert (again.gateway.phase, again.gateway.in_doubt) == (Phase.UNKNOWN, False)


def test_it_is_not_shown_as_stopped_by_a_person() -> None:
    now = Now(Monotonic(T), Wall(0.0), "b")
    assert report(DOUBT, POLICY, now).phase is Phase.ABSENT
    certain = replace(DOUBT, gateway=replace(DOUBT.gateway, presumed=False))
    assert report(certain, POLICY, now).phase is Phase.STOPPED
