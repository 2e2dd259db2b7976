"""A recorded incident through the core again: is it decided as it was, and what if the policy were another?

The real stepper runs on the recorded clocks and on what was recorded of the world. Under the policy of then,
which the journal keeps, every step must come out as recorded. Under another one it holds for as long as the
world would have been the same: up to the first act that the record has not, or lacks.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, fields, replace

from selfheal.core.actions import LOOKS, Action, SignalGateway, StartGateway
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.notes import Note, Step
from selfheal.core.observations import (
    ActionOrphaned,
    DeepCheckFinished,
    ExitExamined,
    HostInspected,
    Observation,
    ProbeFinished,
    TimePassed,
)
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.core.state import Pending, State
from selfheal.core.step import RESULTS
from selfheal.ports.store import Commit, Entry, InboxItem
from selfheal.runtime.stepper import Stepper

ACTS = frozenset({StartGateway.__name__, SignalGateway.__name__})
LOOK_NAMES = frozenset(look.__name__ for look in LOOKS)
LOOK_OF = {
    HostInspected: "InspectHost",
    ExitExamined: "ExamineExit",
    ProbeFinished: "Probe",
    DeepCheckFinished: "CheckDeeply",
}
TURNS_MAX = 1_000  # of time alone between two entries; the core asks for a few
NOBODYS = 0  # ids begin at 1
WOULD = frozenset({Reason.WOULD_START, Reason.WOULD_STOP})


@dataclass(frozen=True)
class Decision:
    """One step, as recorded (`entry`) and as replayed. `entry` None: a deadline that was none then.

    `forks`: it acts otherwise than was recorded, so what the world would have shown next is not known.
    """

    now: Now
    entry: Entry | None
    notes: tuple[Note, ...]
    actions: tuple[str, ...]
    forks: bool = False

    @property
    def notes_then(self) -> tuple[Note, ...]:
        return self.entry.notes if self.entry is not None else ()

    @property
    def actions_then(self) -> tuple[str, ...]:
        return self.entry.actions if self.entry is not None else ()

    @property
    def same(self) -> bool:
        return (self.notes, self.actions) == (self.notes_then, self.actions_then) and not self.forks

    @property
    def says_or_asks(self) -> bool:
        """Else nothing was to be decided, neither then nor now."""
        return bool(self.notes or self.actions or self.notes_then or self.actions_then)


@dataclass(frozen=True)
class Replay:
    """`left_open`: at the end of the record the incident would not be over, and as it was recorded it is."""

    decisions: tuple[Decision, ...]  # those that say or ask for something
    left_open: bool = False

    @property
    def differing(self) -> tuple[Decision, ...]:
        return tuple(each for each in self.decisions if not each.same)

    @property
    def as_recorded(self) -> bool:
        return not self.differing

    @property
    def fork(self) -> Decision | None:
        return next((each for each in self.decisions if each.forks), None)


def as_it_ran(entries: Sequence[Entry], policy: Policy) -> Policy:
    """The policy with «only observe» where the journal shows it: it is said on the command line, too."""
    kept = kept_policies(entries)
    if kept:
        return replace(policy, observe=policy.observe or kept[0].observe)
    would = any(note.reason in WOULD for entry in entries for note in entry.notes)
    acted = any(ACTS & set(entry.actions) for entry in entries)
    return replace(policy, observe=True) if would and not acted else policy


def kept_policies(entries: Sequence[Entry]) -> Sequence[Policy]:
    """Each that the entries were decided with, oldest first; none of a version that did not keep them."""
    return list(dict.fromkeys(entry.policy for entry in entries if entry.policy is not None))


def changed(entries: Sequence[Entry], policy: Policy) -> Sequence[str]:
    """The names of the settings in which `policy` differs from what the entries were decided with."""
    names = [field.name for field in fields(Policy)]
    kept, now = kept_policies(entries), as_it_ran(entries, policy)
    return [name for name in names if any(getattr(each, name) != getattr(now, name) for each in kept)]


def replay(before: State, entries: Sequence[Entry], policy: Policy) -> Replay:
    """The entries of one incident, oldest first, from the state `before` the first of them. `policy`: for
    those that do not say what they were decided with.
    """
    return _telling(_again(entries, _Run(before, policy)))


def what_if(before: State, entries: Sequence[Entry], policy: Policy, other: Policy) -> Replay:
    """Under the `other` policy, without the looks. `policy`, that of then, says what was under way."""
    then, otherwise = _Run(before, policy), _Run(before, other)
    told = _telling(_without_looks(each) for each in _otherwise(entries, then, otherwise))
    left_open = otherwise.state.incident is not None and then.state.incident is None
    return replace(told, left_open=left_open and told.fork is None)


def _without_looks(decision: Decision) -> Decision:
    """Another policy looks at other times: that is no decision about the incident. Nor is the number under
    which the same is noted, which nobody reads beside most notes.
    """
    entry = decision.entry
    if entry is not None:
        entry = entry._replace(actions=_but_looks(entry.actions))
    notes = tuple(_numbered_as(decision.notes_then, note) for note in decision.notes)
    return replace(decision, entry=entry, actions=_but_looks(decision.actions), notes=notes)


def _numbered_as(then: tuple[Note, ...], note: Note) -> Note:
    alike = (each for each in then if replace(each, incident=note.incident) == note)
    return next(alike, note)


def _but_looks(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in LOOK_NAMES)


def _telling(decisions: Iterator[Decision]) -> Replay:
    return Replay(tuple(each for each in decisions if each.says_or_asks))


def _decided(entry: Entry, done: Step, *, forks: bool = False) -> Decision:
    return Decision(_now(entry), entry, done.notes, _names(done), forks)


def _now(entry: Entry) -> Now:
    return Now(entry.mono, entry.wall, entry.boot_id)


def _names(done: Step) -> tuple[str, ...]:
    return tuple(type(order.action).__name__ for order in done.actions)


def _again(entries: Sequence[Entry], run: "_Run") -> Iterator[Decision]:
    for entry in entries:
        done = run.take(entry.observation, _now(entry), entry.policy)
        decision = _decided(entry, done, forks=_forks(entry, done, done))
        yield decision
        if decision.forks:
            return


class _Run:
    """The real stepper and its surroundings: a clock that is set, a store of one state, deaf ears."""

    def __init__(self, before: State, policy: Policy) -> None:
        self._before = before
        self._now = Now(before.last_mono, before.last_wall, before.boot_id)
        self._stepper = Stepper(before.target, policy, self, self, self)

    @property
    def state(self) -> State:
        return self._stepper.state

    def take(self, observation: Observation, now: Now, policy: Policy | None = None) -> Step:
        """`policy`: None goes on with the last one."""
        self._now = now
        if policy is not None:
            self._stepper.adopt(policy)
        return self._stepper.take(observation)

    def deadline(self) -> Monotonic | None:
        return self._stepper.deadline()

    def assume(self, kind: str, now: Now) -> int:
        """A look that this run did not ask for: the world was seen like that all the same. Gives its id."""
        state = self.state
        pending = Pending(state.next_action_id, kind, now.mono)
        self._stepper.state = replace(state, pending=(*state.pending, pending), next_action_id=pending.id + 1)
        return pending.id

    # -- ports.clock

    def now(self) -> Now:
        return self._now

    def slept_s(self) -> float:
        return 0.0

    # -- ports.store

    def load(self, target: str) -> State | None:
        del target
        return self._before

    def commit(self, commit: Commit) -> None:
        """The stepper keeps it; nobody reads it again."""

    def inbox(self, targets: Collection[str]) -> Sequence[InboxItem]:
        del targets
        return ()

    def close(self) -> None:
        """Nothing to let go of."""

    # -- ports.chronicle

    def told(self, target: str, done: Step, now: Now) -> None:
        """It is told in the decisions."""

    def fault(self, target: str, what: str) -> None:
        """It is in the step's notes."""


