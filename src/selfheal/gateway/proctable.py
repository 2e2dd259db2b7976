"""The host's processes and listeners: straight from /proc on Linux, by psutil elsewhere.

Each question costs as little as it can: `ids` and `read` for many, `argv`, `open_files` and `environment` for
the few processes that may matter. A process that ends while we look is simply not there.
"""

import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Protocol

from selfheal.gateway.lastwords import without_secrets

LISTEN = "0A"
LOOPBACK_OR_ANY = frozenset(
    {
        "0100007F",  # 127.0.0.1
        "00000000",  # 0.0.0.0
        "0" * 32,  # ::
        "0000000000000000FFFF00000100007F",  # ::ffff:127.0.0.1
    },
)
COMMAND_MAX = 200  # characters of a command that are shown to a person


@dataclass(frozen=True, slots=True)
class Row:
    """One process. `started`: seconds since boot on Linux, unix seconds elsewhere. `comm` has 15 bytes."""

    pid: int
    ppid: int
    comm: str
    state: str  # the kernel's letter: R S D T t Z X I; D for one that is dying (see `_state`)
    started: float


GONE = frozenset("ZXx")
HALTED = frozenset("Tt")


class ProcessTable(Protocol):
    @property
    def ticks_per_s(self) -> int:
        """The unit of start times in the gateway's lock file."""
        ...

    def ids(self) -> Iterator[int]: ...

    def read(self, pid: int) -> Row | None: ...

    def age_s(self, row: Row) -> float: ...

    def slept_s(self) -> float:
        """Seconds that the host has slept since it booted."""
        ...

    def booted(self) -> float:
        """When this host booted, in unix seconds of the wall clock as it stands now."""
        ...

    def argv(self, pid: int) -> tuple[str, ...]: ...

    def environment(self, pid: int) -> Mapping[str, str] | None:
        """None where we may not look."""
        ...

    def cwd(self, pid: int) -> str: ...

    def open_files(self, pid: int) -> frozenset[str]: ...

    def listeners(self, port: int) -> frozenset[str]:
        """Tokens of the sockets that take connections to 127.0.0.1:port; empty: nobody listens."""
        ...

    def holders(self, tokens: frozenset[str], pids: Iterable[int]) -> frozenset[int]:
        """Which of `pids` have one of these sockets open."""
        ...

    def same_world(self, pid: int) -> bool:
        """False for a process in a container of its own, whose paths mean something else."""
        ...


# Path objects cost more than the reads themselves: a look goes through every process of the host.
# ruff: noqa: PTH115, PTH208


class LinuxTable:
    """`root` is /proc, or a copy of one in a test."""

    def __init__(self, root: str = "/proc") -> None:
        self._root = root
        self.ticks_per_s = os.sysconf("SC_CLK_TCK")
        self._pid_namespace = self._link("self/ns/pid")

    def ids(self) -> Iterator[int]:
        return (int(name) for name in os.listdir(self._root) if name.isdigit())

    def read(self, pid: int) -> Row | None:
        text = self._text(f"{pid}/stat")
        head, closed, tail = text.rpartition(")")
        if not closed:
            return None
        fields = tail.split()
        started = int(fields[19]) / self.ticks_per_s
        return Row(pid, int(fields[1]), head.partition("(")[2], _state(fields[0], int(fields[17])), started)

    def age_s(self, row: Row) -> float:
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - row.started)

    def slept_s(self) -> float:
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic())

    def booted(self) -> float:
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)

    def argv(self, pid: int) -> tuple[str, ...]:
        return tuple(part for part in self._text(f"{pid}/cmdline").split("\0") if part)

    def environment(self, pid: int) -> Mapping[str, str] | None:
        text = self._text(f"{pid}/environ")
        pairs = (part.partition("=") for part in text.split("\0") if "=" in part)
        return {name: value for name, _, value in pairs} if text else None

    def cwd(self, pid: int) -> str:
        return self._link(f"{pid}/cwd")

    def open_files(self, pid: int) -> frozenset[str]:
        folder = f"{self._root}/{pid}/fd"
        try:
            names = os.listdir(folder)
        except OSError:
            return frozenset()
        return frozenset(self._link(f"{pid}/fd/{name}") for name in names)

    def listeners(self, port: int) -> frozenset[str]:
        ending = f":{port:04X}"
        return frozenset(
            f"socket:[{fields[9]}]"
            for name in ("net/tcp", "net/tcp6")
            for fields in map(str.split, self._lines(name, ending))
            if fields[3] == LISTEN and fields[1].endswith(ending) and fields[1][:-5] in LOOPBACK_OR_ANY
        )

    def holders(self, tokens: frozenset[str], pids: Iterable[int]) -> frozenset[int]:
        return frozenset(pid for pid in pids if not tokens.isdisjoint(self.open_files(pid)))

    def same_world(self, pid: int) -> bool:
        theirs = self._link(f"{pid}/ns/pid")
        return not theirs or theirs == self._pid_namespace

    def _lines(self, name: str, mark: str) -> list[str]:
        return [line for line in self._text(name).splitlines() if mark in line]

    def _text(self, name: str) -> str:
        try:
            descriptor = os.open(f"{self._root}/{name}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return ""
        try:
            return self._drain(descriptor).decode(errors="replace")
        except OSError:
            return ""
        finally:
            os.close(descriptor)

    @staticmethod
    def _drain(descriptor: int) -> bytes:
        parts = []
        while part := os.read(descriptor, 65536):
            parts.append(part)
        return b"".join(parts)

    def _link(self, name: str) -> str:
        try:
            return os.readlink(f"{self._root}/{name}")
        except OSError:
            return ""


def _state(letter: str, threads: int) -> str:
    """A killed process is called a zombie as soon as its first thread has ended, while the others still hold
    its memory and its port: 80 ms for a gateway on a quiet host, seconds on a busy one. It is not gone yet.
    """
    return "D" if letter in GONE and threads > 1 else letter


def host_table() -> ProcessTable:
    if sys.platform == "linux" and Path("/proc/self/stat").exists():
        return LinuxTable()
    from selfheal.gateway.psutiltable import PsutilTable  # noqa: PLC0415  a megabyte that Linux does without

    return PsutilTable()


def describe(table: ProcessTable, pid: int) -> str:
    """A process for a person: its command up to the first option, for what follows may be a secret."""
    program, *rest = " ".join(table.argv(pid)).split() or [""]
    words = [program, *takewhile(lambda word: not word.startswith("-"), rest)]
    return without_secrets(" ".join(words))[:COMMAND_MAX]
