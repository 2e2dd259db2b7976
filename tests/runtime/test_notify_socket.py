"""What systemd hears, on a real datagram socket."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from selfheal.runtime.notify_socket import NotifySocket

PATIENCE_S = 10.0
TOO_MANY = 2_000  # more messages than any kernel queues for a reader that does not read


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(PATIENCE_S)
        yield ear


def heard(ear: socket.socket) -> list[str]:
    ear.setblocking(False)
    lines = []
    while True:
        try:
            lines.append(ear.recv(4096).decode())
        except BlockingIOError:
            return lines


def test_ready_reloading_and_stopping(systemd: socket.socket) -> None:
    notify = NotifySocket({"NOTIFY_SOCKET": systemd.getsockname()})
    notify.ready()
    notify.reloading(17)
    notify.ready()
    notify.stopping()
    assert heard(systemd) == ["READY=1", "RELOADING=1\nMONOTONIC_USEC=17", "READY=1", "STOPPING=1"]


def test_a_status_is_said_when_it_changes(systemd: socket.socket) -> None:
    notify = NotifySocket({"NOTIFY_SOCKET": systemd.getsockname()})
    for text in ("main well", "main well", "main absent, incident #1", "main well"):
        notify.status(text)
    assert heard(systemd) == ["STATUS=main well", "STATUS=main absent, incident #1", "STATUS=main well"]


def test_the_watchdog_is_fed_where_there_is_one(systemd: socket.socket) -> None:
    address = systemd.getsockname()
    fed = NotifySocket({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "20000000"})
    mine = NotifySocket(
        {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "3000000", "WATCHDOG_PID": str(os.getpid())}
    )
    assert (fed.watchdog_s, mine.watchdog_s) == (20.0, 3.0)
    fed.alive()
    mine.alive()
    assert heard(systemd) == ["WATCHDOG=1", "WATCHDOG=1"]


@pytest.mark.parametrize(
    "watchdog", [{}, {"WATCHDOG_USEC": "never"}, {"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}]
)
def test_a_watchdog_that_is_not_meant_for_us(systemd: socket.socket, watchdog: dict[str, str]) -> None:
    notify = NotifySocket({"NOTIFY_SOCKET": systemd.getsockname()} | watchdog)
    notify.alive()
    assert notify.watchdog_s is None
    assert heard(systemd) == []


def test_an_abstract_address() -> None:
    name = f"selfheal-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("\0" + name)
        NotifySocket({"NOTIFY_SOCKET": f"@{name}"}).ready()
        assert heard(ear) == ["READY=1"]


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/nowhere/at/all"}])
def test_silent_where_nobody_listens(environ: dict[str, str]) -> None:
    notify = NotifySocket(environ)
    notify.ready()
    notify.status("well")
    notify.stopping()


def test_a_manager_that_does_not_read_cannot_hold_us_up(systemd: socket.socket) -> None:
    notify = NotifySocket({"NOTIFY_SOCKET": systemd.getsockname()})

    def talk() -> None:
        for number in range(TOO_MANY):
            notify.status(str(number))
            if quiet.is_set():
                return

    quiet = threading.Event()
    talker = threading.Thread(target=talk, daemon=True)
    talker.start()
    talker.join(1.0)
    quiet.set()
    talker.join(1.0)
    assert not talker.is_alive()
