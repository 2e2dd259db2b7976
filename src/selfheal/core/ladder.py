"""What the rungs of the ladder have in common: which moves exist, why one waits, when patience is over."""

from dataclasses import dataclass

from selfheal.core import budget
from selfheal.core import hold as holds
from selfheal.core.actions import Action, InspectHost, SignalGateway, StartGateway
from selfheal.core.facts import UNFIT, WORKING
from selfheal.core.instants import Monotonic, Now
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.core.observations import ActionFinished
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause, Hold, Reason
from selfheal.core.scene import Scene
from selfheal.core.state import GatewayView, Phase, RestartPart, Stage
from selfheal.core.trouble import Act, Trouble
from selfheal.core.values import replace

UNDECIDED = frozenset({Phase.UNKNOWN, Phase.ABSENT, Phase.STARTING, Phase.SUSPECT})
"""Nothing is known to be over in them."""

FRESH_S = 1.0  # the age of a look on which may be acted

MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.IDLE: frozenset({Stage.STOPPING, Stage.WAITING, Stage.EXHAUSTED}),
    Stage.STOPPING: frozenset(
        {Stage.WAITING, Stage.COMING_UP, Stage.LAST_WAIT, Stage.STABILISING, Stage.IDLE, Stage.EXHAUSTED}
    ),
    Stage.WAITING: frozenset({Stage.LAUNCHING, Stage.COMING_UP, Stage.IDLE, Stage.EXHAUSTED}),
    Stage.LAUNCHING: frozenset({Stage.COMING_UP, Stage.WAITING, Stage.LAST_WAIT, Stage.EXHAUSTED}),
    Stage.COMING_UP: frozenset(
        {Stage.STABILISING, Stage.WAITING, Stage.STOPPING, Stage.LAST_WAIT, Stage.EXHAUSTED, Stage.IDLE}
    ),
    Stage.STABILISING: frozenset(
        {Stage.IDLE, Stage.COMING_UP, Stage.WAITING, Stage.STOPPING, Stage.LAST_WAIT, Stage.EXHAUSTED}
    ),
    Stage.LAST_WAIT: frozenset({Stage.STABILISING, Stage.EXHAUSTED, Stage.WAITING, Stage.IDLE}),
    Stage.EXHAUSTED: frozenset({Stage.STABILISING, Stage.WAITING, Stage.STOPPING, Stage.IDLE}),
}


@dataclass(frozen=True)
class Move:
    """What the ladder does in one step. `escalate`: it is at its end."""

    part: RestartPart
    actions: tuple[Action, ...] = ()
    notes: tuple[Note, ...] = ()
    escalate: bool = False
    detail: str = ""  # what the incident is to tell besides, quoted from the world
    cause: Cause | None = None  # what it is really about


@dataclass(frozen=True)
class Context:
    scene: Scene
    trouble: Trouble | None
    now: Now
    policy: Policy
    result: ActionFinished | None  # of the stage's own act, in the step in which it comes


def blind(scene: Scene) -> bool:
    """Our own process has just begun and has not looked yet: old news is no ground to act on."""
    view = scene.view
    return view.inspected is None or (view.process is not None and view.probed is None)


def at_work(part: RestartPart) -> Level | None:
    """The level for which the ladder is climbed. At its foot or end none is; Level 3 joins them once there is
    a doctor.
    """
    return None if part.stage in (Stage.IDLE, Stage.EXHAUSTED) else part.level


def deadline(part: RestartPart, scene: Scene) -> Monotonic | None:
    if part.patience_until is None or not patient(part, scene):
        return part.deadline
    return part.patience_until if part.deadline is None else min(part.deadline, part.patience_until)


def enter(part: RestartPart, stage: Stage, now: Now, deadline: Monotonic | None) -> RestartPart:
    requested = part.requested and stage is Stage.WAITING  # nobody was quicker yet
    part = replace(part, rungs=(*part.rungs, stage), requested=requested)
    return replace(part, stage=stage, since=now.mono, deadline=deadline, hold=None)


def due(part: RestartPart, now: Now) -> bool:
    return part.deadline is None or now.mono >= part.deadline


def stay(part: RestartPart, c: Context) -> Move:
    """Something else is awaited; an elapsed deadline must not make time the next observation at once."""
    elapsed = part.deadline is not None and c.now.mono >= part.deadline
    return Move(replace(part, deadline=recheck(c)) if elapsed else part)


def held(part: RestartPart, why: Hold, at: Monotonic, c: Context) -> Move:
    note = Note(Reason.HELD, part.level, hold=why, detail=holds.detail(c.scene, why))
    notes = () if part.hold is why else (note,)
    return Move(replace(part, hold=why, deadline=at), notes=notes)


def recheck(c: Context) -> Monotonic:
    return c.now.after(c.policy.recheck_hold_s)


def switched_off(part: RestartPart, c: Context) -> Hold | None:
    """A person has said that we are not to act."""
    if c.scene.paused:
        return Hold.PAUSED
    return Hold.LEVEL_DISABLED if part.level in c.scene.disabled else None


