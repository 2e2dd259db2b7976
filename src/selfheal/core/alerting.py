"""Level 4: tell a person, once when it opens and once when it is over, and remind them while it lasts.

What was decided stays in `unsent` until its delivery is reported, across crashes and reboots: at least once.
"""

from dataclasses import dataclass

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import BEGINNING, Monotonic, Now, Until, until
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.core.policy import Policy
from selfheal.core.reasons import Outcome, Reason
from selfheal.core.state import Acknowledgement, AlertingPart, Incident
from selfheal.core.trouble import Looks
from selfheal.core.values import replace

UNSENT_MAX = 40  # twenty outages: each step writes them, and a person reads them on a phone
RETRY_S = 60.0  # a route that refuses now may take it in a minute


Told = tuple[AlertingPart, tuple[Note, ...]]


@dataclass(frozen=True)
class Lot:
    """How it stands. `end`: nothing more can be done for a while; `down`: and the gateway does not serve."""

    end: bool
    down: bool


def opened(part: AlertingPart, incident: Incident, lot: Lot, now: Now, policy: Policy) -> Told:
    """The levels before this one are at their end. An incident is told of once, and again where what a
    person knows of it is not what is wrong by now.
    """
    first = part.opened != incident.id
    changed = lot.end and (part.cause is not incident.cause or (lot.down and not part.down))
    if not (first or changed):
        return part, ()
    changes = 0 if first else part.changes + 1
    alert = replace(_about(AlertKind.OPENED if first else AlertKind.CHANGED, incident), number=changes)
    part = replace(
        part,
        opened=incident.id,
        cause=incident.cause,
        down=lot.down,
        changes=changes,
        unsent=(*_without(part.unsent, AlertKind.CHANGED), alert),
        reminders=0 if first else part.reminders,
        remind_at=_next_reminder(now, policy),
        acknowledged=None,
    )
    return part, (Note(Reason.TOLD, Level.NOTIFICATION),)


def passed(part: AlertingPart, incident: Incident, failed: Level, level: Level) -> Told:
    """`level` is at work, where `failed` was before."""
    alert = replace(_about(AlertKind.LEVEL_PASSED, incident), failed_levels=(failed,), number=level.number)
    note = Note(Reason.TOLD_LEVEL, Level.NOTIFICATION, number=float(level.number))
    return replace(part, unsent=(*part.unsent, alert)), (note,)


def timely(part: AlertingPart, incident: Incident | None) -> AlertingPart:
    """Without what is no news any more. No delivery may be under way."""
    known = None if incident is None else incident.id
    stale = [one for one in part.unsent if one.kind is AlertKind.LEVEL_PASSED and one.incident != known]
    return replace(part, unsent=tuple(one for one in part.unsent if one not in stale)) if stale else part


def serves_again(part: AlertingPart) -> AlertingPart:
    """For a while, by a try of ours; what is open of the incident is less than what they were told."""
    return replace(part, down=False) if part.down else part


def remind(part: AlertingPart, incident: Incident | None, now: Now, policy: Policy) -> Told:
    if incident is None or part.remind_at is None or not part.remind_at.passed(now):
        return part, ()
    number = part.reminders + 1
    waiting = _without(part.unsent, AlertKind.REMINDER)
    alert = replace(_about(AlertKind.REMINDER, incident), number=number)
    part = replace(part, unsent=(*waiting, alert), reminders=number, remind_at=_next_reminder(now, policy))
    part = replace(part, acknowledged=None)  # whoever was at it said for how long
    return part, (Note(Reason.REMINDED, Level.NOTIFICATION, number=float(number)),)


def acknowledged(
    part: AlertingPart, incident: int | None, for_s: float | None, now: Now, by: str = ""
) -> Told:
    """Somebody is at it: no reminders, for a while or for good."""
    if incident is None or part.opened != incident:
        return part, (Note(Reason.NOT_ACKNOWLEDGED, Level.NOTIFICATION, incident=incident),)
    waiting = _without(part.unsent, AlertKind.REMINDER)
    end = None if for_s is None else until(now, for_s)
    note = Note(Reason.ACKNOWLEDGED, Level.NOTIFICATION, incident=incident, detail=by, number=for_s)
    known = Acknowledgement(incident, now.wall, by)
    return replace(part, unsent=waiting, remind_at=end, acknowledged=known), (note,)


def is_acknowledged(part: AlertingPart, incident: int) -> bool:
    return part.acknowledged is not None and part.acknowledged.incident == incident


def unacknowledged(part: AlertingPart) -> int | None:
    """The incident of which a person was told and that nobody has acknowledged; None: there is none."""
    return None if part.opened is None or is_acknowledged(part, part.opened) else part.opened


def _without(unsent: tuple[Notify, ...], kind: AlertKind) -> tuple[Notify, ...]:
    """What a later one makes needless, but for the first alert, which may be on its way."""
    return unsent[:1] + tuple(alert for alert in unsent[1:] if alert.kind is not kind)


def _about(kind: AlertKind, incident: Incident) -> Notify:
    return Notify(kind, incident.id, incident.acted_for, incident.cause, incident.detail)


def _next_reminder(now: Now, policy: Policy) -> Until | None:
    return until(now, policy.reminder_interval_s) if policy.reminder_interval_s else None


def over(part: AlertingPart, incident: Incident, outcome: Outcome) -> Told:
    if part.opened != incident.id:
        return part, ()
    waiting = _without(part.unsent, AlertKind.REMINDER)
    unsent = (*waiting, Notify(AlertKind.OVER, incident.id, (), detail=outcome))
    unheard = _unheard(unsent) if len(unsent) > UNSENT_MAX else None
    if unheard is not None:
        kept = (
            alert for alert in unsent[1:] if alert.incident != unheard or alert.kind is AlertKind.DISTRUST
        )
        unsent = (*unsent[:1], *kept)
    notes = () if unheard is None else (Note(Reason.UNTOLD, Level.NOTIFICATION, detail=str(unheard)),)
    return replace(part, opened=None, unsent=unsent, remind_at=None), notes


def _unheard(unsent: tuple[Notify, ...]) -> int | None:
    """The oldest incident that is over and of which nobody has heard, while no route works. The first alert
    may be on its way.
    """
    ended = {alert.incident for alert in unsent if alert.kind is AlertKind.OVER}
    opened = (alert.incident for alert in unsent[1:] if alert.kind is AlertKind.OPENED)
    return next((incident for incident in opened if incident in ended), None)


def delivered(part: AlertingPart, now: Now, *, succeeded: bool) -> AlertingPart:
    """The end of the delivery that was under way: of the oldest one."""
    if succeeded:
        return replace(part, unsent=part.unsent[1:], next_try=BEGINNING)
    return replace(part, next_try=now.after(RETRY_S))


def deliver(part: AlertingPart, now: Now, *, busy: bool) -> Looks:
    due = part.unsent and not busy and now.mono >= part.next_try
    return Looks(part.unsent[:1] if due else ())


def deadline(part: AlertingPart, *, busy: bool) -> Monotonic | None:
    if busy:
        return None
    due = [part.next_try] if part.unsent else []
    if part.remind_at is not None:
        due.append(part.remind_at.mono)
    return min(due, default=None)
