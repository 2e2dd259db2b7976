"""Who holds a lock for certain, whether it still wakes, and its end: its own alone."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from tests.doubles.service_bench import LIMIT_S, eventually

from selfheal.app.lock_owner import BUSY_S, LOOK_S, SILENT_S, has_ended, is_it, is_stuck, tell
from selfheal.core.actions import Signal
from selfheal.store.lock import UNKNOWN, Holder, holder

PROGRAM = """
import os, subprocess, sys, time
from pathlib import Path
from selfheal.services.identity import started_of
from selfheal.store.lock import Holder, ResidentLock
with ResidentLock(Path(sys.argv[1])).held_by(Holder(os.getpid(), 1.0, "1", "", born=started_of(os.getpid()))):
    child = subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL, start_new_session=True)
    print(child.pid, flush=True)
    while True:
        if sys.argv[2] == "wakes":
            time.sleep(0.02)
"""
SHORT_S = 0.2  # instead of each second between two looks
Start = Callable[[str], tuple[Holder, Path]]


def shortly(seconds: float) -> None:
    assert seconds == LOOK_S
    time.sleep(SHORT_S)


def hardly(_: float) -> None:
    time.sleep(SHORT_S / 5)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A process that holds the lock, and has a child in a session of its own, as a gateway is."""
    children: list[int] = []
    started: list[subprocess.Popen[str]] = []

    def one(how: str) -> tuple[Holder, Path]:
        lock = tmp_path / "resident.lock"
        command = [sys.executable, "-c", PROGRAM, str(lock), how]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        children.append(int(process.stdout.readline()))
        threading.Thread(target=process.wait, daemon=True).start()
        said = holder(lock)
        assert said is not None
        return said, lock

    yield one
    for child in children:
        os.kill(child, signal.SIGKILL)
    for process in started:
        process.kill()
        process.communicate()


def stop(said: Holder) -> psutil.Process:
    process = psutil.Process(said.pid)
    process.send_signal(signal.SIGSTOP)
    eventually(lambda: process.status() == psutil.STATUS_STOPPED, LIMIT_S)
    return process


def child_of(said: Holder) -> psutil.Process:
    (child,) = psutil.Process(said.pid).children()
    return child


def test_it_is_known_for_certain_or_not_at_all(start: Start, tmp_path: Path) -> None:
    said, lock = start("wakes")
    child = child_of(said)
    assert said.born is not None
    assert is_it(said, lock)
    others = {
        "a later one of that pid": said._replace(born=said.born + 1.0),
        "it does not say when it began": said._replace(born=None),
        "another program": said._replace(pid=child.pid, born=None),
        "nobody": UNKNOWN,
        "ourselves": said._replace(pid=psutil.Process().pid),
    }
    for why, other in others.items():
        assert not is_it(other, lock), why
        assert not tell(other, lock, Signal.KILL).succeeded, why
        assert not has_ended(other, lock), why
        assert not is_stuck(other, lock, shortly), why
    assert not is_it(said, tmp_path / "up.lock"), "it holds another lock"
    assert holder(lock) == said
    assert child.is_running()


def test_one_that_wakes_is_not_stuck(start: Start) -> None:
    said, lock = start("wakes")
    assert not is_stuck(said, lock, shortly)


def test_one_that_was_stopped_is_stuck_and_ended_alone(start: Start) -> None:
    said, lock = start("wakes")
    child = child_of(said)
    stop(said)
    begun = time.monotonic()
    assert is_stuck(said, lock, shortly)
    assert time.monotonic() - begun >= SILENT_S * SHORT_S
    assert has_ended(said, lock)
    assert holder(lock) is None
    assert child.is_running(), "the gateway is not to end with it"


def test_one_that_goes_on_meanwhile_is_left_alone(start: Start) -> None:
    said, lock = start("wakes")
    process = stop(said)
    threading.Timer(SILENT_S * SHORT_S / 2, process.send_signal, (signal.SIGCONT,)).start()
    assert not is_stuck(said, lock, shortly)


def test_one_that_works_without_a_pause_is_given_more_time(start: Start) -> None:
    said, lock = start("works")
    begun = time.monotonic()
    assert is_stuck(said, lock, hardly)
    assert time.monotonic() - begun >= BUSY_S * SHORT_S / 5


def test_a_host_that_stalls_proves_nothing(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    said, lock = start("wakes")
    stop(said)
    clock = [0.0]

    def late(_: float) -> None:
        clock[0] += 10.0

    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    assert not is_stuck(said, lock, late)


def test_it_is_told_to_end_in_its_own_way(start: Start) -> None:
    said, lock = start("wakes")
    assert tell(said, lock, Signal.TERM).succeeded
    assert eventually(lambda: holder(lock) is None, LIMIT_S)
