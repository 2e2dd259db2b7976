"""How a delivery process names itself in what it claims, and whether who is named there still lives.

It is a pid, with the kernel's start time and the boot in which both mean something. A pid of another
container says nothing here: of such a claim nobody knows, and its time has to run out.
"""

import json
import os
from pathlib import Path

from selfheal.services.identity import boot_id, lives, started_of

_SPACE = Path("/proc/self/ns/pid")


def me() -> str:
    """Empty where the kernel does not say when we began."""
    started = started_of(os.getpid())
    return "" if started is None else json.dumps([os.getpid(), started, boot_id(), _space()])


def may_live(said: str) -> bool:
    """Whether the process that called itself so may still be at work. It is dead for certain if not."""
    try:
        pid, started, boot, space = json.loads(said)
    except (ValueError, TypeError):
        return True
    if boot != boot_id():
        return False
    return space != _space() or lives(pid, started)


def _space() -> str:
    """Within which a pid has its meaning; empty where there is but one."""
    try:
        return str(_SPACE.readlink())
    except OSError:
        return ""
