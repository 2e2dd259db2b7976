"""The host's processes on macOS and the BSDs, by psutil."""

import socket
import time
from collections.abc import Iterable, Iterator, Mapping

import psutil

from selfheal.gateway.proctable import Row

CONNECT_TIMEOUT_S = 0.2
LETTERS: Mapping[str, str] = {psutil.STATUS_ZOMBIE: "Z", psutil.STATUS_STOPPED: "T", psutil.STATUS_DEAD: "X"}


class PsutilTable:
    """A socket's token is its port: whose it is shows only in the sockets of each process."""

    ticks_per_s = 1

    def ids(self) -> Iterator[int]:
        return iter(psutil.pids())

    def read(self, pid: int) -> Row | None:
        try:
            process = psutil.Process(pid)
            with process.oneshot():
                letter = LETTERS.get(process.status(), "S")
                return Row(pid, process.ppid(), process.name()[:15], letter, process.create_time())
        except psutil.ZombieProcess:
            return Row(pid, 0, "", "Z", 0.0)
        except psutil.Error:
            return None

    def age_s(self, row: Row) -> float:
        return max(0.0, time.time() - row.started)

    def slept_s(self) -> float:
        return max(0.0, time.clock_gettime(time.CLOCK_MONOTONIC) - time.monotonic())

    def booted(self) -> float:
        return psutil.boot_time()

    def argv(self, pid: int) -> tuple[str, ...]:
        try:
            return tuple(part for part in psutil.Process(pid).cmdline() if part)
        except (psutil.Error, OSError):
            return ()

    def environment(self, pid: int) -> Mapping[str, str] | None:
        try:
            return psutil.Process(pid).environ()
        except (psutil.Error, OSError):
            return None

    def cwd(self, pid: int) -> str:
        try:
            return psutil.Process(pid).cwd()
        except (psutil.Error, OSError):
            return ""

    def open_files(self, pid: int) -> frozenset[str]:
        try:
            return frozenset(file.path for file in psutil.Process(pid).open_files())
        except (psutil.Error, OSError):
            return frozenset()

    def listeners(self, port: int) -> frozenset[str]:
        return frozenset({str(port)}) if self._answers(port) else frozenset()

    def holders(self, tokens: frozenset[str], pids: Iterable[int]) -> frozenset[int]:
        ports = {int(token) for token in tokens}
        return frozenset(pid for pid in pids if ports and self._listens(pid, ports))

    def same_world(self, pid: int) -> bool:
        return pid > 0

    @staticmethod
    def _answers(port: int) -> bool:
        with socket.socket() as probe:
            probe.settimeout(CONNECT_TIMEOUT_S)
            return probe.connect_ex(("127.0.0.1", port)) == 0

    @staticmethod
    def _listens(pid: int, ports: set[int]) -> bool:
        try:
            connections = psutil.Process(pid).net_connections("tcp")
        except (psutil.Error, OSError):
            return False
        return any(one.status == psutil.CONN_LISTEN and one.laddr[1] in ports for one in connections)
