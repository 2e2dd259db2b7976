"""Exactly one process steps at a time: a lock of the kernel's, which ends with its owner however that ends.

The file's content only tells who holds it; the lock is the truth. Where the file can be neither made nor
opened (a read-only folder), the folder itself is locked, so that even then there is only one.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from selfheal.core.instants import Wall
from selfheal.store.faults import explained

TRIES = 5  # somebody who merely asks (see `holder`) holds it for microseconds
TRY_GAP_S = 0.01
CONTENT_MAX_BYTES = 4096


class Holder(NamedTuple):
    """Who holds it, as it says itself. `pid` 0: it is held, but it could not write who it is."""

    pid: int
    started: Wall
    version: str
    command: str


UNKNOWN = Holder(pid=0, started=Wall(0), version="", command="")


class LockHeld(Exception):  # noqa: N818  -- not a fault: an answer
    def __init__(self, holder: Holder) -> None:
        who = f"pid {holder.pid}, selfheal {holder.version}" if holder.pid else "it does not say which"
        super().__init__(f"cannot start: another selfheal already watches ({who}). Stop it first.")
        self.holder = holder
        self.pid = holder.pid
        self.started = holder.started
        self.version = holder.version


class ResidentLock:
    """`acquire` raises LockHeld if another has it, StoreError if not even the folder can be opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self, me: Holder) -> None:
        with explained("take the lock", self._path):
            descriptor = _open(self._path)
            if not _lock_patiently(descriptor):
                os.close(descriptor)
                raise LockHeld(_read(self._path))
        self._descriptor = descriptor
        _write(descriptor, me)

    def release(self) -> None:
        """The file stays: removing it would let two processes lock two files of one name."""
        if self._descriptor is not None:
            _write(self._descriptor, None)
            os.close(self._descriptor)  # and with it the lock
            self._descriptor = None

    @contextmanager
    def held_by(self, me: Holder) -> Iterator[None]:
        self.acquire(me)
        try:
            yield
        finally:
            self.release()


def holder(path: Path) -> Holder | None:
    """Who holds the lock, None if nobody. Asks with a shared lock for an instant, never to keep it."""
    for place in (path, path.parent):
        try:
            descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return _read(path)
        finally:
            os.close(descriptor)
    return None


def _open(path: Path) -> int:
    """O_CLOEXEC: a gateway that we start must not keep our lock when we end."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _lock_patiently(descriptor: int) -> bool:
    for attempt in range(TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt + 1 < TRIES:
                time.sleep(TRY_GAP_S)
        else:
            return True
    return False


def _write(descriptor: int, me: Holder | None) -> None:
    """The content is a courtesy: a full disk must not cost us the lock."""
    try:
        os.ftruncate(descriptor, 0)
        if me is not None:
            os.pwrite(descriptor, json.dumps(me._asdict()).encode() + b"\n", 0)
    except OSError:
        return


def _read(path: Path) -> Holder:
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(CONTENT_MAX_BYTES))
        return Holder(
            int(said["pid"]), Wall(float(said["started"])), str(said["version"]), str(said["command"])
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return UNKNOWN
