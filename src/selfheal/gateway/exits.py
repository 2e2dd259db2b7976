"""The end of a process as an event: pidfd on Linux, kqueue on macOS and the BSDs, a poll as the last resort.

One contract for all three: the handler is called exactly once, from the event loop and never from inside
`watch`; a process that is gone already, or whose pid now belongs to another one, counts as ended.
"""

import asyncio
import os
import select
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Protocol

from selfheal.core.facts import GatewayProcess
from selfheal.gateway.proctable import GONE, ProcessTable
from selfheal.ports.gateway import ExitHandler

POLL_INTERVAL_S = 0.5
WATCHES_MAX = 64  # one gateway each, and its second instances: more of them would be a leak of ours

ExitCode = Callable[[int], int | None]
Key = tuple[int, float]


class ExitWatcher(Protocol):
    def watch(self, process: GatewayProcess, handler: ExitHandler) -> None:
        """Watching one process (pid and start time) twice is one watch."""
        ...

    def close(self) -> None: ...


class Watches(ABC):
    """What the three have in common: who is watched, and the one call of the handler."""

    def __init__(self, table: ProcessTable, exit_code: ExitCode, *, poll_s: float = POLL_INTERVAL_S) -> None:
        self._table = table
        self._poll_s = poll_s
        self._exit_code = exit_code
        self._running: dict[Key, Callable[[], None]] = {}

    def watch(self, process: GatewayProcess, handler: ExitHandler) -> None:
        key = (process.pid, process.started)
        if key in self._running or len(self._running) >= WATCHES_MAX:
            return
        loop = asyncio.get_running_loop()

        def end() -> None:
            release = self._running.pop(key, None)
            if release is not None:
                release()
                handler(process, self._exit_code(process.pid))

        # Opened first, compared afterwards: whatever we hold now is, or is not, the process that was meant.
        self._running[key] = self._open(process, end, loop)
        if not self.lives(process):
            self._running[key]()
            self._running[key] = loop.call_soon(end).cancel

    def lives(self, process: GatewayProcess) -> bool:
        row = self._table.read(process.pid)
        return row is not None and row.started == process.started and row.state not in GONE

    def close(self) -> None:
        while self._running:
            self._running.popitem()[1]()

    @abstractmethod
    def _open(
        self, process: GatewayProcess, end: Callable[[], None], loop: asyncio.AbstractEventLoop
    ) -> Callable[[], None]:
        """Begins the watch; what it returns lets go of it."""


class PollWatcher(Watches):
    def _open(
        self, process: GatewayProcess, end: Callable[[], None], loop: asyncio.AbstractEventLoop
    ) -> Callable[[], None]:
        timer: list[asyncio.TimerHandle] = []

        def look() -> None:
            timer[:] = [loop.call_later(self._poll_s, look)] if self.lives(process) else []
            if not timer:
                end()

        def release() -> None:
            for handle in timer:
                handle.cancel()

        timer.append(loop.call_later(self._poll_s, look))
        return release


class PidfdWatcher(PollWatcher):
    """Falls back to the poll for one process where no descriptor is to be had."""

    def _open(
        self, process: GatewayProcess, end: Callable[[], None], loop: asyncio.AbstractEventLoop
    ) -> Callable[[], None]:
        if sys.platform != "linux":
            return super()._open(process, end, loop)
        try:
            descriptor = os.pidfd_open(process.pid)
        except OSError:
            return super()._open(process, end, loop)
        loop.add_reader(descriptor, end)

        def release() -> None:
            loop.remove_reader(descriptor)
            os.close(descriptor)

        return release


class KqueueWatcher(PollWatcher):
    def _open(
        self, process: GatewayProcess, end: Callable[[], None], loop: asyncio.AbstractEventLoop
    ) -> Callable[[], None]:
        if sys.platform == "linux":
            return super()._open(process, end, loop)
        queue = select.kqueue()
        flags = select.KQ_EV_ADD | select.KQ_EV_ONESHOT
        event = select.kevent(process.pid, select.KQ_FILTER_PROC, flags, select.KQ_NOTE_EXIT)
        try:
            queue.control([event], 0)
        except OSError:
            queue.close()
            return super()._open(process, end, loop)
        loop.add_reader(queue.fileno(), end)

        def release() -> None:
            loop.remove_reader(queue.fileno())
            queue.close()

        return release


def make_exit_watcher(table: ProcessTable, exit_code: ExitCode) -> ExitWatcher:
    """The fastest that this host has. Without pidfd_open (before Linux 5.3, or forbidden) the poll."""
    if hasattr(select, "kqueue"):
        return KqueueWatcher(table, exit_code)
    return PidfdWatcher(table, exit_code) if has_pidfd() else PollWatcher(table, exit_code)


def has_pidfd() -> bool:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True
