"""Sends a signal to exactly one process, and KILL to its descendants as well. Waits for nothing.

* A pid alone names nobody: it is used again. The start time is checked, and where the kernel has pidfds
the signal goes through one, so that nothing can happen between the check and the signal.
* The tree is read before the kill, because orphans lose their parent. Only true descendants are killed,
each by pid and start time; never this program, never pid 1.
* A process that is gone already counts as a success: what was wanted is so.
"""

import os
import signal as signals
from collections.abc import Sequence

import psutil

from selfheal.core.actions import Signal
from selfheal.ports.service import Done
from selfheal.services.identity import is_zombie, same_start, started_of

NUMBERS = {Signal.TERM: signals.SIGTERM, Signal.KILL: signals.SIGKILL}
TREE_ROUNDS = 3  # a descendant that forks while it is being killed is caught in the next round
Identity = tuple[int, float]


def send(pid: int, started: float, signal: Signal) -> Done:
    if signal is not Signal.KILL or _refusal(pid):
        return send_alone(pid, started, signal)
    tree = _descendants([(pid, started)])
    done = _send_one(pid, started, signal)
    return _kill_descendants(tree, done) if done.succeeded else done


def send_alone(pid: int, started: float, signal: Signal) -> Done:
    """As `send`, but the descendants are left alone whatever the signal is."""
    refused = _refusal(pid)
    if refused:
        return Done(succeeded=False, detail=f"cannot signal pid {pid}: {refused}", retryable=False)
    return _send_one(pid, started, signal)


def _refusal(pid: int) -> str:
    if pid <= 1:
        return "it is the init process or no process at all"
    return "it is this program" if pid == os.getpid() else ""


def _send_one(pid: int, started: float, signal: Signal) -> Done:
    try:
        delivered = _deliver(pid, started, NUMBERS[signal])
    except ProcessLookupError:
        return Done(succeeded=True, detail=f"pid {pid} is gone")
    except PermissionError:
        why = f"cannot send {signal} to pid {pid}: not permitted, it runs as another user"
        return Done(succeeded=False, detail=why, retryable=False)
    except OSError as error:
        return Done(succeeded=False, detail=f"cannot send {signal} to pid {pid}: {error.strerror}")
    if not delivered:
        why = f"cannot send {signal} to pid {pid}: it is another process now"
        return Done(succeeded=False, detail=why, retryable=False)
    return Done(succeeded=True, detail=f"{signal} sent to pid {pid}")


def _deliver(pid: int, started: float, number: signals.Signals) -> bool:
    """False when the pid belongs to another process. Raises ProcessLookupError when there is none."""
    if not hasattr(signals, "pidfd_send_signal"):
        return _check(pid, started) and _kill(pid, number)
    handle = os.pidfd_open(pid)
    try:
        if not _check(pid, started):
            return False
        signals.pidfd_send_signal(handle, number)
        return True
    finally:
        os.close(handle)


def _kill(pid: int, number: signals.Signals) -> bool:
    os.kill(pid, number)
    return True


def _check(pid: int, started: float) -> bool:
    found = started_of(pid)
    if found is None:
        raise ProcessLookupError
    if not same_start(found, started):
        return False
    if is_zombie(pid):
        raise ProcessLookupError
    return True


def _kill_descendants(tree: Sequence[Identity], done: Done) -> Done:
    spared: list[str] = []
    for _ in range(TREE_ROUNDS):
        if not tree:
            break
        grown = _descendants(tree)
        spared += [str(pid) for pid, started in tree if not _kill_descendant(pid, started)]
        tree = [one for one in grown if one not in tree]
    if not spared:
        return done
    why = f"{done.detail}; cannot kill its children {', '.join(spared)}: not permitted"
    return Done(succeeded=False, detail=why, retryable=False)


def _kill_descendant(pid: int, started: float) -> bool:
    """False when it lives on. One that is gone, its pid used again or not, is as dead as was wanted."""
    try:
        _deliver(pid, started, signals.SIGKILL)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return True


def _descendants(roots: Sequence[Identity]) -> list[Identity]:
    found: dict[int, float] = {}
    for pid, started in roots:
        actual = started_of(pid)
        if actual is None or not same_start(actual, started):
            continue
        found.update(_below(pid))
    return [one for one in found.items() if not _refusal(one[0])]


def _below(pid: int) -> dict[int, float]:
    try:
        children = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return {}
    starts = {child.pid: started_of(child.pid) for child in children}
    return {pid: start for pid, start in starts.items() if start is not None}
