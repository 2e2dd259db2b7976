"""The table of macOS and the BSDs. psutil works on Linux too, so its logic is tested wherever we are."""

import os
import socket
import subprocess
from collections.abc import Iterator

import pytest

from selfheal.gateway.proctable import LinuxTable, ProcessTable, host_table
from selfheal.gateway.psutiltable import PsutilTable

TABLES: list[ProcessTable] = [PsutilTable(), host_table()]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: type(table).__name__)
def test_a_listener_and_its_holder(table: ProcessTable) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        assert table.listeners(port) == frozenset()
        listener.listen()
        tokens = table.listeners(port)
        assert tokens
        assert table.holders(tokens, (os.getpid(), os.getppid())) == {os.getpid()}
    assert table.listeners(port) == frozenset()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"], cwd="/", env={"A": "b"}) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: type(table).__name__)
def test_a_process_and_its_end(table: ProcessTable, sleeper: subprocess.Popen[bytes]) -> None:
    pid = sleeper.pid
    row = table.read(pid)
    assert row is not None
    assert (row.ppid, row.comm) == (os.getpid(), "sleep")
    assert table.argv(pid) == ("sleep", "600")
    assert (table.environment(pid), table.cwd(pid)) == ({"A": "b"}, "/")
    sleeper.kill()
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    zombie = table.read(pid)
    assert zombie is not None
    assert (zombie.state, zombie.pid) == ("Z", pid)
    sleeper.wait()
    assert table.read(pid) is None
    assert table.argv(pid) == ()
    assert table.open_files(pid) == frozenset()


def test_linux_sees_its_own_open_files() -> None:
    table = host_table()
    if not isinstance(table, LinuxTable):
        pytest.skip("psutil lists regular files only, and of one's own processes")
    with open(__file__) as file:  # noqa: PTH123  a descriptor is all that is meant
        assert file.name in table.open_files(os.getpid())
