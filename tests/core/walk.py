"""A walk through the core on made-up observations: each step is checked against the invariants.

Also the strategies that draw observations. A result always names a pending action, or none at all.
"""

from dataclasses import dataclass, field

from hypothesis import strategies as st

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
    ProcessState,
    Upkeep,
    Verdict,
)
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.invariants import check
from selfheal.core.levels import Level, Request
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
from selfheal.core.step import next_deadline, step

STILL_MAX = 8  # steps of mere time that may pass at one instant, with all their rungs
HUNG_LOOK_S = 5.0
EPOCH_S = 1_770_000_000.0


@dataclass
class Truth:
    """A world that holds still: what every question is answered with."""

    verdict: Verdict = Verdict.WELL
    alive: bool = True
    starts: bool = True
    ends: bool = True  # signals work
    looks: bool = True  # False: no look of ours at the host ends
    deep: DeepVerdict = DeepVerdict.OK
    cause: ExitCause = ExitCause.CRASHED
    pid: int = 200
    born: float = 1.0
    others: tuple[GatewayProcess, ...] = ()


@dataclass
class Walk:
    policy: Policy = field(default_factory=Policy)
    state: State = field(default_factory=lambda: State("main"))
    mono: float = 5000.0
    wall_offset: float = EPOCH_S
    boot_id: str = "boot-1"

    def now(self) -> Now:
        return Now(Monotonic(self.mono), Wall(self.mono + self.wall_offset), self.boot_id)

    def tell(self, observation: Observation) -> Step:
        """One step, held against the invariants, and against itself: the same twice."""
        before = self.state
        done = self._told(observation)
        assert done == step(before, observation, self.now(), self.policy)
        return done

    def _told(self, observation: Observation) -> Step:
        done = step(self.state, observation, self.now(), self.policy)
        check(self.state, observation, done, self.now(), self.policy)
        before, self.state = self.state, done.state
        if isinstance(observation, TimePassed) and done.state == before:
            due = self.deadline()
            assert due is None or due > self.mono, f"a deadline was served and has not moved: {before}"
        return done

    def deadline(self) -> Monotonic | None:
        return next_deadline(self.state, self.policy)

    def to_the_deadline(self) -> Step | None:
        due = self.deadline()
        if due is None:
            return None
        self.mono = max(self.mono, due)
        return self._told(TimePassed())

    def holds_still(self, truth: Truth, for_s: float) -> None:
        """All is answered with the truth, again and again, for so long. Nobody rises from the dead."""
        ended = self.state.gateway.ended
        if ended is not None and (ended.pid, ended.started) == (truth.pid, truth.born):
            truth.pid += 1
        end = self.mono + for_s
        for _ in range(20_000):
            for entry in self.state.pending:
                self.mono += 0.01
                self.answer(truth, entry.id)
            if self.mono > end:
                break
            if not self.state.pending:
                due = self.deadline()
                if due is None or due > end:
                    break
                self.to_the_deadline()
        else:
            raise AssertionError("the world is asked for ever")
        self.mono = max(self.mono, end)

    def answer(self, truth: Truth, action_id: int) -> Step:
        kind = next((entry.kind for entry in self.state.pending if entry.id == action_id), "")
        match kind:
            case "InspectHost" if not truth.looks:
                self.mono += HUNG_LOOK_S
                return self._told(ActionFinished(action_id, succeeded=False))
            case "InspectHost":
                return self._told(HostInspected(action_id, truth_seen(truth, self.mono)))
            case "ExamineExit":
                return self._told(ExitExamined(action_id, truth.cause))
            case "Probe":
                verdict = truth.verdict if truth.alive else Verdict.REFUSED
                return self._told(ProbeFinished(action_id, ProbeReport(ProbeKind.FULL, verdict)))
            case "CheckDeeply":
                return self._told(DeepCheckFinished(action_id, truth.deep))
            case "StartGateway":
                if truth.starts and not truth.alive:
                    truth.alive, truth.pid, truth.born = True, truth.pid + 1, self.mono
                return self._told(ActionFinished(action_id, succeeded=truth.starts))
            case "SignalGateway":
                done = self._told(ActionFinished(action_id, succeeded=True))
                self._signalled(truth)
                return done
            case _:
                return self._told(ActionFinished(action_id, succeeded=True))

    def _signalled(self, truth: Truth) -> None:
        target = self.state.gateway.process
        if target is None or not truth.ends:
            return
        if target.pid == truth.pid:
            truth.alive = False
        self._told(ProcessExited(target.pid, target.started, 0))

    def time_moves_on(self) -> None:
        """Mere time, with no answer to anything, never asks for itself again at the same instant for long."""
        kept = self.state, self.mono
        still = 0
        for _ in range(40):
            before = self.mono
            if self.to_the_deadline() is None:
                break
            still = still + 1 if self.mono <= before else 0
            assert still < STILL_MAX, f"time stands still: {self.state}"
        self.state, self.mono = kept


