"""What a person is to be told: an action like those of `actions`, kept in the state until it is delivered.

It stands apart from them, so that who only reads a state loads none of the others.
"""

from dataclasses import dataclass
from enum import StrEnum

from selfheal.core.levels import Level
from selfheal.core.reasons import Cause


class AlertKind(StrEnum):
    OPENED = "opened"
    CHANGED = "changed"  # what they were told is not, or not all, that is wrong by now
    LEVEL_PASSED = "level_passed"  # a level could not heal it, the next one is at work; news, and no alarm
    REMINDER = "reminder"  # still open, and nobody has acknowledged it
    OVER = "over"
    RECOVERY = "recovery"  # a log asks for a person; found by `selfheal monitor`, of no incident
    DISTRUST = "distrust"  # a rule of ours was broken: we only watch until a person resumes
    ROUTE_FAILS = "route_fails"  # a way to a person does not work; of no incident
    ROUTE_WORKS = "route_works"  # and does again
    UNWATCHED = "unwatched"  # no resident lives, and none can be started; found by `selfheal monitor`
    WATCHED = "watched"  # one does again


OF_ROUTES = frozenset({AlertKind.ROUTE_FAILS, AlertKind.ROUTE_WORKS})
OF_OURSELVES = frozenset({*OF_ROUTES, AlertKind.UNWATCHED, AlertKind.WATCHED})
"""About no gateway, and decided by no step."""
OF_NO_INCIDENT = frozenset({AlertKind.RECOVERY, AlertKind.UNWATCHED, AlertKind.WATCHED})
"""What they are about has a number instead: a log, or a spell in which nobody watched."""


@dataclass(frozen=True)
class Notify:
    """-> ActionFinished. Put into the outbox in the same transaction; one a kind, number and incident.

    `cause` is the most likely one when it was decided; `detail` is quoted from the world, or names our rule,
    or how it ended (a value of Outcome; empty: not known).
    `number`: which reminder it is, or for the how manieth time it has changed, from 1 on; where a level was
    passed, which one is at work now, 2 being Level 2; of a route since when it fails or works, by the wall
    clock; of no incident, what it is about.
    """

    kind: AlertKind
    incident: int
    failed_levels: tuple[Level, ...]
    cause: Cause | None = None
    detail: str = ""
    number: int = 0
