"""Level 2: the process is there, but does it answer? Heartbeats, full checks, deep checks; wishes a restart.

A heartbeat asks one question, which also tells a drain. After a miss it asks again soon, after a wrong answer
no sooner than after none; after `heartbeat_misses` misses the full check is pulled forward, and only that one
makes the gateway ILL. While the gateway starts, drains or is ill every question is a full check, since only
it tells all of these apart.
"""

import math

from selfheal.core import settling
from selfheal.core.actions import CheckDeeply, InspectHost, Probe
from selfheal.core.facts import ILL, UNFIT, WORKING, DeepVerdict, ProbeKind, ProbeReport, Verdict
from selfheal.core.grace import deep_gap_s
from selfheal.core.instants import Monotonic, Now
from selfheal.core.levels import Level, Request
from selfheal.core.notes import Note
from selfheal.core.observations import (
    DeepCheckFinished,
    HostResumed,
    Observation,
    OperatorAsked,
    ProbeFinished,
    ResidentStarted,
)
from selfheal.core.perceive import GONE, deep_ill
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause, Reason
from selfheal.core.scene import Scene
from selfheal.core.state import GatewayView, HealthcheckPart, Phase, Stage
from selfheal.core.trouble import Act, Looks, Trouble
from selfheal.core.values import replace

FAST_START_S = 60.0  # a starting gateway is asked every `startup_probe_s` for this long
DEGRADED_CONFIRMED = 2  # full checks in a row
CAUSES = {
    Verdict.REFUSED: Cause.NOT_ANSWERING,
    Verdict.TIMEOUT: Cause.NOT_ANSWERING,
    Verdict.FOREIGN: Cause.PORT_TAKEN,
    Verdict.BROKEN: Cause.WRONG_ANSWER,
}

Observed = tuple[HealthcheckPart, Looks]


def observe(
    part: HealthcheckPart, observation: Observation, scene: Scene, now: Now, policy: Policy
) -> Observed:
    notes: tuple[Note, ...] = ()
    match observation:
        case ProbeFinished(report=report):
            part = _schedule(part, report.kind, scene, now, policy)
            notes = _verdict(report, scene, policy)
        case DeepCheckFinished():
            left_alone = scene.view.deep_bad and scene.stage in (Stage.IDLE, Stage.EXHAUSTED)
            soon = scene.view.last_deep in UNFIT and not left_alone  # also one that did not count
            wait = deep_gap_s(policy) if soon else policy.deep_check_interval_s
            part = replace(part, next_deep=now.after(wait))
            if scene.view.deep_misses:
                part = replace(part, next_full=now.mono)
                notes = (Note(Reason.DEEP_CHECK_FAILED, Level.HEALTHCHECK, detail=observation.detail),)
        case OperatorAsked(request=Request.CHECK):
            part = replace(part, next_full=now.mono, next_deep=now.mono)
            notes = (Note(Reason.OPERATOR_CHECK, Level.HEALTHCHECK),)
        case OperatorAsked(request=Request.START):  # it may be up, and be stopped again in a moment
            part = replace(part, next_heartbeat=now.mono)
        case HostResumed() | ResidentStarted():
            doubt = scene.view.last_deep in UNFIT
            part = replace(part, next_heartbeat=now.mono, next_deep=now.mono if doubt else part.next_deep)
        case _:
            pass
    part, looks = _ask(part, scene, now, policy)
    if not notes:
        return part, looks
    return part, Looks(looks.actions, notes + looks.notes)


def _verdict(report: ProbeReport, scene: Scene, policy: Policy) -> tuple[Note, ...]:
    if report.kind is not ProbeKind.FULL or scene.view.process is None:
        return ()
    status = None if report.root_status is None else float(report.root_status)
    if report.verdict in WORKING:
        return (Note(Reason.CHECK_PASSED, Level.HEALTHCHECK, detail=report.detail, number=status),)
    known = scene.view.misses > policy.heartbeat_misses + 1  # said often enough
    patient = scene.view.phase in (Phase.STARTING, Phase.DRAINING)
    if report.verdict in ILL and not patient and not known:
        detail = report.detail or report.verdict
        return (Note(Reason.CHECK_FAILED, Level.HEALTHCHECK, detail=detail, number=status),)
    return ()


def next_kind(view: GatewayView, policy: Policy) -> ProbeKind:
    settled = view.served and view.phase in (Phase.WELL, Phase.DEGRADED, Phase.SUSPECT)
    last = view.last_probe
    failed_full = last is not None and last.kind is ProbeKind.FULL and last.verdict in ILL
    if settled and not failed_full and view.misses < policy.heartbeat_misses:
        return ProbeKind.HEARTBEAT
    broken = failed_full and last is not None and last.verdict is Verdict.BROKEN
    if broken and view.phase is Phase.DRAINING:  # whether it drains still, a wrong answer does not say
        return ProbeKind.HEARTBEAT
    return ProbeKind.FULL


def _schedule(
    part: HealthcheckPart, kind: ProbeKind, scene: Scene, now: Now, policy: Policy
) -> HealthcheckPart:
    view = scene.view
    certain = view.misses >= policy.heartbeat_misses and view.phase is Phase.SUSPECT
    if certain and kind is ProbeKind.HEARTBEAT:
        wait = 0.0
    elif scene.stage is Stage.STOPPING or (view.misses and view.phase is not Phase.ILL):
        rest_s = 0.0 if scene.stage is Stage.STOPPING else _saved_s(view, kind, policy)
        wait = min(policy.heartbeat_retry_s, policy.heartbeat_interval_s) + rest_s
    elif view.phase is Phase.STARTING and now.mono - view.process_since < FAST_START_S:
        wait = min(policy.startup_probe_s, policy.heartbeat_interval_s)
    else:
        wait = policy.heartbeat_interval_s
    part = replace(part, next_heartbeat=now.after(wait))
    if kind is not ProbeKind.FULL:
        return part
    degraded = view.phase is Phase.DEGRADED
    count = part.degraded_checks + 1 if degraded else max(0, part.degraded_checks - 1)
    count = min(count, DEGRADED_CONFIRMED) if degraded or view.phase is Phase.WELL else 0
    interval = min(policy.full_check_interval_s, policy.stability_window_s if degraded else math.inf)
    return replace(part, next_full=now.after(interval), degraded_checks=count)


