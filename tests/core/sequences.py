"""Every sequence of a few events, as a tree: what two sequences have in common is walked once.

An event that cannot come (the result of a question that nobody has asked, an end of a process that nobody
knows) is no branch: told all the same it changes nothing (`test_step_properties`: a stale result), so a
sequence with it is the shorter one without it.

Each step is held against the invariants of the core and the rules of `told`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from tests.core.told import ACTS, Told, heard, ordered, wrong

from selfheal.core.facts import (
    ConfigState,
    DeepVerdict,
    ExitCause,
    GatewayProcess,
    Inspection,
    ManagerState,
    ProbeKind,
    ProbeReport,
    Upkeep,
    Verdict,
)
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.invariants import faults
from selfheal.core.levels import Level, Request
from selfheal.core.observations import (
    ActionFinished,
    ActionOrphaned,
    DeepCheckFinished,
    ExitExamined,
    HostInspected,
    HostResumed,
    Observation,
    OperatorAsked,
    ProbeFinished,
    ProcessExited,
    ResidentStarted,
    TimePassed,
)
from selfheal.core.policy import Policy
from selfheal.core.state import State
from selfheal.core.step import next_deadline, step

BEGIN_S = 5_000.0
EPOCH_S = 1_770_000_000.0
RESULT_S = 0.02  # a result comes so long after the event before it


class Event(StrEnum):
    """One letter of the alphabet."""

    TIME = "time to the next deadline"
    EXIT = "its process ends"
    FOUND = "a look finds it"
    GONE = "a look finds nothing"
    STOPPED = "a look finds that its manager has stopped it"
    UPKEEP = "a look finds somebody at work on it"
    BROKEN = "a look finds a config that cannot load"
    RESTARTING = "a look finds that its manager is about to start it"
    RIVAL = "a look finds another watchdog"
    FULL = "a look finds a full disk"
    CRASHED = "it has crashed, says its exit"
    ON_PURPOSE = "it was stopped on purpose, says its exit"
    WELL = "a probe finds it well"
    MISS = "a probe is not answered"
    STARTING = "a probe finds it starting"
    DRAINING = "a probe finds it draining"
    DEEP_OK = "a deep check passes"
    DEEP_FAILS = "a deep check fails"
    DONE = "an act ends well"
    FAILED = "an act fails"
    UNSURE = "an act is given up"
    HEARD = "a person hears of it"
    PAUSE = "pause"
    RESUME = "resume"
    DISABLE = "both levels that act are disabled"
    ENABLE = "both are enabled"
    MUTE = "alerts are disabled"
    DEATH = "we die, and wake"
    SLEEP = "the host sleeps"


class Node(NamedTuple):
    state: State
    mono: float
    told: Told = Told()


class BrokenRuleError(AssertionError):
    """Names the rule, and the events that lead there."""


@dataclass
class Sequences:
    """Walks the tree of all sequences over `alphabet`. `steps` and `ends` count what was walked."""

    policy: Policy
    alphabet: Sequence[Event] = tuple(Event)
    steps: int = 0
    ends: int = 0  # whole sequences
    met: dict[Event, int] = field(default_factory=dict)
    _path: list[Event] = field(default_factory=list)

    def root(self, *events: Event) -> Node:
        """The scene that `events` lead to."""
        node = self._awake(Node(State("main"), BEGIN_S))
        for event in events:
            node = self._branch(node, event, must=True)
        return node

    def walk(self, node: Node, depth: int) -> None:
        """Raises BrokenRuleError."""
        if depth == 0:
            self.ends += 1
            return
        for event in self.alphabet:
            self._path.append(event)
            child = self._branch(node, event)
            if child is not node:
                self.met[event] = self.met.get(event, 0) + 1
                self.walk(child, depth - 1)
            self._path.pop()

    # -- one event -------------------------------------------------------------------------------------

    def _branch(self, node: Node, event: Event, *, must: bool = False) -> Node:
        """The node itself where the event cannot come."""
        if event is Event.DEATH:
            return self._awake(node)
        if event is Event.TIME:
            due = next_deadline(node.state, self.policy)
            return node if due is None else self._tell(node._replace(mono=max(node.mono, due)), TimePassed())
        seen = list(observed(node, event))
        assert seen or not must, f"cannot happen here: {event}"
        child = node if not seen else node._replace(mono=node.mono + RESULT_S)
        for observation in seen:
            child = self._tell(child, observation)
        return child

    def _awake(self, node: Node) -> Node:
        lost = [entry.id for entry in node.state.pending]
        node = self._tell(node, ResidentStarted("1"))
        for action_id in lost:
            node = self._tell(node, ActionOrphaned(action_id))
        return node

    def _tell(self, node: Node, observation: Observation) -> Node:
        self.steps += 1
        now = Now(Monotonic(node.mono), Wall(node.mono + EPOCH_S), "boot-1")
        done = step(node.state, observation, now, self.policy)
        before = heard(node.told, observation)
        told = ordered(before, done, node.mono)
        broken = [*faults(node.state, done, now, self.policy), *wrong(before, told, done, self.policy)]
        due = next_deadline(done.state, self.policy)
        if due is None:
            broken.append("nothing will ever happen again")
        elif isinstance(observation, TimePassed) and due <= node.mono and done.state == node.state:
            broken.append("time stands still")
        if broken:
            path = " / ".join(self._path)
            raise BrokenRuleError(f"{'; '.join(broken)}; on {observation}; after: {path}; in {done.state}")
        return Node(done.state, node.mono, told)


def observed(node: Node, event: Event) -> Iterator[Observation]:
    """What the core is told of an event; nothing where it cannot come."""
    told, pending = node.told, {entry.kind: entry.id for entry in reversed(node.state.pending)}
    look, probe, deep = (pending.get(kind) for kind in ("InspectHost", "Probe", "CheckDeeply"))
    act = next((pending[kind.__name__] for kind in ACTS if kind.__name__ in pending), None)
    exit_, alert = pending.get("ExamineExit"), pending.get("Notify")
    if event in _LOOKS and look is not None:
        yield HostInspected(look, _LOOKS[event](told, node.mono))
    elif event in _VERDICTS and probe is not None:
        latency_s = Policy().full_check_timeout_s if event is Event.MISS else 0.0  # whatever our clock says
        yield ProbeFinished(probe, ProbeReport(ProbeKind.FULL, _VERDICTS[event], latency_s))
    elif event in _DEEP and deep is not None:
        yield DeepCheckFinished(deep, _DEEP[event])
    elif event in _CAUSES and exit_ is not None:
        yield ExitExamined(exit_, _CAUSES[event])
    elif event in _ENDS and act is not None:
        yield ActionFinished(act, succeeded=event is Event.DONE, unsure=event is Event.UNSURE)
    elif event is Event.HEARD and alert is not None:
        yield ActionFinished(alert, succeeded=True)
    elif event is Event.EXIT and told.living is not None:
        yield ProcessExited(told.living.pid, told.living.started)
    elif event in _ASKED:
        yield from _ASKED[event]
    elif event is Event.SLEEP:
        yield HostResumed(600.0)


def _there(told: Told, mono: float) -> GatewayProcess:
    born = told.living.started if told.living is not None else mono
    return GatewayProcess(told.living.pid if told.living else told.pid + 1, born, age_s=mono - born)


def _look(process: GatewayProcess | None, **others: object) -> Inspection:
    values = {"config": ConfigState.LOADABLE, "config_mark": "1", **others}
    return Inspection(process, **values)  # type: ignore[arg-type]


_LOOKS: dict[Event, Callable[[Told, float], Inspection]] = {
    Event.FOUND: lambda told, mono: _look(_there(told, mono)),
    Event.GONE: lambda _told, _mono: _look(None),
    Event.STOPPED: lambda _told, _mono: _look(None, manager=ManagerState.STOPPED),
    Event.UPKEEP: lambda told, _mono: _look(told.living, upkeep=Upkeep.PACKAGE_MANAGER),
    Event.BROKEN: lambda told, _mono: _look(told.living, config=ConfigState.MALFORMED, config_mark="2"),
    Event.RESTARTING: lambda _told, _mono: _look(None, manager=ManagerState.RESTARTING),
    Event.RIVAL: lambda told, _mono: _look(told.living, foreign_supervisor="monit"),
    Event.FULL: lambda told, _mono: _look(told.living, disk_full=True),
}
_VERDICTS = {
    Event.WELL: Verdict.WELL,
    Event.MISS: Verdict.TIMEOUT,
    Event.STARTING: Verdict.STARTING,
    Event.DRAINING: Verdict.DRAINING,
}
_DEEP = {Event.DEEP_OK: DeepVerdict.OK, Event.DEEP_FAILS: DeepVerdict.FAILED}
_CAUSES = {Event.CRASHED: ExitCause.CRASHED, Event.ON_PURPOSE: ExitCause.STOPPED_ON_PURPOSE}
_ENDS = (Event.DONE, Event.FAILED, Event.UNSURE)
_LEVELS = (Level.WATCHDOG, Level.HEALTHCHECK)
_ASKED = {
    Event.PAUSE: (OperatorAsked(Request.PAUSE),),
    Event.RESUME: (OperatorAsked(Request.RESUME),),
    Event.DISABLE: tuple(OperatorAsked(Request.DISABLE, level) for level in _LEVELS),
    Event.ENABLE: tuple(OperatorAsked(Request.ENABLE, level) for level in _LEVELS),
    Event.MUTE: (OperatorAsked(Request.DISABLE, Level.NOTIFICATION),),
}
