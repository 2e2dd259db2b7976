"""The process that holds a lock: which one it is for certain, whether it still wakes, and its end.

What a lock's file says is a courtesy, and may be of an earlier holder whose pid is somebody else's by now. So
a process is taken for the one that it names only if it began when that says, is this user's, is selfheal by
its command line, and has the lock's file open.

Whether it is stuck is seen by the process, not by what it has written: one whose disk is full writes nothing
and watches all the same. A healthy loop wakes every second; who has not woken for long, and takes no request,
does nothing any more.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from selfheal.core.actions import Signal
from selfheal.ports.service import Done
from selfheal.services import signals
from selfheal.services.identity import is_zombie, same_start, started_of
from selfheal.store.lock import Holder, holder
from selfheal.store.standin import stand_in

LOOK_S = 1.0
STALL_S = 3.0  # a look that comes so late says that we had no processor ourselves: it counts for nothing
SILENT_S = 10.0  # ten turns of a healthy loop
BUSY_S = 60.0  # of one that works without a pause: a slow disk's database may take long to open
LOOKS_MAX = 180  # on a host that stalls again and again nothing is certain
FREE_S = 5.0  # from SIGKILL to the free lock; milliseconds as a rule
POLL_S = 0.05

Sleep = Callable[[float], None]


def is_it(said: Holder, lock: Path) -> bool:
    """Whether the process of that pid is for certain the one that `said` itself to hold the lock."""
    began = started_of(said.pid) if said.pid > 1 and said.pid != os.getpid() else None
    if began is None or said.born is None or not same_start(began, said.born):
        return False
    try:
        process = psutil.Process(said.pid)
        ours = process.uids().effective == os.geteuid()
        named = "selfheal" in " ".join(process.cmdline())
        opened = {file.path for file in process.open_files()}
    except psutil.Error:
        return False
    return ours and named and not opened.isdisjoint({os.path.realpath(lock), str(stand_in(lock))})


def tell(said: Holder, lock: Path, signal: Signal) -> Done:
    """Sends the signal to exactly that process; its children are left alone."""
    if said.born is None or not is_it(said, lock):
        why = f"cannot signal pid {said.pid}: it is not for certain the one that holds {lock}"
        return Done(succeeded=False, detail=why, retryable=False)
    return signals.send_alone(said.pid, said.born, signal)


def is_stuck(said: Holder, lock: Path, sleep: Sleep = time.sleep) -> bool:
    """Whether it does not wake: seen for `SILENT_S` seconds, or for `BUSY_S` if it uses the processor."""
    if not is_it(said, lock):
        return False
    first, looked = _wakes(said), 0.0
    for _ in range(LOOKS_MAX):
        before = time.monotonic()
        sleep(LOOK_S)
        now = _wakes(said)
        if first is None or now is None or now[0] != first[0]:
            return False
        stalled = time.monotonic() - before > STALL_S
        first, looked = (now, 0.0) if stalled else (first, looked + LOOK_S)
        if looked >= (SILENT_S if now == first else BUSY_S):
            return is_it(said, lock) and holder(lock) == said
    return False


def has_ended(said: Holder, lock: Path) -> bool:
    """Ends it at once, for one that hears nothing; then the lock is free, or another's already.

    False also where it hangs in the kernel, which alone can let it go: it would end later, for nothing. A
    child that it has not buried, as a gateway that died meanwhile, is to be gone too: to the next gateway it
    seems to live.
    """
    dead = _unburied(said)
    if _hangs_in_kernel(said) or not tell(said, lock, Signal.KILL).succeeded:
        return False
    within(FREE_S, lambda: holder(lock) != said and not any(map(is_zombie, dead)))
    return holder(lock) != said


def within(limit_s: float, done: Callable[[], bool]) -> bool:
    """Waits until it is so; a lock that comes free has no event for those who do not queue for it."""
    end = time.monotonic() + limit_s
    while not done():
        if time.monotonic() >= end:
            return False
        time.sleep(POLL_S)
    return True


def _unburied(said: Holder) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(said.pid).children() if is_zombie(child.pid)]
    except psutil.Error:
        return []


def _wakes(said: Holder) -> tuple[int, float] | None:
    """How often it has gone to sleep by itself, and its processor time. None: it cannot be seen."""
    try:
        process = psutil.Process(said.pid)
        times = process.cpu_times()
        return process.num_ctx_switches().voluntary, times.user + times.system
    except psutil.Error:
        return None


def _hangs_in_kernel(said: Holder) -> bool:
    try:
        return bool(psutil.Process(said.pid).status() == psutil.STATUS_DISK_SLEEP)
    except psutil.Error:
        return False
