"""The one door to the core: `step` decides, `next_deadline` says when time itself is the next observation.

The order of the levels is known here and nowhere else: perceive, Level 1, Level 2, the ladder that acts for
both, Level 3, Level 4. Nothing here reads a clock, a file or the environment.
"""

from dataclasses import dataclass

from selfheal.core import (
    alerting,
    budget,
    distrust,
    grace,
    healthcheck,
    incidents,
    ladder,
    recovery,
    restart,
    watchdog,
)
from selfheal.core.actions import (
    LOOKS,
    Action,
    CheckDeeply,
    ExamineExit,
    Ordered,
    Probe,
    SignalGateway,
    StartGateway,
)
from selfheal.core.alert import Notify
from selfheal.core.facts import ExitCause
from selfheal.core.instants import Monotonic, Now
from selfheal.core.levels import Level
from selfheal.core.notes import Note, Step
from selfheal.core.observations import (
    ActionFinished,
    ActionOrphaned,
    ClockJumped,
    DeepCheckFinished,
    ExitExamined,
    HostInspected,
    HostResumed,
    Observation,
    ProbeFinished,
    ResidentStarted,
)
from selfheal.core.perceive import perceive
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause, Reason
from selfheal.core.reboot import awaited, rebased, reset
from selfheal.core.requests import obey, pause_over
from selfheal.core.scene import Scene
from selfheal.core.state import (
    Incident,
    Pending,
    RestartPart,
    Stage,
    State,
)
from selfheal.core.trouble import Act, Trouble
from selfheal.core.values import replace

PENDING_MAX_S = 300.0
"""Every action of the shell is bounded well below this; an older one is lost, and must block nothing."""

Result = HostInspected | ExitExamined | ProbeFinished | DeepCheckFinished | ActionFinished
RESULTS = (HostInspected, ExitExamined, ProbeFinished, DeepCheckFinished, ActionFinished)


@dataclass(frozen=True)
class _Draft:
    """A step in the making: the state so far, what is ordered and said so far. Most steps change little."""

    state: State
    actions: tuple[Action, ...] = ()
    notes: tuple[Note, ...] = ()

    def with_state(self, state: State) -> "_Draft":
        return self if state is self.state else replace(self, state=state)

    def say(self, *notes: Note) -> "_Draft":
        return replace(self, notes=self.notes + notes) if notes else self

    def order(self, *actions: Action) -> "_Draft":
        return replace(self, actions=self.actions + actions) if actions else self


def step(state: State, observation: Observation, now: Now, policy: Policy) -> Step:
    """What to do on `observation`, and why. Pure; the same arguments always give the same step."""
    draft = _Draft(rebased(state, now))
    if draft.state.boot_id != state.boot_id and state.boot_id:
        draft = draft.say(Note(Reason.STATE_AFTER_REBOOT))
    if isinstance(observation, RESULTS):
        if all(entry.id != observation.action_id for entry in draft.state.pending):
            note = Note(Reason.STALE_RESULT, detail=type(observation).__name__)
            part = replace(draft.state.restart, rungs=())  # none is climbed in this step
            return _finish(draft.with_state(replace(draft.state, restart=part)).say(note), now)
        observation = _made_whole(draft.state, observation)
        draft = draft.with_state(_settle(draft.state, observation.action_id))
    before = draft.state.restart
    draft = _housekeeping(draft, observation, now)
    policy = distrust.heeded(draft.state, policy)
    draft = _perceived(state, draft, observation, now, policy)
    scene, kind = _scene(draft.state), _kind(state, observation)
    draft, trouble = _levels(draft, observation, scene, now, policy)
    draft = _incident(draft, incidents.opens(draft.state, trouble, now, policy))
    draft = _incident(draft, incidents.keeps_dying(draft.state, before, now, policy))
    draft = _ladder(draft, observation, kind, scene, trouble, now, policy)
    draft = _incident(draft, incidents.closes(draft.state, trouble, now, policy))
    draft = _alerts(draft, kind, observation, now, policy)
    return _finish(draft, now)