def _saved_s(view: GatewayView, kind: ProbeKind, policy: Policy) -> float:
    """What a wrong answer has taken less than none at all: it is asked again no sooner. A closed port may
    open at any moment.
    """
    last = view.last_probe
    if last is None or last.verdict is Verdict.REFUSED:
        return 0.0
    full = kind is ProbeKind.FULL
    return max(0.0, (policy.full_check_timeout_s if full else policy.heartbeat_timeout_s) - last.latency_s)


def _ask(part: HealthcheckPart, scene: Scene, now: Now, policy: Policy) -> Observed:
    view = scene.view
    if view.phase in GONE or view.process is None:
        return part, Looks()
    actions: list[Probe | CheckDeeply | InspectHost] = []
    if _probe_due(part, now) and not scene.busy(Probe):
        full_due = now.mono >= part.next_full
        stopping = scene.stage is Stage.STOPPING  # only a full check tells a drain
        kind = ProbeKind.FULL if full_due or stopping else next_kind(view, policy)
        full = kind is ProbeKind.FULL
        actions.append(Probe(kind, policy.full_check_timeout_s if full else policy.heartbeat_timeout_s))
        doubt = (full and view.misses) or (view.inspection is not None and view.inspection.port_owner)
        if doubt and not scene.busy(InspectHost):
            actions.append(InspectHost())
        part = replace(part, next_full=now.after(policy.full_check_interval_s)) if full_due else part
    if deep_due(part, scene, now):
        actions.append(CheckDeeply(policy.deep_check_timeout_s))
    return part, Looks(tuple(actions))


def _probe_due(part: HealthcheckPart, now: Now) -> bool:
    return now.mono >= min(part.next_heartbeat, part.next_full)


def _deep_at(part: HealthcheckPart, scene: Scene) -> Monotonic | None:
    if (
        not scene.view.served
        or scene.view.phase not in (Phase.WELL, Phase.DEGRADED)
        or scene.busy(CheckDeeply)
    ):
        return None
    return part.next_deep


def deep_due(part: HealthcheckPart, scene: Scene, now: Now) -> bool:
    at = _deep_at(part, scene)
    return at is not None and now.mono >= at


def deadline(part: HealthcheckPart, scene: Scene) -> Monotonic | None:
    if scene.view.phase in GONE or scene.view.process is None:
        return None
    instants = [] if scene.busy(Probe) else [part.next_heartbeat, part.next_full]
    deep = _deep_at(part, scene)
    return min([*instants, deep] if deep is not None else instants, default=None)


def trouble(part: HealthcheckPart, scene: Scene, now: Now, policy: Policy) -> Trouble | None:
    view = scene.view
    if view.blind_since is not None and now.mono >= view.blind_since + policy.startup_grace_max_s:
        return Trouble(Cause.BLIND, _blind_level(scene, now, policy), Act.NONE)
    if view.process is None:
        return None
    if settling.checks_in_vain(view, now, policy):
        return Trouble(Cause.BLIND, Level.HEALTHCHECK, Act.NONE)
    if view.phase is Phase.DRAINING and now.mono >= view.since + policy.startup_grace_max_s:
        return Trouble(Cause.DRAINING_LONG, Level.HEALTHCHECK, Act.NONE)
    if view.phase is Phase.ILL and view.last_probe is not None:
        cause = CAUSES.get(view.last_probe.verdict, Cause.NOT_ANSWERING)
        return _ill(view, cause, view.last_probe.detail or view.last_probe.verdict)
    if deep_ill(view):
        full = view.inspection is not None and view.inspection.disk_full
        if full or view.last_deep is DeepVerdict.STORAGE:
            return Trouble(Cause.DISK_FULL, Level.HEALTHCHECK, Act.NONE, view.deep_detail)
        return _ill(view, Cause.DEEP_CHECK, view.deep_detail)
    if part.degraded_checks >= DEGRADED_CONFIRMED and view.last_full is not None:
        detail = " ".join((*view.last_full.failing, *view.last_full.suppressed)) or view.last_full.detail
        return Trouble(Cause.DEGRADED, Level.HEALTHCHECK, Act.NONE, detail)
    return None


def _blind_level(scene: Scene, now: Now, policy: Policy) -> Level:
    """Whether its process is there Level 1 cannot tell either, where our looks at the host fail as long."""
    seen_at, off = scene.view.inspected, Level.HEALTHCHECK in scene.disabled
    lost = scene.view.look_failed and (seen_at is None or now.mono >= seen_at + policy.startup_grace_max_s)
    return Level.WATCHDOG if off and lost else Level.HEALTHCHECK


def _ill(view: GatewayView, cause: Cause, detail: str) -> Trouble:
    """A gateway whose package is gone from under it cannot be well. That tells more than how it shows."""
    missing = view.inspection.missing_file if view.inspection is not None else ""
    return Trouble(
        Cause.PACKAGE_BROKEN if missing else cause, Level.HEALTHCHECK, Act.RESTART, missing or detail
    )
