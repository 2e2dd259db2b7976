"""When an incident opens, what it is about, when it is over. Levels find trouble; here it becomes an outage.

A planned start, the first one of a gateway or a restart that it asked for, is none unless it goes wrong.
"""

from selfheal.core import alerting, budget, managed, recovery
from selfheal.core.actions import SignalGateway, StartGateway
from selfheal.core.grace import grace_s
from selfheal.core.instants import Now
from selfheal.core.ladder import Move, at_work, is_over
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause, Outcome, Reason
from selfheal.core.state import Incident, Phase, RestartPart, Stage, State
from selfheal.core.trouble import Act, Trouble
from selfheal.core.values import replace

SERVING = frozenset({Cause.DEGRADED, Cause.DRAINING_LONG, Cause.BLIND})
"""What an incident may begin as that is no outage yet, or not known to be one."""

TELLING = frozenset(
    {
        Cause.PORT_TAKEN,
        Cause.PACKAGE_BROKEN,
        Cause.CONFIG_UNLOADABLE,
        Cause.DISK_FULL,
        Cause.BLIND,
        Cause.LEFT_DOWN,
    }
)

DETAIL_MAX = 1_000  # characters, from which on nothing is added

Changed = tuple[State, tuple[Note, ...]]


def opens(state: State, trouble: Trouble | None, now: Now, policy: Policy) -> Changed:
    settling = now.mono < state.gateway.settle_until  # what we measured in our absence proves nothing
    if trouble is None or settling:
        return state, ()
    if state.incident is not None:
        return _cause_found(state, state.incident, trouble)
    waits = trouble.planned and not gone_wrong(state, now, policy)
    return (state, ()) if waits else opened(state, trouble, now)


def gone_wrong(state: State, now: Now, policy: Policy) -> bool:
    """A planned start has failed, or the gateway is not back within the time that its starts take here."""
    part = state.restart
    back_by = state.gateway.since + grace_s(state.startups_s, policy, says_starting=False)
    failed = part.stage is not Stage.IDLE and part.attempts > 0
    return now.mono >= state.gateway.settle_until and (failed or now.mono >= back_by)


def opened(state: State, trouble: Trouble, now: Now) -> Changed:
    incident = Incident(
        state.next_incident_id,
        trouble.cause,
        now.wall,
        now.mono,
        trouble.level,
        trouble.detail,
        acted_for=_acted_for(state.restart),
    )
    note = Note(Reason.INCIDENT_OPENED, trouble.level, cause=trouble.cause, detail=trouble.detail)
    return replace(state, incident=incident, next_incident_id=incident.id + 1), (note,)


def _acted_for(part: RestartPart) -> tuple[Level, ...]:
    """In what has come before the incident was opened. Attempts left at the ladder's foot are old."""
    acts = part.stage is not Stage.IDLE and (part.stage is not Stage.WAITING or part.attempts > 0)
    return (part.level,) if acts else ()


def keeps_dying(state: State, before: RestartPart, now: Now, policy: Policy) -> Changed:
    """Each of its lives may outlast the window, and its manager be quicker: no try of ours is in vain.

    `before`: the part before this step. A person who pauses us or has switched Level 1 off looks at it. What
    they were told already, or what only they can mend, stays the cause.
    """
    count = budget.too_many(before, state.restart, now, policy)
    asleep = state.pause is not None or Level.WATCHDOG in state.disabled
    if not count or asleep or state.gateway.phase is Phase.STOPPED:
        return state, ()
    found = Trouble(Cause.KEEPS_DYING, Level.WATCHDOG, Act.NONE, str(count))
    state, notes = (state, ()) if state.incident is not None else opened(state, found, now)
    incident = state.incident
    if incident is None or incident.keeps_dying:
        return state, notes
    incident = replace(incident, keeps_dying=True)
    if not notes and incident.cause not in TELLING and state.alerting.opened != incident.id:
        incident = replace(incident, cause=found.cause, detail=found.detail)
        notes = (Note(Reason.CAUSE_FOUND, found.level, cause=found.cause, detail=found.detail),)
    return replace(state, incident=incident), notes


