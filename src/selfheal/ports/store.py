"""The durable memory: state, journal, outbox and inbox in one SQLite database, one transaction a step."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from selfheal.core.instants import Monotonic, Now, Wall

if TYPE_CHECKING:  # who only reads a state needs none of them
    from selfheal.core.notes import Note, Step
    from selfheal.core.observations import Observation, OperatorAsked
    from selfheal.core.policy import Policy
    from selfheal.core.state import State


class InboxItem(NamedTuple):
    id: int
    target: str
    asked: "OperatorAsked"


class Commit(NamedTuple):
    """One step of one target, to be kept."""

    target: str
    observation: "Observation"
    now: Now
    step: "Step"
    inbox_id: int | None = None  # the request that it took
    policy: "Policy | None" = None  # that it was decided with


class Entry(NamedTuple):
    """One line of the journal: an observation and what was decided on it."""

    seq: int
    target: str
    wall: Wall
    kind: str  # the observation's class name
    observation: "Observation"
    notes: "tuple[Note, ...]"
    actions: tuple[str, ...]  # class names of the ordered actions
    incident: int | None
    mono: Monotonic
    boot_id: str
    policy: "Policy | None" = None  # that it was decided with; None: of a version that did not keep it


class IncidentRow(NamedTuple):
    target: str
    id: int
    cause: str
    level: str
    opened: Wall
    closed: Wall | None
    outcome: str | None
    detail: str


class RouteRow(NamedTuple):
    """What is known of a route to a person. `complaint`: of its last failure, None once it took something."""

    name: str
    taken: Wall | None
    failed: Wall | None
    complaint: str | None
    proof: str | None = None  # see ports.outbox.Proof: what it took then
    failing: Wall | None = None  # since when it takes nothing
    final: bool = False  # it said that it never will


class Waiting(NamedTuple):
    """A request that no resident has taken yet."""

    target: str
    asked: "OperatorAsked"
    wall: Wall  # when it was left


class Store(Protocol):
    """Used by the one process that steps. Raises StoreError (retryable or not) and nothing else."""

    def load(self, target: str) -> "State | None": ...

    def commit(self, commit: Commit) -> None:
        """State, journal entry, incident rows, outbox and inbox mark in ONE transaction."""
        ...

    def inbox(self, targets: Collection[str]) -> Sequence[InboxItem]:
        """Requests for one of `targets` not yet taken, oldest first: others must stand in nobody's way."""
        ...

    def close(self) -> None: ...


def _again(kind: "type[StoreError]", args: tuple[object, ...], fields: dict[str, object]) -> "StoreError":
    error = kind.__new__(kind, *args)
    error.__dict__.update(fields)
    return error


class StoreError(Exception):
    """`retryable`: the disk may be free again later; otherwise the database cannot be used as it is."""

    def __init__(self, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.retryable = retryable

    def __reduce__(self) -> tuple[object, ...]:
        """What is only given by name is lost on its way between two processes otherwise."""
        return _again, (type(self), self.args, self.__dict__)