def silenced(part: RestartPart, c: Context) -> Hold | None:
    """A person has said that nobody is to be called, for none of the levels that are concerned: the one that
    has tried, and the one whose trouble it is now. What has once gone is Level 1's until it serves again, and
    so is what serves nothing beside it.
    """
    if c.scene.paused:
        return Hold.PAUSED
    concerned = {part.level}
    if c.trouble is not None:
        concerned.add(c.trouble.level)
        gone = c.scene.view.parked or c.scene.incident is Level.WATCHDOG
        if c.trouble.act is Act.RESTART and gone:
            concerned.add(Level.WATCHDOG)
    return Hold.LEVEL_DISABLED if concerned <= c.scene.disabled else None


def taken_over(part: RestartPart, c: Context) -> RestartPart:
    """By the level whose trouble it is, where it is the first to act or the one at work was disabled."""
    if c.trouble is None or part.level is c.trouble.level:
        return part
    off = c.scene.disabled
    hindered = part.level in off and c.trouble.level not in off
    return replace(part, level=c.trouble.level) if part.stage is Stage.IDLE or hindered else part


def despair(part: RestartPart, c: Context) -> RestartPart:
    """Since when nothing that we may do would help, and how long that is borne, if that is so."""
    why = why_not(part, c)[0]
    endless = c.policy.observe or _is_endless(why, part) or _is_left_to_others(part, why, c)
    hopeless = c.trouble is not None and (c.trouble.act is Act.NONE or endless)
    if not hopeless:
        if c.trouble is not None and why is Hold.SETTLING and part.hopeless_since is not None:
            return replace(part, patience_until=None)  # a host that stalls ends nothing: it is found again
        if c.policy.observe and c.trouble is None and _is_unproven(part, c):
            return replace(part, patience_until=None)  # somebody else tries: should that fail, it goes on
        gone = part.hopeless_since is not None and part.hold is not Hold.HOURLY_BUDGET
        hope = part.hopeless or (gone and part.stage in (Stage.LAST_WAIT, Stage.EXHAUSTED))
        if c.trouble is None and part.stage is Stage.LAST_WAIT:
            hope = False  # somebody else tries: should that fail, no hope is left of what he has tried
        if part.hopeless_since is None and part.patience_until is None and part.hopeless is hope:
            return part
        return replace(part, hopeless_since=None, patience_until=None, hopeless=hope)
    since = part.hopeless_since if part.hopeless_since is not None else c.now.mono
    proving = part.stage is Stage.STABILISING and c.trouble is not None and c.trouble.cause is Cause.DEGRADED
    ours = silenced(part, c) is None and not proving  # that stage has a patience of its own for it
    until = Monotonic(since + _borne_s(why, c)) if ours else None
    return replace(part, hopeless_since=since, patience_until=until)


def _is_endless(why: Hold | None, part: RestartPart) -> bool:
    """That no start is left in this hour is for who is about to make one: behind him the wait that follows
    has an end of its own, and that one is left by then is no repair.
    """
    if why is Hold.HOURLY_BUDGET:
        return part.hold is why or part.stage in (Stage.IDLE, Stage.WAITING)
    return why in holds.ENDLESS


def _is_left_to_others(part: RestartPart, why: Hold | None, c: Context) -> bool:
    """Only a level that is disabled would act, and another one is concerned, too: it has a person called."""
    if c.trouble is None or c.trouble.act is not Act.RESTART or why is Hold.SETTLING:
        return False
    return c.trouble.level in c.scene.disabled and silenced(part, c) is None


def _borne_s(why: Hold | None, c: Context) -> float:
    cause = None if c.trouble is None else c.trouble.cause
    if cause is Cause.LEFT_DOWN and why is None:  # nothing is to be tried, and nobody is at work
        return 0.0
    # what held us before we were blind is old news
    return patience_s(None if cause is Cause.BLIND else why, c.policy)


def _is_unproven(part: RestartPart, c: Context) -> bool:
    """What somebody else has tried may still fail. Above the ladder's foot its own window proves it."""
    view = c.scene.view
    return view.phase in UNDECIDED or (part.stage is Stage.IDLE and not is_over(view, c.policy))


def is_over(view: GatewayView, policy: Policy) -> bool:
    """Whether what was wrong has ended, where no trouble is left. Where we act the ladder has proven it;
    where we only watch the gateway must serve for as long, or each life in a crash loop would be the end.
    """
    if view.phase is Phase.STOPPED:
        return not view.in_doubt
    if view.phase in UNDECIDED or view.last_deep in UNFIT:  # the next deep check tells
        return False
    proven_from = view.serves_since + policy.stability_window_s
    proven = view.served and view.probed is not None and view.probed >= proven_from
    return proven or not policy.observe


def why_not(part: RestartPart, c: Context) -> tuple[Hold | None, Monotonic]:
    """What speaks against the act that is wished for, and when to ask again."""
    again = c.now.after(c.policy.recheck_hold_s)
    act = c.trouble.act if c.trouble is not None else Act.START
    why = holds.hold(c.scene, act, part.level, c.now)
    if why is not None or act is Act.NONE:
        return why, again
    if act is Act.RESTART:  # what is ended must be startable again, even if it does not end cleanly
        part = replace(part, unclean_end=True)
    return budget.exceeded(part, c.now, c.policy) or (None, again)


