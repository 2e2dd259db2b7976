"""The account of alerts: each that was ever decided is heard in the end, or it is said that it is given up.

An alert is known from the moment at which it waits to be sent. It may leave unheard only where a later one
makes it needless, where a note names its incident as untold, or where it died with us on a full disk.
"""

from collections import Counter
from dataclasses import dataclass, field

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.alerting import is_acknowledged
from selfheal.core.notes import Step
from selfheal.core.reasons import Reason
from selfheal.core.state import State
from selfheal.sim.addressed import Named, named
from selfheal.sim.reminders import Broke, Reminders

UNTOLD_FROM = 38  # that wait: twenty outages, less what a step may add before it gives one up
NEEDLESS = frozenset({AlertKind.CHANGED, AlertKind.LEVEL_PASSED, AlertKind.REMINDER})
"""Kinds of which a later one, or the end of the incident, says more."""


@dataclass
class Ledger:
    broke: Broke
    reminders: Reminders
    told: Counter[tuple[int, AlertKind]] = field(default_factory=Counter)
    count: int = 0  # that were heard
    _waiting: tuple[Notify, ...] = ()
    _decided: set[Named] = field(default_factory=set)
    _heard: Counter[Named] = field(default_factory=Counter)
    _forgiven: Counter[Named] = field(default_factory=Counter)
    _excused: set[int] = field(default_factory=set)  # incidents that died with us on a full disk
    _given_up: set[int] = field(default_factory=set)  # by a note

    # -- our process -----------------------------------------------------------------------------------

    def began(self, state: State) -> None:
        self._follow(state.alerting.unsent, state)
        self.reminders.booted()

    def ended(self, state: State) -> None:
        """An alert that was under way may have reached the person: it will rightly be sent again."""
        busy = any(entry.kind == Notify.__name__ for entry in state.pending)
        for alert in state.alerting.unsent[:1] if busy else ():
            self._forgiven[named(alert)] += 1

    def lost_memory(self, incidents: set[int]) -> None:
        """`incidents`: of which something was decided or told that no disk has."""
        self._excused.update(incidents)
        self._waiting = tuple(each for each in self._waiting if each.incident not in incidents)

    def is_excused(self, incident: int) -> bool:
        return incident in self._excused

    def opened(self, incident: int) -> None:
        """Its number is new, or was lost and is given again: that one is judged like any other."""
        if incident not in self._excused:
            return
        self._excused.discard(incident)
        self._given_up.discard(incident)
        self.reminders.forget(incident)
        for kept in (self._heard, self._forgiven):
            for name in [name for name in kept if name[0] == incident]:
                del kept[name]
        self._decided = {name for name in self._decided if name[0] != incident}
        for key in [key for key in self.told if key[0] == incident]:
            del self.told[key]

    # -- each step -------------------------------------------------------------------------------------

    def committed(self, done: Step) -> None:
        for note in done.notes:
            if note.reason is Reason.UNTOLD and note.detail.isdecimal():
                self._gives_up(int(note.detail))
        self._follow(done.state.alerting.unsent, done.state)
        running = None if done.state.incident is None else done.state.incident.id
        for order in done.actions:
            alert = order.action
            if (
                isinstance(alert, Notify)
                and alert.kind is AlertKind.LEVEL_PASSED
                and alert.incident != running
            ):
                self.broke("a level told of what is over", str(alert.incident))

    def _gives_up(self, incident: int) -> None:
        """Only where as many wait as a person can still read."""
        self._given_up.add(incident)
        if len(self._waiting) < UNTOLD_FROM:
            self.broke("an alert is given up while few wait", f"{len(self._waiting)} wait")

    def is_decided(self, incident: int) -> bool:
        """That a person is to be told of it."""
        return (incident, AlertKind.OPENED, 0) in self._decided

    def is_to_come(self, incident: int, kind: AlertKind) -> bool:
        return any((each.incident, each.kind) == (incident, kind) for each in self._waiting)

    def is_settled(self, incident: int, kind: AlertKind) -> bool:
        """Told, given up or excused."""
        done = (incident, kind) in self.told or incident in self._given_up
        return done or incident in self._excused

    def _follow(self, unsent: tuple[Notify, ...], state: State) -> None:
        before, self._waiting = self._waiting, unsent
        if unsent is before:
            return
        for alert in unsent:
            if alert not in before:
                self._decide(alert)
        for alert in before:
            if alert not in unsent and not self._may_go(alert, state):
                self.broke("an alert is lost", f"{alert.kind} of incident {alert.incident}")

    def _decide(self, alert: Notify) -> None:
        if alert.kind is AlertKind.LEVEL_PASSED and not self.is_excused(alert.incident):
            self._judge_passing(alert)
        self._decided.add(named(alert))
        self.reminders.decided(alert, excused=self.is_excused(alert.incident))

    def _judge_passing(self, alert: Notify) -> None:
        """Each once, where somebody wants to hear of it, and before they know that nothing has helped."""
        if not self.reminders.policy.tell_level_changes:
            self.broke("a level told to who does not want to hear of it", str(alert.incident))
        if self.is_decided(alert.incident) or named(alert) in self._decided:
            self.broke("a level told that is no news", f"Level {alert.number} in {alert.incident}")

    def _may_go(self, alert: Notify, state: State) -> bool:
        if self._heard[named(alert)] or alert.incident in self._given_up | self._excused:
            return True
        over = state.incident is None or state.incident.id != alert.incident
        later = any(
            each.kind is alert.kind and each.incident == alert.incident and each.number > alert.number
            for each in self._waiting
        )
        known = alert.kind is AlertKind.REMINDER and is_acknowledged(state.alerting, alert.incident)
        return known or (alert.kind in NEEDLESS and (over or later))

    # -- each alert ------------------------------------------------------------------------------------

    def tells(self, alert: Notify) -> None:
        """A person receives it, as far as anybody on our side can know."""
        self.count += 1
        self.told[alert.incident, alert.kind] += 1
        self._heard[named(alert)] += 1
        if self.is_excused(alert.incident):
            return
        if self._heard[named(alert)] > 1 + self._forgiven[named(alert)]:
            self.broke("an alert told twice", f"{alert.kind} of incident {alert.incident}")
        if alert.kind is AlertKind.OVER and (alert.incident, AlertKind.OPENED) not in self.told:
            self.broke("an end told of what nobody was told", str(alert.incident))
