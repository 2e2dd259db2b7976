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
    Ordered,
    Probe,
    Signal,
    SignalGateway,
    StartGateway,
)
from selfheal.core.alert import Notify
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
HUNG_LOOK_S = 10.0
START_S = 0.05
PORT_PATIENCE_S = 17.0  # the gateway itself waits 10 s for its port, after some seconds of loading
REFUSAL_S = 2.0
LAUNCH_FAILS_S = 0.2
LOADING = 0.7  # of a cold start passes before the port is open
BREAKER_S = 300.0
BREAKER_BOOTS = 3
FRESH_BOOT_S = 20.0
GOOD_ENDS = frozenset({ExitCause.STOPPED_ON_PURPOSE, ExitCause.RESTART_REQUESTED, ExitCause.ALREADY_RUNNING})


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
    page_seen: bool = True  # `/` was right once, with this config
    suppressed: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    draining_until: float | None = None
    suspended: bool = False
    linger_s: float = 0.0  # after a drain: port closed, process there
    dies_after_s: float | None = None  # each start ends so long after its birth
    exit_cause: ExitCause = ExitCause.CRASHED
    start_error: str = ""
    start_lies: bool = False  # it is said to work, and starts nothing
    start_retryable: bool = True
    start_said_failed_s: float | None = None  # it works, and whom we ask to start it does not say so in time
    hang_on_start: bool = False
    deep: DeepVerdict = DeepVerdict.OK
    parked: bool = False  # alive, but it listens on nothing
    ignores_term: bool = False
    survives_kill: bool = False
    says_starting: bool = False  # for ever
    refuses_us: bool = False  # it runs as another user: no signal of ours reaches it
    signals_fail: bool = False  # for now: the same signal may be sent later
    hears_us: bool = True  # False: our own probes fail for want of file descriptors


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
    missing_file: str = ""  # of the program's package
    looks_fail: bool = False  # a file system hangs: no look at the host ends
    config_refused: bool = False  # it loads, but the gateway will not start with it
    others: tuple[GatewayProcess, ...] = ()
    manager_delay_s: float | None = None  # its service manager starts it again so long after a bad end
    manager_always: bool = False  # it does so after a good end too
    manager_patience: int = 0  # so often, then it gives up
    resident_up: bool = True
    route_works: bool = True  # to a person
    examine_s: float = LOOK_S  # so long it takes to find out why a gateway has ended
    dies_before: str = ""  # our own process dies between the commit of this action and the act
    dies_after: str = ""  # it dies between the act and the commit of its result
    mono: float = 10_000.0
    base: float = 10_000.0  # monotonic time at which the story begins
    wall_offset: float = 1_770_000_000.0
    boot_id: str = "boot-1"
    state: State = field(default_factory=lambda: State("main"))
    trace: list[tuple[float, Observation, tuple[Note, ...], tuple[Ordered, ...]]] = field(
        default_factory=list
    )
    _queue: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _count: "itertools.count[int]" = field(default_factory=itertools.count)
    _ends: dict[int, ExitCause] = field(default_factory=dict)
    _started_by_us: bool = False
    _known_supervisor: str = ""
    _bad_boots: list[float] = field(default_factory=list)  # wall times

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
        self.trace.append((self.mono - self.base, observation, done.notes, done.actions))
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
                self._time_passes()
            else:
                break
        self.mono = end

    def _time_passes(self) -> None:
        before = self.state
        self.feed(TimePassed())
        due = next_deadline(self.state, self.policy) if self.resident_up else None
        if self.state == before and due is not None and due <= self.mono:
            raise AssertionError(f"a deadline was served and has not moved at {self.mono}: {self.state}")

    # -- our own process ----------------------------------------------------------------------------

    def start_resident(self) -> None:
        self.resident_up, self._known_supervisor = True, ""
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
        self._started_by_us = False
        gateway.hung, gateway.draining_until, gateway.suspended = gateway.hang_on_start, None, False
        gateway.parked = False
        pid = gateway.pid
        if self.port_owner is not None:
            self.at(PORT_PATIENCE_S, lambda: self._port_still_taken(pid))
        elif self.missing_file:
            self.at(LAUNCH_FAILS_S, lambda: self.end(ExitCause.STARTUP_FAILED, pid, 1))
        elif self.config_refused or self.config is not ConfigState.LOADABLE:
            self.at(REFUSAL_S, lambda: self.end(ExitCause.CONFIG_REFUSED, pid, 78))
        elif gateway.dies_after_s is not None:
            self.at(gateway.dies_after_s, lambda: self.end(gateway.exit_cause, pid, 1))

    def _port_still_taken(self, pid: int) -> None:
        if self.port_owner is not None:
            self.end(ExitCause.STARTUP_FAILED, pid, 1)

    @property
    def breaker_open(self) -> bool:
        """The gateway's own breaker: three bad boots in 5 minutes, and every channel stays off."""
        now = self.mono + self.wall_offset
        return sum(now - boot < BREAKER_S for boot in self._bad_boots) >= BREAKER_BOOTS

    def end(self, cause: ExitCause, pid: int | None = None, code: int | None = None) -> None:
        gateway = self.gateway
        if not gateway.alive or pid not in (None, gateway.pid):
            return
        exited = ProcessExited(gateway.pid, gateway.born, code)
        gateway.alive = False
        self._ends[gateway.pid] = cause
        if cause not in GOOD_ENDS:
            self._bad_boots.append(gateway.born + self.wall_offset)
        self._manager_sees(cause)
        self.feed(exited)

    def _manager_sees(self, cause: ExitCause) -> None:
        if self.manager is ManagerState.STOPPING:
            self.manager = ManagerState.STOPPED
            return
        if self.manager_delay_s is None:
            return
        if cause in GOOD_ENDS and not self.manager_always:
            self.manager = ManagerState.STOPPED
        elif self.manager_patience <= 0:
            self.manager = ManagerState.FAILED
        else:
            self.manager, self.manager_patience = ManagerState.RESTARTING, self.manager_patience - 1
            self.at(self.manager_delay_s, self._manager_starts)
            if self.manager_delay_s == 0.0:  # before anybody has seen the exit
                self._manager_starts()

    def _manager_starts(self) -> None:
        if self.manager is ManagerState.RESTARTING:
            self.manager = ManagerState.RUNNING
            self.launch()

    def stop_by_manager(self, timeout_s: float) -> None:
        """Its service manager ends it for a person: SIGTERM, and SIGKILL after `timeout_s`."""
        self.manager, pid = ManagerState.STOPPING, self.gateway.pid
        self.term()
        self.at(timeout_s, lambda: self.end(ExitCause.CRASHED, pid, 137))

    def reboot(self, down_s: float) -> None:
        """The host goes down and comes back: nothing runs, and monotonic time begins anew."""
        self.gateway.alive, self.resident_up = False, False
        self._queue.clear()
        told = self.mono - self.base + down_s
        self.base = FRESH_BOOT_S - told
        self.wall_offset += self.mono + down_s - FRESH_BOOT_S
        self.mono, self.boot_id = FRESH_BOOT_S, self.boot_id + "'"

    def term(self, cause: ExitCause = ExitCause.STOPPED_ON_PURPOSE) -> None:
        """A SIGTERM from anybody, or its own wish to be started again, which it drains for as well."""
        gateway = self.gateway
        deaf = gateway.hung or gateway.ignores_term or gateway.draining_until is not None
        if not gateway.alive or deaf:
            return
        pid = gateway.pid
        gateway.draining_until = self.mono + gateway.drain_s
        self.at(gateway.drain_s + gateway.linger_s, lambda: self.end(cause, pid, 0))

    # -- what the core asks for -----------------------------------------------------------------------

    def _perform(self, order: Ordered) -> None:
        kind = type(order.action).__name__
        if not self.resident_up:
            return
        if kind == self.dies_before:
            self.dies_before, self.resident_up = "", False
            return
        if kind == self.dies_after:
            self.dies_after = ""
            self.at(0.0, self.kill_resident)
        match order.action:
            case Probe(kind=kind, timeout_s=timeout_s):
                report = self._probe(kind, timeout_s)
                self.at(max(LOOK_S, report.latency_s), lambda: self.feed(ProbeFinished(order.id, report)))
            case StartGateway():
                self.at(START_S, lambda: self._started(order.id))
            case SignalGateway() as wanted:
                self.at(LOOK_S, lambda: self._signalled(order.id, wanted))
            case InspectHost() if self.looks_fail:
                failed = ActionFinished(order.id, succeeded=False, detail="no answer in time")
                self.at(HUNG_LOOK_S, lambda: self.feed(failed))
            case InspectHost():
                seen = HostInspected(order.id, self._inspection())  # as it was when we looked
                self.at(LOOK_S, lambda: self.feed(seen))
            case action:
                self.at(
                    self.examine_s if isinstance(action, ExamineExit) else LOOK_S,
                    lambda: self.feed(self._look(order.id, action)),
                )

    def _look(self, action_id: int, action: Action) -> Observation:
        match action:
            case ExamineExit(pid=pid):  # the gateway's own records answer for a pid, and for no other
                return ExitExamined(action_id, self._ends.get(pid, ExitCause.UNKNOWN), pid=pid)
            case CheckDeeply():
                return DeepCheckFinished(action_id, self.gateway.deep)
            case Notify():
                return ActionFinished(action_id, succeeded=self.route_works)
            case other:
                raise AssertionError(other)

    def _inspection(self) -> Inspection:
        gateway = self.gateway
        process = None
        if gateway.alive:
            process = GatewayProcess(gateway.pid, gateway.born, age_s=self.mono - gateway.born)
        return Inspection(
            process,
            others=self.others,
            port_owner=self.port_owner,
            config=self.config,
            config_problem="" if self.config is ConfigState.LOADABLE else "line 4",
            config_mark=self.config_mark,
            upkeep=self.upkeep,
            manager=self.manager,
            foreign_supervisor=self._supervisor_seen(),
            disk_full=self.disk_full,
            missing_file=self.missing_file,
        )

    def _supervisor_seen(self) -> str:
        """As the Inspector has it: who runs the gateway, or ran the last one seen, while it lives itself."""
        if self.gateway.alive:
            self._known_supervisor = "" if self._started_by_us else self.foreign_supervisor
        if self._known_supervisor != self.foreign_supervisor:
            self._known_supervisor = ""
        return self._known_supervisor

    def _probe(self, kind: ProbeKind, timeout_s: float) -> ProbeReport:
        verdict = self._verdict(kind)
        latency = timeout_s if verdict is Verdict.TIMEOUT else LOOK_S
        root = (
            self.gateway.root_status if verdict in (Verdict.WELL, Verdict.DEGRADED, Verdict.BROKEN) else None
        )
        if kind is ProbeKind.HEARTBEAT:
            return ProbeReport(kind, verdict, latency)
        off = ("telegram",) if self.breaker_open else ()
        return replace(
            ProbeReport(kind, verdict, latency, root, detail="" if self.gateway.page_seen else f"/ {root}"),
            suppressed=self.gateway.suppressed + off,
            failing=self.gateway.failing,
        )

    def verdict(self) -> Verdict:
        return self._verdict(ProbeKind.FULL)

    def _verdict(self, kind: ProbeKind) -> Verdict:
        gateway = self.gateway
        if not gateway.hears_us:
            return Verdict.UNPROBED
        if self.port_owner is not None:
            return Verdict.FOREIGN
        if gateway.alive and gateway.hung:
            return Verdict.TIMEOUT
        if not self._listens():
            return Verdict.REFUSED
        if self.mono - gateway.born < gateway.cold_start_s:
            return Verdict.STARTING
        if gateway.says_starting:
            return Verdict.STARTING
        if gateway.draining_until is not None or gateway.suspended:
            return Verdict.DRAINING
        return Verdict.WELL if kind is ProbeKind.HEARTBEAT else self._full_verdict()

    def _listens(self) -> bool:
        gateway = self.gateway
        closed = gateway.draining_until is not None and self.mono >= gateway.draining_until
        loading = self.mono - gateway.born < gateway.cold_start_s * LOADING
        return gateway.alive and not (gateway.parked or closed or loading)

    def _full_verdict(self) -> Verdict:
        gateway = self.gateway
        if gateway.verdict is not None:
            return gateway.verdict
        if gateway.root_status != 200 and gateway.page_seen:
            return Verdict.BROKEN
        off = gateway.suppressed or gateway.failing or self.breaker_open or gateway.root_status >= 500
        return Verdict.DEGRADED if off else Verdict.WELL

    def _started(self, action_id: int) -> None:
        if self.gateway.start_error:
            failed = ActionFinished(action_id, succeeded=False, detail=self.gateway.start_error)
            self.feed(replace(failed, retryable=self.gateway.start_retryable))
            return
        if not self.gateway.alive and not self.gateway.start_lies:
            self.launch()
            self._started_by_us = True
        if self.gateway.start_said_failed_s is None:
            self.feed(ActionFinished(action_id, succeeded=True))
            return
        said = ActionFinished(action_id, succeeded=False, detail="no answer in time")
        self.at(self.gateway.start_said_failed_s, lambda: self.feed(said))

    def _signalled(self, action_id: int, wanted: SignalGateway) -> None:
        if self.gateway.refuses_us:
            self.feed(ActionFinished(action_id, succeeded=False, detail="not permitted", retryable=False))
            return
        if self.gateway.signals_fail:
            self.feed(ActionFinished(action_id, succeeded=False, detail="it hung"))
            return
        self.feed(ActionFinished(action_id, succeeded=True))
        if any(other.pid == wanted.pid for other in self.others):
            self.others = tuple(other for other in self.others if other.pid != wanted.pid)
            self.feed(ProcessExited(wanted.pid, wanted.started))
        if not self.gateway.alive or self.gateway.pid != wanted.pid:
            return
        if wanted.signal is Signal.TERM:
            self.term()
        elif not self.gateway.survives_kill:
            self.end(ExitCause.CRASHED, code=137)
