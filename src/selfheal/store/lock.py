"""Exactly one process steps at a time: a lock of the kernel's, which ends with its owner however that ends.

The folder is locked first, and then the file in it, each as far as it can be: the file may be out of reach
to one of two (its folder can only be read by then, or no longer), and both must still meet at one lock. So a
folder has one lock only, whatever its file is called. Where there is neither and none can be made, a stand-in
is locked; whoever comes later, when the folder may be there, locks that as well. The content only tells who
holds it; the lock is the truth.

A lock is on what lies at a path, and a person may remove that: the holder looks (`keep`) before each turn.

Who lets go of it says so in the file. What is still said there once nobody holds it was said by one that was
killed, or that broke down (`left_by`).
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from selfheal.core.instants import Wall
from selfheal.host import pid_exists
from selfheal.store.faults import explained
from selfheal.store.standin import open_stand_in, stand_in

TRIES = 5  # somebody who merely asks (see `holder`) holds it for microseconds
TRY_GAP_S = 0.01
CONTENT_MAX_BYTES = 64 * 1024  # with the names of all targets


class Holder(NamedTuple):
    """Who holds it, as it says itself. `pid` 0: it is held, but it could not write who it is.

    `targets`: whom it watches, whatever a config says by now; empty: it does not say. `born`: the kernel's
    start time of its process, which tells it from a later one of that pid.
    """

    pid: int
    started: Wall
    version: str
    command: str
    targets: tuple[str, ...] = ()
    born: float | None = None


UNKNOWN = Holder(pid=0, started=Wall(0), version="", command="")


class LockHeld(Exception):  # noqa: N818  -- not a fault: an answer
    def __init__(self, holder: Holder) -> None:
        who = f"pid {holder.pid}, selfheal {holder.version}" if holder.pid else "it does not say which"
        super().__init__(f"cannot start: another selfheal already watches ({who}). Stop it first.")
        self.holder = holder
        self.pid = holder.pid
        self.started = holder.started
        self.version = holder.version


class Held(NamedTuple):
    place: Path
    descriptor: int


class ResidentLock:
    """`acquire` raises LockHeld if another has it, StoreError if nothing can be locked.

    `brief`: who takes it only for a while leaves what it has found said of the one before.
    """

    def __init__(self, path: Path, *, brief: bool = False) -> None:
        self._path = path
        self._brief = brief
        self._before: Holder | None = None
        self._said = path  # where it is written who holds it
        self._held: list[Held] = []
        self._me = UNKNOWN

    def acquire(self, me: Holder) -> None:
        self._me = me
        with explained("take the lock", self._path):
            self._held, self._said = _lock_all(self._path)
        if self._brief:
            found = left_by(self._path)
            self._before = None if found == me else found
        _write(self._said, me)

    def keep(self) -> bool:
        """Takes it anew where what was locked lies there no longer, and tells whether it did.

        Raises as `acquire`. Another may come in between; nobody may step until this has returned.
        """
        if self._held and all(map(_lies_there, self._held)):
            return False
        self._let_go()
        self.acquire(self._me)
        return True

    def release(self) -> None:
        """The file stays: removing it would let two processes lock two files of one name."""
        self.take_leave()
        self._let_go()

    def take_leave(self) -> None:
        """Says that its holder ends as it should. It is held all the same."""
        if self._held and all(map(_lies_there, self._held)):
            _write(self._said, self._before)

    def _let_go(self) -> None:
        while self._held:
            os.close(self._held.pop().descriptor)  # and with it the lock

    @contextmanager
    def held_by(self, me: Holder) -> Iterator[None]:
        """Who breaks down takes no leave."""
        self.acquire(me)
        broken = False
        try:
            yield
        except Exception:
            broken = True
            raise
        finally:
            if self._brief or not broken:
                self.take_leave()
            self._let_go()


def holder(path: Path) -> Holder | None:
    """Who holds the lock, None if nobody. Asks with a shared lock for an instant, never to keep it."""
    spare = stand_in(path)
    for place, said in ((path.parent, path), (path, path), (spare, spare)):
        with suppress(OSError):  # out of reach: another one tells
            descriptor = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _read(said)
            finally:
                os.close(descriptor)
    return None


def left_by(path: Path) -> Holder | None:
    """Who held it last, if it took no leave. Means nothing while somebody holds it."""
    return _said(path if path.exists() else stand_in(path))


def _lock_all(path: Path) -> tuple[list[Held], Path]:
    """What could be locked, at least one, and where to say by whom. Raises LockHeld, or why nothing could be.

    The stand-in is made only where neither of the others could be opened: on a file system without locks it
    would stand for nothing that another host sees.
    """
    spare = stand_in(path)
    opened: list[Path] = []
    locked: list[Held] = []
    refused: list[OSError] = []
    places: tuple[tuple[Path, Path, Callable[[], int]], ...] = (
        (path.parent, path, lambda: _open_folder(path)),
        (path, path, lambda: _open_file(path)),
        (spare, spare, lambda: open_stand_in(spare, make=not opened)),
    )
    for place, said, open_it in places:
        try:
            descriptor = open_it()
            opened.append(said)
            locked.append(Held(place, _locked(descriptor)))
        except BlockingIOError:
            for held in locked:
                os.close(held.descriptor)
            raise LockHeld(_read(said)) from None
        except OSError as error:
            refused.append(error)
    if not locked:
        raise refused[0]
    return locked, opened[0]


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


def _lies_there(held: Held) -> bool:
    """What cannot be asked is taken to be as it was: a disk that fails is no other lock."""
    try:
        return os.path.samestat(held.place.stat(), os.fstat(held.descriptor))
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def _write(path: Path, me: Holder | None) -> None:
    """The content is a courtesy: a full disk must not cost us the lock."""
    with suppress(OSError):
        path.write_text("" if me is None else json.dumps(me._asdict()) + "\n", encoding="utf-8")


def _read(path: Path) -> Holder:
    """Of a holder that cannot write it tells nothing: what is there was left by one that was killed."""
    found = _said(path)
    return UNKNOWN if found is None or not pid_exists(found.pid) else found


def _said(path: Path) -> Holder | None:
    """None: nothing that makes sense."""
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(CONTENT_MAX_BYTES))
        return Holder(
            int(said["pid"]),
            Wall(float(said["started"])),
            str(said["version"]),
            str(said["command"]),
            tuple(map(str, said.get("targets", ()))),
            None if said.get("born") is None else float(said["born"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
