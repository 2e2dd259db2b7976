"""The ladder: the only place that orders a start or a signal. See the rules and the theory in `state`.

    IDLE -> [STOPPING] -> WAITING -> LAUNCHING -> COMING_UP -> STABILISING -> IDLE (healed)
                 ^            ^___________________________________|  attempt failed, attempts left
                 |                                                |  attempts used up
             EXHAUSTED <- LAST_WAIT <-----------------------------+

Each stage is a function of the part and the scene, called at every step; it either stays, or moves on and
is then asked again, so that one observation can carry the ladder several rungs. `MOVES` lists the rungs
that exist; the invariants hold every step against it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from selfheal.core import hold as holds
from selfheal.core.actions import Action, InspectHost, Signal, SignalGateway, StartGateway
from selfheal.core.facts import WORKING, ExitCause
from selfheal.core.instants import Monotonic, Now
from selfheal.core.notes import Note
from selfheal.core.observations import ActionFinished, Level, Observation
from selfheal.core.perceive import grace_end
from selfheal.core.policy import Policy
from selfheal.core.reasons import Hold, Reason
from selfheal.core.scene import Scene
from selfheal.core.state import Phase, RestartPart, Stage
from selfheal.core.trouble import Act, Trouble

MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.IDLE: frozenset({Stage.STOPPING, Stage.WAITING, Stage.EXHAUSTED}),
    Stage.STOPPING: frozenset({Stage.WAITING, Stage.LAST_WAIT, Stage.STABILISING}),
    Stage.WAITING: frozenset({Stage.LAUNCHING, Stage.COMING_UP, Stage.IDLE, Stage.EXHAUSTED}),
    Stage.LAUNCHING: frozenset({Stage.COMING_UP, Stage.WAITING, Stage.LAST_WAIT}),
    Stage.COMING_UP: frozenset(
        {Stage.STABILISING, Stage.WAITING, Stage.STOPPING, Stage.LAST_WAIT, Stage.IDLE}
    ),
    Stage.STABILISING: frozenset(
        {Stage.IDLE, Stage.COMING_UP, Stage.WAITING, Stage.STOPPING, Stage.LAST_WAIT, Stage.EXHAUSTED}
    ),
    Stage.LAST_WAIT: frozenset({Stage.STABILISING, Stage.EXHAUSTED, Stage.IDLE}),
    Stage.EXHAUSTED: frozenset({Stage.STABILISING, Stage.WAITING, Stage.STOPPING, Stage.IDLE}),
}

CLEAN = frozenset({ExitCause.STOPPED_ON_PURPOSE, ExitCause.RESTART_REQUESTED, ExitCause.ALREADY_RUNNING})
"""Ends that the gateway's own breaker does not count. Every other one is taken for unclean."""

KILLS_MAX = 3  # a process that survives three SIGKILLs hangs in the kernel: no further one helps
DEGRADED_PATIENCE_S = 900.0  # the gateway's breaker lifts its suppression by itself well within this


@dataclass(frozen=True, slots=True)
class Move:
    """What the ladder does in one step. `escalate`: it is at its end. `healed`: the trouble is over."""

    part: RestartPart
    actions: tuple[Action, ...] = ()
    notes: tuple[Note, ...] = ()
    escalate: bool = False
    healed: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    scene: Scene
    trouble: Trouble | None
    now: Now
    policy: Policy
    result: ActionFinished | None  # of the start that was ordered, in the step in which it comes


def observe(
    part: RestartPart,
    observation: Observation,
    scene: Scene,
    trouble: Trouble | None,
    now: Now,
    policy: Policy,
) -> Move:
    result = observation if isinstance(observation, ActionFinished) else None
    context = Context(scene, trouble, now, policy, result)
    part = _despair(part, context)
    move = Move(part)
    for _ in Stage:  # at most one rung a stage: a bound, and never reached
        following = STAGES[move.part.stage](move.part, context)
        move = Move(
            following.part,
            move.actions + following.actions,
            move.notes + following.notes,
            move.escalate or following.escalate,
            move.healed or following.healed,
        )
        if following.part.stage is part.stage or following.actions:
            break
        part = following.part
    return move


def deadline(part: RestartPart, policy: Policy) -> Monotonic | None:
    if part.hopeless_since is None or part.stage not in (Stage.IDLE, Stage.WAITING):
        return part.deadline
    patience = Monotonic(part.hopeless_since + policy.last_wait_s)
    return patience if part.deadline is None else min(part.deadline, patience)


def _enter(part: RestartPart, stage: Stage, now: Now, deadline: Monotonic | None) -> RestartPart:
    return replace(part, stage=stage, since=now.mono, deadline=deadline, hold=None)


def _due(part: RestartPart, now: Now) -> bool:
    return part.deadline is None or now.mono >= part.deadline


