"""What must never happen in any world, from real failures of watchdogs. Unlike the core it knows the truth.

`core.invariants` holds what a step may not do by what the core believes. Here stands what our program may not
do to the world as it is. Every rule has a slack where news takes time to arrive, and its reason beside it.
"""

from collections import Counter
from dataclasses import dataclass, field

from selfheal.core.actions import Signal, SignalGateway
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.facts import ConfigState, ExitCause, ManagerState
from selfheal.core.instants import Now
from selfheal.core.notes import Step
from selfheal.core.observations import ExitExamined
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.core.state import State
from selfheal.sim.agenda import Agenda
from selfheal.sim.bounds import NEWS_S
from selfheal.sim.gateway import BREAKER_STARTS, Condition
from selfheal.sim.plan import HOUR_S
from selfheal.sim.world import US, World

PENDING_MAX = 10
UNSENT_MAX = 50  # openings and ends of incidents while no route works, for hours
STARTS_KEPT_MAX = 64
VIOLATIONS_MAX = 20  # one fault of ours shows a thousand times


Named = tuple[int, AlertKind, int]
"""An alert, by incident, kind and number."""


def _named(alert: Notify) -> Named:
    return alert.incident, alert.kind, alert.number


@dataclass(frozen=True)
class Violation:
    at_s: float
    rule: str
    detail: str = ""


@dataclass
class IncidentLife:
    opened_at: float
    closed_at: float | None = None
    outcome: str = ""


