"""From observations to a belief about the gateway. Nothing is decided here.

Rules
  * A process is STARTING until it has answered well once, or its grace is over; only then can it be ILL.
    The grace of what says «starting» begins once, with the start that it speaks of, however old it is.
  * One missed probe makes it SUSPECT, never ILL. ILL needs `heartbeat_misses` misses in a row, the last of
    them of a full check, and as long a time as that many questions without an answer take at least: wrong
    answers come at once, and whoever asks for a check does not make it any worse.
  * Requests count as failing only of a gateway whose probes are right: a hang fails both. One that fails
    sooner after the one before than its time had come, since somebody asked for a check, is the same one.
  * A living process whose port is closed may be at the end of a drain that no check has seen, or restart
    inside its process: it is not ILL before `port_closed_kill_s`, nor before a start of it has opened it.
  * DRAINING covers a suspended gateway too. When the port closes in a drain that we did not ask for, it is
    still DRAINING for the gateway's own drain budget: somebody is stopping it, and that may have begun just
    then. To end it sooner would take from it the word whether it is to be started again.
  * A gateway that its manager is stopping drains, too: however silent, it has the drain budget.
  * Whom somebody else was ending has stopped on purpose, even if it had to be killed, by us or its manager.
    Where only its closed port said so and it ended badly, that is presumed until somebody says it.
  * What ends while somebody is at work on the installation was stopped for that work, and is to be up again.
    A stop is over, too, once its manager has begun to start it, seen or not.
  * Our own failure to probe says nothing.
"""

from selfheal.core import configmark, managed, settling
from selfheal.core.facts import (
    ILL,
    WORKING,
    DeepVerdict,
    ExitCause,
    GatewayProcess,
    Inspection,
    ManagerState,
    ProbeKind,
    ProbeReport,
    ProcessState,
    Verdict,
)
from selfheal.core.grace import closed_port_s, deep_gap_s, grace_end, least_missing_s, start_told
from selfheal.core.instants import Monotonic, Now
from selfheal.core.notes import Note
from selfheal.core.observations import (
    ActionFinished,
    DeepCheckFinished,
    ExitExamined,
    HostInspected,
    HostResumed,
    Observation,
    ProbeFinished,
    ProcessExited,
    ResidentStarted,
    is_same,
)
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.core.state import GatewayView, Lost, Phase
from selfheal.core.values import replace

ANOTHER = "another process answers on its port"

Seen = tuple[GatewayView, tuple[Note, ...]]
BADLY = frozenset({ExitCause.CRASHED, ExitCause.UNKNOWN})
LEFT = BADLY | {ExitCause.STOPPED_ON_PURPOSE}
REFUSES = 78  # EX_CONFIG, with which the gateway ends before it serves; a signal leaves another code
GONE = frozenset({Phase.ABSENT, Phase.STOPPED, Phase.UNKNOWN})


def perceive(
    view: GatewayView,
    observation: Observation,
    now: Now,
    policy: Policy,
    *,
    startups_s: tuple[float, ...],
    asked: bool,
    sent: bool = False,
    launched: bool = False,
    look: bool = False,
) -> Seen:
    """The belief after one observation. `asked`: we have decided to ask this process to stop, and it may
    know; `sent`: it does.

    `launched`: we have just started one, which may end before any look has seen it. `look`: the observation
    is the end of a look of ours.
    """
    match observation:
        case HostInspected(inspection=inspection):
            return _inspected(_seeing(view), inspection, now, asked=asked)
        case ActionFinished(succeeded=False) if look:
            return _blind(replace(view, look_failed=True), observation.detail, now)
        case ProcessExited() if is_same(view.process, observation) or (launched and view.process is None):
            return _lost(view, observation, now)
        case ExitExamined() if view.lost is not None and observation.pid not in (0, view.lost.pid):
            return view, (Note(Reason.STALE_RESULT, detail=type(observation).__name__),)
        case ExitExamined():
            return _examined(view, observation, now, asked=asked)
        case ProbeFinished(report=report):
            return _probed(view, report, now, policy, startups_s=startups_s, asked=asked)
        case DeepCheckFinished():
            return _deep(view, observation, now, policy), ()
        case HostResumed(away_s=away):
            fresh = settling.resumed(view, away, now, policy, sent=sent)
            vain = settling.looks_in_vain(fresh, now, policy)
            fresh = replace(fresh, look_failed=fresh.look_failed or vain)
            blind = vain or settling.is_blind(fresh, now, policy)
            fresh, notes = _blind(fresh, "", now) if blind else (fresh, ())
            return fresh, (Note(Reason.HOST_RESUMED, number=away), *notes)
        case ResidentStarted():
            return replace(settling.unproven(view, now, sent=sent), inspected=None, probed=None), ()
        case _:
            return view, ()