def _held(part: RestartPart, why: Hold, at: Monotonic, level: Level) -> Move:
    notes = () if part.hold is why else (Note(Reason.HELD, level, hold=why),)
    return Move(replace(part, hold=why, deadline=at), notes=notes)


# -- idle: somebody must wish ------------------------------------------------------------------------


def _despair(part: RestartPart, c: Context) -> RestartPart:
    """Since when nothing that we may do would help, if that is so."""
    hopeless = c.trouble is not None and (c.trouble.act is Act.NONE or _why(part, c)[0] in holds.HOPELESS)
    if not hopeless:
        return replace(part, hopeless_since=None)
    return part if part.hopeless_since is not None else replace(part, hopeless_since=c.now.mono)


def _why(part: RestartPart, c: Context) -> tuple[Hold | None, Monotonic]:
    """What speaks against the act that is wished for, and when to ask again."""
    again = c.now.after(c.policy.recheck_hold_s)
    act = c.trouble.act if c.trouble is not None else Act.START
    why = holds.hold(c.scene, act, part.level, c.now)
    if why is not None or act is not Act.START:
        return why, again
    return holds.budget(part, c.now, c.policy) or (None, again)


def _idle(part: RestartPart, c: Context) -> Move:
    if c.trouble is None:
        return Move(replace(part, hold=None, deadline=None, observed=False))
    part = replace(part, level=c.trouble.level)
    if c.trouble.act is Act.START and not c.policy.observe:
        return Move(_enter(replace(part, attempts=0), Stage.WAITING, c.now, None))
    if _patience_is_over(part, c):
        return _exhausted(part, c)
    if c.trouble.act is Act.NONE:
        return Move(replace(part, deadline=_patience_end(part, c)))
    why, at = _why(part, c)
    if why is not None:
        return _look_again(part, why, at, c)
    if c.policy.observe:
        return _would(part, c)
    return _ask_to_stop(replace(part, attempts=0), c)


def _would(part: RestartPart, c: Context) -> Move:
    start = c.trouble is not None and c.trouble.act is Act.START
    note = Note(Reason.WOULD_START if start else Reason.WOULD_STOP, part.level)
    return Move(
        replace(part, observed=True, hold=None, deadline=None), notes=() if part.observed else (note,)
    )


def _look_again(part: RestartPart, why: Hold, at: Monotonic, c: Context) -> Move:
    """Held: look at the host again in a moment, since what holds us may end without an event."""
    if part.hold is why and part.deadline is not None and c.now.mono < part.deadline:
        return Move(part)
    move = _held(part, why, at, part.level)
    seen_at = c.scene.view.inspected
    stale = seen_at is None or c.now.mono - seen_at >= c.policy.recheck_hold_s
    looks: tuple[Action, ...] = (InspectHost(),) if stale and not c.scene.busy(InspectHost) else ()
    return replace(move, actions=looks)


def _patience_end(part: RestartPart, c: Context) -> Monotonic:
    since = part.hopeless_since if part.hopeless_since is not None else c.now.mono
    return Monotonic(since + c.policy.last_wait_s)


def _patience_is_over(part: RestartPart, c: Context) -> bool:
    """Nothing that we may do helps, for as long as the last wait: the next level is called."""
    return part.hopeless_since is not None and c.now.mono >= _patience_end(part, c)


# -- stopping: politely, then not ------------------------------------------------------------------


def _ask_to_stop(part: RestartPart, c: Context) -> Move:
    process = c.scene.view.process
    if process is None:
        return Move(_enter(part, Stage.WAITING, c.now, None))
    part = replace(part, asked_at=c.now.mono, kills=0, unclean_end=False)
    order = SignalGateway(process.pid, process.started, Signal.TERM)
    note = Note(Reason.ASK_TO_STOP, part.level, detail=str(process.pid))
    return Move(
        _enter(part, Stage.STOPPING, c.now, c.now.after(c.policy.hang_term_grace_s)), (order,), (note,)
    )


def _stopping(part: RestartPart, c: Context) -> Move:
    if c.scene.view.process is None:
        if not c.scene.view.exit_examined:
            return Move(replace(part, deadline=None))
        return Move(_enter(replace(part, asked_at=None), Stage.WAITING, c.now, _gap_end(part, c)))
    if not _due(part, c.now) or c.scene.busy(SignalGateway):
        return Move(part)
    if _serving(c) and c.scene.view.phase is Phase.WELL:  # the signal was lost, and it is well again
        return _stabilise(part, c)
    if c.now.mono < c.scene.view.settle_until:
        return _held(part, Hold.SETTLING, c.scene.view.settle_until, part.level)
    if c.scene.paused or part.level in c.scene.disabled:
        return _held(part, Hold.PAUSED if c.scene.paused else Hold.LEVEL_DISABLED, _recheck(c), part.level)
    if part.kills >= KILLS_MAX:
        return _last_wait(part, c)
    why, at = _kill(part, c)
    if why is None:
        return Move(replace(part, deadline=at))
    process = c.scene.view.process
    order = SignalGateway(process.pid, process.started, Signal.KILL)
    part = replace(part, kills=part.kills + 1, unclean_end=True, deadline=c.now.after(c.policy.kill_grace_s))
    return Move(part, (order, InspectHost()), (Note(why, part.level, detail=str(process.pid)),))