def next_deadline(state: State, policy: Policy) -> Monotonic | None:
    """The monotonic instant (of the state's boot) at which `TimePassed` is due; None: nothing is awaited.

    Every instant was decided in the step that made the state: nothing here may judge it anew, by `policy` or
    otherwise, or the two would disagree and time would ask again and again.
    """
    del policy
    scene = _scene(state)
    instants = [
        watchdog.deadline(state.watchdog, scene),
        alerting.deadline(state.alerting, busy=_busy_telling(state)),
        healthcheck.deadline(state.healthcheck, scene),
        None if ladder.blind(scene) else ladder.deadline(state.restart, scene),
        min((Monotonic(entry.since + PENDING_MAX_S) for entry in state.pending), default=None),
    ]
    if state.pause is not None and state.pause.until is not None:
        instants.append(state.pause.until.mono)
    return min((instant for instant in instants if instant is not None), default=None)


# -- before the levels -------------------------------------------------------------------------------


def _made_whole(state: State, result: Result) -> Result:
    """Why a process ended could not be found out: an answer too, and none better is waited for."""
    if isinstance(result, ActionFinished) and _kind(state, result) == ExamineExit.__name__:
        lost = state.gateway.lost
        return ExitExamined(result.action_id, ExitCause.UNKNOWN, result.detail, pid=lost.pid if lost else 0)
    return result


def _settle(state: State, action_id: int) -> State:
    return replace(state, pending=tuple(entry for entry in state.pending if entry.id != action_id))


def _housekeeping(draft: _Draft, observation: Observation, now: Now) -> _Draft:
    state = draft.state
    match observation:
        case ResidentStarted(version=version):
            draft = draft.say(Note(Reason.RESIDENT_STARTED, detail=version))
            if state.distrust:
                draft = draft.say(Note(Reason.INVARIANT_BROKEN, detail=state.distrust))
            soon = replace(state.watchdog, next_sweep=now.mono)
            left = tuple(replace(entry, since=now.mono) for entry in state.pending)  # orphaned one by one
            part = budget.ended_unseen(state.restart)
            draft = draft.with_state(replace(state, watchdog=soon, pending=left, restart=part))
        case ActionOrphaned(action_id=lost):
            kind = _kind(state, observation)
            draft = draft.say(Note(Reason.ACTION_ORPHANED, detail=kind))
            soon = replace(state.watchdog, next_sweep=now.mono)
            sent = state.restart.unsure or kind == SignalGateway.__name__
            part = replace(state.restart, unsure=sent)
            draft = draft.with_state(replace(_settle(state, lost), watchdog=soon, restart=part))
        case ClockJumped(by_s=by):
            draft = draft.with_state(reset(draft.state, now)).say(Note(Reason.CLOCK_JUMPED, number=by))
        case HostResumed(away_s=away):
            kept = tuple(entry for entry in awaited(state.pending, away, now) if entry.kind in _LASTING)
            draft = draft.with_state(replace(state, pending=kept))
        case _:
            pass
    fresh = tuple(entry for entry in draft.state.pending if now.mono < entry.since + PENDING_MAX_S)
    if len(fresh) < len(draft.state.pending):
        draft = draft.with_state(replace(draft.state, pending=fresh))
    state, notes = obey(draft.state, observation, now)
    state, over = pause_over(state, now)
    return draft.with_state(state).say(*notes, *over)


_LASTING = frozenset(kind.__name__ for kind in (StartGateway, SignalGateway, Notify, ExamineExit))
"""Their results are true whenever they come; what else was under way tells how it was before."""

_QUESTIONS = frozenset(kind.__name__ for kind in (Probe, CheckDeeply))
_LOOKS = frozenset(kind.__name__ for kind in LOOKS)


def _kind(state: State, observation: Observation) -> str:
    """Of the action whose end this is."""
    action_id = getattr(observation, "action_id", None)
    return next((entry.kind for entry in state.pending if entry.id == action_id), "")


