"""The one read model: what a person, a page and a metric are shown of a target. Pure, like all of core.

CLI, page, metrics and review read only this, so they cannot disagree. Ages and waits are seconds from `now`;
an age is None where nothing was seen yet, a wait is 0 where it is overdue.

Named tuples: to make a dozen dataclasses takes a tenth of the time in which a status must have answered.
"""

from enum import StrEnum
from typing import NamedTuple

from selfheal.core.facts import (
    PATIENT,
    WORKING,
    DeepVerdict,
    GatewayProcess,
    ProbeReport,
    ProcessState,
    Verdict,
)
from selfheal.core.instants import BEGINNING, EPOCH, HOUR_S, Monotonic, Now, Wall
from selfheal.core.levels import Level
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause, Hold
from selfheal.core.state import GatewayView, Phase, Stage, State

ANSWERED = WORKING | PATIENT | {Verdict.BROKEN}  # by the gateway itself
ABSENT_LEVELS = frozenset({Level.RECOVERY})  # not built yet


class LevelStatus(StrEnum):
    OK = "ok"  # nothing to do
    WORKING = "working"
    HELD = "held"  # would act, and has a reason not to
    EXHAUSTED = "exhausted"  # has done all that it may; tries again later
    DISABLED = "disabled"  # by a person
    NOT_AVAILABLE = "not_available"
    UNKNOWN = "unknown"  # has not looked yet


class NextStep(StrEnum):
    """What happens next if nothing else happens first."""

    HEARTBEAT = "heartbeat"
    SWEEP = "sweep"
    FULL_CHECK = "full_check"
    DEEP_CHECK = "deep_check"
    KILL = "kill"
    LOOK_AGAIN = "look_again"
    START = "start"
    START_RESULT = "start_result"
    JUDGE_START = "judge_start"
    HEALED = "healed"
    ESCALATE = "escalate"
    RETRY = "retry"
    PAUSE_ENDS = "pause_ends"


class Upcoming(NamedTuple):
    step: NextStep
    in_s: float


class ProcessReport(NamedTuple):
    pid: int
    state: ProcessState
    listening: bool
    age_s: float


class LevelReport(NamedTuple):
    level: Level
    status: LevelStatus
    hold: Hold | None = None


class CheckReport(NamedTuple):
    """The last check of a kind. `verdict` is None before the first one."""

    verdict: Verdict | DeepVerdict | None = None
    age_s: float | None = None
    latency_s: float | None = None
    misses: int = 0
    failing: tuple[str, ...] = ()
    suppressed: tuple[str, ...] = ()
    detail: str = ""


class AcknowledgedReport(NamedTuple):
    """`by`: route and person; empty: the command line. `left_s` None: no reminder comes."""

    at: Wall
    by: str
    left_s: float | None


class IncidentReport(NamedTuple):
    id: int
    cause: Cause
    level: Level
    opened: Wall
    age_s: float
    attempts: int
    attempts_max: int
    stage: Stage
    told: bool  # a person has been alerted of it
    acknowledged: AcknowledgedReport | None
    escalated: bool
    detail: str


class PauseReport(NamedTuple):
    since: Wall
    age_s: float
    left_s: float | None  # None: until somebody resumes
    why: str


class BudgetReport(NamedTuple):
    """What may still be started: the gateway's own crash-loop breaker stays out of reach."""

    unclean: int
    unclean_max: int
    unclean_window_s: float
    hourly: int
    hourly_max: int


class StartTimeReport(NamedTuple):
    """Learnt on this host: from process start to the first good answer."""

    last_s: float
    longest_s: float
    samples: int


class PendingReport(NamedTuple):
    id: int
    kind: str
    age_s: float


class Report(NamedTuple):
    target: str
    well: bool  # serves, with all its channels, and nothing is under way
    observe: bool
    as_of: Wall | None  # when the state was written; None: never
    as_of_age_s: float | None
    phase: Phase
    phase_since: Wall | None
    phase_age_s: float | None
    process: ProcessReport | None
    levels: tuple[LevelReport, ...]
    heartbeat: CheckReport
    full: CheckReport
    deep: CheckReport
    hold: Hold | None
    incident: IncidentReport | None
    upcoming: Upcoming | None
    pause: PauseReport | None
    budget: BudgetReport
    start_time: StartTimeReport | None
    pending: tuple[PendingReport, ...]