def _lost(view: GatewayView, exited: ProcessExited, now: Now) -> Seen:
    gone = replace(without_process(view), phase=Phase.ABSENT, since=now.mono, since_wall=now.wall)
    ended = view.process or GatewayProcess(exited.pid, exited.started)
    code = None if exited.exit_code is None else float(exited.exit_code)
    note = Note(Reason.GATEWAY_LOST, detail=str(exited.pid), number=code)
    lost = Lost(exited.pid, exited.exit_code)
    return replace(gone, exit_examined=False, exit_unknown=False, ended=ended, lost=lost), (note,)


def _blind(view: GatewayView, why: str, now: Now) -> Seen:
    """Our own look failed: said once a spell."""
    if view.blind_since is not None:
        return view, ()
    return replace(view, blind_since=now.mono), (Note(Reason.LOOK_FAILED, detail=why),)


def _seeing(view: GatewayView) -> GatewayView:
    """A look has worked. Why it ended is asked once more, where that was not to be had while none did."""
    if view.process is not None:  # the probes must tell, too
        return replace(view, look_failed=False)
    examined = view.exit_examined and not (view.look_failed and view.exit_unknown)
    return replace(view, blind_since=None, look_failed=False, exit_examined=examined)


def _phase(view: GatewayView, phase: Phase, now: Now) -> GatewayView:
    if phase is view.phase:
        return view
    return replace(view, phase=phase, since=now.mono, since_wall=now.wall)


def without_process(view: GatewayView) -> GatewayView:
    return replace(
        view,
        process=None,
        starts_since=None,
        served=False,
        misses=0,
        refused_since=None,
        deep_misses=0,
        deep_bad=False,
        last_full=None,
        handoff=False,
    )


def _inspected(view: GatewayView, inspection: Inspection, now: Now, *, asked: bool) -> Seen:
    before = view.inspection
    inspection = managed.heard(before, inspection)
    called_off = managed.called_off(before, inspection)
    told = called_off or managed.told_to_stop(view, inspection, asked=asked)
    first = managed.is_first_look(view)
    unknown = view.exit_unknown and not called_off  # that a person stopped it is certain, whatever ended it
    view = replace(view, inspection=inspection, inspected=now.mono, exit_unknown=unknown)
    living = _living(inspection, view.ended)
    if living is not None:
        view = replace(view, parked=living is not inspection.process)
    view = managed.sees_work(configmark.looked(view, living, inspection, before), now)
    found, known = living, view.process
    if view.phase is Phase.STOPPED and found is not inspection.process:
        found = None  # what serves nothing beside one that is to be down is none of ours to end
    if found is None:
        again = managed.begun_again(before, inspection)
        return _missing(managed.resumed(view) if again else view, now, told=told, again=again, first=first)
    stopping = inspection.manager is ManagerState.STOPPING
    view = replace(view, wanted=False, unwanted=False, managed=inspection.manager in managed.MANAGED)
    if is_same(known, found):
        presumed = view.presumed and not stopping
        view = replace(view, process=found, leaving=view.leaving or stopping, presumed=presumed)
        begun = stopping and (before is None or before.manager is not ManagerState.STOPPING)
        return (_phase(view, Phase.DRAINING, now) if begun else view), ()
    # beside one that serves nothing it counts still why the gateway has ended: it may be to stay down
    unexplained = view.parked and not asked and (known is not None or not view.exit_examined)
    fresh = replace(
        without_process(view),
        process=found,
        leaving=stopping,
        presumed=False,
        process_since=Monotonic(now.mono - max(0.0, found.age_s - found.slept_s)),
        exit_examined=not unexplained,
        exit_unknown=False,
        lost=view.lost if known is None else Lost(known.pid),
    )
    seen = Note(Reason.GATEWAY_FOUND, detail=str(found.pid))
    lost = () if known is None else (Note(Reason.GATEWAY_LOST, detail=str(known.pid)),)
    return _phase(fresh, Phase.DRAINING if stopping else Phase.STARTING, now), (*lost, seen)


