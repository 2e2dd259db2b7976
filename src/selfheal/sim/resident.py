"""Our own program in the made-up world: the real stepper on the real store's contract, and hands of straw.

What `runtime.resident` and `runtime.performer` do with asyncio happens here as events (in `entire` they are
the real ones). The process may die between any two steps and inside the store's transaction.
"""

from collections.abc import Callable
from functools import partial

from selfheal.core.actions import (
    CheckDeeply,
    ExamineExit,
    InspectHost,
    Ordered,
    Probe,
    SignalGateway,
    StartGateway,
)
from selfheal.core.alert import Notify
from selfheal.core.facts import GatewayProcess, ProbeReport, Verdict
from selfheal.core.instants import Now
from selfheal.core.notes import Step
from selfheal.core.observations import (
    ActionFinished,
    DeepCheckFinished,
    ExitExamined,
    HostInspected,
    Observation,
    OperatorAsked,
    ProbeFinished,
    ProcessExited,
    TimePassed,
)
from selfheal.core.policy import Policy
from selfheal.core.state import State
from selfheal.ports.store import Commit
from selfheal.runtime.host import HostWatch
from selfheal.runtime.performer import FAULT_PAUSE_S, LOOK_TIMEOUT_S, SLACK_S
from selfheal.runtime.stepper import Stepper
from selfheal.sim.chronicler import Chronicler
from selfheal.sim.deeds import Deeds
from selfheal.sim.disk import InMemory, Killed, MadeDisk, OnDisk
from selfheal.sim.judge import Judge
from selfheal.sim.limits import Limits
from selfheal.sim.plan import Death
from selfheal.sim.post import Post
from selfheal.sim.world import World
from selfheal.store.fallback import DurableOrMemory

TARGET = "main"
VERSION = "simulated"
INBOX_S = 1.0
ASKED_AGAIN_S = 300.0
ORDER_S = 0.05
SIGNAL_S = 0.01
CHANGES = (StartGateway, SignalGateway, Notify)


