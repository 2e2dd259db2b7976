"""Death and hang: from the fault to its detection, and to serving again."""

import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.contenders.base import Contender, Detection
from benchmarks.serving import NeverServedError

GONE_S = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Seconds since the fault; None: it did not come to that within the time that was given."""

    detected_s: float | None
    serving_s: float | None
    told_s: float
    """When the fault was done: for a death, when the kernel told us of it."""


def kill(contender: Contender, limit_s: float) -> Outcome:
    pid = _gateway(contender)
    end = os.pidfd_open(pid)
    try:
        return _after(contender, contender.expect_death(), lambda: _kill_and_wait(pid, end), limit_s)
    finally:
        os.close(end)


def freeze(contender: Contender, limit_s: float) -> Outcome:
    pid = _gateway(contender)
    return _after(contender, contender.expect_hang(), lambda: os.kill(pid, signal.SIGSTOP), limit_s)


def _after(contender: Contender, detection: Detection, fault: Callable[[], None], limit_s: float) -> Outcome:
    at = time.monotonic()
    fault()
    told_s = time.monotonic() - at
    serving_s: float | None
    try:
        serving_s = contender.caller.await_serving(contender.nest.port, limit_s) - at
    except NeverServedError:
        serving_s = None
    detected = detection()
    return Outcome(None if detected is None else detected - at, serving_s, told_s)


def _kill_and_wait(pid: int, end: int) -> None:
    """Until it is gone, so that none of its last answers is taken for that of its successor."""
    os.kill(pid, signal.SIGKILL)
    select.select([end], [], [], GONE_S)


def _gateway(contender: Contender) -> int:
    pid = contender.nest.gateway_pid()
    if pid is None:
        raise NeverServedError("its gateway is gone")
    return pid