def _living(inspection: Inspection, ended: GatewayProcess | None) -> GatewayProcess | None:
    """The gateway; where there is none, a parked one: it serves nothing, and must end before a start."""
    candidates = (inspection.process, *inspection.others)
    return next((one for one in candidates if one and not _dead(one, ended)), None)


def _dead(process: GatewayProcess, ended: GatewayProcess | None) -> bool:
    return is_same(ended, process) or process.state is ProcessState.ZOMBIE


def _missing(view: GatewayView, now: Now, *, told: bool, again: bool, first: bool) -> Seen:
    """`told`: its manager says that a person stopped it; it may say so by our first look, too. `again`: that
    it was started since then. `first`: since it ended.
    """
    if view.process is None:
        seen = view.inspection
        before_us = view.phase is Phase.UNKNOWN and seen is not None and seen.manager is ManagerState.STOPPED
        known = view.phase is Phase.STOPPED
        if managed.stopped_for_work(view) and (first if known else told):
            return managed.until_worked(_phase(view, Phase.ABSENT, now)), ()
        stopped = (known and not again) or told or before_us
        view = replace(view, managed=False, presumed=view.presumed and not told) if stopped else view
        return _phase(view, Phase.STOPPED if stopped else Phase.ABSENT, now), ()
    lost = Note(Reason.GATEWAY_LOST, detail=str(view.process.pid))
    gone = _phase(without_process(view), Phase.ABSENT, now)
    return replace(gone, exit_examined=False, lost=Lost(view.process.pid)), (lost,)


def _examined(view: GatewayView, seen: ExitExamined, now: Now, *, asked: bool) -> Seen:
    note = Note(
        Reason.EXIT_EXAMINED, detail=f"{seen.cause}: {seen.detail}" if seen.detail else str(seen.cause)
    )
    unknown, guessed = seen.cause is ExitCause.UNKNOWN and not asked, view.exit_unknown
    stopped = seen.cause is ExitCause.STOPPED_ON_PURPOSE and not asked
    beside = view.parked and not view.exit_examined and stopped
    view = replace(view, exit_examined=True, exit_unknown=unknown)
    if view.process is not None:
        return (_phase(without_process(view), Phase.STOPPED, now) if beside else view), (note,)
    stopped = stopped or (view.leaving and seen.cause in LEFT)
    requested = seen.cause is ExitCause.RESTART_REQUESTED
    looked = view.inspection  # perhaps from before the word, by which no stop was known yet
    told = not requested and looked is not None and managed.told_to_stop(view, looked, asked=asked)
    stopped = stopped or told
    view = replace(view, presumed=view.presumed and seen.cause in BADLY and not told)
    work = managed.stopped_for_work(view) and not managed.is_first_look(view)
    again = requested or (stopped and (view.wanted or work))
    ours = asked and not view.leaving
    view = replace(view, handoff=again, wanted=False, managed=view.managed and not ours)
    if stopped and not again:
        view = _phase(view, Phase.STOPPED, now)
    elif requested and guessed and view.phase is Phase.STOPPED:
        view = _phase(view, Phase.ABSENT, now)
    by_itself = not asked or (view.lost is not None and view.lost.exit_code == REFUSES)
    refused = seen.cause is ExitCause.CONFIG_REFUSED and by_itself and not view.parked
    if refused and view.inspection is not None and view.inspection.config_mark == view.tried_mark:
        view = replace(view, refused_mark=view.tried_mark)
    if looked is not None and not unknown:  # what is started next reads it, even if no look comes in between
        view = replace(view, tried_mark=looked.config_mark)
    return view, (note,)


