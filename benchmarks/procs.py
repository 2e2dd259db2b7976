"""Memory and processor time of processes, as the kernel counts them in /proc."""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

KB_PER_MB = 1024
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Memory:
    rss_mb: float
    pss_mb: float


def memory_of(pids: Iterable[int]) -> Memory:
    rss_kb = pss_kb = 0
    for pid in pids:
        fields = _smaps(pid)
        rss_kb += fields.get("Rss", 0)
        pss_kb += fields.get("Pss", 0)
    return Memory(rss_kb / KB_PER_MB, pss_kb / KB_PER_MB)


def cpu_s(pids: Iterable[int]) -> float:
    """User and system time, and that of their children which were waited for."""
    return sum(_ticks(pid) for pid in pids) / TICKS_PER_S


def tree(root: int, *, without: int | None = None) -> list[int]:
    """`root` and all below it, but for the branch that begins at `without`."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents().items():
        children.setdefault(parent, []).append(pid)
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        if pid != without:
            found.append(pid)
            waiting.extend(children.get(pid, ()))
    return found


def _parents() -> dict[int, int]:
    found = {}
    for one in Path("/proc").iterdir():
        if one.name.isdigit():
            with suppress(OSError):
                found[int(one.name)] = int(_stat(int(one.name))[1])
    return found


def _ticks(pid: int) -> int:
    try:
        return sum(int(field) for field in _stat(pid)[11:15])
    except OSError:
        return 0


def _stat(pid: int) -> list[str]:
    """The fields from the third on: the second is a name that may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()


def _smaps(pid: int) -> dict[str, int]:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()[1:]
    except OSError:
        return {}
    return {line.split(":")[0]: int(line.split()[1]) for line in lines}
