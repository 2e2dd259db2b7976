"""The ladder: the only place that orders a start or a signal. See the rules and the theory in `state`.

    IDLE -> [STOPPING] -> WAITING -> LAUNCHING -> COMING_UP -> STABILISING -> IDLE (healed)
                 ^            ^___________________________________|  attempt failed, attempts left
                 |                                                |  attempts used up
             EXHAUSTED <- LAST_WAIT <-----------------------------+

Each stage is a function of the part and the scene, called at every step; it either stays, or moves on and
is then asked again, so that one observation can carry the ladder several rungs. `ladder.MOVES` lists the
rungs that exist; the invariants hold every step against it.
"""

from collections.abc import Callable

from selfheal.core import budget
from selfheal.core.actions import Action, InspectHost, Probe, SignalGateway, StartGateway
from selfheal.core.facts import UNFIT, ManagerState, ProbeKind
from selfheal.core.grace import grace_end
from selfheal.core.instants import Monotonic, Now
from selfheal.core.ladder import (
    Context,
    Move,
    blind,
    came_by_itself,
    despair,
    due,
    enter,
    exhausted,
    gap_end,
    held,
    last_wait,
    look_again,
    look_first,
    patience_is_over,
    recheck,
    serving,
    silenced,
    stabilise,
    stay,
    switched_off,
    taken_over,
    why_not,
)
from selfheal.core.levels import Level
from selfheal.core.managed import asked_for
from selfheal.core.notes import Note
from selfheal.core.observations import ActionFinished, Observation
from selfheal.core.perceive import deep_ill
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause, Hold, Reason
from selfheal.core.scene import Scene
from selfheal.core.state import Phase, RestartPart, Stage
from selfheal.core.termination import ask_to_stop, stopping
from selfheal.core.trouble import Act, Trouble
from selfheal.core.values import replace

ACTS = {Stage.STOPPING: SignalGateway.__name__, Stage.LAUNCHING: StartGateway.__name__}
UNPROVEN_PATIENCE_S = 900.0  # the gateway's breaker lifts its suppression by itself well within this


def observe(
    part: RestartPart,
    observation: Observation,
    kind: str,
    scene: Scene,
    trouble: Trouble | None,
    now: Now,
    policy: Policy,
) -> Move:
    """`kind`: of the action whose end `observation` is."""
    part = replace(part, rungs=()) if part.rungs else part
    mine = kind == ACTS.get(part.stage)
    result = observation if isinstance(observation, ActionFinished) and mine else None
    context = Context(scene, trouble, now, policy, result)
    if blind(scene) and (trouble is None or trouble.act is not Act.NONE):
        return Move(part)
    if part.stage not in ACTS and scene.busy(StartGateway, SignalGateway):
        return stay(part, context)  # ordered in another stage, and it has not ended yet
    part = despair(taken_over(part, context), context)
    if patience_is_over(part, context):
        return exhausted(part, context)
    move = Move(part)
    for _ in Stage:  # at most one rung a stage: a bound, and never reached
        following = STAGES[move.part.stage](move.part, context)
        move = _then(move, following)
        if following.part.stage is part.stage or following.actions:
            break
        part = following.part
    return move


def _then(move: Move, following: Move) -> Move:
    if not (move.actions or move.notes or move.escalate or move.detail):
        return following
    return Move(
        following.part,
        move.actions + following.actions,
        move.notes + following.notes,
        move.escalate or following.escalate,
        move.detail or following.detail,
        move.cause or following.cause,
    )


# -- idle: somebody must wish ------------------------------------------------------------------------