def _deep(view: GatewayView, seen: DeepCheckFinished, now: Now, policy: Policy) -> GatewayView:
    view = replace(view, last_deep=seen.verdict, last_deep_wall=now.wall, deep_confirmed=False)
    view = replace(view, deep_detail=seen.detail, deep_checked=now.mono)
    match seen.verdict:
        case DeepVerdict.OK:
            return replace(view, deep_misses=0, deep_bad=False)
        case DeepVerdict.FAILED | DeepVerdict.STORAGE:
            if view.misses or (view.deep_misses and now.mono < view.deep_missed + deep_gap_s(policy)):
                return view
            return replace(view, deep_misses=view.deep_misses + 1, deep_missed=now.mono)
        case _:
            return replace(view, deep_misses=0, deep_bad=False)


def _probed(
    view: GatewayView,
    report: ProbeReport,
    now: Now,
    policy: Policy,
    *,
    startups_s: tuple[float, ...],
    asked: bool,
) -> Seen:
    if report.verdict is Verdict.UNPROBED:
        return _blind(view, report.detail, now)
    if report.verdict in WORKING and _another_answers(view, now, policy):
        report = replace(report, verdict=Verdict.FOREIGN, detail=ANOTHER)
    if not view.look_failed:
        view = replace(view, blind_since=None)
    view = start_told(view, report, now, policy)
    view = replace(view, last_probe=report, last_probe_wall=now.wall, probed=now.mono)
    if report.kind is ProbeKind.FULL:
        view = replace(view, last_full=report, last_full_wall=now.wall, checked=now.mono)
    if view.process is None:
        return view, ()
    if report.verdict in WORKING:
        return _working(view, report, now, policy)
    endless = report.verdict is Verdict.STARTING and now.mono >= grace_end(view, startups_s, policy)
    if report.verdict in ILL or (endless and not view.served):
        return _missed(view, report, now, policy, startups_s=startups_s, asked=asked)
    return _patient(view, report, now)


def _another_answers(view: GatewayView, now: Now, policy: Policy) -> bool:
    """Our process listens on nothing, and somebody else has its port, by a look that is no older than the
    last heartbeat: what answers is not it.
    """
    seen = view.inspection
    if view.process is None or seen is None or seen.port_owner is None or view.process.listening:
        return False
    recent_s = policy.heartbeat_interval_s + policy.full_check_timeout_s
    return view.inspected is not None and now.mono - view.inspected <= recent_s


def _working(view: GatewayView, report: ProbeReport, now: Now, policy: Policy) -> Seen:
    view = replace(view, misses=0, refused_since=None, leaving=False, presumed=False, wanted=False)
    if report.kind is ProbeKind.HEARTBEAT:
        return _beats(view, now), ()
    first = not view.served
    since = now.mono if first or view.phase is Phase.ILL else view.serves_since
    confirmed = view.deep_misses > 0
    bad = view.deep_bad or (confirmed and view.deep_misses >= policy.deep_check_misses)
    view = replace(view, deep_confirmed=confirmed, deep_bad=bad)
    phase = Phase.DEGRADED if report.verdict is Verdict.DEGRADED else Phase.WELL
    view = _phase(replace(view, served=True, serves_since=since), phase, now)
    if first and view.refused_mark is not None:  # it has started with that file after all
        view = replace(view, refused_mark=None)
    notes = (Note(Reason.GATEWAY_SERVES, number=now.mono - view.process_since),) if first else ()
    return view, notes


