"""What must never happen in any world, from real failures of watchdogs. Unlike the core it knows the truth.

`core.invariants` holds what a step may not do by what the core believes. Here stands what our program may not
do to the world as it is. Every rule has a slack where news takes time to arrive, and its reason beside it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from selfheal.core.actions import Signal, SignalGateway
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.facts import ConfigState, DeepVerdict, ExitCause, ManagerState
from selfheal.core.instants import Now
from selfheal.core.levels import Level
from selfheal.core.notes import Step
from selfheal.core.observations import HostInspected, Observation
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.core.state import State
from selfheal.sim.addressed import Addressed, Named
from selfheal.sim.agenda import Agenda
from selfheal.sim.bounds import NEWS_S, certain_s, failing_s, unfit_s
from selfheal.sim.gateway import BREAKER_STARTS, Condition
from selfheal.sim.heard import Heard
from selfheal.sim.illness import LEFT_ALONE, ill_s, illness, shows_wrong, was_ill
from selfheal.sim.ledger import Ledger
from selfheal.sim.plan import HOUR_S
from selfheal.sim.reminders import Reminders
from selfheal.sim.startsanhour import StartsAnHour
from selfheal.sim.unkept import Unkept
from selfheal.sim.wishes import Wishes
from selfheal.sim.world import PERSON, US, World

PENDING_MAX = 10
UNSENT_MAX = 50  # openings and ends of incidents while no route works, for hours
STARTS_KEPT_MAX = 64
VIOLATIONS_MAX = 20  # one fault of ours shows a thousand times
MOMENT_S = 0.1  # between a change of the world and the event that shows it
HEARD_S = 1.0  # from when a wish of a person is heard until all that had been ordered is done
ILL_SPELLS = frozenset({Condition.HUNG, Condition.SICK, Condition.SERVING, *LEFT_ALONE})


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
    wishes: Wishes
    violations: list[Violation] = field(default_factory=list)
    incidents: dict[int, IncidentLife] = field(default_factory=dict)
    ledger: Ledger = field(init=False)
    addressed: Addressed = field(init=False)  # of no route, unless the world has named ones
    unkept: Unkept = field(default_factory=Unkept)
    forgets: Callable[[], bool] = lambda: False  # what our program does now is not kept by its disk
    our_starts: int = 0
    our_signals: int = 0
    escalations: int = 0
    state: State | None = None
    heard: Heard = field(default_factory=Heard)
    unheard: set[int] = field(default_factory=set)  # pids: how they ended nobody on our side can know
    forgotten_stops: set[int] = field(default_factory=set)  # ours of these pids, that no disk had taken
    _acted: set[int] = field(default_factory=set)  # the orders that have been carried out
    _owed: set[int] = field(default_factory=set)  # incidents that escalated while nobody was to be told
    _hour: StartsAnHour = field(default_factory=StartsAnHour)
    _asked: tuple[int, float] | None = None  # the pid that SIGTERM reached last, and when
    _forgot_at: float = -math.inf  # starts of ours before that are known only if a look has found them
    _wished: set[int] = field(default_factory=set)  # pids to signal; whether it reached them is not known
    _seen: set[int] = field(default_factory=set)  # gateways that our program has found

    def __post_init__(self) -> None:
        reminders = Reminders(self.agenda, self.policy, self.wishes, self.broke)
        self.ledger = Ledger(self.broke, reminders)
        self.addressed = Addressed(self.agenda, self.broke, {})

    def broke(self, rule: str, detail: str = "") -> None:
        if len(self.violations) < VIOLATIONS_MAX:
            self.violations.append(Violation(self.agenda.elapsed, rule, detail))

    # -- our process -----------------------------------------------------------------------------------

    def began(self, state: State) -> None:
        self.state = state
        self.ledger.began(state)

    def ended(self) -> None:
        if self.state is not None:
            self.ledger.ended(self.state)

    @property
    def owed(self) -> Sequence[tuple[str, Named]]:
        """What a named route has still to be told."""
        return self.addressed.owed()

    def restarts(self) -> Sequence[float]:
        """Of this hour, that our program knows of."""
        since = max(self.wishes.wanted_at, self.agenda.ahead_at)
        return self._hour.known(self.agenda.elapsed, since, self._seen)

    def has_seen(self, pid: int) -> bool:
        """Our program has looked while it lived. What ends before is seen by the person who began it."""
        return pid in self._seen

    def lost_memory(self) -> None:
        """It died while its disk was full: what it had not been able to write is gone, as it says itself."""
        unkept = self.unkept
        self._forgot_at = self.agenda.elapsed
        self.ledger.lost_memory(unkept.incidents)
        self.addressed.lost_memory(unkept.incidents)
        self._hour.forget(unkept.starts)
        self.forgotten_stops |= unkept.stops
        self._acted -= unkept.orders  # their ids are given again
        self._owed -= unkept.incidents
        self._seen -= unkept.gateways
        self.heard.lost_memory(refusal=unkept.refused)

    # -- each step -------------------------------------------------------------------------------------

    def committed(self, done: Step, now: Now) -> None:
        del now
        self.unkept.follow(self.state, done, self._seen, kept=not self.forgets())
        self.state = done.state
        opened = (note for note in done.notes if note.reason is Reason.INCIDENT_OPENED)
        for incident in (note.incident for note in opened if note.incident is not None):
            self._opened(incident)  # before what is told of it in this step
        self.ledger.committed(done)
        self.addressed.committed(done)
        if done.state.gateway.process is not None:
            self._seen.add(done.state.gateway.process.pid)
        for note in done.notes:
            match note.reason:
                case Reason.INCIDENT_CLOSED if note.incident is not None:
                    self._closed(note.incident, str(note.outcome))
                case Reason.ESCALATED:
                    self.escalations += 1
                    self._owed.update(() if note.incident is None else (note.incident,))
                case _:
                    pass
        for order in done.actions:
            if isinstance(order.action, SignalGateway):
                self._wished.add(order.action.pid)
            elif isinstance(order.action, Notify):
                self._ordered(order.action)
        if self._owed:
            self._owes(done.state)
        self._limits(done.state)

    def _ordered(self, alert: Notify) -> None:
        if self.wishes.off_for(Level.NOTIFICATION, 0.0):
            self.broke("an alert while its level is off", str(alert.kind))
        self.addressed.ordered(alert)

    def _owes(self, state: State) -> None:
        """What has escalated is told of, at the latest once Level 4 is on again while it lasts."""
        running = state.incident.id if state.incident is not None else None
        mute = Level.NOTIFICATION in self.wishes.disabled or not self.wishes.is_known
        for incident in tuple(self._owed):
            if self.ledger.is_decided(incident) or self.ledger.is_excused(incident):
                self._owed.discard(incident)
            elif not mute:
                self._owed.discard(incident)
                self.broke("an escalation that nobody is told of", str(incident))
            elif incident != running:  # it was over before anybody was to be told again
                self._owed.discard(incident)

    def checked_deeply(self, verdict: DeepVerdict, pid: int) -> None:
        self.heard.deep.finds(verdict, pid, self.agenda.elapsed)

    def hears(self, news: Observation, world: World) -> None:
        """What our program is told that it may not forget."""
        if isinstance(news, HostInspected) and news.inspection.process is not None:
            self._hour.sees(news.inspection.process.pid, world.gateway)
        if self.heard.hears(news, world):
            self.unkept.refused = self.forgets()

    def _opened(self, incident: int) -> None:
        if incident in self.incidents and not self.ledger.is_excused(incident):
            self.broke("an incident number given twice", str(incident))
        self.ledger.opened(incident)
        self.incidents[incident] = IncidentLife(self.agenda.elapsed)

    def _closed(self, incident: int, outcome: str) -> None:
        life = self.incidents.setdefault(incident, IncidentLife(self.agenda.elapsed))
        life.closed_at, life.outcome = self.agenda.elapsed, outcome
        ledger = self.ledger
        told = (incident, AlertKind.OPENED) in ledger.told and not ledger.is_excused(incident)
        if told and not ledger.is_to_come(incident, AlertKind.OVER):
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

    def acts(self, action_id: int) -> None:
        """Carried out, whoever of our lives had ordered it."""
        if action_id in self._acted:
            self.broke("an action done twice", str(action_id))
        self._acted.add(action_id)

    def starts(self, world: World) -> None:
        """Before it happens."""
        gateway, now = world.gateway, self.agenda.elapsed
        self._unwished(world, "start")
        if gateway.alive:
            lived_s = now - gateway.starts[-1].at_s if gateway.starts else now
            if lived_s > NEWS_S and not world.lasts(world.until.blind):
                self.broke("a start beside a living gateway", f"{lived_s:.0f} s old")
            return
        if world.lasts(world.until.start_refused):
            return
        self.our_starts += 1
        last = self._last_known(world)
        requested = gateway.causes.get(last) is ExitCause.RESTART_REQUESTED
        wanted = world.wishes.wanted_at  # a person may have it started as often as they like
        theirs = self._hour.last <= wanted and (gateway.ended_well or gateway.ended_at < wanted)
        proven = now - self._hour.last >= self.policy.stability_window_s
        proven = proven or (gateway.by == PERSON and last == gateway.pid)  # no start of ours began it
        costs = not (theirs or (requested and proven))  # by the gateway: it may have as many as it likes
        since = max(wanted, self.agenda.ahead_at)
        known = self._hour.start(now, since, self._seen, costs=costs, begins=gateway.pid + 1)
        if costs and len(known) > self.policy.restarts_per_hour_max:
            self.broke("more starts an hour than the budget", str(len(known)))
        wished = {gateway.pid} if self.has_seen(gateway.pid) else {gateway.pid, gateway.pid - 1}
        ours = not wished.isdisjoint(self._wished)  # by both of us: whose wish it met cannot be told
        found = (self.has_seen(gateway.pid) or self.heard.of_stop(world)) and not self.heard.is_to_be_up
        stopped = gateway.last_cause is ExitCause.STOPPED_ON_PURPOSE and found and not ours
        at_once = 0.0 <= gateway.ended_at - wanted <= HEARD_S  # up and down in a moment: which was last?
        # So where the drain takes long: whoever looks once the wish is heard finds it under way.
        at_once = at_once or abs(world.unwished_at - wanted) <= HEARD_S or self.heard.up_at < wanted
        if world.stopped_by_person and stopped and world.wishes.resumed_at < gateway.ended_at and not at_once:
            self.broke("a start of a gateway that a person stopped")
        self._untouchable(world, "start")
        refused = world.refuses and world.mark == self.heard.refused_mark
        if refused and not world.lasts(world.until.blind):
            self.broke("a start with a config that the gateway has refused")
        if world.manager_is_seen_at_work(NEWS_S):
            self.broke("a start beside the service manager's own")
        self._breaker(world)

    def _last_known(self, world: World) -> int:
        """The pid of the last gateway that our program can know of. What somebody else has started, and what
        ended before any look, is told by its manager, which gives up; where it has none by nobody.
        """
        known = world.gateway.pid
        if world.manager is ManagerState.NONE:
            known = max((pid for pid in {*self._seen, self._hour.begun} if pid <= known), default=known)
        return known

    def _untouchable(self, world: World, what: str) -> None:
        """An act that could not succeed, or would do damage, once the look before it could show that."""
        until, gateway, now = world.until, world.gateway, self.agenda.elapsed
        sees = not world.lasts(until.blind)
        broken, full = world.config is not ConfigState.LOADABLE, world.lasts(until.disk_full)
        supervised_at = gateway.starts[-1].at_s if gateway.alive and gateway.starts else gateway.ended_at
        for reason, is_so, since in (
            ("while somebody is at work on the installation", world.lasts(until.upkeep), world.upkeep_since),
            ("with a config that cannot load", broken and sees, world.config_since),
            ("on a full disk", full and sees, world.disk_since),
            ("with half a package", world.lasts(until.package) and sees, world.package.since),
            ("beside another watchdog's", world.foreign_supervisor, max(supervised_at, world.rival.since)),
        ):
            if is_so and now - since > NEWS_S:
                self.broke(f"a {what} {reason}")

    def _unwished(self, world: World, what: str) -> None:
        """Against what a person has asked for and our program has heard, whatever it believes by now."""
        wishes = world.wishes
        if wishes.paused_for(HEARD_S):
            self.broke(f"a {what} in a pause")
        if what == "start" and wishes.unwanted_for(HEARD_S):  # however it ended
            self.broke("a start of a gateway that a person brought down")
        first, second = (wishes.off_for(level, HEARD_S) for level in (Level.WATCHDOG, Level.HEALTHCHECK))
        if (second and (first or what == "signal")) or (first and self._ended_by_itself(world)):
            self.broke(f"a {what} of a level that is off")

    def _ended_by_itself(self, world: World) -> bool:
        """After it had served for long, so that no try of another level is under way."""
        (_, before, since), (_, last, at_s) = (*((0, Condition.ABSENT, 0.0),) * 2, *world.gateway.spells)[-2:]
        return before is Condition.SERVING and last is Condition.ABSENT and at_s - since > HOUR_S

    def _breaker(self, world: World) -> None:
        """The gateway counts unclean starts of all; the third of those that we know must not be ours. Known
        is one whose process we have seen or started, and so the one before it: else we knew of no bad end.
        """
        unclean = world.gateway.unclean_starts()
        if not world.gateway.unclean_end or len(unclean) + 1 < BREAKER_STARTS:
            return
        ours = {each.pid for each in world.gateway.starts if each.by == US and each.at_s > self._forgot_at}
        recent = all(each.at_s > self.agenda.ahead_at for each in unclean)
        known = (ours | self._seen) - self.unheard
        if recent and all({each.pid, each.after} <= known for each in unclean):
            by = ", ".join(each.by for each in unclean)
            self.broke("a start that trips the gateway's own breaker", by)

    def signals(self, world: World, signal: Signal) -> None:
        """Before it arrives."""
        self.our_signals += 1
        self._unwished(world, "signal")
        if signal is Signal.TERM:
            self._untouchable(world, "signal")
            self._asked = world.gateway.pid, self.agenda.elapsed
            self._untimely(world, "asked to stop")
            self._hasty(world)
        else:
            self._kills(world)

    def _untimely(self, world: World, what: str) -> None:
        """Done to a gateway that is not ill, or not long enough for us to have seen that it no longer is."""
        gateway, policy = world.gateway, self.policy
        condition, lasted = gateway.note_change(), self.agenda.elapsed - gateway.since
        beats_s = policy.heartbeat_misses * (policy.heartbeat_interval_s + policy.full_check_timeout_s)
        slack_s = NEWS_S + beats_s
        waits_s = slack_s  # where misses may have been counted before
        if not (self._is_doubtful(world) or was_ill(gateway, self.agenda.elapsed, slack_s)):
            waits_s = NEWS_S
        if condition is Condition.STARTING and gateway.starts_slowly() and lasted < policy.startup_grace_s:
            self.broke(f"a starting gateway was {what}", f"after {lasted:.0f} s")
        if condition is Condition.SUSPENDED and lasted > waits_s:
            self.broke(f"a suspended gateway was {what}", f"after {lasted:.0f} s")
        closed_s = 0.0 if gateway.drained_at is None else self.agenda.elapsed - gateway.drained_at
        closed = closed_s >= policy.port_closed_kill_s - NEWS_S  # nothing of value happens after that
        if condition is Condition.DRAINING and lasted > waits_s and not closed:
            self.broke(f"a draining gateway was {what}", f"after {lasted:.0f} s")
        deep_s = policy.deep_check_interval_s + policy.deep_check_timeout_s  # the age of what it found
        deep_s = deep_s if self.agenda.elapsed - self.heard.deep.failed_at <= deep_s + slack_s else 0.0
        if condition is Condition.SERVING and lasted > slack_s + deep_s and not world.port_taken:
            self.broke(f"a well gateway was {what}", f"after {lasted:.0f} s")

    def _hasty(self, world: World) -> None:
        """Asked to stop sooner than the misses that the settings want can have been counted."""
        gateway, now, policy = world.gateway, self.agenda.elapsed, self.policy
        unseen_s = policy.heartbeat_interval_s + certain_s(policy)  # it serves between two of our looks
        found = illness(gateway, now, unseen_s)
        closed = gateway.drained_at is not None and now >= gateway.drained_at
        if found is None or closed or self._is_doubtful(world):
            return
        bad = {each.condition for each in found}
        if not bad <= ILL_SPELLS:
            return
        lasted_s = ill_s(found, policy, blind=now - world.until.blind < unseen_s)
        deep = self.heard.deep
        failed, failing = deep.failures[gateway.pid], now - deep.first_at >= failing_s(policy)
        enough = failed >= policy.deep_check_misses
        alone = gateway.deep_bad and not shows_wrong(gateway, found)  # what speaks against it is its requests
        if alone and not enough:
            self.broke("a gateway was asked to stop after too few deep checks", f"{failed} failed")
        elif not (enough and failing) and (alone or lasted_s < unfit_s(policy) - MOMENT_S):
            lasted = f"ill for {lasted_s:.0f} s"
            self.broke("a gateway was asked to stop before it can have been known to be ill", lasted)

    def _is_doubtful(self, world: World) -> bool:
        """It answers late, or somebody else does, whatever its condition."""
        return world.port_taken or world.gateway.leaking_since is not None or world.lasts(world.until.load)

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
        self.ledger.tells(alert)
        if self.forgets():
            self.unkept.incidents.add(alert.incident)
