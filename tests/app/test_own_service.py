"""Who sees to it that the resident lives: what its service says decides, and a person's stop holds."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.acceptance.host import LIMIT_S, Host, hang, hosted
from tests.doubles.service_bench import eventually

from selfheal.app import own_service
from selfheal.app.own_service import Care, keep_alive
from selfheal.app.places import lock_path
from selfheal.config.load import load
from selfheal.config.settings import Settings
from selfheal.core.actions import Signal
from selfheal.core.facts import ManagerState
from selfheal.core.instants import Wall
from selfheal.ports.service import Done
from selfheal.store.lock import Holder, ResidentLock, holder, left_by


@dataclass
class Manager:
    """`lock`: taken by the resident that a start begins; None: it ends at once."""

    says: ManagerState
    lock: ResidentLock | None = None
    done: Done = Done(succeeded=True)  # noqa: RUF009 -- frozen
    name: str = "the unit x.service"
    starts: int = 0
    looks: list[str] = field(default_factory=list)

    async def state(self) -> ManagerState:
        return self.says

    async def start(self, timeout_s: float) -> Done:
        assert timeout_s > 0
        self.starts += 1
        if self.lock is not None and self.done.succeeded:
            self.lock.acquire(Holder(os.getpid(), Wall(1), "1", ""))
        return self.done

    async def signal(self, pid: int, started: float, signal: Signal) -> Done:
        raise NotImplementedError

    def exit_code(self, pid: int) -> int | None:
        raise NotImplementedError


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(None, {"HOME": str(tmp_path)})


@pytest.fixture
def lock(settings: Settings) -> Iterator[ResidentLock]:
    made = ResidentLock(lock_path(settings))
    settings.state_dir.mkdir(parents=True)
    yield made
    made.release()


def at_once(limit_s: float, done: object) -> bool:
    assert limit_s > 0
    assert callable(done)
    return bool(done())


@pytest.mark.parametrize(
    "says", [ManagerState.FAILED, ManagerState.RESTARTING, ManagerState.RUNNING, ManagerState.STOPPING]
)
def test_a_service_that_does_not_bring_it_back_is_started_once(
    settings: Settings, lock: ResidentLock, says: ManagerState
) -> None:
    manager = Manager(says, lock)
    cared = keep_alive(settings, [Manager(ManagerState.NONE), manager], within=at_once)
    assert (cared.care, cared.pid, manager.starts) == (Care.STARTED, os.getpid(), 1)


def test_what_a_person_stopped_stays_so(settings: Settings, lock: ResidentLock) -> None:
    manager = Manager(ManagerState.STOPPED, lock)
    assert keep_alive(settings, [manager], within=at_once).care is Care.STOPPED
    assert manager.starts == 0


@pytest.mark.parametrize("says", [ManagerState.NONE, ManagerState.UNKNOWN])
def test_without_a_service_nothing_is_started(
    settings: Settings, lock: ResidentLock, says: ManagerState
) -> None:
    manager = Manager(says, lock)
    assert keep_alive(settings, [manager], within=at_once).care is Care.NO_SERVICE
    assert manager.starts == 0


AWAY = [ManagerState.NONE, ManagerState.UNKNOWN]


def killed(lock: Path) -> None:
    """A resident: it says no more that it ends."""
    dead = Holder(4_000_000, Wall(1), "1", "selfheal run")
    lock.write_text(json.dumps(dead._asdict()))


@pytest.mark.parametrize("says", AWAY)
def test_without_a_service_one_that_was_killed_is_missed(
    settings: Settings, lock: ResidentLock, says: ManagerState
) -> None:
    killed(lock_path(settings))
    cared = keep_alive(settings, [Manager(says)], within=at_once)
    assert cared.care is Care.FAILED
    assert "pid 4000000" in cared.detail
    assert "the unit x.service" in cared.detail
    with lock.held_by(Holder(os.getpid(), Wall(1), "1", "")):
        assert keep_alive(settings, [Manager(says)], slack_s=1e12).care is Care.LIVES
    assert keep_alive(settings, [Manager(says)], within=at_once).care is Care.NO_SERVICE


@pytest.mark.parametrize("says", AWAY)
def test_without_a_service_one_that_was_killed_may_come_again_by_others(
    settings: Settings, lock: ResidentLock, says: ManagerState
) -> None:
    killed(lock_path(settings))

    def comes(limit_s: float, done: object) -> bool:
        lock.acquire(Holder(os.getpid(), Wall(1), "1", ""))
        return at_once(limit_s, done)

    cared = keep_alive(settings, [Manager(says)], within=comes)
    assert (cared.care, cared.pid) == (Care.STARTED, os.getpid())


@pytest.mark.parametrize(
    ("known", "missed", "waits"),
    [
        ([], False, [own_service.SOON_S]),
        ([Manager(ManagerState.NONE)], False, [own_service.SOON_S]),
        ([Manager(ManagerState.NONE), Manager(ManagerState.UNKNOWN)], False, [own_service.COMES_S]),
        ([Manager(ManagerState.UNKNOWN)], True, []),
    ],
)
def test_who_might_bring_it_back_is_waited_for_once_and_long_only_where_it_may_be_a_manager(
    settings: Settings, known: list[Manager], missed: bool, waits: list[float]
) -> None:
    settings.state_dir.mkdir(parents=True)
    killed(lock_path(settings))
    waited = []

    def within(limit_s: float, done: object) -> bool:
        waited.append(limit_s)
        return at_once(limit_s, done)

    assert keep_alive(settings, known, within=within, missed=missed).care is Care.FAILED
    assert waited == waits


def test_where_no_manager_runs_none_is_asked(settings: Settings, tmp_path: Path) -> None:
    assert own_service.services(settings, {"PATH": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)}) == []


def test_a_start_that_fails_is_said_with_its_reason(settings: Settings) -> None:
    refused = Manager(ManagerState.FAILED, done=Done(succeeded=False, detail="bad-setting"))
    cared = keep_alive(settings, [refused], within=at_once)
    assert (cared.care, cared.pid) == (Care.FAILED, None)
    assert "bad-setting" in cared.detail


def test_a_start_after_which_nobody_watches_has_failed(settings: Settings) -> None:
    cared = keep_alive(settings, [Manager(ManagerState.FAILED)], within=at_once)
    assert cared.care is Care.FAILED
    assert "x.service" in cared.detail


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with hosted(tmp_path / "home") as made:
        yield made


def test_a_check_in_the_place_of_one_that_was_killed_leaves_it_missed(host: Host) -> None:
    lock = lock_path(load(host.home.config, host.home.environ))
    told = host.resident()
    host.well()
    told.terminate()
    assert told.wait(LIMIT_S) == 0
    assert left_by(lock) is None
    killed = host.resident()
    host.until(resident=True)
    killed.kill()
    killed.wait(LIMIT_S)
    host.call("check", "--observe")
    said = left_by(lock)
    assert said is not None
    assert said.pid == killed.pid


HANGS_AT_ITS_END = """
import os, sys, time
from pathlib import Path
from types import SimpleNamespace
from selfheal.app import serve
from selfheal.app.locking import KeptLock, this_process
from selfheal.store.lock import ResidentLock
lock = ResidentLock(Path(sys.argv[1]))
lock.acquire(this_process())
serve._end(SimpleNamespace(stop=lambda: None), KeptLock(lock, None), in_time=True)
time.sleep(600)
"""


def test_one_that_is_told_to_end_and_hangs_takes_leave_before_it_is_gone(tmp_path: Path) -> None:
    lock = tmp_path / "resident.lock"
    done = subprocess.run([sys.executable, "-c", HANGS_AT_ITS_END, str(lock)], check=False, timeout=LIMIT_S)
    assert (done.returncode, left_by(lock), lock.exists()) == (0, None, True)


def test_a_stuck_one_is_ended_and_started_again_and_its_gateway_left_alone(host: Host) -> None:
    resident = host.resident()
    gateway = host.well()
    settings = load(host.home.config, host.home.environ)
    manager = Manager(ManagerState.FAILED)
    assert keep_alive(settings, [manager]).care is Care.LIVES
    hang(resident)
    said = holder(lock_path(settings))
    assert said is not None
    cared = keep_alive(settings, [manager], slack_s=-1e9, within=at_once)
    assert (cared.care, cared.ended, manager.starts) == (Care.FAILED, resident.pid, 1)
    assert resident.wait(LIMIT_S) == -signal.SIGKILL
    eventually(lambda: holder(lock_path(settings)) is None)
    assert host.home.living() == [gateway]