def report(state: State, policy: Policy, now: Now) -> Report:
    view = state.gateway
    seen = view.phase is not Phase.UNKNOWN
    written = state.last_wall != EPOCH
    return Report(
        target=state.target,
        well=view.phase is Phase.WELL and state.incident is None,
        observe=policy.observe or bool(state.distrust),
        as_of=state.last_wall if written else None,
        as_of_age_s=_wall_age_s(state.last_wall, now) if written else None,
        phase=Phase.ABSENT if view.in_doubt else view.phase,
        phase_since=view.since_wall if seen else None,
        phase_age_s=_age_s(state, now, view.since) if seen else None,
        process=_process(state, now),
        levels=tuple(_level(state, level) for level in Level),
        heartbeat=_check(view.last_probe, view.last_probe_wall, now, view.misses),
        full=_check(view.last_full, view.last_full_wall, now, 0),
        deep=_deep(state, now),
        hold=_hold(state),
        incident=_incident(state, policy, now),
        upcoming=_upcoming(state, now),
        pause=_pause(state, now),
        budget=_budget(state, policy, now),
        start_time=_start_time(state),
        pending=tuple(PendingReport(p.id, p.kind, _age_s(state, now, p.since)) for p in state.pending),
    )


def _elapsed_s(state: State, now: Now, instant: Monotonic) -> float:
    """Negative in the future. After a reboot only the wall clock still joins the two boots."""
    if state.boot_id == now.boot_id:
        return now.mono - instant
    return now.wall - (state.last_wall - (state.last_mono - instant))


def _age_s(state: State, now: Now, instant: Monotonic) -> float:
    return max(0.0, _elapsed_s(state, now, instant))


def _wait_s(state: State, now: Now, instant: Monotonic) -> float:
    return max(0.0, -_elapsed_s(state, now, instant))


def _wall_age_s(wall: Wall, now: Now) -> float:
    return max(0.0, now.wall - wall)


def _process(state: State, now: Now) -> ProcessReport | None:
    process = state.gateway.process
    if process is None:
        return None
    age_s = _age_s(state, now, state.gateway.process_since)
    last = _last_seen(state.gateway, process)
    return ProcessReport(process.pid, last.state, _listens(state.gateway, last), age_s)


def _last_seen(view: GatewayView, process: GatewayProcess) -> GatewayProcess:
    """The belief keeps a process as it was first found; what it was last found doing is in the last look."""
    if view.inspection is None:
        return process
    looked = (view.inspection.process, *view.inspection.others)
    mine = (each for each in looked if each and (each.pid, each.started) == (process.pid, process.started))
    return next(mine, process)


def _listens(view: GatewayView, last: GatewayProcess) -> bool:
    """A probe after the last look knows better."""
    probe = view.last_probe
    if probe is None or view.probed is None or view.probed < (view.inspected or BEGINNING):
        return last.listening
    if probe.verdict is Verdict.REFUSED:
        return False
    return last.listening or probe.verdict in ANSWERED


def _hold(state: State) -> Hold | None:
    return Hold.PAUSED if state.pause is not None else state.restart.hold


def _level(state: State, level: Level) -> LevelReport:
    if level in state.disabled:
        return LevelReport(level, LevelStatus.DISABLED)
    if level in ABSENT_LEVELS:
        return LevelReport(level, LevelStatus.NOT_AVAILABLE)
    if level is Level.NOTIFICATION:
        told = state.alerting.opened is not None
        return LevelReport(level, LevelStatus.WORKING if told else LevelStatus.OK)
    if state.pause is not None:
        return LevelReport(level, LevelStatus.HELD, Hold.PAUSED)
    return _on_ladder(state, level) or LevelReport(level, _at_rest(state, level))


def _on_ladder(state: State, level: Level) -> LevelReport | None:
    part = state.restart
    if part.level is not level:
        return None
    if part.stage is Stage.EXHAUSTED:
        return LevelReport(level, LevelStatus.EXHAUSTED, part.hold)
    if part.hold is not None:
        return LevelReport(level, LevelStatus.HELD, part.hold)
    return None if part.stage is Stage.IDLE else LevelReport(level, LevelStatus.WORKING)


def _at_rest(state: State, level: Level) -> LevelStatus:
    phase = state.gateway.phase
    busy = {Phase.ABSENT} if level is Level.WATCHDOG else {Phase.SUSPECT, Phase.ILL}
    if phase is Phase.UNKNOWN:
        return LevelStatus.UNKNOWN
    return LevelStatus.WORKING if phase in busy else LevelStatus.OK


def _check(probe: ProbeReport | None, wall: Wall | None, now: Now, misses: int) -> CheckReport:
    age_s = None if wall is None else _wall_age_s(wall, now)
    if probe is None:
        return CheckReport(None, age_s, misses=misses)
    return CheckReport(
        probe.verdict, age_s, probe.latency_s, misses, probe.failing, probe.suppressed, probe.detail
    )