def truth_seen(truth: Truth, mono: float) -> Inspection:
    gateway = GatewayProcess(truth.pid, truth.born, age_s=mono - truth.born)
    return Inspection(gateway if truth.alive else None, config=ConfigState.LOADABLE, config_mark="9")


truths = st.builds(
    Truth,
    verdict=st.sampled_from(Verdict),
    alive=st.booleans(),
    starts=st.booleans(),
    ends=st.booleans(),
    looks=st.sampled_from([True, True, False]),
    deep=st.sampled_from(DeepVerdict),
    cause=st.sampled_from(ExitCause),
)
processes = st.builds(
    GatewayProcess,
    pid=st.integers(100, 103),
    started=st.just(1.0),
    state=st.sampled_from(ProcessState),
    age_s=st.sampled_from([0.0, 3.0, 700.0, 5000.0]),
)
inspections = st.builds(
    Inspection,
    process=st.none() | processes,
    others=st.lists(processes, max_size=1).map(tuple),
    port_owner=st.none() | st.just(PortOwner(7, "http.server")),
    config=st.sampled_from([*ConfigState, *[ConfigState.LOADABLE] * 12]),
    config_mark=st.sampled_from(["1", "2"]),
    upkeep=st.sampled_from([None] * 8 + [*Upkeep]),
    manager=st.sampled_from(ManagerState),
    foreign_supervisor=st.sampled_from([""] * 8 + ["monit"]),
    disk_full=st.sampled_from([False] * 8 + [True]),
    missing_file=st.sampled_from([""] * 8 + ["/x/dist/entry.js"]),
)
likely = st.builds(
    Inspection,
    process=st.none() | processes,
    config=st.just(ConfigState.LOADABLE),
    config_mark=st.just("1"),
)
requests = st.builds(
    OperatorAsked,
    request=st.sampled_from(Request),
    level=st.none() | st.sampled_from(Level),
    for_s=st.none() | st.sampled_from([0.0, 30.0, 7200.0]),
)
delays = st.sampled_from([0.0, 0.01, 1.0, 10.0, 29.999, 310.0, 3600.0]) | st.floats(0.0, 2000.0)


def result(kind: str, action_id: int) -> st.SearchStrategy[Observation]:
    match kind:
        case "InspectHost":
            return st.builds(HostInspected, st.just(action_id), likely | inspections)
        case "ExamineExit":
            return st.builds(ExitExamined, st.just(action_id), st.sampled_from(ExitCause))
        case "Probe":
            reports = st.builds(
                ProbeReport,
                kind=st.sampled_from(ProbeKind),
                verdict=st.sampled_from(Verdict),
                root_status=st.sampled_from([None, 200, 500]),
                suppressed=st.sampled_from([(), (), ("telegram",)]),
            )
            return st.builds(ProbeFinished, st.just(action_id), reports)
        case "CheckDeeply":
            return st.builds(DeepCheckFinished, st.just(action_id), st.sampled_from(DeepVerdict))
        case _:
            return st.builds(
                ActionFinished, st.just(action_id), succeeded=st.booleans(), retryable=st.booleans()
            )
