"""One installer at a time in a cache. The lock dies with the last process that holds it."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

from selfheal.gateway.sandbox_faults import SandboxError, SandboxFault
from selfheal.gateway.sandbox_programs import LIMIT_S, TICK_S


@contextmanager
def held_lock(path: Path, waiting: Callable[[], None], limit_s: float = LIMIT_S) -> Iterator[int]:
    """The lock's file descriptor, for programs that go on writing when we are killed.

    Waits up to `limit_s` seconds for another holder, calling `waiting` every 0.2 s. Raises SandboxError
    (busy) after that, and OSError where the file cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(descriptor, path, waiting, limit_s)
        yield descriptor
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, waiting: Callable[[], None], limit_s: float) -> None:
    until = monotonic() + limit_s
    while monotonic() < until:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        waiting()
        sleep(TICK_S)
    raise SandboxError("install OpenClaw", SandboxFault.BUSY, why=f"another process holds {path}")
