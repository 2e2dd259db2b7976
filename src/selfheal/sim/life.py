"""One world from its beginning to its end: first anything may fail, then it must come right again."""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields
from enum import Enum, auto
from functools import partial

from selfheal.core.alert import AlertKind
from selfheal.core.levels import Level
from selfheal.core.notes import Step
from selfheal.core.observations import Observation
from selfheal.core.reasons import Reason
from selfheal.core.state import Phase, State
from selfheal.runtime.stepper import Stepper
from selfheal.sim import leap
from selfheal.sim.asking import Asking
from selfheal.sim.beats import Beats
from selfheal.sim.bounds import convergence_s
from selfheal.sim.doctor import Deed, MadeDoctor
from selfheal.sim.down import Down
from selfheal.sim.ends import next_end
from selfheal.sim.entire import EntireResident
from selfheal.sim.faults import befall
from selfheal.sim.hearer import Hearer
from selfheal.sim.judge import HEARD_S, Judge
from selfheal.sim.outages import Outage, Outages
from selfheal.sim.patience import Patience
from selfheal.sim.plan import DAY_S, HOUR_S, ON_ROUTES, Death, Event, Fault, Plan
from selfheal.sim.post import post_for
from selfheal.sim.resident import Resident
from selfheal.sim.tally import Counts, Tally
from selfheal.sim.world import PERSON, World

STILL_MAX = 2_000  # events at one moment: time stands still
BACK_ON_BOOT_S = 2.0
AT_ONCE_S = 0.01  # what is due within it belongs to what has just happened
STAYS_S = HOUR_S  # what is well and closed must stay so

Told = Callable[[float, Observation, Step], None]


class Mark(Enum):
    """What a story tells beside events and deeds."""

    FAULTS_END = auto()  # and so does what is counted
    PERSON_FAILED = auto()  # their own start of the gateway


Befallen = Callable[[float, Event | Deed | Mark], None]


class Leaps(Enum):
    """What is leapt over, so that it can be shown to come to the same."""

    NONE = auto()
    LONG = auto()
    ALL = auto()  # single beats, too


