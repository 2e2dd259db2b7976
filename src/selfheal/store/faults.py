"""SQLite's and the disk's errors in our words: cannot X: why, and what to do next."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selfheal.ports.store import StoreError

_FREE = "Free space on the file system of {path}."
_WRITABLE = "Make {folder} writable for this user, or set SELFHEAL_STATE_DIR to a folder that is."
_HELD = "See which program holds {path} open (lsof) and end it."
_DISK = "See the system's log for errors of the disk under {path}."

_RETRYABLE = {
    sqlite3.SQLITE_FULL: ("the disk is full", _FREE),
    sqlite3.SQLITE_READONLY: ("it can only be read", _WRITABLE),
    sqlite3.SQLITE_PERM: ("it may not be opened", _WRITABLE),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", _WRITABLE),
    sqlite3.SQLITE_BUSY: ("another program holds it", _HELD),
    sqlite3.SQLITE_LOCKED: ("another program holds it", _HELD),
    sqlite3.SQLITE_PROTOCOL: ("another program holds it", _HELD),
    sqlite3.SQLITE_IOERR: ("the disk fails", _DISK),
    sqlite3.SQLITE_NOMEM: ("no memory is left", "Free memory on this host."),
}
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SIDE_FILE_BYTES = 64 * 1024  # what SQLite makes beside a database to open it takes 32 KiB
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class CorruptError(StoreError):
    """The file is no sound database. The store moves it aside; a reader can only say so, and who does."""

    def __init__(self, message: str) -> None:
        mended = "`selfheal run` moves it aside and begins a new one with what can be read of it."
        super().__init__(f"{message}. {mended}", retryable=False)


@contextmanager
def explained(doing: str, path: Path) -> Iterator[None]:
    """Turns foreign errors into StoreError, `doing` completing «cannot …»."""
    try:
        yield
    except sqlite3.Error as error:
        raise _of_sqlite(doing, path, error) from error
    except UnicodeDecodeError as error:  # an error of SQLite's that quotes what is no text any more
        raise CorruptError(f"cannot {doing}: {path} is damaged ({error})") from error
    except OSError as error:
        why, todo = ("the disk is full", _FREE) if error.errno in _NO_SPACE else ("refused", _WRITABLE)
        raise StoreError(_sentence(doing, path, why, error, todo), retryable=True) from error


def _of_sqlite(doing: str, path: Path, error: sqlite3.Error) -> StoreError:
    extended: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    code = extended & 0xFF  # the primary one
    if code in _BROKEN:
        return CorruptError(f"cannot {doing}: {path} is damaged ({error})")
    if code == sqlite3.SQLITE_IOERR and _is_full(path.parent):
        code = sqlite3.SQLITE_FULL
    if code in _RETRYABLE:
        why, todo = _RETRYABLE[code]
        return StoreError(_sentence(doing, path, why, error, todo), retryable=True)
    return StoreError(f"cannot {doing} in {path}: {error}", retryable=False)


def _is_full(folder: Path) -> bool:
    """SQLite calls it «disk I/O error» where there is no room for a file beside the database: it is tried."""
    import tempfile  # noqa: PLC0415 - rarely needed, and a status is to be quick

    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            return file.write(bytes(_SIDE_FILE_BYTES)) < _SIDE_FILE_BYTES
    except OSError as error:
        return error.errno in _NO_SPACE


def _sentence(doing: str, path: Path, why: str, error: Exception, todo: str) -> str:
    return f"cannot {doing} in {path}: {why} ({error}). " + todo.format(path=path, folder=path.parent)
