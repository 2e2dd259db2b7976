"""What every level may read while it decides; made anew in each step, kept nowhere."""

from dataclasses import dataclass

from selfheal.core.levels import Level
from selfheal.core.state import GatewayView, Stage


@dataclass(frozen=True)
class Scene:
    view: GatewayView
    stage: Stage
    pending: frozenset[str]  # kinds of the actions under way
    disabled: frozenset[Level]
    startups_s: tuple[float, ...]
    paused: bool
    known: bool = True
    escalated: bool = False  # the next level has been called in this incident
    incident: Level | None = None  # whose trouble it began with, if one is open

    def busy(self, *kinds: type) -> bool:
        return any(kind.__name__ in self.pending for kind in kinds)