class Resident:
    """One target's stepper, alive or not. `told` hears of each committed step."""

    def __init__(
        self, world: World, policy: Policy, judge: Judge, told: Callable[[Observation, Step], None]
    ) -> None:
        self.world = world
        self.policy = policy
        self.judge = judge
        self.agenda = world.agenda
        platter = OnDisk() if world.traits.on_disk else InMemory()
        self.disk = MadeDisk(
            platter,
            world.dice("the disk"),
            is_full=lambda: world.lasts(world.until.disk_full),
            unheard=self._unheard,
        )
        judge.forgets = lambda: self.forgets
        self._limits = Limits(self.agenda, self.disk, judge.broke)
        self.stepper: Stepper | None = None
        self.post: Post | None = None  # in a world with named routes
        self.steps = self.deaths = 0
        self._told = told
        self._chronicler = Chronicler(self._chronicle, judge)
        self._store: DurableOrMemory | None = None
        self._last: Observation = TimePassed()
        self._watch = HostWatch()
        self.lives = 0
        self._frozen_until = 0.0
        self._death: Death | None = None
        self._back_after_s = 1.0
        self.back_at = world.traits.comes_after_s  # it begins then, or has begun since
        self._watched: set[tuple[int, float]] = set()
        self._deeds = Deeds(world, judge, self._dies_at)
        world.exited = self._exited

    @property
    def heeds(self) -> State | None:
        """What it knows, while it lives and has the processor."""
        return None if self.stepper is None or self._frozen else self.stepper.state

    @property
    def forgets(self) -> bool:
        """What it knows is not on its disk: its end would cost it that."""
        return self._store is not None and bool(self._store.degraded)

    # -- life and death --------------------------------------------------------------------------------

    def begin(self) -> None:
        if self.stepper is not None or not self.world.is_up or self.world.unwatched:
            return
        self.lives += 1
        self._watch = HostWatch()
        self._watched, self._deeds.child, self._frozen_until = set(), 0, 0.0
        self._store = self._opened()
        self.stepper = Stepper(TARGET, self.policy, self._store, self.agenda, self._chronicler)
        self.world.wishes.began()
        self.judge.began(self.stepper.state)
        self._awake(self.stepper)
        if self.post is not None and self.stepper is not None:
            self.post.began()

    def _unheard(self, commit: Commit) -> None:
        """With it the disk has taken all that was kept in memory, too, and we do not live to know it."""
        self.judge.committed(commit.step, commit.now)
        self.judge.unkept.clear()

    def _opened(self) -> DurableOrMemory:
        return DurableOrMemory(lambda: self.disk)

    def _awake(self, stepper: Stepper) -> None:
        try:
            self._look_at_host()
            steps = stepper.wake(VERSION)
        except Killed:
            self._die()
            return
        for done in steps:
            self._perform_all(done)
        self.look_into_inbox()

    def dies(self, death: Death, back_after_s: float) -> None:
        self._back_after_s = back_after_s
        if death is Death.NOW:
            self._die()
        elif death is Death.IN_COMMIT:
            self.disk.dies_in_commit = True
        else:
            self._death = death

    def goes_down(self) -> None:
        """With its host."""
        self._death = None
        self.disk.dies_in_commit = False
        if self.stepper is not None:
            self.stepper = None
            self.world.wishes.ended()
            self.judge.ended()
            if self.post is not None:
                self.post.ended()
            if self.forgets:
                self.judge.lost_memory()

    def vanish(self) -> None:
        """With its world."""
        self.disk.vanish()

    def _die(self) -> None:
        if self.stepper is not None:
            self.deaths += 1
            self.goes_down()
            self.back_at = self.agenda.elapsed + self._back_after_s
            self.agenda.after(self._back_after_s, self.begin)

    def _dies_at(self, death: Death) -> bool:
        if self._death is not death:
            return False
        self._death = None
        self._die()
        return True

    def freeze(self, for_s: float) -> None:
        """No processor for us: what happens is heard afterwards."""
        if self.stepper is None:
            return
        if not self._frozen:
            self._baseline()
        self._frozen_until = max(self._frozen_until, self.agenda.elapsed + for_s)
        self.agenda.after(self._frozen_until - self.agenda.elapsed, partial(self._thaw, self.lives))

    def _thaw(self, life: int) -> None:
        if life == self.lives and not self._frozen:
            self.look_at_host()

    @property
    def _frozen(self) -> bool:
        return self.agenda.elapsed < self._frozen_until

    # -- what it hears ---------------------------------------------------------------------------------

    def due_at(self) -> float | None:
        """When time itself is the next thing to tell it, in `elapsed`."""
        if self.stepper is None:
            return None
        due = self.stepper.deadline()
        return None if due is None else max(self.agenda.at_mono(due), self._frozen_until)

    def serve(self) -> None:
        """What is due by `due_at`."""
        self.hear(TimePassed())

    def leapt(self, by_s: float) -> None:
        """Time was leapt over, of which it knows nothing."""

    def hear(self, observation: Observation, *, inbox_id: int | None = None) -> None:
        if self.stepper is None:
            return
        wait_s = self._frozen_until - self.agenda.elapsed
        if wait_s > 0:
            life = self.lives
            self.agenda.after(wait_s, lambda: self._hear_if(life, observation))
            return
        self._take(observation, inbox_id)

    def _hear_if(self, life: int, observation: Observation) -> None:
        """A result belongs to the process that awaited it."""
        if life == self.lives:
            self.hear(observation)

    def _take(self, observation: Observation, inbox_id: int | None) -> None:
        if self.stepper is None:
            return
        self._last = observation
        try:
            done = self.stepper.take(observation, inbox_id=inbox_id)
        except Killed:
            self._die()
            return
        if self._store is not None:
            self._limits.beat(self._store)
        if done.actions and self._dies_at(Death.AFTER_COMMIT):
            return
        self._perform_all(done)
        if isinstance(observation, ActionFinished):
            self._dies_at(Death.AFTER_RESULT)

    def _chronicle(self, done: Step, now: Now) -> None:
        self.steps += 1
        self.judge.committed(done, now)
        self.judge.hears(self._last, self.world)
        self._told(self._last, done)

    def ask(self, asked: OperatorAsked, kept: Callable[[], None] = lambda: None) -> None:
        """A person leaves a request; it is seen when the inbox is looked at next. Who is told that it could
        not be kept says it again. `kept` is called once it is.
        """
        if self.disk.put(self.agenda.now(), TARGET, asked):
            self.agenda.after(INBOX_S, self.look_into_inbox)
            kept()
        else:
            self.agenda.after(ASKED_AGAIN_S, lambda: self.ask(asked, kept))

    def look_into_inbox(self) -> None:
        wait_s = self._frozen_until - self.agenda.elapsed
        if wait_s > 0:
            self.agenda.after(wait_s, self.look_into_inbox)
            return
        items = self._store.inbox({TARGET}) if self._store is not None else ()
        for item in items if self.stepper is not None else ():
            self.world.wishes.heard(item.asked)
            self._take(item.asked, item.id)
        self.world.wishes.is_known = self.stepper is not None

    def _baseline(self) -> None:
        """The turn of our loop before something happens to time."""
        self._watch.look(self.agenda.now(), self.agenda.slept_s())

    def _look_at_host(self) -> None:
        for seen in self._watch.look(self.agenda.now(), self.agenda.slept_s()):
            self._take(seen, None)

    def look_at_host(self) -> None:
        if self.stepper is not None:
            self._look_at_host()

    def through(self, change: Callable[[], None]) -> None:
        """Something happens to the host's clocks, and our loop notices it at its next turn."""
        if self._frozen:
            change()
            return
        self._baseline()
        change()
        self.look_at_host()

    def _exited(self, process: GatewayProcess, code: int) -> None:
        """The event comes only for a process that a look has found, its code only from a child of ours."""
        if self.stepper is not None and (process.pid, process.started) in self._watched:
            known = code if process.pid == self._deeds.child else None
            self.hear(ProcessExited(process.pid, process.started, known))

    # -- what it does ----------------------------------------------------------------------------------

    def _perform_all(self, done: Step) -> None:
        for order in done.actions:
            if isinstance(order.action, CHANGES) and self._dies_at(Death.BEFORE_ACT):
                return
            self._perform(order)

    def _after(self, delay_s: float, observation: Callable[[], Observation]) -> None:
        life = self.lives

        def report() -> None:
            if life == self.lives and self.stepper is not None:
                self.hear(observation())

        self.agenda.after(delay_s, report)

    def _perform(self, order: Ordered) -> None:
        world, look_s = self.world, self.world.traits.look_s * self.world.slowness
        blind = world.lasts(world.until.blind)
        match order.action:
            case Probe(kind=kind, timeout_s=timeout_s):
                report = ProbeReport(kind, Verdict.UNPROBED) if blind else world.probe(kind, timeout_s)
                self._after(max(look_s, report.latency_s), lambda: ProbeFinished(order.id, report))
            case InspectHost() | ExamineExit() if blind:
                failed = ActionFinished(order.id, succeeded=False, detail="too many open files")
                self._after(FAULT_PAUSE_S, lambda: failed)
            case InspectHost():
                seen = HostInspected(order.id, world.inspection())
                self._after(look_s, lambda: self._watch_and_tell(seen))
            case ExamineExit(pid=pid, exit_code=exit_code):
                found = ExitExamined(order.id, world.gateway.why_ended(pid, exit_code), pid=pid)
                self._after(look_s, lambda: found)
            case CheckDeeply(timeout_s=timeout_s):
                self._check_deeply(order.id, timeout_s, look_s)
            case StartGateway() | SignalGateway() if world.lasts(world.until.orders_hang):
                self._hang(order)
            case StartGateway():
                self._after(ORDER_S, lambda: self._start(order.id))
            case SignalGateway() as act:
                self._after(SIGNAL_S, lambda: self._deeds.signal(order.id, act))
            case Notify() as alert:
                self._tell(order.id, alert)

    def _watch_and_tell(self, seen: HostInspected) -> Observation:
        living = self.world.living()
        self._watched.clear()
        for process in filter(None, (seen.inspection.process, *seen.inspection.others)):
            self._watched.add((process.pid, process.started))
            if process.pid not in living:  # it ended while we looked
                ended = ProcessExited(process.pid, process.started)
                self.agenda.after(0.0, partial(self._hear_if, self.lives, ended))
        return seen

    def _check_deeply(self, action_id: int, timeout_s: float, look_s: float) -> None:
        verdict = self.world.deep_verdict()
        self.judge.checked_deeply(verdict, self.world.gateway.pid)
        hung = self.world.gateway.leaves_unanswered(verdict)
        self._after(timeout_s if hung else 0.1 + look_s, lambda: DeepCheckFinished(action_id, verdict))

    def _hang(self, order: Ordered) -> None:
        """Given up at its time limit. Whether it was carried out all the same, nobody knows."""
        act, life = order.action, self.lives

        def happens() -> None:
            if life == self.lives and self.stepper is not None:
                if isinstance(act, SignalGateway):
                    self._deeds.signal(order.id, act)
                else:
                    self._start(order.id)

        if self.world.orders_done:
            self.agenda.after(ORDER_S, happens)
        limit_s = LOOK_TIMEOUT_S if isinstance(act, SignalGateway) else self.policy.start_timeout_s + SLACK_S
        late = ActionFinished(order.id, succeeded=False, detail="did not end in time", unsure=True)
        self._after(limit_s + FAULT_PAUSE_S, lambda: late)

    def _start(self, action_id: int) -> ActionFinished:
        done, gateway = self._deeds.start(action_id), self.world.gateway
        if done.succeeded and gateway.alive:  # watched from the first moment, as runtime.performer does
            self._watched.add((gateway.pid, gateway.born))
        return done

    def _tell(self, action_id: int, alert: Notify) -> None:
        if self.post is not None:
            done = partial(self._delivered, self.lives, action_id, alert)
            self.post.tell(alert, done, kept=not self.forgets)
            return
        self._after(self._deeds.telling_takes_s, lambda: self._deeds.tell(action_id, alert))

    def _delivered(self, life: int, action_id: int, alert: Notify, succeeded: bool) -> None:
        if life == self.lives and self.stepper is not None:
            self.hear(self._deeds.delivered(action_id, alert, succeeded=succeeded))
