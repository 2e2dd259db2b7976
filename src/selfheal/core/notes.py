"""What a step says about itself: decisions with their reasons, for journal, log and timeline."""

from dataclasses import dataclass

from selfheal.core.actions import Ordered
from selfheal.core.levels import Level
from selfheal.core.reasons import Cause, Hold, Outcome, Reason
from selfheal.core.state import State


@dataclass(frozen=True)
class Note:
    """One decision. `detail` is quoted from the world (a pid, an error text), never a sentence of ours."""

    reason: Reason
    level: Level | None = None
    hold: Hold | None = None
    cause: Cause | None = None
    outcome: Outcome | None = None
    incident: int | None = None
    detail: str = ""
    number: float | None = None  # seconds or a count, as the reason implies


@dataclass(frozen=True)
class Step:
    state: State
    actions: tuple[Ordered, ...] = ()
    notes: tuple[Note, ...] = ()