def _beats(view: GatewayView, now: Now) -> GatewayView:
    """It says that it has started, and so that it drains no more. Whether it serves is for a full check."""
    stopping = view.inspection is not None and view.inspection.manager is ManagerState.STOPPING
    if view.phase is Phase.DRAINING and not stopping:
        return _phase(view, Phase.WELL if view.served else Phase.STARTING, now)
    return _phase(view, Phase.WELL, now) if view.phase is Phase.SUSPECT and view.served else view


def _patient(view: GatewayView, report: ProbeReport, now: Now) -> Seen:
    closed = view.refused_since
    view = replace(view, misses=0, refused_since=None, deep_misses=0, deep_bad=False)
    if report.verdict is Verdict.DRAINING:
        return _phase(view, Phase.DRAINING, now), ()
    if view.served:  # it restarts itself in place: its grace begins anew
        view = replace(view, served=False, leaving=False, presumed=False, process_since=closed or now.mono)
    return _phase(view, Phase.STARTING, now), ()


def _missed(
    view: GatewayView,
    report: ProbeReport,
    now: Now,
    policy: Policy,
    *,
    startups_s: tuple[float, ...],
    asked: bool,
) -> Seen:
    refused = (view.refused_since or now.mono) if report.verdict is Verdict.REFUSED else None
    view = replace(view, refused_since=refused)
    starting = not view.served and report.verdict is not Verdict.BROKEN  # a broken answer ends a start
    if starting and not asked and now.mono < grace_end(view, startups_s, policy):
        return view, ()
    if view.phase is Phase.DRAINING and not (asked or view.leaving) and _closed_by_another(view, report):
        view = replace(view, leaving=True, presumed=True)
    if view.phase is Phase.DRAINING and now.mono < _drains_since(view) + policy.drain_budget_s:
        return view, ()
    deep_misses = view.deep_misses if view.deep_bad else 0  # what fails its probes failed its requests, too
    since = view.missing_since if view.misses else Monotonic(now.mono - report.latency_s)
    view = replace(view, misses=view.misses + 1, missing_since=since, deep_misses=deep_misses)
    note = Note(
        Reason.HEARTBEAT_MISSED, detail=report.detail or str(report.verdict), number=float(view.misses)
    )
    said = view.phase is Phase.ILL or view.misses > policy.heartbeat_misses + 1  # often enough
    notes = () if said else (note,)
    lasts_s = least_missing_s(policy) if refused is None else closed_port_s(startups_s, policy)
    lasts = now.mono >= (view.missing_since if refused is None else refused) + lasts_s
    certain = report.kind is ProbeKind.FULL and view.misses >= policy.heartbeat_misses and lasts
    certain = certain and not settling.explains(view, now, policy)
    return _phase(view, Phase.ILL if certain or view.phase is Phase.ILL else Phase.SUSPECT, now), notes


def _closed_by_another(view: GatewayView, report: ProbeReport) -> bool:
    """It closed its port in a drain, and has not parked: a parked one lets go of its lock."""
    locked = view.inspection is not None and view.inspection.process is not None
    return report.verdict is Verdict.REFUSED and locked


def _drains_since(view: GatewayView) -> float:
    """At the latest. It may have been suspended before: that it drains is certain once its port closes."""
    closed = view.refused_since if view.leaving else None
    return view.since if closed is None else max(view.since, closed)


def deep_ill(view: GatewayView) -> bool:
    """Its probes are right and its requests fail."""
    return view.phase in (Phase.WELL, Phase.DEGRADED) and view.deep_bad