def _kill(part: RestartPart, c: Context) -> tuple[Reason | None, Monotonic]:
    """Why SIGKILL is right now, or None and when to ask again."""
    view, now, policy = c.scene.view, c.now, c.policy
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
    return Reason.KILL_NO_ANSWER, now.mono


def _recheck(c: Context) -> Monotonic:
    return c.now.after(c.policy.recheck_hold_s)


# -- starting -------------------------------------------------------------------------------------


def _gap_end(part: RestartPart, c: Context) -> Monotonic | None:
    if part.last_start is None or part.attempts == 0:
        return None
    return Monotonic(part.last_start + c.policy.restart_gap_s)


def _waiting(part: RestartPart, c: Context) -> Move:
    view = c.scene.view
    if view.process is not None:  # its manager or a person was quicker
        return Move(_came_by_itself(part, c))
    if view.phase is Phase.STOPPED:
        return Move(_enter(part, Stage.IDLE, c.now, None))
    if not view.exit_examined or (not _due(part, c.now) and not _patience_is_over(part, c)):
        return Move(part)
    if _patience_is_over(part, c):
        return _exhausted(part, c)
    why, at = _why(part, c)
    if why is not None:
        return _look_again(part, why, at, c)
    if c.policy.observe:
        return Move(_enter(part, Stage.IDLE, c.now, None))
    if view.inspected is None or view.inspected < part.since:
        looks: tuple[Action, ...] = () if c.scene.busy(InspectHost) else (InspectHost(),)
        return Move(replace(part, deadline=None), looks)
    part = _count_start(part, c)
    note = Note(Reason.START, part.level, number=float(part.attempts + 1))
    return Move(_enter(part, Stage.LAUNCHING, c.now, None), (StartGateway(),), (note,))


def _count_start(part: RestartPart, c: Context) -> RestartPart:
    now = c.now.mono
    unclean = tuple(at for at in part.unclean_starts if at + c.policy.unclean_window_s > now)
    starts = tuple(at for at in part.starts if at + holds.HOUR_S > now)
    return replace(
        part,
        last_start=now,
        starts=(*starts, now),
        unclean_starts=(*unclean, now) if part.unclean_end else unclean,
        unclean_end=False,
    )


def _came_by_itself(part: RestartPart, c: Context) -> RestartPart:
    return _enter(_count_start(part, c), Stage.COMING_UP, c.now, c.now.after(c.policy.start_timeout_s))


def _launching(part: RestartPart, c: Context) -> Move:
    if c.result is None or c.scene.busy(StartGateway):
        if not c.scene.busy(StartGateway):  # its result is lost: look at the world, start nothing twice
            return Move(_enter(part, Stage.WAITING, c.now, None))
        return Move(part)
    if c.result.succeeded:
        at = c.now.after(c.policy.start_timeout_s)
        return Move(_enter(part, Stage.COMING_UP, c.now, at), (InspectHost(),))
    note = Note(Reason.START_FAILED, part.level, detail=c.result.detail)
    move = _attempt_failed(part, c)
    return replace(move, notes=(note, *move.notes))


def _coming_up(part: RestartPart, c: Context) -> Move:
    view = c.scene.view
    if view.process is None:
        if view.phase is Phase.STOPPED:
            return Move(_enter(part, Stage.IDLE, c.now, None))
        if view.inspected is not None and view.inspected > part.since and not view.exit_examined:
            return Move(replace(part, deadline=None))  # the word why is on its way
        ended = view.since > part.since or _due(part, c.now)
        return _attempt_failed(part, c) if ended and view.exit_examined else Move(part)
    if view.phase in (Phase.WELL, Phase.DEGRADED):
        return _stabilise(part, c)
    if view.phase is Phase.ILL:
        return _attempt_failed(part, c)
    end = grace_end(view, c.scene.startups_s, c.policy)
    return Move(replace(part, deadline=end if end > c.now.mono else None))


def _stabilise(part: RestartPart, c: Context) -> Move:
    at = c.now.after(c.policy.stability_window_s)
    part = _enter(replace(part, asked_at=None, kills=0), Stage.STABILISING, c.now, at)
    return Move(part, notes=(Note(Reason.STABILISING, part.level, number=c.policy.stability_window_s),))