def _perceived(before: State, draft: _Draft, observation: Observation, now: Now, policy: Policy) -> _Draft:
    state = draft.state
    asked = state.restart.asked_at is not None or state.restart.unsure
    kind = _kind(before, observation)
    view, notes = perceive(
        state.gateway,
        observation,
        now,
        policy,
        startups_s=state.startups_s,
        asked=asked,
        sent=state.restart.asked is not None,
        launched=state.restart.stage in (Stage.LAUNCHING, Stage.COMING_UP),
        look=kind in _LOOKS,
    )
    known = state.known or view.process is not None or bool(state.startups_s)
    if view is not state.gateway or known is not state.known:
        state = replace(state, gateway=view, known=known)
    ours = state.restart.stage is Stage.COMING_UP
    learnt = grace.learnt(state.startups_s, draft.state.gateway, notes, policy, launched=ours)
    state = state if learnt is state.startups_s else replace(state, startups_s=learnt)
    if any(note.reason is Reason.GATEWAY_FOUND for note in notes):  # what is under way asks the one before
        left = tuple(entry for entry in state.pending if entry.kind not in _QUESTIONS)
        state = replace(state, pending=left)
    part = _budgeted(state, before.gateway.exit_examined, observation, notes, now, policy)
    state = state if part is state.restart else replace(state, restart=part)
    return draft.with_state(state).say(*notes)


def _budgeted(
    state: State,
    examined: bool,
    observation: Observation,
    notes: tuple[Note, ...],
    now: Now,
    policy: Policy,
) -> RestartPart:
    """What was seen end and begin, in the one budget of all restarts."""
    part, seen = state.restart, {note.reason for note in notes}
    if Reason.GATEWAY_LOST in seen:
        part = budget.lost(part)
    if Reason.GATEWAY_FOUND in seen:
        born, managed = state.gateway.process_since, state.gateway.managed
        part = budget.appeared(part, born, now, policy, examined=examined, managed=managed)
        part = replace(part, asked_at=None, asked=None, refused=None, unsure=False)  # it was another one
    if isinstance(observation, ExitExamined) and Reason.EXIT_EXAMINED in seen:
        part = budget.judged(part, observation.cause, gone=state.gateway.process is None)
    return part


# -- the levels, in their order ----------------------------------------------------------------------


def _scene(state: State) -> Scene:
    return Scene(
        view=state.gateway,
        stage=state.restart.stage,
        pending=frozenset(entry.kind for entry in state.pending),
        disabled=frozenset(state.disabled),
        startups_s=state.startups_s,
        paused=state.pause is not None,
        known=state.known,
        escalated=state.recovery.escalated,
        incident=None if state.incident is None else state.incident.level,
    )


def _levels(
    draft: _Draft, observation: Observation, scene: Scene, now: Now, policy: Policy
) -> tuple[_Draft, Trouble | None]:
    first, looks1 = watchdog.observe(draft.state.watchdog, observation, scene, now, policy)
    second, looks2 = healthcheck.observe(draft.state.healthcheck, observation, scene, now, policy)
    if first is not draft.state.watchdog or second is not draft.state.healthcheck:
        draft = draft.with_state(replace(draft.state, watchdog=first, healthcheck=second))
    draft = draft.order(*looks1.actions, *looks2.actions).say(*looks1.notes, *looks2.notes)
    blind_or_ill = healthcheck.trouble(second, scene, now, policy)  # blind: that it has gone is old news
    return draft, blind_or_ill or watchdog.trouble(scene)


def _ladder(
    draft: _Draft,
    observation: Observation,
    kind: str,
    scene: Scene,
    trouble: Trouble | None,
    now: Now,
    policy: Policy,
) -> _Draft:
    before = draft.state.restart
    move = restart.observe(before, observation, kind, scene, trouble, now, policy)
    state = draft.state if move.part is before else replace(draft.state, restart=move.part)
    if restart.proves_anew(before, move.part):
        state = replace(state, healthcheck=replace(state.healthcheck, next_deep=now.mono))
    ends = move.part.deadline  # of the stability window: it ends with a full check
    if move.part.stage is Stage.STABILISING and ends is not None and ends != before.deadline:
        state = replace(state, healthcheck=replace(state.healthcheck, next_full=ends))
    if move.part.stage is Stage.STOPPING and before.stage is not Stage.STOPPING:
        soon = min(state.healthcheck.next_heartbeat, now.after(policy.heartbeat_retry_s))
        state = replace(state, healthcheck=replace(state.healthcheck, next_heartbeat=soon))
    notes = tuple(_said(note, state.incident) for note in move.notes)
    draft = draft.with_state(state).order(*move.actions).say(*notes)
    if trouble is not None and state.incident is None:
        failed = trouble.planned and incidents.gone_wrong(state, now, policy)
        draft = _incident(draft, incidents.opened(state, trouble, now)) if move.escalate or failed else draft
    draft = _incident(draft, incidents.told_by(draft.state, move, trouble))
    if move.escalate and draft.state.incident is not None:
        draft = draft.with_state(replace(draft.state, recovery=recovery.escalate(draft.state.recovery)))
    draft = _incident(draft, incidents.passes(draft.state, policy))
    return _told(draft, move, trouble, now, policy)


