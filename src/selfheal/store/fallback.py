"""Keeps the watch going when the disk does not: a full disk must not cost the gateway its watchdog.

While the durable store fails, steps are kept in memory and the store is tried
again at intervals. Once it works, everything kept goes into it in ONE transaction, in order, together with
the step at hand. What cannot be kept is what «commit before acting» then stands on: if we end before the disk
is back, the next start sees the world and the last state on disk, and looks again.

An error that will not pass by itself (the database of a newer version in its place) is for a person, who may
move that away: it is said, and tried again all the same. Only a record that cannot even be kept in memory is
raised.
"""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from selfheal.core.alert import Notify
from selfheal.core.instants import Now, Until, until
from selfheal.core.state import State
from selfheal.ports.store import Commit, InboxItem, Store, StoreError
from selfheal.store import codec
from selfheal.store.anew import latest
from selfheal.store.memory import MemoryStore
from selfheal.store.reader import Reader
from selfheal.store.rows import TURNS, is_journalled, opens, statements
from selfheal.store.salvage import salvage_states, salvage_waiting
from selfheal.store.sqlite import SqliteStore

RETRY_INTERVAL_S = 30.0  # each try may wait for a lock for a second, and the loop with it
KEPT_MAX = 1_000  # steps, about two megabytes; beyond that the least important go first


class Known(NamedTuple):
    """What can at least be read where nothing can be written."""

    states: Sequence[State] = ()
    waiting: Sequence[InboxItem] = ()


class Durable(Store, Protocol):
    @property
    def recovered_from(self) -> Path | None:
        """Where the damaged database is, in whose place this one was begun."""
        ...

    @property
    def set_aside(self) -> Sequence[str]:
        """One sentence for each state that could not be read and was begun anew."""
        ...

    def commit_all(self, commits: Sequence[Commit]) -> None: ...

    def prune(self, now: Now) -> None: ...

    def recheck(self) -> bool: ...


class DurableOrMemory:
    """`open_durable` is called at once, and again at intervals while it fails with a StoreError.

    `last_known` is asked once each time that the durable store begins to fail. `again` is called once it
    works again and has all that was kept.
    """

    def __init__(self, open_durable: Callable[[], Durable], last_known: Callable[[], Known] = Known) -> None:
        self._open_durable = open_durable
        self._last_known = last_known
        self._durable: Durable | None = None
        self._memory: MemoryStore | None = None
        self._kept: list[Commit] = []
        self._next_try: Until | None = None
        self.degraded = ""
        self.again: Callable[[], None] = _nothing
        try:
            self._durable = open_durable()
        except StoreError as error:
            self._fall_back(error)

    @property
    def recovered_from(self) -> Path | None:
        return None if self._durable is None else self._durable.recovered_from

    @property
    def set_aside(self) -> Sequence[str]:
        return () if self._durable is None else self._durable.set_aside

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
            if not error.retryable:
                statements(commit)  # raises for a record that no store can keep: nothing is changed by it
            self._fall_back(error)
            self._next_try = until(commit.now, RETRY_INTERVAL_S)
            self._keep(commit)

    def inbox(self, targets: Collection[str]) -> Sequence[InboxItem]:
        """Reading often works while writing does not; what was taken already is not given twice."""
        if self._durable is None:
            return self._in_memory().inbox(targets)
        try:
            items = self._durable.inbox(targets)
        except StoreError as error:
            self._fall_back(error)
            return self._in_memory().inbox(targets)
        taken = {commit.inbox_id for commit in self._kept}
        return [item for item in items if item.id not in taken]

    def prune(self, now: Now) -> None:
        """Raises StoreError where it cannot be done for good: steps may well be written all the same."""
        if self._durable is None or self.degraded:
            return
        try:
            self._durable.prune(now)
        except StoreError as error:
            if not error.retryable:
                raise
            self._fall_back(error)

    def recheck(self) -> bool:
        """Another program cannot use it. Whether it was damaged, and a new one is in its place."""
        if self._durable is None or self.degraded:
            return False
        try:
            return self._durable.recheck()
        except StoreError as error:
            self._fall_back(error)
            return False

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
        if self.degraded:
            self.degraded = ""
            self.again()

    def _fall_back(self, error: StoreError) -> None:
        self.degraded = str(error)
        self._in_memory()

    def _in_memory(self) -> MemoryStore:
        if self._memory is None:
            self._memory = MemoryStore(*self._last_known())
        return self._memory

    def _keep(self, commit: Commit) -> None:
        self._in_memory().commit(commit)
        if (replaced := _replaced(self._kept, commit)) is not None:
            del self._kept[replaced]
        self._kept.append(commit)
        while len(self._kept) > KEPT_MAX:
            del self._kept[_least_important(self._kept)]


def _nothing() -> None:
    """Nobody asks to be called."""


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
        or any(note.reason in TURNS for note in commit.step.notes)
    )


def open_store(path: Path) -> DurableOrMemory:
    """The store of a real resident. A database that is not ours to write is left as it is."""
    return DurableOrMemory(lambda: SqliteStore(path), lambda: _known(path))


def _known(path: Path) -> Known:
    """Of a damaged database, or a newer version's, what can be read of it: a pause in it still counts."""
    place = latest(path)
    return Known(_readable_states(place), _readable_requests(place))


def _readable_states(place: Path) -> Sequence[State]:
    try:
        with Reader(place) as reader:
            return reader.states()
    except StoreError:
        return [codec.decode_state(target, body) for target, body in salvage_states(place).items()]


def _readable_requests(place: Path) -> Sequence[InboxItem]:
    """What this version cannot read is refused by the durable store, once it can be used again."""
    found = []
    for left in salvage_waiting(place):
        with suppress(StoreError):
            found.append(InboxItem(left.id, left.target, codec.decode_asked(left.body)))
    return found
