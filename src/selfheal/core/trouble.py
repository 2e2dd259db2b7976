"""What a level finds wrong, and what it wishes to be done about it. Whether it is done, `restart` decides."""

from dataclasses import dataclass
from enum import StrEnum

from selfheal.core.actions import Action
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.core.reasons import Cause


class Act(StrEnum):
    START = "start"
    RESTART = "restart"
    NONE = "none"  # a restart would not help: only a person can


@dataclass(frozen=True)
class Trouble:
    cause: Cause
    level: Level
    act: Act
    detail: str = ""
    planned: bool = False  # no outage: the first start, or a restart that the gateway asked for


@dataclass(frozen=True)
class Looks:
    """What a level orders and says in one step."""

    actions: tuple[Action, ...] = ()
    notes: tuple[Note, ...] = ()