def _deep(state: State, now: Now) -> CheckReport:
    view = state.gateway
    age_s = None if view.last_deep_wall is None else _wall_age_s(view.last_deep_wall, now)
    return CheckReport(view.last_deep, age_s, misses=view.deep_misses)


def _incident(state: State, policy: Policy, now: Now) -> IncidentReport | None:
    incident = state.incident
    if incident is None:
        return None
    return IncidentReport(
        id=incident.id,
        cause=incident.cause,
        level=incident.level,
        opened=incident.opened,
        age_s=_age_s(state, now, incident.opened_mono),
        attempts=state.restart.attempts,
        attempts_max=policy.restart_attempts,
        stage=state.restart.stage,
        told=state.alerting.opened == incident.id,
        acknowledged=_acknowledged(state, now),
        escalated=state.recovery.escalated,
        detail=incident.detail,
    )


def _acknowledged(state: State, now: Now) -> AcknowledgedReport | None:
    part = state.alerting
    if part.acknowledged is None or part.acknowledged.incident != part.opened:
        return None
    left_s = None if part.remind_at is None else part.remind_at.left_s(now)
    return AcknowledgedReport(part.acknowledged.at, part.acknowledged.by, left_s)


_ON_THE_LADDER = {
    Stage.STOPPING: NextStep.KILL,
    Stage.WAITING: NextStep.START,
    Stage.LAUNCHING: NextStep.START_RESULT,
    Stage.COMING_UP: NextStep.JUDGE_START,
    Stage.STABILISING: NextStep.HEALED,
    Stage.LAST_WAIT: NextStep.ESCALATE,
    Stage.EXHAUSTED: NextStep.RETRY,
}


def _upcoming(state: State, now: Now) -> Upcoming | None:
    if state.pause is not None:
        left_s = _pause_left_s(state, now)
        return None if left_s is None else Upcoming(NextStep.PAUSE_ENDS, left_s)
    part = state.restart
    held_at_rest = NextStep.LOOK_AGAIN if part.hold is not None else None
    step = _ON_THE_LADDER.get(part.stage, held_at_rest)
    if step is not None and part.deadline is not None:
        return Upcoming(_held_back(state, step), _wait_s(state, now, part.deadline))
    return _next_look(state, now)


def _held_back(state: State, step: NextStep) -> NextStep:
    """A hold is looked at again before anything is started; a killed process is only waited for."""
    held = step in {NextStep.START, NextStep.RETRY} and state.restart.hold is not None
    killed = step is NextStep.KILL and bool(state.restart.kills)
    return NextStep.LOOK_AGAIN if held or killed else step


def _next_look(state: State, now: Now) -> Upcoming | None:
    if state.gateway.phase is Phase.UNKNOWN:
        return None
    watchdog, healthcheck = state.watchdog, state.healthcheck
    looks = [
        (healthcheck.next_heartbeat, NextStep.HEARTBEAT, Level.HEALTHCHECK),
        (healthcheck.next_full, NextStep.FULL_CHECK, Level.HEALTHCHECK),
        (healthcheck.next_deep, NextStep.DEEP_CHECK, Level.HEALTHCHECK),
        (watchdog.next_sweep, NextStep.SWEEP, Level.WATCHDOG),
    ]
    asked = {Level.WATCHDOG} if state.gateway.process is None else {Level.WATCHDOG, Level.HEALTHCHECK}
    due = [(at, step) for at, step, level in looks if level in asked.difference(state.disabled)]
    if not due:
        return None
    at, step = min(due)
    return Upcoming(step, _wait_s(state, now, at))


def _pause_left_s(state: State, now: Now) -> float | None:
    if state.pause is None or state.pause.until is None:
        return None
    return state.pause.until.left_s(now)


def _pause(state: State, now: Now) -> PauseReport | None:
    pause = state.pause
    if pause is None:
        return None
    return PauseReport(pause.since, _wall_age_s(pause.since, now), _pause_left_s(state, now), pause.why)


def _budget(state: State, policy: Policy, now: Now) -> BudgetReport:
    part = state.restart

    def within(starts: tuple[Monotonic, ...], window_s: float) -> int:
        return sum(_elapsed_s(state, now, start) < window_s for start in starts)

    return BudgetReport(
        unclean=within(part.unclean_starts, policy.unclean_window_s),
        unclean_max=policy.unclean_starts_max,
        unclean_window_s=policy.unclean_window_s,
        hourly=within(part.starts, HOUR_S),
        hourly_max=policy.restarts_per_hour_max,
    )


def _start_time(state: State) -> StartTimeReport | None:
    if not state.startups_s:
        return None
    return StartTimeReport(state.startups_s[-1], max(state.startups_s), len(state.startups_s))
