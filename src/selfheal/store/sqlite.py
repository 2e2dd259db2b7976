"""The durable store: one SQLite database, ONE transaction a step, on disk before the act.

How safe, and at what price. The database is in WAL mode, so whatever was committed survives the end of this
program, however sudden. The end of the host is another matter: only an fsync survives it, and it costs
milliseconds.
  * A step that orders an act, says something, has an act under way or takes a person's request is committed
    with synchronous=FULL: it is on the disk before the act begins, and with it every earlier step.
  * A quiet step (see `rows`) only looks and says nothing. It is committed with synchronous=NORMAL, without
    an fsync. After a power cut the last of them may be missing; the world is then simply looked at again.
  * A quiet step outside an incident replaces the state row. A journal row is added where the belief changes.

A database that turns out to be damaged, when it is opened or later, is moved aside and a new one begun in its
place (see `anew`), with what was readable of the states; `recovered_from` names the old file, and the caller
tells a person.
A file that was deleted under us, or is another one by now, is opened anew, instead of writing into nowhere.
"""

import json
import sqlite3
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from selfheal.core.instants import Now
from selfheal.core.state import State
from selfheal.ports.store import Commit, InboxItem, StoreError
from selfheal.store import anew, codec
from selfheal.store.faults import CorruptError, explained
from selfheal.store.queries import QUERIES
from selfheal.store.remains import remains
from selfheal.store.retention import Retention
from selfheal.store.rows import Statement, is_quiet, statements
from selfheal.store.schema import transaction

INBOX_AT_ONCE = 100  # requests taken in one look; a person types fewer in a day


class SqliteStore:
    """Opens or makes the database at `path`. Raises StoreError and nothing else; used from one thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.recovered_from: Path | None = None
        self.set_aside: list[str] = []
        self._retention = Retention()
        self._synchronous = ""
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._untold: Path | None = None
        with explained("open the database", path):
            self._opened()

    def load(self, target: str) -> State | None:
        """A state that cannot be read is kept aside, `set_aside` says so, and its `remains` are loaded."""
        try:
            with explained("read the state", self.path):
                row = self._opened().execute(QUERIES["get_state"], {"target": target}).fetchone()
            return codec.decode_state(target, row[0]) if row else None
        except CorruptError:
            raise
        except StoreError as error:
            if error.retryable:
                raise
            return self._set_aside(target, error)

    def commit(self, commit: Commit) -> None:
        self.commit_all((commit,))

    def commit_all(self, commits: Sequence[Commit]) -> None:
        """Several steps in one transaction: all or none. For a store that was out of reach for a while."""
        written = [statement for commit in commits for statement in statements(commit)]
        durable = not all(is_quiet(commit) for commit in commits)
        try:
            self._write(written, durable=durable)
        except CorruptError:
            self._let_go()
            anew.begin(self.path)
            self._write(written, durable=durable)

    def inbox(self, targets: Collection[str]) -> Sequence[InboxItem]:
        values = {"targets": json.dumps(list(targets)), "limit": INBOX_AT_ONCE}
        with explained("read the inbox", self.path):
            rows = self._opened().execute(QUERIES["waiting"], values).fetchall()
        return [item for row in rows if (item := self._item(*row))]

    def prune(self, now: Now) -> None:
        """Forgets what is too old: a bounded piece of work each call, one round a day. See `retention`.

        Called while the watch goes on: by then the caller tells of `recovered_from`, or will this moment.
        """
        self._forget_recovery()
        if not self._retention.due(now):
            return
        try:
            self._prune(now)
        except CorruptError:
            if not self.recheck():
                raise

    def recheck(self) -> bool:
        """Whether it was damaged, and a new one is in its place: others read what no step does."""
        before = self.recovered_from
        with explained("check the database", self.path):
            self._let_go()
            self._opened()
        return self.recovered_from != before

    def close(self) -> None:
        with explained("close the database", self.path):
            self._let_go()

    def _prune(self, now: Now) -> None:
        with explained("remove old entries", self.path):
            connection = self._opened()
            self._use(connection, "NORMAL")
            with transaction(connection):
                self._retention.prune(connection, now)

    def _forget_recovery(self) -> None:
        """So that the next start does not tell of it again."""
        if self._untold is not None:
            with explained("note that it was told of the damaged database", self.path):
                self._opened().execute(QUERIES["forget_about"], {"key": anew.RECOVERED_FROM})
                self._untold = None

    def _set_aside(self, target: str, why: StoreError) -> State:
        key = f"unreadable state of {target}, {time.strftime('%Y%m%dT%H%M%S')}"
        with explained("keep an unreadable state", self.path):
            connection = self._opened()
            self._use(connection, "FULL")
            with transaction(connection):
                connection.execute(QUERIES["keep_state"], {"key": key, "target": target})
                (body,) = connection.execute(QUERIES["state_bytes"], {"target": target}).fetchone()
                (first_free,) = connection.execute(QUERIES["next_incident"], {"target": target}).fetchone()
                left = remains(target, body, first_free)
                values = {"target": target, "wall": 0.0, "body": codec.encode_state(left)}
                connection.execute(QUERIES["put_state"], values)
        paused = "paused" if left.pause else "not paused"
        off = ", ".join(left.disabled) or "none"
        self.set_aside.append(
            f"{why}; it is kept in {self.path} (table about, «{key}») and the watch of {target} goes on with "
            f"what could be read of it: {paused}, levels switched off: {off}. Say it again if that is wrong"
        )
        return left

    def _item(self, number: int, target: str, body: str) -> InboxItem | None:
        """A request that this version cannot read is refused once, not stumbled over for ever."""
        try:
            return InboxItem(number, target, codec.decode_asked(body))
        except StoreError as error:
            with explained("refuse a request", self.path):
                self._opened().execute(QUERIES["refuse"], {"id": number, "why": str(error)})
            return None

    def _write(self, written: Sequence[Statement], *, durable: bool) -> None:
        with explained("write the state", self.path):
            connection = self._opened()
            self._use(connection, "FULL" if durable else "NORMAL")
            with transaction(connection):
                for name, values in written:
                    connection.execute(QUERIES[name], values)

    def _use(self, connection: sqlite3.Connection, synchronous: str) -> None:
        if self._synchronous != synchronous:
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            self._synchronous = synchronous

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None and _identity(self.path) != self._file:
            self._let_go()
        if self._connection is None:
            self._connection = anew.open_sound(self.path)
            self._file = _identity(self.path)
            self._untold = anew.untold(self._connection, self.path)
            self.recovered_from = self._untold or self.recovered_from
        return self._connection

    def _let_go(self) -> None:
        self._synchronous = ""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _identity(path: Path) -> tuple[int, int] | None:
    """None: there is no file."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino
