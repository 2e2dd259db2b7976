"""The reading side, for a person's questions: it works whether the resident lives or not."""

import sqlite3
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from selfheal.core.instants import Monotonic, Wall
from selfheal.core.state import State
from selfheal.ports.store import Entry, IncidentRow, RouteRow, StoreError, Waiting
from selfheal.store import plain
from selfheal.store.faults import explained
from selfheal.store.queries import QUERIES
from selfheal.store.reading import Opened, connect, open_to_read
from selfheal.store.retention import TIMELINE_MAX
from selfheal.store.schema import MIGRATIONS, open_for_writing, refuse_newer, version_of

if TYPE_CHECKING:  # a status needs none of them
    from selfheal.core.alert import AlertKind
    from selfheal.core.observations import OperatorAsked
    from selfheal.core.policy import Policy
    from selfheal.store.rows import OutboxRow

MAKING_POLL_S = 0.02
MAKING_S = 1.0  # a new database takes some tens of milliseconds to make
INSTALLATION = "installation"  # key in the table about
WAITING_MAX = 100  # requests of a kind for one target that may wait for a resident that does not come


class NoDatabaseError(StoreError):
    """Nothing has been kept yet."""

    def __init__(self, path: Path) -> None:
        message = f"cannot use {path}: there is no database yet. Start `selfheal run`."
        super().__init__(message, retryable=True)


class EmptyDatabaseError(StoreError):
    """The file is there and has nothing in it, as a full disk leaves it; or it was cut off."""

    def __init__(self, path: Path) -> None:
        message = (
            f"cannot read {path}: it is empty: nothing was written into it yet, or it was cut off. "
            "Start `selfheal run`: it begins anew in it. See a backup for what it held before."
        )
        super().__init__(message, retryable=True)


class Reader:
    """Raises NoDatabaseError where there is none, EmptyDatabaseError where it holds nothing, CorruptError for
    a damaged one, else StoreError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _file(path)
        if self._file is None:
            raise NoDatabaseError(path)
        self._opened: Opened | None = _opened(path)

    def states(self) -> list[State]:
        return [plain.decode_state(target, body) for target, body in self._rows("states")]

    def policies(self) -> "dict[str, Policy]":
        """The settings with which each target was last stepped, where that is known."""
        return {target: plain.decode_policy(body) for target, body in self._rows("policies")}

    def incidents(self, target: str | None = None, limit: int = 100) -> list[IncidentRow]:
        """Newest first."""
        return [IncidentRow(*row) for row in self._rows("incidents", target=target, limit=limit)]

    def timeline(self, target: str, incident: int) -> list[Entry]:
        """Oldest first."""
        rows = self._rows("timeline", target=target, incident=incident, limit=TIMELINE_MAX)
        return [_entry(row) for row in rows]

    def before(self, target: str, incident: int) -> State | None:
        """The state that it began in. None: an older version opened it, or its first entry has gone."""
        rows = self._rows("before", target=target, incident=incident)
        return plain.decode_state(target, rows[0][0]) if rows else None

    def recent(self, limit: int, target: str | None = None, *, telling: bool = False) -> list[Entry]:
        """The last `limit` entries, oldest of them first. `telling`: only those that say something."""
        rows = self._rows("recent_telling" if telling else "recent", limit=limit, target=target)
        return [_entry(row) for row in rows]

    def lead_up(self, target: str, seq: int, limit: int) -> list[Entry]:
        """The last entries before `seq` that say something, oldest first."""
        return [_entry(row) for row in self._rows("lead_up", target=target, seq=seq, limit=limit)]

    def outbox(self, limit: int = 1_000) -> "list[OutboxRow]":
        """Oldest first."""
        return [_alert(row) for row in self._rows("outbox", limit=limit)]

    def last_number(self, target: str, kind: "AlertKind") -> int | None:
        """Of the alerts of a kind; None: there is none."""
        ((number,),) = self._rows("last_number", target=target, kind=kind)
        return None if number is None else int(number)

    def has_alert(self, target: str, kind: "AlertKind", number: int) -> bool:
        """Whether there is one of that number, which no incident has."""
        return bool(self._rows("has_alert", target=target, kind=kind, number=number))

    def routes_of(self, target: str, kind: "AlertKind", number: int) -> dict[str, bool]:
        """Of an alert as in `has_alert`: the routes that are to be told, and whether each has taken it."""
        rows = self._rows("routes_of_alert", target=target, kind=kind, number=number)
        return {route: status == "sent" for route, status in rows}

    def routes(self) -> list[RouteRow]:
        """Those that were ever told something or were to be, by name."""
        rows = self._rows("routes")
        return [RouteRow(*row)._replace(final=bool(row[-1])) for row in rows]

    def told(self, target: str) -> set[int]:
        """The incidents of the target of which there was an alert."""
        return {incident for (incident,) in self._rows("told", target=target)}

    def opening_causes(self, limit: int = 5_000) -> dict[tuple[str, int], str]:
        """By target and incident: what a person was told as its cause at first. Those told last."""
        rows = self._rows("opening_causes", limit=limit)
        return {(target, incident): cause for target, incident, cause in rows}

    def installation(self) -> str | None:
        """The random name of this database; None: no delivery has asked for it yet."""
        rows = self._rows("get_about", key=INSTALLATION)
        return str(rows[0][0]) if rows else None

    def deaf(self, route: str, door: str) -> str:
        """Why it is not listened to by this door; empty: it is, as far as is known."""
        return next((why or "" for _, why in self._rows("ear", route=route, door=door)), "")

    def waiting(self) -> list[Waiting]:
        """Requests that no resident has taken, oldest first; what this version cannot read is left out."""
        rows = self._rows("requests", limit=WAITING_MAX)
        return [request for row in rows if (request := _request(*row))]

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _follow(self, opened: Opened) -> Opened:
        """Turns to the database that has come in the place of the one that it reads, if one has."""
        file = _file(self._path)
        if file in (None, self._file):
            return opened
        self._opened, self._file = _opened(self._path), file
        opened.close()
        return self._opened

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _rows(self, query: str, **values: object) -> list[Any]:
        if self._opened is None:
            raise StoreError(f"cannot read {self._path}: it was closed", retryable=False)
        opened = self._follow(self._opened)
        with explained(f"read the {query}", self._path):
            return opened.connection.execute(QUERIES[query], values).fetchall()


def _opened(path: Path) -> Opened:
    with explained("read the database", path):
        opened = open_to_read(path)
        try:
            _await_making(opened.connection)
            require_schema(opened.connection, path)
        except BaseException:
            opened.close()
            raise
    return opened


def _file(path: Path) -> tuple[int, int] | None:
    """Which file it is. None: none is seen."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def inbox_put(path: Path, target: str, asked: "OperatorAsked") -> int:
    """Leaves a request for the resident and returns its number. It is taken when the resident next looks.

    Before the first run it makes the database: the first resident finds the request in it.
    """
    from selfheal.store import codec  # noqa: PLC0415 - with msgspec, which a status does not need

    body = codec.encode_asked(asked)
    with explained("leave the request", path):
        connection = _connect_or_make(path)
        try:
            require_schema(connection, path)
            values = {"target": target, "body": body, "limit": WAITING_MAX}
            cursor = connection.execute(QUERIES["ask"], values)
            if cursor.rowcount == 1 and cursor.lastrowid is not None:
                return cursor.lastrowid
        finally:
            connection.close()
    full = f"{WAITING_MAX} like it for {target} wait already. Start `selfheal run`."
    raise StoreError(f"cannot leave the request in {path}: {full}", retryable=True)