def _said(note: Note, incident: Incident | None) -> Note:
    planned = note.reason is Reason.HEALED and incident is None
    return replace(note, reason=Reason.STARTED) if planned else note


def _told(draft: _Draft, move: ladder.Move, trouble: Trouble | None, now: Now, policy: Policy) -> _Draft:
    """Of what the ladder could not end, or ends again and again: at once, or as soon as Level 4 is enabled
    again. Who is told that it keeps dying knows that it does not serve.
    """
    state, incident = draft.state, draft.state.incident
    if any(note.reason is Reason.HEALED for note in move.notes):
        state = replace(state, alerting=alerting.serves_again(state.alerting))
        draft = draft.with_state(state)
    if incident is None or Level.NOTIFICATION in state.disabled:
        return draft
    if not (state.recovery.escalated or incident.keeps_dying):
        return draft
    left = trouble is not None and trouble.cause is Cause.LEFT_DOWN
    news = move.escalate or state.restart.hold is not None or left
    end = state.restart.stage is Stage.EXHAUSTED and news
    down = end and trouble is not None and trouble.act is not Act.NONE
    lot = alerting.Lot(end=end, down=down or not state.recovery.escalated)
    part, notes = alerting.opened(state.alerting, incident, lot, now, policy)
    return draft.with_state(replace(state, alerting=part)).say(*notes) if notes else draft


# -- incidents and alerts ----------------------------------------------------------------------------


def _incident(draft: _Draft, changed: incidents.Changed) -> _Draft:
    state, notes = changed
    return draft.with_state(state).say(*notes)


def _alerts(draft: _Draft, kind: str, observation: Observation, now: Now, policy: Policy) -> _Draft:
    """What a person is to be told goes out until its delivery is reported."""
    part = draft.state.alerting
    notes: tuple[Note, ...] = ()
    if kind == Notify.__name__:
        done = isinstance(observation, ActionFinished) and observation.succeeded
        part = alerting.delivered(part, now, succeeded=done)
        if isinstance(observation, ActionOrphaned):  # nobody refused it: at once
            part = replace(part, next_try=now.mono)
    busy = _busy_telling(draft.state)
    if not busy:
        part = alerting.timely(part, draft.state.incident)
        part, notes = alerting.remind(part, draft.state.incident, now, policy)
    looks = alerting.deliver(part, now, busy=busy)
    if part is not draft.state.alerting:
        draft = draft.with_state(replace(draft.state, alerting=part))
    return draft.order(*looks.actions).say(*notes)


def _busy_telling(state: State) -> bool:
    """Or told not to."""
    under_way = any(entry.kind == Notify.__name__ for entry in state.pending)
    return under_way or Level.NOTIFICATION in state.disabled


# -- the end -----------------------------------------------------------------------------------------


def _once(draft: _Draft) -> list[Action]:
    """Each kind of look is under way once at a time, whoever asked for it."""
    busy = {entry.kind for entry in draft.state.pending}
    wanted: list[Action] = []
    for action in draft.actions:
        kind = type(action).__name__
        if isinstance(action, LOOKS) and kind in busy:
            continue
        busy.add(kind)
        wanted.append(action)
    return wanted


def _finish(draft: _Draft, now: Now) -> Step:
    state = draft.state
    first = state.next_action_id
    orders = tuple(Ordered(first + index, action) for index, action in enumerate(_once(draft)))
    pending = tuple(Pending(order.id, type(order.action).__name__, now.mono) for order in orders)
    running = state.incident.id if state.incident is not None else None
    notes = tuple(
        note if note.incident is not None else replace(note, incident=running) for note in draft.notes
    )
    state = replace(
        state,
        pending=(*state.pending, *pending),
        next_action_id=first + len(orders),
        boot_id=now.boot_id,
        last_mono=now.mono,
        last_wall=now.wall,
    )
    return Step(state, orders, notes)
