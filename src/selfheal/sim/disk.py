"""The disk that our program writes to: full for a while, and our process may die in the middle of a write.

Where it dies so, two things are drawn: whether the transaction had become true, and where in it the end came.
The real database shows by itself what is left: its files are copied at that moment, as SIGKILL would leave
them, and the next life opens the copy.
"""

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import NoReturn, Protocol

from selfheal.core.alert import Notify
from selfheal.core.instants import Now
from selfheal.core.observations import OperatorAsked
from selfheal.core.state import State
from selfheal.ports.outbox import Outbox
from selfheal.ports.store import Commit, InboxItem, StoreError
from selfheal.sim.dice import Dice
from selfheal.sim.place import folder
from selfheal.store.memory import MemoryStore
from selfheal.store.memory_outbox import MemoryOutbox
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.reader import WAITING_MAX, inbox_put
from selfheal.store.retention import DAY_S, JOURNAL_ROWS_ALWAYS, POLICIES_MAX, Kept, Retention
from selfheal.store.rows import closings, statements
from selfheal.store.sqlite import SqliteStore

# A world would not last long enough to reach the real limits.
KEPT = Kept(journal_rows=1_200, journal_age_s=20 * DAY_S, incident_age_s=30 * DAY_S)
DATABASE = "state.sqlite"
WAL = f"{DATABASE}-wal"


class Killed(BaseException):
    """Our process was killed at this moment."""


class Platter(Protocol):
    """What is left of the store when our process has gone. It obeys what ports.store says."""

    def load(self, target: str) -> State | None: ...

    def commit_all(self, commits: Sequence[Commit]) -> None: ...

    def inbox(self, targets: Collection[str]) -> Sequence[InboxItem]: ...

    def prune(self, now: Now) -> None: ...

    @property
    def rounds(self) -> int:
        """Of forgetting, that have come to their end."""
        ...

    def overgrown(self, now: Now) -> Sequence[str]:
        """What is more than it may be when a round has just ended."""
        ...

    def close(self) -> None: ...

    def put_at(self, now: Now, target: str, asked: OperatorAsked) -> None: ...

    def opened_outbox(self) -> AbstractContextManager[Outbox]:
        """As a delivery process has it."""
        ...

    def killed_in(self, commits: Sequence[Commit], *, committed: bool, place: float) -> "Platter":
        """What is left when we die in this transaction, at `place` of its way (0 to 1) if not `committed`."""
        ...


def _alerts(commit: Commit) -> Iterator[Notify]:
    return (order.action for order in commit.step.actions if isinstance(order.action, Notify))


