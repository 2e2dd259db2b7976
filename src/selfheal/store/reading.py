"""Opening a database for reading, also where nothing can be written.

A database in WAL mode cannot always be opened without writing beside it. Where that fails (a read-only
folder, a full disk) it is opened as immutable if all of it is in the one file, else a copy of it is read.
"""

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:  # rarely needed, and a status is to be quick
    import tempfile

READ_TIMEOUT_S = 2.0  # a person waits

_NOTHING_BESIDE = (
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
)


class Opened(NamedTuple):
    connection: sqlite3.Connection
    copy: "tempfile.TemporaryDirectory[str] | None" = None

    def close(self) -> None:
        self.connection.close()
        if self.copy is not None:
            self.copy.cleanup()


def open_to_read(path: Path) -> Opened:
    """Raises sqlite3.Error or OSError."""
    try:
        return Opened(connect(path, "mode=ro"))
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in _NOTHING_BESIDE:
            raise
    wal = path.with_name(path.name + "-wal")
    if not wal.exists() or wal.stat().st_size == 0:
        return Opened(connect(path, "mode=ro&immutable=1"))
    return _open_copy(path, wal)


def connect(path: Path, how: str) -> sqlite3.Connection:
    """Opened for certain: SQLite puts the opening off until something is read."""
    uri = f"file:{quote(os.fsencode(path))}?{how}"
    connection = sqlite3.connect(uri, uri=True, timeout=READ_TIMEOUT_S, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def _open_copy(path: Path, wal: Path) -> Opened:
    import shutil  # noqa: PLC0415 - as above
    import tempfile  # noqa: PLC0415

    folder = tempfile.TemporaryDirectory(prefix="selfheal-")
    try:
        copy = Path(folder.name) / path.name
        shutil.copyfile(path, copy)
        shutil.copyfile(wal, copy.with_name(copy.name + "-wal"))
        return Opened(connect(copy, "mode=rw"), folder)
    except BaseException:
        folder.cleanup()
        raise
