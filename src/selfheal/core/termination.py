"""Ending a gateway that is ill: SIGTERM, the time that its drain may rightly take, then SIGKILL.

Every signal of this program comes from here, and only `restart`, whose stage STOPPING this is, asks for one.
"""

from selfheal.core.actions import InspectHost, Signal, SignalGateway
from selfheal.core.facts import ManagerState
from selfheal.core.instants import Monotonic
from selfheal.core.ladder import (
    FRESH_S,
    Context,
    Move,
    came_by_itself,
    due,
    enter,
    exhausted,
    gap_end,
    held,
    last_wait,
    look_again,
    look_first,
    recheck,
    serving,
    stabilise,
    stay,
    switched_off,
    why_not,
)
from selfheal.core.notes import Note
from selfheal.core.observations import ActionFinished
from selfheal.core.reasons import Hold, Reason
from selfheal.core.state import GatewayView, Phase, RestartPart, Stage
from selfheal.core.trouble import Act
from selfheal.core.values import replace

KILLS_MAX = 3  # a process that survives three SIGKILLs hangs in the kernel: no further one helps


def ask_to_stop(part: RestartPart, c: Context) -> Move:
    process = c.scene.view.process
    if process is None:
        return Move(enter(part, Stage.WAITING, c.now, None))
    part = replace(part, asked_at=c.now.mono, asked=None, kills=0, unclean_end=False, refused=None)
    part = replace(part, observed=False)
    order = SignalGateway(process.pid, process.started, Signal.TERM)
    note = Note(Reason.ASK_TO_STOP, part.level, detail=str(process.pid))
    return Move(
        enter(part, Stage.STOPPING, c.now, c.now.after(c.policy.hang_term_grace_s)), (order,), (note,)
    )


def stopping(part: RestartPart, c: Context) -> Move:
    process = c.scene.view.process
    if process is None:
        return _ended(part, c)
    if part.asked_at is None and part.refused is None:  # it has gone, and its manager has started another
        return Move(came_by_itself(part, c))
    if c.result is not None:
        sent = c.result.succeeded
        return Move(replace(part, asked=process)) if sent else _not_sent(part, c, c.result)
    if c.policy.observe:
        return Move(enter(part, Stage.IDLE, c.now, None))
    if part.refused is not None:
        return _refused(part, part.refused, c)
    if not due(part, c.now) or c.scene.busy(SignalGateway):
        return stay(part, c)
    return _grace_is_over(part, c)


def _grace_is_over(part: RestartPart, c: Context) -> Move:
    if serving(c) and (c.trouble is None or c.trouble.act is Act.NONE):
        move = stabilise(part, c)  # the signal was lost; should it work after all, that end was our wish
        return replace(move, part=replace(move.part, asked_at=part.asked_at))
    if c.now.mono < c.scene.view.settle_until:
        return held(part, Hold.SETTLING, c.scene.view.settle_until, c)
    if (why := switched_off(part, c)) is not None:
        return held(part, why, recheck(c), c)
    if part.asked is not None:
        return _press(part, c)
    if c.trouble is None or c.trouble.act is Act.NONE:  # it may have been sent, or somebody else ends it
        return Move(replace(part, deadline=recheck(c)))
    if part.attempts >= c.policy.restart_attempts:
        return last_wait(replace(part, asked_at=None), c)
    why, at = why_not(part, c)  # the first order was given a while ago
    if why is not None:
        return look_again(part, why, at, c)
    return look_first(part, c) or ask_to_stop(part, c)


def _ended(part: RestartPart, c: Context) -> Move:
    if not c.scene.view.exit_examined:
        return Move(replace(part, deadline=None))
    return Move(enter(replace(part, asked_at=None), Stage.WAITING, c.now, gap_end(part, c)))


def _not_sent(part: RestartPart, c: Context, result: ActionFinished) -> Move:
    """What may work later is tried again as the stage has it. For good it may also be refused because the
    process has gone: a look tells.
    """
    part = replace(part, unsure=part.unsure or result.unsure)
    if result.retryable:
        part = part if part.asked else replace(part, attempts=part.attempts + 1)
        return Move(part, notes=(Note(Reason.SIGNAL_FAILED, part.level, detail=result.detail),))
    note = Note(Reason.SIGNAL_REFUSED, part.level, detail=result.detail)
    asked_at = part.asked_at if part.asked is not None else None  # an end that comes now is not our doing
    part = replace(part, asked_at=asked_at, refused=c.now.mono, deadline=None)
    return Move(part, (InspectHost(),), (note,), detail=result.detail)


def _refused(part: RestartPart, since: Monotonic, c: Context) -> Move:
    """It is still there, and we may not signal it: no further signal, the next level is called at once."""
    seen = c.scene.view.inspected
    if seen is None or seen <= since:
        return Move(part)
    return exhausted(part, c)


def _press(part: RestartPart, c: Context) -> Move:
    """It was asked, and it is still there."""
    process = c.scene.view.process
    if process is None or part.kills >= KILLS_MAX:
        return last_wait(part, c)
    why, at = _kill(part, c)
    if why is None:
        return Move(replace(part, deadline=at))
    order = SignalGateway(process.pid, process.started, Signal.KILL)
    part = replace(part, kills=part.kills + 1, unclean_end=True, deadline=c.now.after(c.policy.kill_grace_s))
    return Move(part, (order, InspectHost()), (Note(why, part.level, detail=str(process.pid)),))


def _kill(part: RestartPart, c: Context) -> tuple[Reason | None, Monotonic]:
    """Why SIGKILL is right now, or None and when to ask again."""
    view, now, policy = c.scene.view, c.now, c.policy
    stopping = view.inspection is not None and view.inspection.manager is ManagerState.STOPPING
    if stopping and now.mono < view.since + policy.drain_budget_s:  # its manager kills it itself
        return None, now.after(policy.recheck_hold_s)
    asked_at = part.asked_at if part.asked_at is not None else now.mono
    if view.refused_since is not None:
        closed_at = Monotonic(max(view.refused_since, asked_at) + policy.port_closed_kill_s)
        if now.mono >= closed_at:
            return Reason.KILL_PORT_CLOSED, closed_at
    else:
        closed_at = c.now.after(policy.recheck_hold_s)
    if view.phase is Phase.DRAINING:
        drained_at = Monotonic(asked_at + policy.drain_budget_s)
        if now.mono >= drained_at:
            return Reason.KILL_DRAIN_OVER, drained_at
        return None, min(drained_at, closed_at, now.after(policy.recheck_hold_s))
    if view.refused_since is not None:
        return None, closed_at
    if view.phase is Phase.STARTING:  # anew, inside its process; should that not end, it becomes ill
        return None, now.after(policy.recheck_hold_s)
    if _asked_before(view, asked_at):  # it may have begun to drain: ask it first
        return None, now.after(policy.heartbeat_retry_s)
    return Reason.KILL_NO_ANSWER, now.mono


def _asked_before(view: GatewayView, asked_at: float) -> bool:
    """Its last answer is to a question of before our signal had reached it, however late it came."""
    if view.probed is None or view.last_probe is None:
        return True
    return view.probed - view.last_probe.latency_s <= asked_at + FRESH_S
