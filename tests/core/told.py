"""What was said to the core and by it, and rules about that alone.

A state that forgets what it was told deceives the invariants of the core, but not these.
"""

from collections.abc import Iterator
from typing import NamedTuple

from selfheal.core.actions import Signal, SignalGateway, StartGateway
from selfheal.core.alert import Notify
from selfheal.core.facts import (
    ConfigState,
    DeepVerdict,
    ExitCause,
    GatewayProcess,
    Inspection,
    ManagerState,
    ProbeReport,
    Verdict,
)
from selfheal.core.levels import Level, Request
from selfheal.core.notes import Step
from selfheal.core.observations import (
    ActionFinished,
    ActionOrphaned,
    DeepCheckFinished,
    ExitExamined,
    HostInspected,
    Observation,
    OperatorAsked,
    ProbeFinished,
    ProcessExited,
)
from selfheal.core.policy import Policy

ACT_LOST_S = 300.0  # an act whose result has not come by then is no longer under way
BREAKER_S = 300.0  # the gateway's own window
HOUR_S = 3_599.0
ACTS = (StartGateway, SignalGateway)


class Told(NamedTuple):
    """All that was said to the core and by it, as far as the rules ask."""

    living: GatewayProcess | None = None  # the process that was last seen, until its end was told
    pid: int = 100  # the last one
    paused: bool = False
    off: bool = False
    mute: bool = False
    acts: tuple[tuple[int, float], ...] = ()  # under way, since when
    misses: int = 0  # of this process, one after the other
    deep: int = 0  # its deep checks that failed, one after the other
    asked: int = 0  # the pid that was asked to stop
    starts: tuple[float, ...] = ()
    barred: bool = False  # the last look found what no act may fall into
    crashed: bool = False  # why the last one ended
    stopped: bool = False  # on purpose, and not by us
    unclean: tuple[float, ...] = ()  # starts after a crash


def heard(told: Told, observation: Observation) -> Told:
    match observation:
        case HostInspected(inspection=seen):
            told = told._replace(barred=_forbids(seen))
            if seen.process is None:
                return told._replace(living=None)
            process = seen.process
            known = told.living is not None and told.living.pid == process.pid
            told = told if known else told._replace(misses=0, deep=0, asked=0)
            return told._replace(living=process, pid=process.pid, crashed=False, stopped=False)
        case ProcessExited():
            return told._replace(living=None)
        case ExitExamined(cause=cause) if told.living is None:
            stopped = cause is ExitCause.STOPPED_ON_PURPOSE and told.asked != told.pid
            return told._replace(crashed=cause is ExitCause.CRASHED, stopped=stopped)
        case ProbeFinished(report=ProbeReport(verdict=verdict)):
            return told._replace(misses=told.misses + 1 if verdict is Verdict.TIMEOUT else 0)
        case DeepCheckFinished(verdict=verdict):
            return told._replace(deep=told.deep + 1 if verdict is DeepVerdict.FAILED else 0)
        case ActionFinished(action_id=ended) | ActionOrphaned(action_id=ended):
            return told._replace(acts=tuple(each for each in told.acts if each[0] != ended))
        case OperatorAsked():
            return _asked(told, observation)
        case _:
            return told


def _asked(told: Told, asked: OperatorAsked) -> Told:
    match asked:
        case OperatorAsked(request=Request.PAUSE | Request.RESUME as request):
            paused = request is Request.PAUSE
            return told._replace(paused=paused, stopped=told.stopped and paused)
        case OperatorAsked(request=Request.DISABLE, level=Level.NOTIFICATION):
            return told._replace(mute=True)
        case OperatorAsked(request=Request.DISABLE, level=Level.HEALTHCHECK):  # the second of the two
            return told._replace(off=True)
        case OperatorAsked(request=Request.ENABLE):
            return told._replace(off=False)
        case _:
            return told


def _forbids(seen: Inspection) -> bool:
    """An act now would break something, or be in vain."""
    others = seen.upkeep is not None or seen.foreign_supervisor or seen.manager is ManagerState.RESTARTING
    others = others or (seen.process is None and seen.manager is ManagerState.STOPPING)
    return bool(others or seen.disk_full or seen.config is not ConfigState.LOADABLE)


def ordered(told: Told, done: Step, mono: float) -> Told:
    for order in done.actions:
        match order.action:
            case StartGateway():
                told = told._replace(acts=(*told.acts, (order.id, mono)), starts=(*told.starts, mono))
                told = told._replace(unclean=(*told.unclean, mono)) if told.crashed else told
            case SignalGateway(pid=pid, signal=signal):
                asked = pid if signal is Signal.TERM else told.asked
                told = told._replace(acts=(*told.acts, (order.id, mono)), asked=asked)
            case _:
                pass
    return told


def wrong(before: Told, told: Told, done: Step, policy: Policy) -> Iterator[str]:
    """The rules that `done` breaks. `before`: with what it was told of, and without what it orders."""
    if any(isinstance(order.action, Notify) for order in done.actions) and told.mute:
        yield "an alert while alerts are disabled"
    acts = [order.action for order in done.actions if isinstance(order.action, ACTS)]
    if not acts:
        return
    now = done.state.last_mono
    if told.paused:
        yield "an act in a pause, as it was told"
    if told.off:
        yield "an act while both levels are disabled, as they were told"
    if sum(now - since < ACT_LOST_S for _, since in told.acts) > 1:
        yield "an act while another one is under way, as it was told"
    if sum(now - at < 3_599.0 for at in told.starts) > policy.restarts_per_hour_max:
        yield "more starts within an hour than allowed, as they were ordered"
    if sum(now - at < BREAKER_S for at in told.unclean) > policy.unclean_starts_max:
        yield "more unclean starts than allowed, as they were ordered"
    for act in acts:
        yield from _wrong_act(before, act, policy)


def _wrong_act(told: Told, act: StartGateway | SignalGateway, policy: Policy) -> Iterator[str]:
    if told.barred and act != SignalGateway(told.asked, getattr(act, "started", 0.0), Signal.KILL):
        yield "an act that the last look has forbidden"
    if isinstance(act, StartGateway):
        if told.living is not None:
            yield "a start beside a living gateway, as it was told"
        if told.stopped:
            yield "a start of a gateway that was stopped on purpose, as it was told"
        return
    if told.living is None or told.living.pid != act.pid:
        yield "a signal to a process that is not there, as it was told"
    if act.signal is Signal.KILL and told.asked != act.pid:
        yield "a kill without a question before, as it was ordered"
    ill = told.misses >= policy.heartbeat_misses or told.deep >= policy.deep_check_misses
    if act.signal is Signal.TERM and not ill:
        yield "a gateway is asked to stop that was not found ill, as it was told"
