"""The lock of the one resident: what its holder says of itself, and that it is kept while it watches."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from selfheal import __version__
from selfheal.app.places import lock_path
from selfheal.config.settings import Settings
from selfheal.core.instants import Wall
from selfheal.ports.store import StoreError
from selfheal.runtime.chronicle import LogChronicle
from selfheal.services.identity import started_of
from selfheal.store.lock import Holder, ResidentLock


@contextmanager
def locked(settings: Settings, targets: Sequence[str], *, brief: bool = False) -> Iterator[ResidentLock]:
    """`brief`: see ResidentLock. Raises LockHeld, or StoreError where nothing can be locked."""
    lock = ResidentLock(lock_path(settings), brief=brief)
    with lock.held_by(this_process()._replace(targets=tuple(targets))):
        yield lock


def watched_names(settings: Settings, only: str | None) -> list[str]:
    return [target.name for target in settings.targets if only in (None, target.name)]


def this_process() -> Holder:
    pid = os.getpid()
    return Holder(pid, Wall(time.time()), __version__, " ".join(sys.argv), born=started_of(pid))


class KeptLock:
    def __init__(self, lock: ResidentLock, chronicle: LogChronicle) -> None:
        self._lock = lock
        self._chronicle = chronicle
        self._complaint = ""

    def take_leave(self) -> None:
        """Before an end that leaves no time for it."""
        self._lock.take_leave()

    def keep(self) -> None:
        """Raises LockHeld where another resident has begun in a state folder that was made anew.

        Where nothing can be locked, nobody else can begin either: the watch goes on, and it is tried again.
        """
        complaint = ""
        try:
            if self._lock.keep():
                self._chronicle.say("the state folder or the lock in it was removed; it is locked anew")
        except StoreError as error:
            complaint = str(error)
        if complaint and complaint != self._complaint:
            self._chronicle.fault("", complaint)
        self._complaint = complaint