# -- another policy ----------------------------------------------------------------------------------


def _otherwise(entries: Sequence[Entry], then: _Run, other: _Run) -> Iterator[Decision]:
    for entry in entries:
        now = _now(entry)
        for alone in _time_alone(then, other, now):
            yield alone
            if alone.forks:
                return
        observation = _translated(entry, then.state, other, now)
        was, done = then.take(entry.observation, now, entry.policy), other.take(observation, now)
        decision = _decided(entry, done, forks=_forks(entry, was, done))
        yield decision
        if decision.forks:
            return


def _time_alone(then: _Run, other: _Run, end: Now) -> Iterator[Decision]:
    """What only the other policy waits for, up to `end`; what both wait for comes as it came then."""
    for _ in range(TURNS_MAX):
        due, due_then = other.deadline(), then.deadline()
        horizon = end.mono if due_then is None else min(due_then, end.mono)
        state = other.state
        if due is None or due >= horizon or state.boot_id != end.boot_id:
            return
        mono = max(due, state.last_mono)
        now = Now(mono, Wall(state.last_wall + mono - state.last_mono), state.boot_id)
        done = other.take(TimePassed(), now)
        names = _names(done)
        yield Decision(now, None, done.notes, names, forks=bool(ACTS & set(names)))


def _translated(entry: Entry, then: State, other: _Run, now: Now) -> Observation:
    """A result names the id that its action had then; here it is the end of the action of the same kind."""
    observation = entry.observation
    if not isinstance(observation, (*RESULTS, ActionOrphaned)):
        return observation
    if any(note.reason is Reason.STALE_RESULT for note in entry.notes):
        return replace(observation, action_id=NOBODYS)
    under_way = (each.kind for each in then.pending if each.id == observation.action_id)
    kind = next(under_way, LOOK_OF.get(type(observation), ""))
    if not kind:  # its action was given up before, as too old
        return replace(observation, action_id=NOBODYS)
    ours = next((each.id for each in other.state.pending if each.kind == kind), None)
    if ours is None and kind not in LOOK_NAMES:
        return TimePassed()  # what was not ordered here does not end here
    return replace(observation, action_id=other.assume(kind, now) if ours is None else ours)


def _forks(entry: Entry, was: Step, done: Step) -> bool:
    """By their names, and by what they are in full where the policy of then acts as recorded."""
    if ACTS & set(_names(done)) != ACTS & set(entry.actions):
        return True
    return _names(was) == entry.actions and _acts(was) != _acts(done)


def _acts(done: Step) -> list[Action]:
    return [order.action for order in done.actions if type(order.action).__name__ in ACTS]
