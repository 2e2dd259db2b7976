"""A small made-up gateway and host on virtual time, to tell the core's stories with.

Not a simulator: it has no chance in it, and does only what a story's script says.
"""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from selfheal.core.actions import (
    Action,
    CheckDeeply,
    ExamineExit,
    InspectHost,
    Notify,
    Ordered,
    Probe,
    Signal,
    SignalGateway,
    StartGateway,
)
from selfheal.core.facts import (
    ConfigState,
    DeepVerdict,
    ExitCause,
    GatewayProcess,
    Inspection,
    ManagerState,
    PortOwner,
    ProbeKind,
    ProbeReport,
    Upkeep,
    Verdict,
)
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.invariants import check
from selfheal.core.notes import Note
from selfheal.core.observations import (
    ActionFinished,
    ActionOrphaned,
    DeepCheckFinished,
    ExitExamined,
    HostInspected,
    Observation,
    ProbeFinished,
    ProcessExited,
    ResidentStarted,
    TimePassed,
)
from selfheal.core.policy import Policy
from selfheal.core.state import State
from selfheal.core.step import next_deadline, step

LOOK_S = 0.01
START_S = 0.05


@dataclass
class FakeGateway:
    """How the made-up gateway behaves. A script changes the fields as the story goes."""

    cold_start_s: float = 6.0
    drain_s: float = 0.5
    alive: bool = False
    pid: int = 100
    born: float = 0.0
    hung: bool = False  # SIGSTOP or a blocked loop: no answers, SIGTERM has no effect
    verdict: Verdict | None = None  # what a full check says instead of the truth
    root_status: int = 200
    suppressed: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    draining_until: float | None = None
    suspended: bool = False
    linger_s: float = 0.0  # after a drain: port closed, process there
    dies_after_s: float | None = None  # each start ends so long after its birth
    exit_cause: ExitCause = ExitCause.CRASHED
    start_error: str = ""
    hang_on_start: bool = False
    deep: DeepVerdict = DeepVerdict.OK