def _idle(part: RestartPart, c: Context) -> Move:
    if c.trouble is None:
        forgotten = part.hold is None and part.deadline is None and not part.observed
        return Move(part if forgotten else replace(part, hold=None, deadline=None, observed=False))
    if c.trouble.act is Act.START and not c.policy.observe:
        asked = asked_for(c.scene.view)
        unseen = c.scene.known and not asked  # a start since its end may have failed between two looks
        part = replace(part, attempts=0, requested=asked, unclean_end=part.unclean_end or unseen)
        return Move(enter(part, Stage.WAITING, c.now, None))
    if (off := switched_off(part, c)) is not None:
        return look_again(part, off, recheck(c), c)
    if c.trouble.act is Act.NONE:
        return Move(replace(part, deadline=part.patience_until))
    why, at = why_not(part, c)
    if why is not None:
        return look_again(part, why, at, c)
    if c.policy.observe:
        return _would(part, c)
    return look_first(part, c) or ask_to_stop(replace(part, attempts=0), c)


def _would(part: RestartPart, c: Context) -> Move:
    start = c.trouble is not None and c.trouble.act is Act.START
    note = Note(Reason.WOULD_START if start else Reason.WOULD_STOP, part.level)
    return Move(
        replace(part, observed=True, hold=None, deadline=None), notes=() if part.observed else (note,)
    )


# -- starting -------------------------------------------------------------------------------------


def _waiting(part: RestartPart, c: Context) -> Move:
    view = c.scene.view
    if view.process is not None:
        return Move(came_by_itself(part, c))
    if view.phase is Phase.STOPPED:
        return Move(enter(part, Stage.IDLE, c.now, None))
    if not view.exit_examined or not due(part, c.now):
        return stay(part, c)
    if view.managed and view.inspection is not None and view.inspection.manager is ManagerState.FAILED:
        part = budget.tried_in_vain(part)
    why, at = why_not(part, c)
    if why is not None:
        return look_again(part, why, at, c)
    if c.policy.observe:
        return Move(enter(part, Stage.IDLE, c.now, None))
    if (look := look_first(part, c, part.since)) is not None:
        return look
    part = budget.ordered(part, c.now, c.policy)
    note = Note(Reason.START, part.level, number=float(part.attempts + 1))
    return Move(enter(part, Stage.LAUNCHING, c.now, None), (StartGateway(),), (note,))


def _launching(part: RestartPart, c: Context) -> Move:
    if c.result is None or c.scene.busy(StartGateway):
        if not c.scene.busy(StartGateway):  # its result is lost: look at the world, start nothing twice
            return Move(enter(budget.ended_unseen(part), Stage.WAITING, c.now, None))
        return Move(part)
    failed = Note(Reason.START_FAILED, part.level, detail=c.result.detail)
    notes = () if c.result.succeeded else (failed,)
    if c.result.succeeded or c.scene.view.process is not None:  # who starts it may only be late to say so
        return Move(enter(part, Stage.COMING_UP, c.now, _appears_until(c)), (InspectHost(),), notes)
    part = budget.ended_unseen(part)  # what was said to fail may have begun, and ended
    if c.result.retryable:
        move = _attempt_failed(part, c)
    else:  # no such program: neither attempts nor waits would help
        move = replace(exhausted(part, c), detail=c.result.detail)
    return replace(move, notes=(*notes, *move.notes))


def _appears_until(c: Context) -> Monotonic:
    """A child of ours is there when its start is done, or not at all; a manager may take its time."""
    seen = c.scene.view.inspection
    ours = seen is not None and seen.manager is ManagerState.NONE
    limit_s = c.policy.recheck_hold_s if ours else c.policy.start_timeout_s
    return c.now.after(min(limit_s, c.policy.start_timeout_s))


def _coming_up(part: RestartPart, c: Context) -> Move:
    view = c.scene.view
    if view.process is None:
        if view.phase is Phase.STOPPED:
            return Move(enter(part, Stage.IDLE, c.now, None))
        if view.inspected is not None and view.inspected > part.since and not view.exit_examined:
            return Move(replace(part, deadline=None))  # the word why is on its way
        at_once = view.since == part.since and not part.expected  # found and lost in the same moment
        ended = view.since > part.since or at_once or due(part, c.now)
        part = budget.ended_unseen(part) if ended else part
        return _over_before_healed(part, c) if ended and view.exit_examined else stay(part, c)
    if view.phase in (Phase.WELL, Phase.DEGRADED):
        return stabilise(part, c)
    if view.phase is Phase.ILL:
        return _failed_alive(part, c)
    end = grace_end(view, c.scene.startups_s, c.policy)
    return Move(replace(part, deadline=end if end > c.now.mono else None))


