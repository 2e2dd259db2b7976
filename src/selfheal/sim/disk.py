"""The disk that our program writes to: full for a while, and our process may die in the middle of a write."""

import tempfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Protocol

from selfheal.core.instants import Now
from selfheal.core.notes import Step
from selfheal.core.observations import Observation, OperatorAsked
from selfheal.core.state import State
from selfheal.ports.store import InboxItem, StoreError
from selfheal.store.memory import MemoryStore
from selfheal.store.reader import inbox_put
from selfheal.store.rows import Commit
from selfheal.store.sqlite import SqliteStore


class Killed(BaseException):
    """Our process was killed at this moment."""


class Platter(Protocol):
    """What is left of the store when our process has gone. It obeys what ports.store says."""

    def load(self, target: str) -> State | None: ...

    def commit_all(self, commits: Sequence[Commit]) -> None: ...

    def inbox(self, targets: Collection[str]) -> Sequence[InboxItem]: ...

    def prune(self, now: Now) -> None: ...

    def close(self) -> None: ...

    def put(self, target: str, asked: OperatorAsked) -> object: ...


class InMemory(MemoryStore):
    """Keeps the states alone, as the values that they are: to encode each would cost a fifth of the time."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[str, State] = {}

    def load(self, target: str) -> State | None:
        return self._kept.get(target)

    def apply(self, commit: Commit) -> None:
        self._kept[commit.target] = commit.step.state
        if commit.inbox_id is not None:
            self._inbox.pop(commit.inbox_id, None)

    def commit_all(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            self.apply(commit)


class OnDisk(SqliteStore):
    """The real store on a real file. The file goes when this object does."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="selfheal-simulated-")
        super().__init__(Path(self._folder.name) / "state.sqlite")

    def put(self, target: str, asked: OperatorAsked) -> None:
        inbox_put(self.path, target, asked)

    def close(self) -> None:
        super().close()
        self._folder.cleanup()


class MadeDisk:
    """store.fallback.Durable. It outlives our process, as a disk does."""

    def __init__(self, platter: Platter, *, is_full: Callable[[], bool]) -> None:
        self._platter = platter
        self._is_full = is_full
        self.dies_in_commit = False

    def load(self, target: str) -> State | None:
        return self._platter.load(target)

    def commit(
        self, target: str, observation: Observation, now: Now, step: Step, *, inbox_id: int | None = None
    ) -> None:
        self.commit_all((Commit(target, observation, now, step, inbox_id),))

    def commit_all(self, commits: Sequence[Commit]) -> None:
        if self._is_full():
            raise StoreError("cannot write the state: no space left on the device", retryable=True)
        if self.dies_in_commit:
            self.dies_in_commit = False
            raise Killed
        self._platter.commit_all(commits)

    def inbox(self, targets: Collection[str]) -> Sequence[InboxItem]:
        return self._platter.inbox(targets)

    def put(self, target: str, asked: OperatorAsked) -> None:
        """What a person leaves for us. Where the disk is full they are told so, and nothing is left."""
        if not self._is_full():
            self._platter.put(target, asked)

    def prune(self, now: Now) -> None:
        self._platter.prune(now)

    def close(self) -> None:
        """Of our process: the disk is still there when we come back."""

    def vanish(self) -> None:
        """With its world."""
        self._platter.close()