class Life:
    """Runs `plan`. `leaps`: over which quiet time. `goes_on`: also once a rule is broken. `told` and
    `befallen` hear what a story is made of, which goes on.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        leaps: Leaps = Leaps.ALL,
        goes_on: bool = False,
        told: Told | None = None,
        befallen: Befallen | None = None,
    ) -> None:
        self.plan = plan
        self.world = World(plan)
        self.agenda = self.world.agenda
        self.judge = judge = Judge(self.agenda, plan.policy, self.world.wishes)
        told_of = judge.has_seen, judge.restarts, judge.heard
        self.patience = Patience(self.world, plan.policy, judge.broke, *told_of)
        self.doctor = MadeDoctor(self.world, self._happened)
        body = EntireResident if plan.traits.real_loop else Resident
        self.resident = body(self.world, plan.policy, judge, self._told)
        self.asking = Asking(self.world, self.resident)
        self.down = Down(self.world, self.resident, plan.policy)
        self.world.person_failed = partial(self._happened, Mark.PERSON_FAILED)
        self.world.told_person = Hearer(self.world, self.resident.ask).hears
        self.post = self.resident.post = post_for(self.world, self.resident.disk, judge)
        self.tally = Tally()
        self._leaps = leaps
        self._goes_on = goes_on or told is not None
        self._safe: Counts | None = None
        self._steady = leap.Steady(plan.policy)
        self._beats = Beats(self.world, plan.policy)
        self._story = told
        self._befallen = befallen
        self._still = 0
        self._dice = self.world.dice("leaps")
        self._has_served = False  # its very first start is no outage
        self.outages = Outages(self.agenda)
        self._goal = 0.0
        self._right_since: float | None = None

    def run(self) -> Tally:
        """Never raises for what our program does wrong: `violations` has it."""
        try:
            for event in self.plan.events:
                self.agenda.after(event.at_s, partial(self._befall, event))
            self.world.launch(PERSON)
            self.agenda.after(self.plan.traits.comes_after_s, self.resident.begin)
            self._run_until(self.plan.faults_end_s)
            self._safe = self._counts()
            self._happened(Mark.FAULTS_END)
            self._end_faults()
            self._observe()  # before any leap: what has just ended lasts no longer
            self._converge()
            if self.agenda.elapsed < self.plan.safe_s:
                self._run_until(self.plan.safe_s)
                self._converge()
        except Exception as error:  # noqa: BLE001 -- the seed is what the error is found again by
            self.judge.broke("it raised", repr(error))
        try:
            return self._finished()
        finally:
            if self.post is not None:
                self.post.vanish()
            self.resident.vanish()

    # -- time ------------------------------------------------------------------------------------------

    def _run_until(self, end: float, done: Callable[[], bool] = lambda: False) -> None:
        self._goal = end
        stuck = False
        while not done() and not (stuck := self._is_stuck()):
            event, due = self.agenda.next_at(), self.resident.due_at()
            moment = min((at for at in (event, due) if at is not None), default=end)
            if moment >= end:
                break
            waits = event != moment and moment - self.agenda.elapsed > AT_ONCE_S
            if waits and self._leap(min(event if event is not None else end, end)):
                continue
            before = self.agenda.elapsed
            if event is not None and event <= moment:
                self.agenda.happen()
            else:
                self.agenda.elapsed = max(self.agenda.elapsed, moment)
                self.resident.serve()
            self._still = self._still + 1 if self.agenda.elapsed == before else 0
            self._observe()
        if not done() and not stuck:
            self.agenda.elapsed = max(self.agenda.elapsed, end)

    def _is_stuck(self) -> bool:
        if self._still > STILL_MAX:
            self.judge.broke("time stands still")
            return True
        return bool(self.judge.violations) and not self._goes_on

    def _leap(self, until: float) -> bool:
        """To shortly before the next thing that begins or ends in the world; at any point of a beat."""
        stepper, state = self.resident.stepper, self.resident.heeds
        if stepper is None or state is None or self._leaps is Leaps.NONE:
            return False
        if state.pending or state.restart.stage in leap.ACTS:
            return False
        if self._leaps is Leaps.ALL:
            self._beats.look(state)
        first = None
        self._steady.look(state, self.agenda.elapsed)  # a calm one, too: what comes after it is no old one
        if leap.is_calm(state):
            turn = self._pause_end(state)
        else:
            round_at = self._steady.round_at(state, self.agenda.elapsed)
            if self.agenda.elapsed < round_at:
                return self._leap_beats(stepper, state, min(until, round_at))
            first = self._steady.first
            turn = self.agenda.at_mono(leap.next_turn(state, first, self.plan.policy))
        longest_s = min(until, turn, next_end(self.world)) - self.agenda.elapsed
        if longest_s < leap.SHORTEST_S:
            return self._leap_beats(stepper, state, until)
        if not leap.is_as_seen(self.world, state, self.plan.policy):
            return False
        by_s = longest_s - self._dice.between(0.0, leap.SHORTEST_S)
        if by_s < leap.SHORTEST_S:
            return False
        self._go_on(stepper, leap.leapt(state, by_s, first), by_s)
        return True

    def _leap_beats(self, stepper: Stepper, state: State, until: float) -> bool:
        """Where it is not worth while to leap to any point of one."""
        later, by_s = self._beats.leapt(state, until)
        if by_s:
            self._go_on(stepper, later, by_s)
        return by_s > 0.0

    def _go_on(self, stepper: Stepper, state: State, by_s: float) -> None:
        self.agenda.elapsed += by_s
        stepper.state = state
        self.resident.leapt(by_s)
        self.tally.leapt_s += by_s

    def _pause_end(self, state: State) -> float:
        """In `elapsed`; looks go on in a pause as they do without."""
        end = state.pause.until if state.pause is not None else None
        return math.inf if end is None else self.agenda.elapsed + end.left_s(self.agenda.now())

    def _observe(self) -> None:
        """The truth after each event, for the account of how long nobody was served."""
        self.world.gateway.note_change()
        world, well = self.world, self.world.is_well()
        self.patience.look(self.resident.heeds, well=well, life=self.resident.lives)
        ledger = self.judge.ledger
        ledger.reminders.look(self.resident.heeds, excused=ledger.is_excused)
        self._has_served = self._has_served or well
        down = self._has_served and world.is_up and not well and not world.stopped_by_person
        held = down and self.patience.is_held(self.resident.heeds)
        self.outages.look(self.resident.heeds, down=down, held=held)

    def _told(self, observation: Observation, done: Step) -> None:
        if self._story is not None:
            self._story(self.agenda.elapsed, observation, done)
        if any(note.reason is Reason.ESCALATED for note in done.notes):
            if self.world.wishes.paused_for(HEARD_S):
                self.judge.broke("an escalation in a pause")
            if self._may_call(done.state):
                self.doctor.call()

    def _may_call(self, state: State) -> bool:
        """What is asked before a level acts holds for Level 3, too."""
        wishes = self.world.wishes
        off = wishes.paused or Level.RECOVERY in wishes.disabled
        return not (off or state.distrust or self.plan.policy.observe)

    def _happened(self, what: Event | Deed | Mark) -> None:
        if self._befallen is not None:
            self._befallen(self.agenda.elapsed, what)

    # -- what happens ----------------------------------------------------------------------------------

    def _befall(self, event: Event) -> None:
        if not self.world.is_up:
            return
        self.tally.events[event.fault] += 1
        self._happened(event)
        resident, agenda = self.resident, self.agenda
        match event.fault:
            case Fault.SLEEP:
                self.world.wakes()
                resident.through(lambda: agenda.sleep(event.for_s))
            case Fault.CLOCK:
                resident.through(lambda: agenda.set_wall(event.amount))
            case Fault.STALL:
                resident.freeze(event.for_s)
            case Fault.REBOOT:
                self._lose_power()
                agenda.after(event.for_s, partial(self._boot, event.amount))
            case Fault.WE_DIE:
                resident.dies(Death(int(event.amount)), event.for_s)
            case Fault.PERSON_DOWNS:
                self.asking.is_free_at(self.down.comes(event))
            case Fault.PERSON_PAUSES | Fault.PERSON_DISABLES | Fault.PERSON_CHECKS | Fault.PERSON_WANTS:
                self.asking.comes(event)
            case _:
                self._outside(event)

    def _outside(self, event: Event) -> None:
        if self.post is not None and event.fault in ON_ROUTES:
            self.post.befalls(event)
        else:
            befall(self.world, event)

    def _lose_power(self) -> None:
        self.resident.goes_down()
        self.doctor.leave()
        self.world.go_down()
        if self.post is not None:
            self.post.dies()

    def _boot(self, clock_off_s: float) -> None:
        self.world.come_up(clock_off_s)
        self.agenda.after(BACK_ON_BOOT_S, self.resident.begin)

    # -- the second phase ------------------------------------------------------------------------------

    def _end_faults(self) -> None:
        """Whatever comes from outside is over. Nobody pushes our program, and in some worlds nobody helps."""
        self.world.end_faults()
        if self.post is not None:
            self.post.end_faults()
        self.doctor.leave(for_good=True)

    def _converge(self) -> None:
        begins = max(self.agenda.elapsed, self.asking.freed_at, self.resident.back_at)
        paused_until = self.world.wishes.paused_until
        if paused_until is not None and paused_until < math.inf:
            begins = max(begins, paused_until)
        within_s = convergence_s(self.plan.policy) + STAYS_S
        self._run_until(begins + within_s, self._stays_right)
        if self.resident.back_at > begins:  # the occasion on which it was to die came only now
            self._run_until(self.resident.back_at + within_s, self._stays_right)
        if not self.judge.violations and not self._stays_right():
            state = self.judge.state
            what = f"{state.gateway.phase}, {state.restart.stage}" if state is not None else "no state"
            for route, name in self.judge.owed[:1]:
                self.judge.broke("an alert that a route never got", f"{name[1]} of {name[0]} on {route}")
            self.judge.broke("it did not come right again", f"{self.world.gateway.condition()}: {what}")

    def _stays_right(self) -> bool:
        """For so long that what was right for a moment only is found out."""
        if not self._is_right():
            self._right_since = None
        elif self._right_since is None:
            self._right_since = self.agenda.elapsed
        stays = self._right_since is not None and self.agenda.elapsed - self._right_since >= STAYS_S
        return stays and not any(self._to_tell())

    def _to_tell(self) -> Iterator[AlertKind]:
        """What a person, or a named route, has still to be told."""
        state = self.resident.stepper.state if self.resident.stepper is not None else None
        yield from () if state is None else (alert.kind for alert in state.alerting.unsent)
        yield from (kind for _, (_, kind, _) in self.judge.owed)

    def _is_right(self) -> bool:
        """Well, nothing under repair, everything told; or it cannot be, and a person knows, however often
        they are reminded.
        """
        state = self.resident.stepper.state if self.resident.stepper is not None else None
        if state is None or any(kind is not AlertKind.REMINDER for kind in self._to_tell()):
            return False
        if state.incident is not None:
            told = (state.incident.id, AlertKind.OPENED) in self.judge.ledger.told
            left = state.gateway.in_doubt and self.world.gateway.ended_in_doubt
            return told and (self.plan.policy.observe or self.world.needs_a_person or left)
        unseen = not (self.judge.has_seen(self.world.gateway.pid) or self.judge.heard.is_to_be_up)
        unseen = unseen or self.world.gateway.pid in self.judge.forgotten_stops  # a person's, to our program
        stopped = self.world.stopped_by_person or unseen or self.plan.policy.observe
        return (self.world.is_well() and state.gateway.phase is Phase.WELL) or (
            stopped and state.gateway.phase is Phase.STOPPED
        )

    def _counts(self) -> Counts:
        """Up to now."""
        judge, now = self.judge, self.agenda.elapsed
        closed = [life for life in judge.incidents.values() if life.closed_at is not None]
        return Counts(
            days=now / DAY_S,
            incidents=len(judge.incidents),
            still_open=len(self._open()),
            outcomes=Counter(life.outcome for life in closed),
            repair_s=[life.closed_at - life.opened_at for life in closed if life.closed_at is not None],
            down_s=self.outages.lasted_s(Outage.FELT),
            taken_s=self.outages.lasted_s(Outage.TAKEN),
            held_s=self.outages.lasted_s(Outage.HELD),
            starts=judge.our_starts,
            signals=judge.our_signals,
            drains_cut=self.world.gateway.drains_cut,
            starts_cut=self.world.gateway.starts_cut,
            alerts=judge.ledger.count,
            escalations=judge.escalations,
            sessions=self.doctor.sessions,
        )

    def _open(self) -> list[int]:
        """Of those that died with us on a full disk only the one that is known again."""
        judge, state = self.judge, self.judge.state
        known = state.incident.id if state is not None and state.incident is not None else None
        unclosed = [key for key, life in judge.incidents.items() if life.closed_at is None]
        return [key for key in unclosed if key == known or not judge.ledger.is_excused(key)]

    def _finished(self) -> Tally:
        judge, tally, whole = self.judge, self.tally, self._counts()
        for key, life in judge.incidents.items():
            opened = judge.ledger.told.get((key, AlertKind.OPENED), 0)
            ended = judge.ledger.is_settled(key, AlertKind.OVER)
            if life.closed_at is not None and opened and not ended and not judge.violations:
                judge.broke("an alert without its end", str(key))
        for each in fields(Counts):
            setattr(tally, each.name, getattr(whole, each.name))
        tally.safe = self._safe or whole
        tally.steps, tally.deaths = self.resident.steps, self.resident.deaths
        tally.violations = tuple(judge.violations)
        return tally


def live(plan: Plan, *, goes_on: bool = False) -> Tally:
    """The plan, run. See `Life`."""
    return Life(plan, goes_on=goes_on).run()