def _stabilising(part: RestartPart, c: Context) -> Move:
    view = c.scene.view
    if view.process is None:
        if view.phase is Phase.STOPPED:
            return Move(_enter(part, Stage.IDLE, c.now, None))
        return _attempt_failed(part, c) if view.exit_examined else Move(part)
    if view.phase is Phase.ILL or view.deep_misses >= c.policy.deep_check_misses:
        return _attempt_failed(part, c)
    if view.phase in (Phase.STARTING, Phase.DRAINING):
        return Move(_enter(part, Stage.COMING_UP, c.now, None))
    if not _due(part, c.now):
        return Move(part)
    if view.phase is Phase.SUSPECT or view.deep_misses:
        return Move(replace(part, deadline=_recheck(c)))
    if view.last_full is not None and view.last_full.suppressed:
        if c.now.mono - part.since >= DEGRADED_PATIENCE_S:
            return _exhausted(part, c)
        return Move(replace(part, deadline=_recheck(c)))
    part = replace(part, attempts=0, observed=False)
    return Move(_enter(part, Stage.IDLE, c.now, None), notes=(Note(Reason.HEALED, part.level),), healed=True)


# -- failing ----------------------------------------------------------------------------------------


def _attempt_failed(part: RestartPart, c: Context) -> Move:
    part = replace(part, attempts=part.attempts + 1)
    note = Note(Reason.ATTEMPT_FAILED, part.level, number=float(part.attempts))
    if part.attempts >= c.policy.restart_attempts:
        move = _last_wait(part, c)
    elif c.scene.view.process is not None:
        move = _ask_to_stop(part, c)
    else:
        move = Move(_enter(part, Stage.WAITING, c.now, _gap_end(part, c)))
    return replace(move, notes=(note, *move.notes))


def _last_wait(part: RestartPart, c: Context) -> Move:
    part = _enter(replace(part, asked_at=None), Stage.LAST_WAIT, c.now, c.now.after(c.policy.last_wait_s))
    return Move(part, notes=(Note(Reason.LAST_WAIT, part.level, number=c.policy.last_wait_s),))


def _serving(c: Context) -> bool:
    report = c.scene.view.last_probe
    working = c.scene.view.phase in (Phase.WELL, Phase.DEGRADED)
    return working and report is not None and report.verdict in WORKING


def _waiting_last(part: RestartPart, c: Context) -> Move:
    if _serving(c):
        return _stabilise(part, c)
    if c.scene.view.phase is Phase.STOPPED:
        return Move(_enter(part, Stage.IDLE, c.now, None))
    return _exhausted(part, c) if _due(part, c.now) else Move(part)


def _exhausted(part: RestartPart, c: Context) -> Move:
    hopeless = part.hopeless_since is not None and part.hold is not Hold.HOURLY_BUDGET
    part = replace(part, hopeless=hopeless)
    part = _enter(part, Stage.EXHAUSTED, c.now, c.now.after(c.policy.retry_after_escalation_s))
    return Move(part, notes=(Note(Reason.ESCALATED, Level.RECOVERY),), escalate=True)


def _at_the_end(part: RestartPart, c: Context) -> Move:
    """The next level is at work. We go on looking, and try once more now and then."""
    if c.trouble is None and c.scene.view.phase is Phase.STOPPED:
        return Move(_enter(part, Stage.IDLE, c.now, None))
    if _serving(c) and (c.trouble is None or c.trouble.act is not Act.NONE):
        return _stabilise(part, c)
    if c.trouble is None or c.trouble.act is Act.NONE:
        return Move(part)
    hope = part.hopeless and part.hopeless_since is None
    if not hope and not _due(part, c.now):
        return Move(part)
    why, at = _why(part, c)
    if why is not None:
        return _look_again(part, why, at, c)
    attempts = 0 if hope else max(0, c.policy.restart_attempts - 1)
    part = replace(part, attempts=attempts, hopeless=False, level=c.trouble.level)
    note = Note(Reason.RETRY_AFTER_ESCALATION, part.level)
    stop = c.trouble.act is Act.RESTART
    move = _ask_to_stop(part, c) if stop else Move(_enter(part, Stage.WAITING, c.now, None))
    return replace(move, notes=(note, *move.notes))


STAGES: dict[Stage, Callable[[RestartPart, Context], Move]] = {
    Stage.IDLE: _idle,
    Stage.STOPPING: _stopping,
    Stage.WAITING: _waiting,
    Stage.LAUNCHING: _launching,
    Stage.COMING_UP: _coming_up,
    Stage.STABILISING: _stabilising,
    Stage.LAST_WAIT: _waiting_last,
    Stage.EXHAUSTED: _at_the_end,
}