def look_again(part: RestartPart, why: Hold, at: Monotonic, c: Context) -> Move:
    """Held: look at the host again in a moment, since what holds us may end without an event."""
    if part.hold is why and part.deadline is not None and c.now.mono < part.deadline:
        return Move(part)
    move = held(part, why, at, c)
    seen_at = c.scene.view.inspected
    stale = seen_at is None or c.now.mono - seen_at >= c.policy.recheck_hold_s
    looks: tuple[Action, ...] = (InspectHost(),) if stale and not c.scene.busy(InspectHost) else ()
    return replace(move, actions=looks)


def look_first(part: RestartPart, c: Context, since: float = 0.0) -> Move | None:
    """None: a look is fresh, and of after `since`. Else no act yet: somebody may have been quicker than we,
    and the host may have changed. After a failed deep check a full one tells whether it drains instead.
    """
    ends = c.trouble is not None and c.trouble.act is Act.RESTART
    if ends and c.scene.view.blind_since is not None:  # it may be well by now: a probe must tell, too
        return Move(replace(part, deadline=None))
    deep = c.trouble is not None and c.trouble.cause is Cause.DEEP_CHECK
    if deep and not c.scene.view.deep_confirmed:
        return Move(replace(part, deadline=None))
    seen_at = c.scene.view.inspected
    if seen_at is not None and seen_at >= max(since, c.now.mono - FRESH_S):
        return None
    looks: tuple[Action, ...] = () if c.scene.busy(InspectHost) else (InspectHost(),)
    return Move(replace(part, deadline=None), looks)


def patience_s(why: Hold | None, policy: Policy) -> float:
    """As long as the last wait, unless somebody is at work whose work may rightly take longer."""
    return policy.startup_grace_max_s if why in holds.SLOW else policy.last_wait_s


def patient(part: RestartPart, scene: Scene) -> bool:
    """Not at the ladder's end, whose own deadline calls the next level, nor while an act is under way."""
    ends = (Stage.LAUNCHING, Stage.LAST_WAIT, Stage.EXHAUSTED)
    return part.stage not in ends and not scene.busy(StartGateway, SignalGateway)


def patience_is_over(part: RestartPart, c: Context) -> bool:
    """Nothing that we may do helps, for as long as the last wait: the next level is called."""
    until = part.patience_until
    return until is not None and c.now.mono >= until and patient(part, c.scene)


# -- moves that several rungs make ---------------------------------------------------------------------


def gap_end(part: RestartPart, c: Context) -> Monotonic | None:
    if part.last_start is None or part.attempts == 0:
        return None
    return Monotonic(part.last_start + c.policy.restart_gap_s)


def came_by_itself(part: RestartPart, c: Context) -> RestartPart:
    """Its manager or a person was quicker."""
    part = replace(part, last_start=c.now.mono, asked_at=None)
    return enter(part, Stage.COMING_UP, c.now, c.now.after(c.policy.start_timeout_s))


def stabilise(part: RestartPart, c: Context) -> Move:
    at = c.now.after(c.policy.stability_window_s)
    part = enter(replace(part, asked_at=None, kills=0), Stage.STABILISING, c.now, at)
    return Move(part, notes=(Note(Reason.STABILISING, part.level, number=c.policy.stability_window_s),))


def last_wait(part: RestartPart, c: Context) -> Move:
    part = enter(part, Stage.LAST_WAIT, c.now, c.now.after(c.policy.last_wait_s))
    return Move(part, notes=(Note(Reason.LAST_WAIT, part.level, number=c.policy.last_wait_s),))


def serving(c: Context) -> bool:
    report = c.scene.view.last_probe
    deep = c.scene.view.deep_misses < c.policy.deep_check_misses
    working = c.scene.view.phase in (Phase.WELL, Phase.DEGRADED) and deep
    return working and report is not None and report.verdict in WORKING


def exhausted(part: RestartPart, c: Context) -> Move:
    left = c.trouble is None or c.trouble.cause is Cause.LEFT_DOWN
    why = None if left else why_not(part, c)[0]
    cause = None if why is None else holds.CAUSES.get(why)
    since = None if part.hold is Hold.HOURLY_BUDGET else part.hopeless_since
    part = replace(part, hopeless=since is not None, hopeless_since=since)
    part = replace(part, blamed=None if c.trouble is None else c.trouble.cause)
    part = enter(part, Stage.EXHAUSTED, c.now, c.now.after(c.policy.retry_after_escalation_s))
    if silenced(part, c) is not None:  # once they let us go on it is said there
        return Move(part)
    detail = holds.detail(c.scene, why) if why is not None and cause is not None else ""
    notes = (Note(Reason.ESCALATED, Level.RECOVERY),)
    return Move(part, notes=notes, escalate=True, detail=detail, cause=cause)
