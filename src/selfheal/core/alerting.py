"""Level 4: tell a person, once when it opens and once when it is over.

What was decided stays in `unsent` until its delivery is reported, across crashes and reboots: at least once.
"""

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import BEGINNING, Monotonic, Now
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.core.reasons import Reason
from selfheal.core.state import AlertingPart, Incident
from selfheal.core.trouble import Looks
from selfheal.core.values import replace

FAILED = (Level.WATCHDOG, Level.HEALTHCHECK)
"""The levels that tried before a person is told. Level 3 joins them once there is a doctor."""

UNSENT_MAX = 40  # twenty outages: each step writes them, and a person reads them on a phone
RETRY_S = 60.0  # a route that refuses now may take it in a minute


def opened(part: AlertingPart, incident: Incident) -> tuple[AlertingPart, tuple[Note, ...]]:
    """The levels before this one are at their end. An incident is told of once."""
    if part.opened == incident.id:
        return part, ()
    failed = FAILED if incident.acted else ()
    alert = Notify(AlertKind.OPENED, incident.id, failed, incident.cause, incident.detail)
    part = replace(part, opened=incident.id, unsent=(*part.unsent, alert))
    return part, (Note(Reason.TOLD, Level.NOTIFICATION),)


def over(part: AlertingPart, incident: Incident) -> tuple[AlertingPart, tuple[Note, ...]]:
    if part.opened != incident.id:
        return part, ()
    unsent = (*part.unsent, Notify(AlertKind.OVER, incident.id, ()))
    unheard = _unheard(unsent) if len(unsent) > UNSENT_MAX else None
    if unheard is not None:
        of_it = (AlertKind.OPENED, AlertKind.OVER)
        unsent = tuple(alert for alert in unsent if alert.incident != unheard or alert.kind not in of_it)
    notes = () if unheard is None else (Note(Reason.UNTOLD, Level.NOTIFICATION, detail=str(unheard)),)
    return replace(part, opened=None, unsent=unsent), notes


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
    return part.next_try if part.unsent and not busy else None
