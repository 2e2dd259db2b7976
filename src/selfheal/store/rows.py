"""What one step leaves behind, as rows. Pure; the real store and the double both write exactly this.

A step is quiet when it only looks and says nothing: no notes, nothing ordered or under way but looks, and
no request of a person taken. A quiet step leaves a journal entry where the belief about the gateway changes,
and in an incident, so that it can be replayed: as many as a timeline shows. Every other one would say «still
the same» every few seconds, for weeks, until the old incidents had no place left.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from selfheal.core.actions import LOOKS
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Wall
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.core.reasons import Cause, Reason
from selfheal.core.state import Incident
from selfheal.ports.store import Commit, IncidentRow
from selfheal.store import codec
from selfheal.store.retention import TIMELINE_MAX

Statement = tuple[str, Mapping[str, object]]
"""The name of a query and its parameters."""

TURNS = (Reason.INCIDENT_OPENED, Reason.INCIDENT_CLOSED)
"""The notes that bound an incident. They name it; others may name any."""

_LOOK_NAMES = frozenset(look.__name__ for look in LOOKS)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    target: str
    incident: int
    kind: AlertKind
    action_id: int
    failed_levels: tuple[Level, ...]
    ordered: Wall
    cause: Cause | None = None
    detail: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Closing:
    """`id` None: whichever incident of the target is open."""

    id: int | None
    outcome: str | None


def is_quiet(commit: Commit) -> bool:
    step = commit.step
    return (
        not step.notes
        and commit.inbox_id is None
        and all(isinstance(ordered.action, LOOKS) for ordered in step.actions)
        and all(pending.kind in _LOOK_NAMES for pending in step.state.pending)
    )


def is_journalled(commit: Commit) -> bool:
    state = commit.step.state
    changed = state.gateway.since == commit.now.mono
    return changed or state.incident is not None or not is_quiet(commit)


def incident_of(commit: Commit) -> int | None:
    """The incident to whose timeline the entry belongs: the open one, else the one that it closes. None that
    a note only names: what is answered for one that is over, or never was, is none of its decisions.
    """
    if commit.step.state.incident is not None:
        return commit.step.state.incident.id
    notes = commit.step.notes
    return next((note.incident for note in notes if note.reason in TURNS and note.incident), None)


def action_names(commit: Commit) -> tuple[str, ...]:
    return tuple(type(ordered.action).__name__ for ordered in commit.step.actions)


def open_incidents(commit: Commit) -> Iterator[IncidentRow]:
    """The row of the open incident follows the state, so a lost one comes back with the next step."""
    current = commit.step.state.incident
    current_id = None if current is None else current.id
    for note in commit.step.notes:
        opened = note.reason is Reason.INCIDENT_OPENED and note.incident is not None
        if opened and note.incident != current_id:  # opened and over within one step
            yield _brief(commit, note)
    if current is not None and not is_quiet(commit):
        yield _row(commit.target, current)


def _row(target: str, incident: Incident) -> IncidentRow:
    return IncidentRow(
        target=target,
        id=incident.id,
        cause=incident.cause,
        level=incident.level,
        opened=incident.opened,
        closed=None,
        outcome=None,
        detail=incident.detail,
    )


def _brief(commit: Commit, note: Note) -> IncidentRow:
    return IncidentRow(
        target=commit.target,
        id=note.incident or 0,
        cause=note.cause or "",
        level=note.level or "",
        opened=commit.now.wall,
        closed=None,
        outcome=None,
        detail=note.detail,
    )


def opens(commit: Commit) -> bool:
    return any(note.reason is Reason.INCIDENT_OPENED for note in commit.step.notes)


def closings(commit: Commit) -> Iterator[Closing]:
    for note in commit.step.notes:
        if note.reason is Reason.INCIDENT_CLOSED:
            yield Closing(note.incident, note.outcome)


def alerts(commit: Commit) -> Iterator[OutboxRow]:
    for ordered in commit.step.actions:
        if isinstance(ordered.action, Notify):
            notify = ordered.action
            yield OutboxRow(
                target=commit.target,
                incident=notify.incident,
                kind=notify.kind,
                action_id=ordered.id,
                failed_levels=notify.failed_levels,
                ordered=commit.now.wall,
                cause=notify.cause,
                detail=notify.detail,
                number=notify.number,
            )


def statements(commit: Commit) -> list[Statement]:
    """All that the transaction of a step consists of, encoded, in order.

    Incidents come before the state: a new one keeps the state that it began in.
    """
    wall = commit.now.wall
    body = codec.encode_state(commit.step.state)
    policy = None if commit.policy is None else codec.encode_policy(commit.policy)
    found: list[Statement] = [("put_incident", _incident(row)) for row in open_incidents(commit)]
    if policy is not None:
        found.append(("add_policy", {"body": policy}))
    state = {"target": commit.target, "wall": wall, "body": body, "policy": policy}
    found.append(("put_stepped_state", state))
    if is_journalled(commit):
        found.append(("add_quiet_entry" if is_quiet(commit) else "add_entry", _entry(commit)))
    for closing in closings(commit):
        values = {"target": commit.target, "id": closing.id, "closed": wall, "outcome": closing.outcome}
        found.append(("close_incident", values))
    found.extend(("add_to_outbox", _alert(row)) for row in alerts(commit))
    if commit.inbox_id is not None:
        found.append(("take_from_inbox", {"id": commit.inbox_id, "wall": wall}))
    return found


def _entry(commit: Commit) -> Mapping[str, object]:
    kind, observation = codec.encode_observation(commit.observation)
    return {
        "target": commit.target,
        "wall": commit.now.wall,
        "mono": commit.now.mono,
        "boot_id": commit.now.boot_id,
        "kind": kind,
        "observation": observation,
        "notes": codec.encode_notes(commit.step.notes),
        "actions": codec.encode_names(action_names(commit)),
        "incident": incident_of(commit),
        "policy": None if commit.policy is None else codec.encode_policy(commit.policy),
        "most": TIMELINE_MAX,
    }


def _incident(row: IncidentRow) -> Mapping[str, object]:
    return {
        "target": row.target,
        "id": row.id,
        "cause": row.cause,
        "level": row.level,
        "opened": row.opened,
        "detail": codec.plain(row.detail),
    }


def _alert(row: OutboxRow) -> Mapping[str, object]:
    return {
        "target": row.target,
        "incident": row.incident,
        "kind": row.kind,
        "action_id": row.action_id,
        "failed_levels": codec.encode_levels(row.failed_levels),
        "ordered": row.ordered,
        "cause": row.cause,
        "detail": codec.plain(row.detail),
        "number": row.number,
    }
