"""Reminders: each in its time while an incident lasts, and none while somebody has acknowledged it."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.levels import Level, Request
from selfheal.core.observations import OperatorAsked
from selfheal.core.policy import Policy
from selfheal.core.state import State
from selfheal.sim.agenda import Agenda
from selfheal.sim.due import Due
from selfheal.sim.wishes import ROUNDING_S, Wishes

Broke = Callable[[str, str], None]

TIMED = frozenset({AlertKind.OPENED, AlertKind.CHANGED, AlertKind.REMINDER})
"""Kinds from which on a reminder has its interval to wait. After another cause was told of, what somebody has
acknowledged is not what they know."""

LATE_S = 300.0  # an alert that is on its way is waited for


@dataclass
class Reminders:
    agenda: Agenda
    policy: Policy
    wishes: Wishes
    broke: Broke
    _due: dict[int, Due] = field(default_factory=dict)
    _acknowledged: set[int] = field(default_factory=set)
    _late_s: float = 0.0
    _looked_at: float = 0.0

    def __post_init__(self) -> None:
        self.wishes.hears.append(self.heard)

    def booted(self) -> None:
        for due in self._due.values():
            due.booted(self.agenda, self.wishes.left_at)

    def forget(self, incident: int) -> None:
        self._due.pop(incident, None)
        self._acknowledged.discard(incident)

    def heard(self, asked: OperatorAsked) -> None:
        """What nobody was told of cannot be acknowledged."""
        if asked.request is Request.ACKNOWLEDGE and asked.incident in self._due:
            self._acknowledged.add(asked.incident)
            self._due[asked.incident] = Due(self.agenda, math.inf if asked.for_s is None else asked.for_s)

    def decided(self, alert: Notify, *, excused: bool) -> None:
        incident, due = alert.incident, self._due.get(alert.incident)
        early_s = 0.0 if due is None else due.at_s - self.agenda.elapsed
        if alert.kind is AlertKind.REMINDER and early_s > ROUNDING_S and not excused:
            acknowledged = incident in self._acknowledged
            rule = "a reminder of what was acknowledged" if acknowledged else "a reminder before its time"
            self.broke(rule, f"{early_s:.0f} s")
        if alert.kind in TIMED:
            self.forget(incident)
            interval_s = self.policy.reminder_interval_s
            self._due[incident] = Due(self.agenda, interval_s or math.inf)
        elif alert.kind is AlertKind.OVER:
            self.forget(incident)

    def look(self, state: State | None, *, excused: Callable[[int], bool]) -> None:
        """After each event. `state`: of our program, None while it is dead or has no processor."""
        by_s, self._looked_at = self.agenda.elapsed - self._looked_at, self.agenda.elapsed
        incident = None if state is None or state.incident is None else state.incident.id
        due = None if incident is None or excused(incident) else self._due.get(incident)
        if due is None or self.agenda.elapsed < due.latest_s:
            self._late_s = 0.0
            return
        if Level.NOTIFICATION in self.wishes.disabled or not self.wishes.is_known:
            return
        self._late_s += min(by_s, self.agenda.elapsed - due.latest_s)
        if self._late_s > LATE_S:
            self.broke("a reminder that does not come", f"incident {incident}")
            self._late_s = -math.inf
