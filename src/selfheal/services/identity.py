"""One process for certain: a pid and the kernel's start time. Asked for the few processes that we touch."""

import os
import sys
from pathlib import Path

import psutil

TOLERANCE_S = 0.005  # half a clock tick: two readings of one process are the same number
LINUX = sys.platform.startswith("linux")


def started_of(pid: int) -> float | None:
    """The start time as `GatewayProcess.started` has it, None when there is no such process.

    A zombie still has one: it is dead, but its pid is not free yet.
    """
    return _started_on_linux(pid) if LINUX else _started_elsewhere(pid)


def same_start(one: float, other: float) -> bool:
    return abs(one - other) < TOLERANCE_S


def lives(pid: int, started: float) -> bool:
    """Whether exactly that process is there and is no zombie."""
    found = started_of(pid)
    return found is not None and same_start(found, started) and not is_zombie(pid)


def is_zombie(pid: int) -> bool:
    """Ended in all its threads: one whose first thread alone has ended still holds its memory and sockets."""
    try:
        process = psutil.Process(pid)
        return process.status() == psutil.STATUS_ZOMBIE and process.num_threads() <= 1
    except psutil.ZombieProcess:
        return True
    except psutil.NoSuchProcess:
        return False
    except psutil.Error:
        return False  # not ours to look at, but it is there


def start_field(stat: str) -> int | None:
    """Field 22 of /proc/PID/stat in clock ticks; the program's name in it may hold blanks and brackets."""
    fields = stat.rpartition(")")[2].split()
    return int(fields[19]) if len(fields) > 19 and fields[19].isdigit() else None  # noqa: PLR2004 -- proc(5)


def seconds(ticks: int) -> float:
    return ticks / os.sysconf("SC_CLK_TCK")


def boot_id() -> str:
    """Names this boot of the host; empty where the kernel has no such name."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _started_on_linux(pid: int) -> float | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    ticks = start_field(stat)
    return None if ticks is None else seconds(ticks)


def _started_elsewhere(pid: int) -> float | None:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None