def _cause_found(state: State, incident: Incident, trouble: Trouble) -> Changed:
    """What is seen later may say why, where what was seen first only said that; or it is worse by now."""
    worse = incident.cause in SERVING and trouble.act is not Act.NONE
    if not worse and trouble.cause not in TELLING - {incident.cause}:
        return state, ()
    refined = replace(incident, cause=trouble.cause, detail=trouble.detail)
    note = Note(Reason.CAUSE_FOUND, trouble.level, cause=trouble.cause, detail=trouble.detail)
    return replace(state, incident=refined), (note,)


def told_by(state: State, move: Move, trouble: Trouble | None) -> Changed:
    """With what the ladder does in it, and has found out by that.

    A start is one of the level that climbs, a signal that of whose `trouble` it is: what Level 1 has started
    and does not answer, Level 2 ends.
    """
    incident = state.incident
    if incident is None or not (move.actions or move.detail):
        return state, ()
    acts = [action for action in move.actions if isinstance(action, StartGateway | SignalGateway)]
    signals = any(isinstance(action, SignalGateway) for action in acts)
    level = trouble.level if signals and trouble is not None else state.restart.level
    if acts and level not in incident.acted_for:
        levels = tuple(each for each in Level if each in (*incident.acted_for, level))
        incident = replace(incident, acted_for=levels)
    if move.cause not in (None, incident.cause):
        note = Note(Reason.CAUSE_FOUND, state.restart.level, cause=move.cause, detail=move.detail)
        return replace(state, incident=replace(incident, cause=move.cause, detail=move.detail)), (note,)
    known = move.detail in incident.detail or len(incident.detail) >= DETAIL_MAX
    detail = incident.detail if known else "; ".join(filter(None, (incident.detail, move.detail)))
    return replace(state, incident=replace(incident, detail=detail)), ()


def passes(state: State, policy: Policy) -> Changed:
    """From the level that could not heal it to the one that is at work now.

    Where all were at their end a person knows, and what is tried then is no news. Who was not to be told in
    that moment is not told of it later.
    """
    incident, level = state.incident, at_work(state.restart)
    if incident is None or level is None or policy.observe or state.recovery.escalated:
        return state, ()
    if incident.keeps_dying:
        return state, ()
    before = incident.reached or incident.level
    if not level.is_after(before):
        return state, ()
    state = replace(state, incident=replace(incident, reached=level))
    if not policy.tell_level_changes or Level.NOTIFICATION in state.disabled:
        return state, ()
    part, notes = alerting.passed(state.alerting, incident, before, level)
    return replace(state, alerting=part), notes


def _goes_on(state: State) -> State:
    """Well for now: what the ladder may do in its next life is what it might in a new incident."""
    recovered = recovery.over(state.recovery)
    return state if recovered == state.recovery else replace(state, recovery=recovered)


def closes(state: State, trouble: Trouble | None, now: Now, policy: Policy) -> Changed:
    incident = state.incident
    if incident is None or trouble is not None or state.restart.stage is not Stage.IDLE:
        return state, ()
    if not is_over(state.gateway, policy):
        return state, ()
    stopped = state.gateway.phase is Phase.STOPPED
    if stopped and managed.is_to_be_looked_at(state.gateway):
        return state, ()
    if incident.keeps_dying and not stopped and not budget.is_over(state.restart, now, policy):
        return _goes_on(state), ()
    if stopped:
        outcome = Outcome.STOPPED_ON_PURPOSE
    else:
        outcome = Outcome.HEALED if incident.acted_for else Outcome.RECOVERED
    part, untold = alerting.over(state.alerting, incident, outcome)
    note = Note(
        Reason.INCIDENT_CLOSED,
        incident.level,
        cause=incident.cause,
        outcome=outcome,
        incident=incident.id,
        number=now.mono - incident.opened_mono,
    )
    return replace(state, incident=None, alerting=part, recovery=recovery.over(state.recovery)), (
        note,
        *untold,
    )