def _stabilising(part: RestartPart, c: Context) -> Move:
    view = c.scene.view
    if view.process is None:
        if view.phase is Phase.STOPPED:
            return Move(enter(part, Stage.IDLE, c.now, None))
        return _over_before_healed(part, c) if view.exit_examined else stay(part, c)
    if view.phase is Phase.ILL or deep_ill(view):
        return _failed_alive(part, c)
    if view.phase in (Phase.STARTING, Phase.DRAINING):
        return Move(enter(part, Stage.COMING_UP, c.now, None))
    proven = _proven(part, c)
    if not proven and c.now.mono - part.since >= max(UNPROVEN_PATIENCE_S, 2 * c.policy.stability_window_s):
        return exhausted(part, c)
    broke = view.phase is Phase.SUSPECT or view.deep_misses > 0
    if broke or part.hold is not None:  # a break begins the window anew, and so does one that outlived a hold
        return Move(replace(part, hold=None, deadline=c.now.after(c.policy.stability_window_s)))
    if not due(part, c.now):
        return Move(part)
    if not proven:
        return Move(replace(part, deadline=recheck(c) if view.checked == c.now.mono else None), _ask(c))
    part = replace(part, attempts=0, observed=False, asked_at=None, unsure=False)
    return Move(enter(part, Stage.IDLE, c.now, None), notes=(Note(Reason.HEALED, part.level),))


def proves_anew(before: RestartPart, part: RestartPart) -> bool:
    """Its window has begun in this step, perhaps by way of another rung."""
    return part.stage is Stage.STABILISING and (part.stage, part.since) != (before.stage, before.since)


def _proven(part: RestartPart, c: Context) -> bool:
    """A full check has just ended, at the end of the window; it and a deep check of this stage are right."""
    view = c.scene.view
    deep = view.deep_checked is not None and view.deep_checked >= part.since and view.last_deep not in UNFIT
    full = view.last_full is not None and view.checked == c.now.mono and not view.last_full.suppressed
    return due(part, c.now) and deep and full and view.phase in (Phase.WELL, Phase.DEGRADED)


def _ask(c: Context) -> tuple[Action, ...]:
    """The full check at the end of the window; where our probes fail the next one comes in its time."""
    wait = c.scene.busy(Probe) or c.scene.view.blind_since is not None or c.scene.view.checked == c.now.mono
    return () if wait else (Probe(ProbeKind.FULL, c.policy.full_check_timeout_s),)


# -- failing ----------------------------------------------------------------------------------------


def _failed_alive(part: RestartPart, c: Context) -> Move:
    """The attempt has failed and its process is there: whatever speaks against a signal speaks first."""
    if c.policy.observe:
        return Move(enter(part, Stage.IDLE, c.now, None))
    if c.trouble is not None and c.trouble.act is Act.NONE:  # a signal would not help
        return stay(part, c)
    acting = part if c.trouble is None else replace(part, level=c.trouble.level)  # whoever began the attempt
    why, at = why_not(acting, c)
    if why is None:
        return look_first(part, c) or _attempt_failed(acting, c)
    return _held_for(part, acting, why, at, c)


def _held_for(part: RestartPart, acting: RestartPart, why: Hold, at: Monotonic, c: Context) -> Move:
    """What holds the level that would act takes nothing from the one that has tried."""
    move = look_again(acting, why, at, c)
    return replace(move, part=replace(move.part, level=part.level))


def _over_before_healed(part: RestartPart, c: Context) -> Move:
    """Where it has come and asked for its own restart, for a changed config say, that is no failure."""
    if c.scene.view.handoff and c.scene.view.since > part.since:
        return Move(enter(part, Stage.WAITING, c.now, None))
    return _attempt_failed(part, c)


