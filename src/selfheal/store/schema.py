"""Opening a database for writing and bringing it up to this program's schema.

`PRAGMA user_version` is the schema's version, the number of the last migration. Migrations go forward only,
each in one transaction, and a database that already lives is copied beside before each; a new one is made
by all of them in a single transaction. A database that a newer program has written is refused: we cannot know
what its rows mean.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from selfheal import __version__
from selfheal.ports.store import StoreError
from selfheal.store.faults import CorruptError, explained
from selfheal.store.queries import QUERIES
from selfheal.store.reading import connect

BUSY_TIMEOUT_S = 1.0  # only the short writes of a CLI compete with us, and the loop waits meanwhile
MIGRATING_S = 10.0  # after an upgrade two may open it at once, and one of them copies all of it
CACHE_KIB = 512  # the working set is one state row and the journal's end; what stays resident stays small
WAL_LIMIT_BYTES = 4 * 1024 * 1024  # four times what one automatic checkpoint lets it grow to

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}",
    f"PRAGMA cache_size = -{CACHE_KIB}",
    "PRAGMA fullfsync = ON",  # macOS: a plain fsync stops at the drive's own cache; elsewhere nothing
)


class Migration(NamedTuple):
    version: int
    script: str


def load_migrations(folder: Path) -> Sequence[Migration]:
    files = sorted(folder.glob("[0-9]*.sql"))
    found = [Migration(int(file.name.split("_")[0]), file.read_text(encoding="utf-8")) for file in files]
    if [migration.version for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"the migrations in {folder} are not numbered 1, 2, 3, …")
    return found


MIGRATIONS = load_migrations(Path(__file__).with_name("migrations"))


def open_for_writing(path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> sqlite3.Connection:
    """Makes folder (0700) and file (0600). Raises CorruptError for a damaged file, else StoreError."""
    with explained("open the database", path):
        _make_file(path)
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, cached_statements=32)
        try:
            refuse_newer(connection, path, len(migrations))
            _check(connection, path)
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            migrate(connection, migrations, path)
            connection.execute(QUERIES["put_about"], {"key": "program", "value": __version__})
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def version_of(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def refuse_newer(connection: sqlite3.Connection, path: Path, known: int) -> None:
    version = version_of(connection)
    if version > known:
        writer = _writer(connection)
        raise StoreError(
            f"cannot use {path}: it has schema {version}, written by selfheal {writer}, "
            f"and selfheal {__version__} knows only {known}. "
            f"Install selfheal {writer} or newer, or set SELFHEAL_STATE_DIR elsewhere.",
            retryable=False,
        )


def _writer(connection: sqlite3.Connection) -> str:
    try:
        row = connection.execute(QUERIES["get_about"], {"key": "program"}).fetchone()
    except sqlite3.OperationalError:  # a later schema need not have this table
        row = None
    return str(row[0]) if row else "of that schema"


def _make_file(path: Path) -> None:
    """Only what we make gets our permissions: a folder that was there may be shared on purpose."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        return
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))


def _check(connection: sqlite3.Connection, path: Path) -> None:
    first = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if first != "ok":
        raise CorruptError(f"cannot use {path}: it is damaged ({first})")


def migrate(
    connection: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS, path: Path | None = None
) -> None:
    """`path`: where it lies, to be copied beside. Of two that come to it at once one does it, and the other
    finds it done.
    """
    version = version_of(connection)
    if version == len(migrations):
        return
    connection.execute(f"PRAGMA busy_timeout = {round(MIGRATING_S * 1000)}")
    if version == 0:  # all at once: nobody ever sees a new database half made
        scripts = "\n".join(migration.script for migration in migrations)
        _run(connection, Migration(len(migrations), scripts))
    for migration in migrations[version_of(connection) :]:
        _run(connection, migration, path)
    connection.execute(f"PRAGMA busy_timeout = {round(BUSY_TIMEOUT_S * 1000)}")


def _run(connection: sqlite3.Connection, migration: Migration, old: Path | None = None) -> None:
    """`old`: what is to be copied before."""
    with transaction(connection):
        if version_of(connection) < migration.version:  # else another has done it meanwhile
            if old is not None:
                _copy_beside(old, migration.version)
            for statement in _statements(migration.script):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {migration.version}")


def _statements(script: str) -> Iterator[str]:
    """One by one: `executescript` would end the transaction."""
    statement = ""
    for part in script.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _copy_beside(path: Path, version: int) -> None:
    """Whole or not at all: the copy gets its name once it is finished. It is read by a connection of its own,
    as none can be copied by which something is being written.
    """
    target = path.with_name(f"{path.name}.before-v{version}")
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
        with closing(connect(path, "mode=ro")) as source, closing(sqlite3.connect(partial)) as copy:
            copy.execute("PRAGMA journal_mode = OFF")  # it would be left beside it
            source.backup(copy)
        partial.replace(target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