@dataclass
class World:
    policy: Policy = field(default_factory=Policy)
    gateway: FakeGateway = field(default_factory=FakeGateway)
    config: ConfigState = ConfigState.LOADABLE
    config_mark: str = "1"
    upkeep: Upkeep | None = None
    manager: ManagerState = ManagerState.NONE
    port_owner: PortOwner | None = None
    foreign_supervisor: str = ""
    disk_full: bool = False
    resident_up: bool = True
    mono: float = 1000.0
    wall_offset: float = 1_770_000_000.0
    boot_id: str = "boot-1"
    state: State = field(default_factory=lambda: State("main"))
    trace: list[tuple[float, Observation, tuple[Note, ...], tuple[Ordered, ...]]] = field(
        default_factory=list
    )
    _queue: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _count: "itertools.count[int]" = field(default_factory=itertools.count)
    _last_exit: ExitCause = ExitCause.CRASHED

    def now(self) -> Now:
        return Now(Monotonic(self.mono), Wall(self.mono + self.wall_offset), self.boot_id)

    # -- time ---------------------------------------------------------------------------------------

    def at(self, delay_s: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (self.mono + delay_s, next(self._count), call))

    def feed(self, observation: Observation) -> None:
        if not self.resident_up:
            return
        done = step(self.state, observation, self.now(), self.policy)
        check(self.state, observation, done, self.now(), self.policy)
        self.state = done.state
        self.trace.append((self.mono, observation, done.notes, done.actions))
        for order in done.actions:
            self._perform(order)

    def run_until(self, end: float) -> None:
        """Lets virtual time run to `end` (monotonic seconds): events and deadlines, each at its moment."""
        idle = 0
        while True:
            due = next_deadline(self.state, self.policy) if self.resident_up else None
            event = self._queue[0][0] if self._queue else None
            moment = min((float(m) for m in (due, event) if m is not None), default=end)
            if moment > end:
                break
            idle = idle + 1 if moment <= self.mono else 0
            if idle > 50:
                raise AssertionError(f"time stands still at {self.mono}: {self.state}")
            self.mono = max(self.mono, moment)
            if event is not None and event <= moment:
                heapq.heappop(self._queue)[2]()
            elif moment == due:
                self.feed(TimePassed())
            else:
                break
        self.mono = end

    # -- our own process ----------------------------------------------------------------------------

    def start_resident(self) -> None:
        self.resident_up = True
        lost = [entry.id for entry in self.state.pending]
        self.feed(ResidentStarted("1"))
        for action_id in lost:
            self.feed(ActionOrphaned(action_id))

    def kill_resident(self) -> None:
        self.resident_up = False

    # -- the gateway's life ---------------------------------------------------------------------------

    def launch(self) -> None:
        gateway = self.gateway
        if gateway.alive:
            return
        gateway.alive, gateway.pid, gateway.born = True, gateway.pid + 1, self.mono
        gateway.hung, gateway.draining_until, gateway.suspended = gateway.hang_on_start, None, False
        pid = gateway.pid
        if gateway.dies_after_s is not None:
            self.at(gateway.dies_after_s, lambda: self.end(gateway.exit_cause, pid))

    def end(self, cause: ExitCause, pid: int | None = None, code: int | None = None) -> None:
        gateway = self.gateway
        if not gateway.alive or pid not in (None, gateway.pid):
            return
        gateway.alive = False
        self._last_exit = cause
        self.feed(ProcessExited(gateway.pid, gateway.born, code))

    def term(self) -> None:
        """A SIGTERM from anybody."""
        gateway = self.gateway
        if not gateway.alive or gateway.hung or gateway.draining_until is not None:
            return
        pid = gateway.pid
        gateway.draining_until = self.mono + gateway.drain_s
        self.at(gateway.drain_s + gateway.linger_s, lambda: self.end(ExitCause.STOPPED_ON_PURPOSE, pid, 0))

    # -- what the core asks for -----------------------------------------------------------------------

    def _perform(self, order: Ordered) -> None:
        match order.action:
            case Probe(kind=kind, timeout_s=timeout_s):
                report = self._probe(kind, timeout_s)
                self.at(max(LOOK_S, report.latency_s), lambda: self.feed(ProbeFinished(order.id, report)))
            case StartGateway():
                self.at(START_S, lambda: self._started(order.id))
            case SignalGateway() as wanted:
                self.at(LOOK_S, lambda: self._signalled(order.id, wanted))
            case action:
                self.at(LOOK_S, lambda: self.feed(self._look(order.id, action)))

    def _look(self, action_id: int, action: Action) -> Observation:
        match action:
            case InspectHost():
                return HostInspected(action_id, self._inspection())
            case ExamineExit():
                return ExitExamined(action_id, self._last_exit)
            case CheckDeeply():
                return DeepCheckFinished(action_id, self.gateway.deep)
            case Notify():
                return ActionFinished(action_id, succeeded=True)
            case other:
                raise AssertionError(other)

    def _inspection(self) -> Inspection:
        gateway = self.gateway
        process = None
        if gateway.alive:
            process = GatewayProcess(gateway.pid, gateway.born, age_s=self.mono - gateway.born)
        return Inspection(
            process,
            port_owner=self.port_owner,
            config=self.config,
            config_problem="" if self.config is ConfigState.LOADABLE else "line 4",
            config_mark=self.config_mark,
            upkeep=self.upkeep,
            manager=self.manager,
            foreign_supervisor=self.foreign_supervisor,
            disk_full=self.disk_full,
        )

    def _probe(self, kind: ProbeKind, timeout_s: float) -> ProbeReport:
        verdict = self._verdict(kind)
        latency = timeout_s if verdict is Verdict.TIMEOUT else LOOK_S
        root = (
            self.gateway.root_status if verdict in (Verdict.WELL, Verdict.DEGRADED, Verdict.BROKEN) else None
        )
        return replace(
            ProbeReport(kind, verdict, latency, root if kind is ProbeKind.FULL else None),
            suppressed=self.gateway.suppressed,
            failing=self.gateway.failing,
        )

    def _verdict(self, kind: ProbeKind) -> Verdict:
        gateway = self.gateway
        if self.port_owner is not None:
            return Verdict.FOREIGN
        if not gateway.alive:
            return Verdict.REFUSED
        if gateway.hung:
            return Verdict.TIMEOUT
        if gateway.draining_until is not None and self.mono >= gateway.draining_until:
            return Verdict.REFUSED
        if self.mono - gateway.born < gateway.cold_start_s:
            return (
                Verdict.REFUSED if self.mono - gateway.born < gateway.cold_start_s * 0.7 else Verdict.STARTING
            )
        if kind is ProbeKind.HEARTBEAT:
            return Verdict.WELL
        if gateway.draining_until is not None or gateway.suspended:
            return Verdict.DRAINING
        if gateway.verdict is not None:
            return gateway.verdict
        if gateway.root_status != 200:
            return Verdict.BROKEN
        return Verdict.DEGRADED if gateway.suppressed or gateway.failing else Verdict.WELL

    def _started(self, action_id: int) -> None:
        if self.gateway.start_error:
            self.feed(ActionFinished(action_id, succeeded=False, detail=self.gateway.start_error))
            return
        self.launch()
        self.feed(ActionFinished(action_id, succeeded=True))

    def _signalled(self, action_id: int, wanted: SignalGateway) -> None:
        self.feed(ActionFinished(action_id, succeeded=True))
        if not self.gateway.alive or self.gateway.pid != wanted.pid:
            return
        if wanted.signal is Signal.KILL:
            self.end(ExitCause.CRASHED, code=137)
        else:
            self.term()
