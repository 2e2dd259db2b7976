"""What a person is to be told: an action like those of `actions`, and kept in the state until it is delivered.

It stands apart from them, so that who only reads a state loads none of the others.
"""

from dataclasses import dataclass
from enum import StrEnum

from selfheal.core.levels import Level


class AlertKind(StrEnum):
    OPENED = "opened"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Notify:
    """-> ActionFinished. Put into the outbox in the same transaction; one a kind and incident."""

    kind: AlertKind
    incident: int
    failed_levels: tuple[Level, ...]
