"""Exactly one process steps at a time: a lock of the kernel's, which ends with its owner however that ends.

The folder is locked first, and then the file in it, each as far as it can be: the file may be out of reach
to one of two (its folder can only be read by then, or no longer), and both must still meet at one lock. So a
folder has one lock only, whatever its file is called. The content only tells who holds it; the lock is the
truth.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from selfheal.core.instants import Wall
from selfheal.store.faults import explained

TRIES = 5  # somebody who merely asks (see `holder`) holds it for microseconds
TRY_GAP_S = 0.01
CONTENT_MAX_BYTES = 4096


class Holder(NamedTuple):
    """Who holds it, as it says itself. `pid` 0: it is held, but it could not write who it is.

    `only`: the one target that it watches, "" for all of its config.
    """

    pid: int
    started: Wall
    version: str
    command: str
    only: str = ""


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
    """`acquire` raises LockHeld if another has it, StoreError if neither folder nor file can be locked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: list[int] = []

    def acquire(self, me: Holder) -> None:
        with explained("take the lock", self._path):
            self._held = _lock_all(self._path)
        _write(self._path, me)

    def release(self) -> None:
        """The file stays: removing it would let two processes lock two files of one name."""
        if self._held:
            _write(self._path, None)
        while self._held:
            os.close(self._held.pop())  # and with it the lock

    @contextmanager
    def held_by(self, me: Holder) -> Iterator[None]:
        self.acquire(me)
        try:
            yield
        finally:
            self.release()


def holder(path: Path) -> Holder | None:
    """Who holds the lock, None if nobody. Asks with a shared lock for an instant, never to keep it."""
    for place in (path.parent, path):
        with suppress(OSError):  # out of reach: the other one tells
            descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _read(path)
            finally:
                os.close(descriptor)
    return None


def _lock_all(path: Path) -> list[int]:
    """What could be locked, at least one of both. Raises LockHeld, or why neither could be."""
    locked: list[int] = []
    refused: OSError | None = None
    for opened in (_open_folder, _open_file):
        try:
            locked.append(_locked(opened(path)))
        except BlockingIOError:
            for descriptor in locked:
                os.close(descriptor)
            raise LockHeld(_read(path)) from None
        except OSError as error:
            refused = error
    if refused is not None and not locked:
        raise refused
    return locked


def _open_folder(path: Path) -> int:
    """O_CLOEXEC: a gateway that we start must not keep our lock when we end."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _open_file(path: Path) -> int:
    """For writing if it may be: NFS gives its lock for no less."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def _locked(descriptor: int) -> int:
    """Tries for as long as somebody who merely asks may be in the way. Closes what it cannot lock."""
    try:
        for _ in range(TRIES - 1):
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return descriptor
            time.sleep(TRY_GAP_S)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _write(path: Path, me: Holder | None) -> None:
    """The content is a courtesy: a full disk must not cost us the lock."""
    with suppress(OSError):
        path.write_text("" if me is None else json.dumps(me._asdict()) + "\n", encoding="utf-8")


def _read(path: Path) -> Holder:
    """Of a holder that cannot write it tells nothing: what is there was left by one that was killed."""
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(CONTENT_MAX_BYTES))
        found = Holder(
            int(said["pid"]),
            Wall(float(said["started"])),
            str(said["version"]),
            str(said["command"]),
            str(said.get("only", "")),
        )
        return found if _lives(found.pid) else UNKNOWN
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return UNKNOWN


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except PermissionError:  # somebody else's
        return True
    except ProcessLookupError:
        return False
    return pid > 0
