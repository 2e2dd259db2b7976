"""What a world came to, in figures."""

from collections import Counter
from dataclasses import dataclass, field, fields

from selfheal.sim.judge import Violation


@dataclass
class Counts:
    """What had come of a world by a moment. Times in seconds; `down_s`: it had served, its host was up, and
    nobody wanted it down, an outage that still lasts included. No part of it are `taken_s`, while our
    program took the gateway for stopped by a person, and `held_s`, while a person kept it from healing it.
    """

    days: float = 0.0
    incidents: int = 0
    still_open: int = 0  # of them
    outcomes: Counter[str] = field(default_factory=Counter)
    repair_s: list[float] = field(default_factory=list)
    down_s: float = 0.0
    taken_s: float = 0.0
    held_s: float = 0.0
    starts: int = 0
    signals: int = 0
    drains_cut: int = 0  # work of a gateway that our kill has ended
    starts_cut: int = 0  # of gateways that would have served, and that we have ended
    alerts: int = 0
    escalations: int = 0
    sessions: int = 0  # of the doctor

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Counts)))


@dataclass
class Tally(Counts):
    """What one world came to, and, `safe`, what of it had come by the end of the first phase: the second is
    as long as the policy takes to come right.
    """

    safe: Counts = field(default_factory=Counts)
    steps: int = 0
    events: Counter[str] = field(default_factory=Counter)
    deaths: int = 0  # of our process, that happened: most wait for an occasion
    leapt_s: float = 0.0
    violations: tuple[Violation, ...] = ()