def _attempt_failed(part: RestartPart, c: Context) -> Move:
    part = replace(part, attempts=part.attempts + 1)
    note = Note(Reason.ATTEMPT_FAILED, part.level, number=float(part.attempts))
    if part.attempts > c.policy.restart_attempts and not c.scene.escalated:
        move = exhausted(part, c)  # somebody else's start in the last wait has failed, too
    elif part.attempts >= c.policy.restart_attempts:
        move = last_wait(part, c)
    elif c.scene.view.process is not None:
        move = ask_to_stop(part, c)
    else:
        move = Move(enter(part, Stage.WAITING, c.now, gap_end(part, c)))
    return replace(move, notes=(note, *move.notes))


def _waiting_last(part: RestartPart, c: Context) -> Move:
    if serving(c):
        return stabilise(part, c)
    if c.scene.view.phase is Phase.STOPPED:
        return Move(enter(part, Stage.IDLE, c.now, None))
    if part.hopeless and part.hopeless_since is None and c.trouble is not None and c.trouble.act is Act.START:
        return _tried_again(part, c)  # what could not work before can now: it was repaired meanwhile
    if not due(part, c.now):
        return Move(part)
    if (why := silenced(part, c)) is not None:  # whoever did that is looking at it
        return held(part, why, recheck(c), c)
    return exhausted(part, c)


def _tried_again(part: RestartPart, c: Context) -> Move:
    attempts = max(0, c.policy.restart_attempts - 1)
    part = enter(replace(part, attempts=attempts, hopeless=False), Stage.WAITING, c.now, None)
    return Move(part, notes=(Note(Reason.RETRY_AFTER_ESCALATION, part.level),))


def _at_the_end(part: RestartPart, c: Context) -> Move:
    """The next level is at work. We go on looking, and try once more now and then."""
    if c.trouble is None and c.scene.view.phase is Phase.STOPPED:
        return Move(enter(part, Stage.IDLE, c.now, None))
    if serving(c) and (c.trouble is None or c.trouble.act is not Act.NONE):
        return stabilise(part, c)
    if c.trouble is None or c.trouble.act is Act.NONE:
        return _unsaid(part, c) or stay(part, c)
    freed = part.blamed is Cause.PORT_TAKEN and c.trouble.cause is not Cause.PORT_TAKEN
    hope = freed or (part.hopeless and part.hopeless_since is None)
    if not hope and not due(part, c.now):
        return _unsaid(part, c) or Move(part)
    acting = replace(part, level=c.trouble.level)
    why, at = why_not(acting, c)
    if why is not None:
        return _held_for(part, acting, why, at, c)
    part = acting
    if c.policy.observe:
        return _would(part, c)
    stop = c.trouble.act is Act.RESTART
    if stop and (look := look_first(part, c)) is not None:
        return look
    attempts = 0 if hope else max(0, c.policy.restart_attempts - 1)
    part = replace(part, attempts=attempts, hopeless=False, blamed=None)
    note = Note(Reason.RETRY_AFTER_ESCALATION, part.level)
    move = ask_to_stop(part, c) if stop else Move(enter(part, Stage.WAITING, c.now, None))
    return replace(move, notes=(note, *move.notes))


def _unsaid(part: RestartPart, c: Context) -> Move | None:
    """The next level, where it could not be called on the way: no trouble was certain yet."""
    silent = c.trouble is not None and not c.scene.escalated and c.now.mono > part.since
    if not silent or silenced(part, c) is not None:
        return None
    return Move(part, notes=(Note(Reason.ESCALATED, Level.RECOVERY),), escalate=True)


STAGES: dict[Stage, Callable[[RestartPart, Context], Move]] = {
    Stage.IDLE: _idle,
    Stage.STOPPING: stopping,
    Stage.WAITING: _waiting,
    Stage.LAUNCHING: _launching,
    Stage.COMING_UP: _coming_up,
    Stage.STABILISING: _stabilising,
    Stage.LAST_WAIT: _waiting_last,
    Stage.EXHAUSTED: _at_the_end,
}
