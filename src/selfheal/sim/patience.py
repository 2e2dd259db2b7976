"""Judges that time leads somewhere: an outage is noticed, the ladder moves on, a person is told.

Nothing that lasts excuses silence. Each clock runs while our program lives, sees and may act, and is held
against what the settings allow (`bounds`), by the truth and not by what the core believes.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from selfheal.core.levels import Level
from selfheal.core.policy import Policy
from selfheal.core.state import Stage, State
from selfheal.sim import bounds
from selfheal.sim.concern import Concern
from selfheal.sim.dying import Dying
from selfheal.sim.gateway import Condition
from selfheal.sim.heard import Heard
from selfheal.sim.plan import HOUR_S
from selfheal.sim.storm import Storm
from selfheal.sim.world import World

Broke = Callable[[str, str], None]
LOOKING = frozenset({Level.WATCHDOG, Level.HEALTHCHECK})
ACTED_ON = frozenset({Condition.ABSENT, Condition.STARTING, Condition.HUNG, Condition.SICK})


@dataclass
class Clock:
    """How long something lasts, and how long it may."""

    rule: str
    key: object = None  # what it is: another one begins anew
    spent_s: float = 0.0
    allowed_s: float = 0.0
    runs: bool = False
    prolonged: bool = False  # by a storm

    def goes_on(self, key: object, *, runs: bool = True) -> bool:
        """False: it begins now, and what it is allowed is to be said. None as a key: there is nothing."""
        self.runs = runs and key is not None
        if key == self.key:
            return True
        self.key, self.spent_s, self.allowed_s, self.prolonged = key, 0.0, 0.0, False
        return key is None

    def prolong(self, by_s: float) -> None:
        """Once."""
        if self.key is not None and not self.prolonged:
            self.allowed_s, self.prolonged = self.allowed_s + by_s, True


@dataclass
class Patience:
    world: World
    policy: Policy
    broke: Broke
    has_seen: Callable[[int], bool]  # our program, a gateway while it lived
    restarts: Callable[[], Sequence[float]] = tuple  # of this hour, that it knows of
    heard: Heard = field(default_factory=Heard)
    _unnoticed: Clock = field(default_factory=lambda: Clock("an outage that was not noticed"))
    _cut_off: Clock = field(default_factory=lambda: Clock("channels that fail, and nobody noticed"))
    _rung: Clock = field(default_factory=lambda: Clock("a ladder that stands still"))
    _silence: Clock = field(default_factory=lambda: Clock("an incident that nobody was told of"))
    _end: Clock = field(default_factory=lambda: Clock("the end of the ladder, and nobody was told"))
    _open: Clock = field(default_factory=lambda: Clock("an incident that stays open while all is well"))
    _alert: Clock = field(default_factory=lambda: Clock("an alert that is not delivered"))
    _blind: Clock = field(default_factory=lambda: Clock("our looks fail, and nobody was told"))
    _dies: Clock = field(default_factory=lambda: Clock("it keeps dying, and nobody was told"))
    _dying: Dying = field(init=False)
    _storm: Storm = field(init=False)
    _concern: Concern = field(init=False)
    _at_s: float = 0.0
    _climbed: Counter[Stage] = field(default_factory=Counter)
    _prolonged: set[str] = field(default_factory=set)
    _is_calm: bool = False
    _halted: bool = False  # by a person
    _quiet_end: bool = False  # nobody was to be called there: it is said once something is wrong still
    _ceases: int = 0  # the pid that is well, and may be the last one of those that died
    _life: int = 0
    _boot_id: str = ""
    _settles: float = 0.0
    _state: State | None = None

    def __post_init__(self) -> None:
        self._dying = Dying(self.policy, self.restarts, self.broke)
        self._storm = Storm(self.policy)
        self._concern = Concern(self.world)

    def look(self, state: State | None, *, well: bool, life: int = 0) -> None:
        """After each event. `state`: of our program, None while it is dead or has no processor. `life`:
        which of its lives this is.
        """
        now = self.world.agenda.elapsed
        self._count(now - self._at_s)
        self._at_s = now
        self._storm.look(now, life, self.world.agenda.slept_s(), heeds=state is not None)
        if state is None:
            for clock in self._clocks:
                clock.runs = False
            return
        self._follow_time(state, life)
        self._follow(state, well=well)
        if self._storm.rages(now):
            for clock in (self._unnoticed, self._end, self._open, self._alert, self._blind, self._dies):
                clock.prolong(bounds.stormy_s(self.world, self.policy))

    def is_held(self, state: State | None) -> bool:
        """By a person: while it does not serve, after the look at the same `state`."""
        wishes = self.world.wishes
        if state is not None:
            return self._halted
        return wishes.paused or self._concern.acts() in wishes.disabled

    def _follow_time(self, state: State, life: int) -> None:
        """A new life or boot of our program, or the host's return: that excuses nothing for ever."""
        began = (life, state.boot_id) != (self._life, self._boot_id)
        resumed = state.gateway.settle_until != self._settles and not began
        if began or (resumed and self._storm.excuses(self._at_s)):
            self._comes_back(state, rebooted=state.boot_id != self._boot_id)
        if began:  # on a full disk it may have forgotten that it was about to tell, or that it is blind
            knows = state.gateway.blind_since is not None
            self._blind.allowed_s += self.policy.last_wait_s if knows else bounds.blind_s(self.policy)
        self._life, self._boot_id, self._settles = life, state.boot_id, state.gateway.settle_until

    def _comes_back(self, state: State, *, rebooted: bool) -> None:
        """After a death, a sleep or a stall long enough to be noticed. What it had counted is no ground for
        anything any more, and so what it was about to find is found again; nothing else begins anew. After
        a reboot all does.
        """
        if rebooted:
            self._rest()
            return
        if self.world.gateway.condition() in bounds.OTHERS:  # how long it drains is not forgotten
            self._unnoticed.prolong(bounds.stormy_s(self.world, self.policy))
        else:
            self._unnoticed.goes_on(None)
        again_s = bounds.certain_s(self.policy) + 2 * bounds.soon_s(self.policy)
        self._prolonged.discard("its port is closed")
        self._grant(state.restart.stage, again_s)
        self._open.allowed_s += bounds.deep_s(self.policy) + again_s
        self._alert.allowed_s += bounds.delivery_s(self.world, self.policy)
        self._cut_off.allowed_s += self.policy.full_check_interval_s + again_s
        self._end.allowed_s += bounds.NEWS_S
        self._blind.allowed_s += bounds.soon_s(self.policy)

    @property
    def _clocks(self) -> tuple[Clock, ...]:
        ladder = self._rung, self._silence, self._end
        return (self._unnoticed, self._cut_off, *ladder, self._open, self._alert, self._blind, self._dies)

    def _rest(self) -> None:
        """There is nothing to be patient with."""
        self._is_calm = True
        for clock in self._clocks:
            clock.goes_on(None)

    def _count(self, by_s: float) -> None:
        if self._is_calm:
            return
        for clock in self._clocks:
            clock.spent_s += by_s if clock.runs else 0.0
            if clock.runs and clock.spent_s > clock.allowed_s:
                clock.allowed_s = math.inf  # it is said once
                self.broke(clock.rule, self._where(clock.spent_s))

    def _where(self, spent_s: float) -> str:
        view = "" if self._state is None else f"{self._state.gateway.phase}, {self._state.restart.stage}"
        return f"{self.world.gateway.condition()}: {view}, {spent_s:.0f} s"

    def _follow(self, state: State, *, well: bool) -> None:
        world, incident = self.world, state.incident
        blind = world.lasts(world.until.blind)
        owed = self._follow_deaths(state, sees=not blind)
        cut_off = incident is None and world.channels_fail
        if well and incident is None and not state.alerting.unsent and not (blind or owed or cut_off):
            if not self._is_calm:
                self._rest()
            return
        self._is_calm, self._state = False, state
        told = incident is not None and state.alerting.opened == incident.id
        wishes = world.wishes
        number = None if incident is None else incident.id
        halted = wishes.paused or self._concern.levels(number) <= wishes.disabled
        if self._halted and not halted:  # who has let it go on looks at it: our patience begins anew
            self._grant(state.restart.stage, bounds.anew_s(world, self.policy))
        self._halted = halted
        mute = Level.NOTIFICATION in wishes.disabled
        settling = state.last_mono < state.gateway.settle_until and self._storm.excuses(self._at_s)
        free = not (settling or halted)
        self._follow_outage(state, well=well, sees=not (blind or settling))
        self._follow_ladder(state, free=free and not blind, mute=mute, told=told, halted=halted)
        self._follow_alert(state, mute=mute)
        looks = not (settling or wishes.paused or wishes.disabled >= LOOKING or mute)
        if not self._blind.goes_on("blind" if blind and not told else None, runs=looks):
            self._blind.allowed_s = bounds.blind_s(self.policy)

    def _follow_outage(self, state: State, *, well: bool, sees: bool) -> None:
        world, gateway = self.world, self.world.gateway
        bound_s = None
        if state.incident is None and not well and world.is_up and not world.stopped_by_person:
            seen = self.has_seen(gateway.pid)
            to_be_up = self.heard.is_to_be_up
            bound_s = bounds.notice_s(world, state, self.policy, seen=seen, to_be_up=to_be_up)
        cut_off = state.incident is None and world.channels_fail
        if not self._cut_off.goes_on(gateway.pid if cut_off else None, runs=sees):
            self._cut_off.allowed_s = bounds.cut_off_s(self.policy)
        key = None if bound_s is None else (gateway.pid, gateway.condition(), gateway.since)
        if not self._unnoticed.goes_on(key, runs=sees):
            self._unnoticed.allowed_s = bound_s or 0.0
        passes = world.all_checks_pass and not bounds.is_late(world, self.policy)
        fine = state.incident is not None and well and passes
        number = state.incident.id if fine and state.incident is not None else None
        if not self._open.goes_on(number, runs=sees):
            self._open.allowed_s, self._ceases = bounds.closing_s(self.policy), 0
        if self._open.runs and self._ceases != gateway.pid and self._ceases_s(state):
            self._open.allowed_s, self._ceases = self._open.allowed_s + self._ceases_s(state), gateway.pid

    def _follow_deaths(self, state: State, *, sees: bool) -> bool:
        """Whether a person is to be told that it keeps dying."""
        wishes = self.world.wishes
        heeds = sees and not wishes.paused and Level.WATCHDOG not in wishes.disabled
        self._dying.look(state, heeds=heeds)
        runs = heeds and Level.NOTIFICATION not in wishes.disabled
        if not self._dies.goes_on(self._dying.owed, runs=runs):
            self._dies.allowed_s = bounds.dying_s(self.policy)
        return self._dying.owed is not None

    def _follow_ladder(self, state: State, *, free: bool, mute: bool, told: bool, halted: bool) -> None:
        part, incident = state.restart, state.incident
        number = None if incident is None else incident.id
        if not self._silence.goes_on(None if told else number, runs=free and not mute):
            self._climbed.clear()
        at_end = part.stage is Stage.EXHAUSTED
        gone = (
            state.gateway.process is None and Level.WATCHDOG in self.world.wishes.disabled
        )  # by its last look
        self._quiet_end = at_end and (halted or gone or self._quiet_end)
        if not self._end.goes_on(None if told or not at_end or self._quiet_end else number, runs=not mute):
            self._end.allowed_s = bounds.NEWS_S
        ceases_s = self._ceases_s(state) if part.stage is Stage.IDLE else 0.0
        starts = self.world.gateway.starts if ceases_s else ()
        key = None if number is None else (number, part.stage, part.since, *starts[-1:])
        if not self._rung.goes_on(key, runs=free and (not at_end or self._would_help(state))):
            self._climbed[part.stage] += 1
            self._prolonged.clear()
            self._grant(part.stage, bounds.rung_s(part.stage, self.policy))
            self._rung.allowed_s += ceases_s
        if self._rung.runs:
            storm_s = bounds.stormy_s(self.world, self.policy)
            storm = {"the host stalls": storm_s} if self._storm.rages(self._at_s) else {}
            for what, for_s in (bounds.prolonged_s(self.world, state, self.policy) | storm).items():
                if what not in self._prolonged:
                    self._prolonged.add(what)
                    self._grant(part.stage, for_s)

    def _ceases_s(self, state: State) -> float:
        """So long after its last start it is known to have ceased to die: each life before was well."""
        return HOUR_S if state.incident is not None and state.incident.keeps_dying else 0.0

    def _grant(self, stage: Stage, for_s: float) -> None:
        """To the rung, and to the silence for each rung of the tries that there are."""
        self._rung.allowed_s += for_s
        if self._climbed[stage] <= self.policy.restart_attempts + 1:
            self._silence.allowed_s += for_s

    def _follow_alert(self, state: State, *, mute: bool) -> None:
        alert = state.alerting.unsent[0] if state.alerting.unsent else None
        key = None if alert is None else (alert.incident, alert.kind, alert.number)
        until = self.world.until
        down = self.world.lasts(until.route_down)
        if self.world.traits.routes:  # who has the alert is judged route by route
            down = self.world.lasts(until.disk_full)
        if not self._alert.goes_on(key, runs=not (mute or down)):
            self._alert.allowed_s = bounds.delivery_s(self.world, self.policy)

    def _would_help(self, state: State) -> bool:
        """Whether a try would be right: the gateway is down or ill, and nothing speaks against it."""
        world, condition = self.world, self.world.gateway.condition()
        lasted_s = world.agenda.elapsed - world.gateway.since
        graced = condition is Condition.STARTING and lasted_s < self.policy.startup_grace_s
        down = condition in ACTED_ON and not world.gateway.starts_slowly() and not graced
        against = world.others_at_work or world.no_start_can_succeed or world.stopped_by_person
        against = against or (state.gateway.in_doubt and world.gateway.ended_in_doubt)
        lost = state.gateway.blind_since is not None and self._storm.rages(self._at_s)  # each answer
        off = self._concern.acts() in world.wishes.disabled
        return down and not (against or off or lost or self.policy.observe or state.distrust)
