"""Keeps the watch going when the disk does not: a full disk must not cost the gateway its watchdog.

While the durable store fails for a reason that may pass, steps are kept in memory and the store is tried
again at intervals. Once it works, everything kept goes into it in ONE transaction, in order, together with
the step at hand. What cannot be kept is what «commit before acting» then stands on: if we end before the disk
is back, the next start sees the world and the last state on disk, and looks again.

An error that will not pass (a newer schema, a record that cannot be written) is raised: it is for a person.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from selfheal.core.alert import Notify
from selfheal.core.instants import Now, Until, until
from selfheal.core.reasons import Reason
from selfheal.core.state import State
from selfheal.ports.store import Commit, InboxItem, Store, StoreError
from selfheal.store import codec
from selfheal.store.anew import latest
from selfheal.store.aside import salvage_states
from selfheal.store.memory import MemoryStore
from selfheal.store.reader import Reader
from selfheal.store.rows import is_journalled, opens
from selfheal.store.sqlite import SqliteStore

RETRY_INTERVAL_S = 30.0  # each try may wait for a lock for a second, and the loop with it
KEPT_MAX = 1_000  # steps, about two megabytes; beyond that the least important go first

_TURNS = (Reason.INCIDENT_OPENED, Reason.INCIDENT_CLOSED)


class Durable(Store, Protocol):
    def commit_all(self, commits: Sequence[Commit]) -> None: ...

    def prune(self, now: Now) -> None: ...


class DurableOrMemory:
    """`open_durable` is called at once, and again at intervals while it fails with a retryable StoreError.

    `last_known` is asked once, when nothing could be opened for writing: states that can at least be read.
    """

    def __init__(
        self, open_durable: Callable[[], Durable], last_known: Callable[[], Iterable[State]] = tuple
    ) -> None:
        self._open_durable = open_durable
        self._last_known = last_known
        self._durable: Durable | None = None
        self._memory: MemoryStore | None = None
        self._kept: list[Commit] = []
        self._next_try: Until | None = None
        self.degraded = ""
        try:
            self._durable = open_durable()
        except StoreError as error:
            self._fall_back(error)

    @property
    def recovered_from(self) -> Path | None:
        return getattr(self._durable, "recovered_from", None)

    @property
    def set_aside(self) -> Sequence[str]:
        """One sentence for each state that could not be read and was begun anew."""
        return getattr(self._durable, "set_aside", ())

    @property
    def kept(self) -> int:
        """Steps that are not on the disk."""
        return len(self._kept)

    def load(self, target: str) -> State | None:
        if self._memory is None and self._durable is not None:
            try:
                return self._durable.load(target)
            except StoreError as error:
                self._fall_back(error)
        return self._in_memory().load(target)

    def commit(self, commit: Commit) -> None:
        if self._next_try is not None and not self._next_try.passed(commit.now):
            self._keep(commit)
            return
        try:
            self._write(commit)
        except StoreError as error:
            self._fall_back(error)
            self._next_try = until(commit.now, RETRY_INTERVAL_S)
            self._keep(commit)

    def inbox(self, targets: Collection[str]) -> Sequence[InboxItem]:
        """Reading often works while writing does not; what was taken already is not given twice."""
        if self._durable is None:
            return []
        try:
            items = self._durable.inbox(targets)
        except StoreError as error:
            self._fall_back(error)
            return []
        taken = {commit.inbox_id for commit in self._kept}
        return [item for item in items if item.id not in taken]

    def prune(self, now: Now) -> None:
        if self._durable is None or self.degraded:
            return
        try:
            self._durable.prune(now)
        except StoreError as error:
            self._fall_back(error)

    def close(self) -> None:
        """What could not be written by now is lost with us; one last try is made."""
        try:
            if self._kept and self._durable is not None:
                self._durable.commit_all(self._kept)
        except StoreError as error:
            self._fall_back(error)
        if self._durable is not None:
            self._durable.close()

    def _write(self, commit: Commit) -> None:
        if self._durable is None:
            self._durable = self._open_durable()
        self._durable.commit_all([*self._kept, commit])
        self._kept.clear()
        self._memory = None
        self._next_try = None
        self.degraded = ""

    def _fall_back(self, error: StoreError) -> None:
        if not error.retryable:
            raise error
        self.degraded = str(error)
        self._in_memory()

    def _in_memory(self) -> MemoryStore:
        if self._memory is None:
            self._memory = MemoryStore(self._last_known())
        return self._memory

    def _keep(self, commit: Commit) -> None:
        self._in_memory().commit(commit)
        if (replaced := _replaced(self._kept, commit)) is not None:
            del self._kept[replaced]
        self._kept.append(commit)
        while len(self._kept) > KEPT_MAX:
            del self._kept[_least_important(self._kept)]


def _replaced(kept: Sequence[Commit], commit: Commit) -> int | None:
    """The place of the target's last step, where only its state was kept and nobody needs that any more."""
    last = next((place for place in reversed(range(len(kept))) if kept[place].target == commit.target), None)
    needed = last is None or is_journalled(kept[last]) or opens(commit)  # an incident keeps what it began in
    return None if needed else last


def _least_important(kept: Sequence[Commit]) -> int:
    """The oldest that opens, ends, tells and takes nothing; the newest of all is never it."""
    return next((place for place, commit in enumerate(kept[:-1]) if not _matters(commit)), 0)


def _matters(commit: Commit) -> bool:
    return (
        commit.inbox_id is not None
        or any(isinstance(ordered.action, Notify) for ordered in commit.step.actions)
        or any(note.reason in _TURNS for note in commit.step.notes)
    )


def open_store(path: Path) -> DurableOrMemory:
    """The store of a real resident."""
    return DurableOrMemory(lambda: SqliteStore(path), lambda: _readable_states(path))


def _readable_states(path: Path) -> Iterable[State]:
    """Of a damaged database, what can be read of it: it is begun anew once the disk can be written."""
    place = latest(path)
    try:
        with Reader(place) as reader:
            return reader.states()
    except StoreError:
        return [codec.decode_state(target, body) for target, body in salvage_states(place).items()]