def _await_making(connection: sqlite3.Connection) -> None:
    """The file is there a moment before what is in it: a resident may just be making it."""
    until = time.monotonic() + MAKING_S
    while version_of(connection) == 0 and time.monotonic() < until:
        time.sleep(MAKING_POLL_S)


def require_schema(connection: sqlite3.Connection, path: Path) -> None:
    known = len(MIGRATIONS)
    refuse_newer(connection, path, known)
    version = version_of(connection)
    if version == 0:
        raise EmptyDatabaseError(path)
    if version < known:
        raise StoreError(
            f"cannot read {path}: it has schema {version}, this version reads {known}. "
            "Restart `selfheal run` with this version: it brings the database up to date.",
            retryable=True,
        )


def _connect_or_make(path: Path) -> sqlite3.Connection:
    from selfheal.store.anew import is_under_way  # noqa: PLC0415 - as above

    if is_under_way(path):  # what is left there now would be moved away with it
        why = "a new one is just being put in the place of a damaged one. Try again, or start `selfheal run`."
        raise StoreError(f"cannot leave the request in {path}: {why}", retryable=True)
    if path.exists():
        connection = connect(path, "mode=rw")
        if version_of(connection):
            return connection
        connection.close()  # an empty file, or another is just making it: that is waited for
    return open_for_writing(path)


def _request(target: str, body: str, wall: float) -> Waiting | None:
    from selfheal.store import codec  # noqa: PLC0415 - as above

    try:
        return Waiting(target, codec.decode_asked(body), Wall(wall))
    except StoreError:
        return None  # of a newer version; the resident refuses it and says why


def _entry(row: tuple[Any, ...]) -> Entry:
    from selfheal.store import codec  # noqa: PLC0415 - as above

    seq, target, wall, kind, observation, notes, actions, incident, mono, boot_id, policy = row
    return Entry(
        seq=seq,
        target=target,
        wall=Wall(_moment(wall)),
        kind=kind,
        observation=codec.decode_observation(kind, observation),
        notes=codec.decode_notes(notes),
        actions=codec.decode_names(actions),
        incident=incident,
        mono=Monotonic(_moment(mono)),
        boot_id=boot_id,
        policy=None if policy is None else codec.decode_policy(policy),
    )


def _moment(value: object) -> float:
    """SQLite keeps in a column whatever a damaged file, or somebody's hand, has put there."""
    if not isinstance(value, float):
        raise StoreError(f"cannot read the journal: {value!r} is no moment", retryable=False)
    return value


def _alert(row: tuple[Any, ...]) -> "OutboxRow":
    from selfheal.core.alert import AlertKind  # noqa: PLC0415 - with what a step leaves behind
    from selfheal.core.reasons import Cause  # noqa: PLC0415
    from selfheal.store import codec  # noqa: PLC0415
    from selfheal.store.rows import OutboxRow  # noqa: PLC0415

    target, incident, kind, action_id, levels, ordered, cause, detail, number = row
    return OutboxRow(
        target=target,
        incident=incident,
        kind=AlertKind(kind),
        action_id=action_id,
        failed_levels=codec.decode_levels(levels),
        ordered=Wall(ordered),
        cause=Cause(cause) if cause else None,
        detail=detail,
        number=number,
    )
