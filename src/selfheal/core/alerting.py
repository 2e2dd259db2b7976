"""Level 4: tell a person, once when it opens and once when it is over."""

from dataclasses import replace

from selfheal.core.actions import AlertKind, Notify
from selfheal.core.notes import Note
from selfheal.core.observations import Level
from selfheal.core.reasons import Reason
from selfheal.core.state import AlertingPart, Incident
from selfheal.core.trouble import Looks

FAILED = (Level.WATCHDOG, Level.HEALTHCHECK)
"""The levels that tried before a person is told. Level 3 joins them once there is a doctor."""


def opened(part: AlertingPart, incident: Incident) -> tuple[AlertingPart, Looks]:
    """The levels before this one are at their end. An incident is told of once."""
    if part.opened == incident.id:
        return part, Looks()
    failed = FAILED if incident.acted else ()
    order = Notify(AlertKind.OPENED, incident.id, failed)
    return replace(part, opened=incident.id), Looks((order,), (Note(Reason.TOLD, Level.NOTIFICATION),))


def over(part: AlertingPart, incident: Incident) -> tuple[AlertingPart, Looks]:
    if part.opened != incident.id:
        return part, Looks()
    return replace(part, opened=None), Looks((Notify(AlertKind.OVER, incident.id, ()),))