class InMemory(MemoryStore):
    """Keeps the states alone, as the values that they are: to encode each would cost a fifth of the time."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: dict[str, State] = {}
        self._post = MemoryOutbox()
        self._known: set[Notify] = set()
        self.rounds = 0

    def load(self, target: str) -> State | None:
        return self._kept.get(target)

    def apply(self, commit: Commit) -> None:
        self._kept[commit.target] = commit.step.state
        if commit.inbox_id is not None:
            self._inbox.pop(commit.inbox_id, None)
        for alert in _alerts(commit):
            if alert not in self._known:
                self._known.add(alert)
                self._post.put(commit.target, alert, commit.now.wall)
        for over in closings(commit):
            if over.id is not None:
                self._post.over(commit.target, over.id)
        if not commit.step.state.distrust:
            self._post.trusted(commit.target)

    def opened_outbox(self) -> AbstractContextManager[Outbox]:
        return nullcontext(self._post)

    def commit_all(self, commits: Sequence[Commit]) -> None:
        for commit in commits:
            self.apply(commit)

    def prune(self, now: Now) -> None:
        super().prune(now)
        self.rounds += 1

    def put_at(self, now: Now, target: str, asked: OperatorAsked) -> None:
        del now
        self.put(target, asked)

    def overgrown(self, now: Now) -> Sequence[str]:
        del now
        return ()

    def killed_in(self, commits: Sequence[Commit], *, committed: bool, place: float) -> "InMemory":
        del place
        if committed:
            self.commit_all(commits)
        return self


class OnDisk(SqliteStore):
    """The real store on a real file. The file goes when this object does."""

    def __init__(self, place: "tempfile.TemporaryDirectory[str] | None" = None) -> None:
        self._folder = place or folder()
        super().__init__(Path(self._folder.name) / DATABASE)
        self._retention = Retention(KEPT)
        self.rounds = 0

    def prune(self, now: Now) -> None:
        due = self._retention.due(now)
        super().prune(now)
        self.rounds += int(due and not self._retention.due(now))

    def overgrown(self, now: Now) -> Sequence[str]:
        """The newest entries are kept however old they are, and a clock set back makes none older."""
        values = {
            "most": KEPT.journal_rows,
            "old": now.wall - KEPT.journal_age_s,
            "always": JOURNAL_ROWS_ALWAYS,
            "older": now.wall - KEPT.incident_age_s,
            "waiting": WAITING_MAX,
            "policies": POLICIES_MAX,
        }
        counts = {what: self._opened().execute(query, values).fetchone()[0] for what, query in LIMITS}
        return [f"{count} {what}" for what, count in counts.items() if count > 0]

    def put_at(self, now: Now, target: str, asked: OperatorAsked) -> None:
        """SQLite itself has written the real time beside it."""
        inbox_put(self.path, target, asked)
        self._opened().execute(
            "UPDATE inbox SET asked = ? WHERE id = (SELECT max(id) FROM inbox)", (now.wall,)
        )

    def opened_outbox(self) -> AbstractContextManager[Outbox]:
        return closing(SqliteOutbox(self.path))

    def close(self) -> None:
        super().close()
        self._folder.cleanup()

    def killed_in(self, commits: Sequence[Commit], *, committed: bool, place: float) -> "OnDisk":
        left = folder()
        grave = _Grave(self.path.parent, Path(left.name), 2 + sum(len(statements(each)) for each in commits))
        if not committed:
            self._opened().set_trace_callback(lambda sql: grave.reached(sql, place))
        self.commit_all(commits)
        grave.after(place, committed=committed)
        self.close()
        survivor = OnDisk(left)
        survivor.rounds = self.rounds
        return survivor


LIMITS = (  # counts of what should not be there, and what they ask for by name
    ("entries too many", "SELECT count(*) - :most FROM journal"),
    (
        "entries too old",
        "SELECT count(*) FROM journal WHERE wall < :old AND seq <= (SELECT max(seq) FROM journal) - :always",
    ),
    ("incidents too old", "SELECT count(*) FROM incident WHERE closed < :older"),
    (
        "alerts too old",
        """SELECT count(*) FROM outbox WHERE ordered < :older
        AND (target, incident) NOT IN (SELECT target, id FROM incident)""",
    ),
    ("deliveries of no alert", "SELECT count(*) FROM delivery WHERE outbox NOT IN (SELECT id FROM outbox)"),
    ("requests too many", "SELECT count(*) - :waiting FROM inbox WHERE taken IS NULL AND refused IS NULL"),
    (
        "requests too old",
        "SELECT count(*) FROM inbox WHERE asked < :old AND (taken IS NOT NULL OR refused IS NOT NULL)",
    ),
    ("messages too old", "SELECT count(*) FROM heard WHERE at < :old"),
    ("settings too many", "SELECT count(*) - :policies - 1 FROM policy"),  # and those in force
)


class _Grave:
    """Copies a database's files `into` a folder as they stand at one moment of a transaction.

    SQLite reports each statement before it runs, `count` of them with BEGIN and COMMIT. What COMMIT adds to
    the log is written in the order of its bytes, so an end in the middle of it leaves the first of them.
    """

    def __init__(self, folder: Path, into: Path, count: int) -> None:
        self._folder, self._into, self._count = folder, into, count
        self._seen = 0

    def reached(self, sql: str, place: float) -> None:
        if not self._seen and not sql.startswith("BEGIN"):
            return
        if self._seen == int(place * self._count):
            self._copy()
        self._seen += 1

    def after(self, place: float, *, committed: bool) -> None:
        """The transaction has ended well, which only the dead would know."""
        if committed:
            self._copy()
            return
        into_commit = place * self._count - (self._count - 1)
        if into_commit > 0:
            before, whole = (self._into / WAL).read_bytes(), (self._folder / WAL).read_bytes()
            same = next(
                (at for at, (a, b) in enumerate(zip(before, whole, strict=False)) if a != b), len(before)
            )
            written = same + int(into_commit * (len(whole) - same))
            (self._into / WAL).write_bytes(whole[:written] + before[written:])

    def _copy(self) -> None:
        for name in (DATABASE, WAL):
            shutil.copyfile(self._folder / name, self._into / name)


class MadeDisk:
    """store.fallback.Durable. It outlives our process, as a disk does. `unheard` is told of a step that was
    committed by a process which did not live to know it.
    """

    def __init__(
        self,
        platter: Platter,
        dice: Dice,
        *,
        is_full: Callable[[], bool],
        unheard: Callable[[Commit], None] = lambda _commit: None,
    ) -> None:
        self._platter = platter
        self._dice = dice
        self._is_full = is_full
        self._unheard = unheard
        self.dies_in_commit = False
        self.dies_with_us: Callable[[], None] = lambda: None  # what is at work on the disk when we die in it
        self.recovered_from: Path | None = None  # it is never damaged
        self.set_aside: Sequence[str] = ()

    def load(self, target: str) -> State | None:
        return self._platter.load(target)

    def commit(self, commit: Commit) -> None:
        self.commit_all((commit,))

    def commit_all(self, commits: Sequence[Commit]) -> None:
        self.must_have_space()
        if self.dies_in_commit:
            self._die_in(commits)
        self._platter.commit_all(commits)

    def opened_outbox(self) -> AbstractContextManager[Outbox]:
        return self._platter.opened_outbox()

    def must_have_space(self) -> None:
        if self._is_full():
            raise StoreError("cannot write the state: no space left on the device", retryable=True)

    def _die_in(self, commits: Sequence[Commit]) -> NoReturn:
        self.dies_in_commit = False
        self.dies_with_us()
        committed, place = self._dice.chance(0.5), self._dice.between(0.0, 1.0)
        self._platter = self._platter.killed_in(commits, committed=committed, place=place)
        if committed:
            self._unheard(commits[-1])
        raise Killed

    def inbox(self, targets: Collection[str]) -> Sequence[InboxItem]:
        return self._platter.inbox(targets)

    def put(self, now: Now, target: str, asked: OperatorAsked) -> bool:
        """What a person leaves for us. False: the disk is full, they are told so, and nothing is left."""
        if self._is_full():
            return False
        self._platter.put_at(now, target, asked)
        return True

    def prune(self, now: Now) -> None:
        self.must_have_space()
        self._platter.prune(now)

    def recheck(self) -> bool:
        """No page is ever damaged here."""
        return False

    @property
    def rounds(self) -> int:
        return self._platter.rounds

    def overgrown(self, now: Now) -> Sequence[str]:
        return self._platter.overgrown(now)

    def close(self) -> None:
        """Of our process: the disk is still there when we come back."""

    def vanish(self) -> None:
        """With its world."""
        self._platter.close()
