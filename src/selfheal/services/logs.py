"""The file that takes a gateway's stdout and stderr: it outlives us, so it is a file and never a pipe."""

import os
import shutil
from pathlib import Path
from typing import BinaryIO

LOG_BYTES = 8 * 1024 * 1024  # start-up errors stand at its end; one older file of the same size is kept
TAIL_BYTES = 65_536  # a failed start prints 2-6 kB
PRIVATE = 0o600  # a gateway's output can hold secrets


def open_log(path: Path) -> int:
    """A descriptor for appending; a full log is first moved to `.1`. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if size_bytes(path) >= LOG_BYTES:
        path.replace(older(path))
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    handle = os.open(path, flags, PRIVATE)
    os.fchmod(handle, PRIVATE)
    return handle


def bound(path: Path) -> bool:
    """Copies a full log to `.1` and empties it while the gateway goes on writing (it appends).

    What is written between the copy and the cut is lost: milliseconds of a log against a full disk.
    """
    if size_bytes(path) < LOG_BYTES:
        return False
    with path.open("rb") as source, _private(older(path)) as target:
        source.seek(-LOG_BYTES, os.SEEK_END)
        shutil.copyfileobj(source, target)
    os.truncate(path, 0)
    return True


def tail(path: Path, begin: int = 0) -> str:
    """The log from `begin` on, its last TAIL_BYTES at most; the whole of one that was cut since."""
    try:
        with path.open("rb") as log:
            size = size_bytes(path)
            log.seek(max(begin if begin <= size else 0, size - TAIL_BYTES))
            return log.read(TAIL_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def last_line(path: Path, limit: int = 200) -> str:
    """The last line that says something, "" when there is none."""
    try:
        with path.open("rb") as log:
            log.seek(max(0, size_bytes(path) - 4096))
            lines = [line for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()]
    except OSError:
        return ""
    return lines[-1].strip()[:limit] if lines else ""


def older(path: Path) -> Path:
    return path.with_name(path.name + ".1")


def size_bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _private(path: Path) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, PRIVATE), "wb")