@dataclass
class Judge:
    agenda: Agenda
    policy: Policy
    violations: list[Violation] = field(default_factory=list)
    incidents: dict[int, IncidentLife] = field(default_factory=dict)
    told: dict[tuple[int, AlertKind], int] = field(default_factory=dict)
    our_starts: int = 0
    our_signals: int = 0
    escalations: int = 0
    state: State | None = None
    _heard: Counter[Named] = field(default_factory=Counter)
    _forgiven: Counter[Named] = field(default_factory=Counter)
    _last_start: float = -HOUR_S
    _recent_starts: list[float] = field(default_factory=list)
    _resumed_at: float = -1.0
    _asked: tuple[int, float] | None = None  # the pid that SIGTERM reached last, and when
    _wished_pid: int = 0  # that we have decided to signal; whether that reached it is not known
    _refused_mark: int | None = None  # of a config that we have been told the gateway would not have
    _excused: set[int] = field(default_factory=set)  # incidents that died with us on a full disk
    _seen: set[int] = field(default_factory=set)  # gateways that our program has found

    def broke(self, rule: str, detail: str = "") -> None:
        if len(self.violations) < VIOLATIONS_MAX:
            self.violations.append(Violation(self.agenda.elapsed, rule, detail))

    # -- our process -----------------------------------------------------------------------------------

    def began(self, state: State) -> None:
        self.state = state

    def ended(self) -> None:
        """An alert that was under way may have reached the person: it will rightly be sent again."""
        if self.state is None:
            return
        busy = any(entry.kind == Notify.__name__ for entry in self.state.pending)
        for alert in self.state.alerting.unsent[:1] if busy else ():
            self._forgiven[_named(alert)] += 1

    def has_seen(self, pid: int) -> bool:
        """Our program has looked while it lived. What ends before is seen by the person who began it."""
        return pid in self._seen

    def lost_memory(self) -> None:
        """It died while its disk was full: what it had not been able to write is gone, as it says itself."""
        self._excused.update(self.incidents)
        self._refused_mark = None

    def is_excused(self, incident: int) -> bool:
        return incident in self._excused

    # -- each step -------------------------------------------------------------------------------------

    def committed(self, done: Step, now: Now) -> None:
        del now
        self.state = done.state
        if done.state.gateway.process is not None:
            self._seen.add(done.state.gateway.process.pid)
        for note in done.notes:
            match note.reason:
                case Reason.INCIDENT_OPENED if note.incident is not None:
                    self._opened(note.incident)
                case Reason.INCIDENT_CLOSED if note.incident is not None:
                    self._closed(note.incident, str(note.outcome))
                case Reason.ESCALATED:
                    self.escalations += 1
                case Reason.WANTED:  # by a person, who may have it started as often as they like
                    self._recent_starts = []
                case Reason.RESUMED:
                    self._resumed_at = self.agenda.elapsed
                case _:
                    pass
        for order in done.actions:
            if isinstance(order.action, SignalGateway):
                self._wished_pid = order.action.pid
        self._limits(done.state)

    def examined(self, found: ExitExamined, world: World) -> None:
        """Our program has been told why a gateway ended."""
        if found.cause is ExitCause.CONFIG_REFUSED and found.pid == world.gateway.pid:
            self._refused_mark = world.read_mark

    def _opened(self, incident: int) -> None:
        if incident in self.incidents and not self.is_excused(incident):
            self.broke("an incident number given twice", str(incident))
        self.incidents[incident] = IncidentLife(self.agenda.elapsed)

    def _closed(self, incident: int, outcome: str) -> None:
        life = self.incidents.setdefault(incident, IncidentLife(self.agenda.elapsed))
        life.closed_at, life.outcome = self.agenda.elapsed, outcome
        waiting = () if self.state is None else self.state.alerting.unsent
        to_come = any((each.incident, each.kind) == (incident, AlertKind.OVER) for each in waiting)
        if (incident, AlertKind.OPENED) in self.told and not to_come and not self.is_excused(incident):
            self.broke("an alert without its end", str(incident))

    def _limits(self, state: State) -> None:
        kept = len(state.restart.starts) + len(state.restart.unclean_starts)
        for what, count, most in (
            ("more actions under way than the limit", len(state.pending), PENDING_MAX),
            ("more alerts waiting than the limit", len(state.alerting.unsent), UNSENT_MAX),
            ("more starts remembered than the limit", kept, STARTS_KEPT_MAX),
        ):
            if count > most:
                self.broke(what, str(count))

    # -- each act --------------------------------------------------------------------------------------

    def starts(self, world: World) -> None:
        """Before it happens."""
        gateway, now = world.gateway, self.agenda.elapsed
        if gateway.alive or world.lasts(world.until.start_refused):
            return
        self.our_starts += 1
        requested = gateway.last_cause is ExitCause.RESTART_REQUESTED
        proven = now - self._last_start >= self.policy.stability_window_s
        self._last_start = now
        self._recent_starts = [at for at in self._recent_starts if now - at < HOUR_S]
        if not (requested and proven):  # by the gateway: it may have as many as it likes
            self._recent_starts.append(now)
        if len(self._recent_starts) > self.policy.restarts_per_hour_max:
            self.broke("more starts an hour than the budget", str(len(self._recent_starts)))
        ours = gateway.pid == self._wished_pid  # asked by both of us: whose wish it met cannot be told
        known = self.has_seen(gateway.pid) or world.manager is not ManagerState.NONE
        stopped = gateway.last_cause is ExitCause.STOPPED_ON_PURPOSE and known and not ours
        if world.stopped_by_person and stopped and self._resumed_at < gateway.ended_at:
            self.broke("a start of a gateway that a person stopped")
        if world.lasts(world.until.upkeep) and now - world.upkeep_since > NEWS_S:
            self.broke("a start while somebody is at work on the installation")
        if not world.lasts(world.until.blind):  # the looks before a start are what shows it
            self._hopeless(world)
        if world.manager is ManagerState.RESTARTING and now - world.manager_since > NEWS_S:
            self.broke("a start beside the service manager's own")
        if world.foreign_supervisor and now - gateway.ended_at > NEWS_S:
            self.broke("a start beside another watchdog's")
        self._breaker(world)

    def _hopeless(self, world: World) -> None:
        """A start that cannot succeed, or would do damage."""
        now = self.agenda.elapsed
        if world.config is not ConfigState.LOADABLE and now - world.config_since > NEWS_S:
            self.broke("a start with a config that cannot load")
        if world.lasts(world.until.config_refused) and world.config_mark == self._refused_mark:
            self.broke("a start with a config that the gateway has refused")
        if world.lasts(world.until.disk_full) and now - world.disk_since > NEWS_S:
            self.broke("a start on a full disk")

    def _breaker(self, world: World) -> None:
        """The gateway counts unclean starts of all; the third of those that we know must not be ours. Known
        is one whose process we have seen or started, and so the one before it: else we knew of no bad end.
        """
        unclean = world.gateway.unclean_starts()
        if not world.gateway.unclean_end or len(unclean) + 1 < BREAKER_STARTS:
            return
        ours = {each.pid for each in world.gateway.starts if each.by == US}
        if all({each.pid, each.after} <= ours | self._seen for each in unclean):
            by = ", ".join(each.by for each in unclean)
            self.broke("a start that trips the gateway's own breaker", by)

    def signals(self, world: World, signal: Signal) -> None:
        """Before it arrives."""
        self.our_signals += 1
        if signal is Signal.TERM:
            self._asked = world.gateway.pid, self.agenda.elapsed
            self._untimely(world, "asked to stop")
        else:
            self._kills(world)

    def _untimely(self, world: World, what: str) -> None:
        """Done to a gateway that is not ill, or not long enough for us to have seen that it no longer is."""
        gateway, policy = world.gateway, self.policy
        condition, lasted = gateway.note_change(), self.agenda.elapsed - gateway.since
        beats_s = policy.heartbeat_misses * (policy.heartbeat_interval_s + policy.full_check_timeout_s)
        slack_s = NEWS_S + beats_s
        if condition is Condition.STARTING and gateway.starts_slowly() and lasted < policy.startup_grace_s:
            self.broke(f"a starting gateway was {what}", f"after {lasted:.0f} s")
        if condition is Condition.SUSPENDED and lasted > slack_s:
            self.broke(f"a suspended gateway was {what}", f"after {lasted:.0f} s")
        closed_s = 0.0 if gateway.drained_at is None else self.agenda.elapsed - gateway.drained_at
        closed = closed_s >= policy.port_closed_kill_s - NEWS_S  # nothing of value happens after that
        if condition is Condition.DRAINING and lasted > slack_s and not closed:
            self.broke(f"a draining gateway was {what}", f"after {lasted:.0f} s")
        deep_s = policy.deep_check_interval_s + policy.deep_check_timeout_s  # the age of what it found
        if condition is Condition.SERVING and lasted > slack_s + deep_s and not world.port_taken:
            self.broke(f"a well gateway was {what}", f"after {lasted:.0f} s")

    def _kills(self, world: World) -> None:
        gateway, now = world.gateway, self.agenda.elapsed
        pid, asked_at = self._asked if self._asked is not None else (0, 0.0)
        if pid != gateway.pid:
            self.broke("a gateway was killed without having been asked")
            return
        if gateway.note_change() is not Condition.DRAINING or gateway.drained_at is None:
            self._untimely(world, "killed")
            return
        over = now - asked_at >= self.policy.drain_budget_s - NEWS_S
        unseen_s = self.policy.heartbeat_retry_s + 2 * self.policy.full_check_timeout_s + NEWS_S
        hung = gateway.term_waits and now - gateway.since < unseen_s  # until now: its last answer was none
        if over or hung:
            return
        if now < gateway.drained_at:
            self.broke("a draining gateway was killed", f"{now - asked_at:.0f} s after it was asked")
        closed_s = now - gateway.drained_at
        if 0 <= closed_s < self.policy.port_closed_kill_s - NEWS_S and gateway.drained_at > asked_at:
            self.broke("a gateway was killed at the end of its drain", f"{closed_s:.0f} s after its port")

    def tells(self, alert: Notify) -> None:
        """A person receives it, as far as anybody on our side can know."""
        key = (alert.incident, alert.kind)
        self.told[key] = self.told.get(key, 0) + 1
        self._heard[_named(alert)] += 1
        if self.is_excused(alert.incident):
            return
        if self._heard[_named(alert)] > 1 + self._forgiven[_named(alert)]:
            self.broke("an alert told twice", f"{alert.kind} of incident {alert.incident}")
        if alert.kind is AlertKind.OVER and (alert.incident, AlertKind.OPENED) not in self.told:
            self.broke("an end told of what nobody was told", str(alert.incident))
