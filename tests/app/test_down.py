"""`down` ends the sandbox's gateway, wherever its record lies, and never the user's own."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from tests.doubles.service_bench import LIMIT_S, eventually

from selfheal.app.down import bring_down
from selfheal.app.places import gateway_log, lock_path, sandbox_dir
from selfheal.app.sandboxed import up_lock, watched_by_up
from selfheal.app.spare import spare_folder
from selfheal.config.load import load
from selfheal.config.settings import Settings, Target
from selfheal.core.instants import Wall
from selfheal.services.child import OwnChild
from selfheal.services.identity import lives
from selfheal.services.record import Child
from selfheal.store.lock import Holder, holder
from selfheal.texts.describe import say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language

COMMAND = ("/bin/sleep", "600")
ME = Holder(os.getpid(), Wall(0.0), "1", "up")
HOLDER = """
import os, sys, time
from pathlib import Path
from selfheal.services.identity import started_of
from selfheal.store.lock import Holder, ResidentLock
me = Holder(os.getpid(), 0.0, "1", "", born=started_of(os.getpid()))
with ResidentLock(Path(sys.argv[1])).held_by(me):
    print("held", flush=True)
    time.sleep(600)
"""
Hold = Callable[[Path], subprocess.Popen[str]]


class Rooms:
    def __init__(self, folder: Path) -> None:
        self.settings: Settings = replace(load(None, {"HOME": str(folder)}), language="en")
        (self.user,) = self.settings.targets
        inside = sandbox_dir(self.settings) / "home" / ".openclaw"
        inside.mkdir(parents=True)
        self.sandbox: Target = replace(self.user, state_dir=inside)
        self.started: list[tuple[OwnChild, Child]] = []

    def start(self, target: Target, folder: Path | None = None) -> Child:
        own = OwnChild(COMMAND, {"PATH": os.defpath}, Path("/"), gateway_log(self.settings, target, folder))
        assert asyncio.run(own.start(10.0)).succeeded
        child = own.child()
        assert child is not None
        self.started.append((own, child))
        return child

    def living(self) -> list[Child]:
        for own, child in self.started:
            own.exit_code(child.pid)  # takes its end, as its parent
        return [child for _, child in self.started if lives(child.pid, child.started)]


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rooms]:
    (tmp_path / "run").mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    made = Rooms(tmp_path)
    yield made
    for child in made.living():
        os.kill(child.pid, signal.SIGKILL)


@pytest.fixture
def hold() -> Iterator[Hold]:
    """Starts another process that holds a lock as long as it lives."""
    started: list[subprocess.Popen[str]] = []

    def start(lock: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen([sys.executable, "-c", HOLDER, lock], stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        threading.Thread(target=process.wait, daemon=True).start()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def said(label: Label, **values: object) -> str:
    return say(label, Language.EN, **values) + "\n"


def test_without_a_sandbox_there_is_nothing_to_stop(rooms: Rooms, capsys: pytest.CaptureFixture[str]) -> None:
    assert bring_down(rooms.settings) == 0
    assert capsys.readouterr().out == said(Label.NOTHING_TO_STOP)


def test_the_up_of_the_sandbox_is_ended_though_its_gateway_is_dead(
    rooms: Rooms, hold: Hold, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = hold(up_lock(rooms.settings))
    assert bring_down(rooms.settings) == 0
    assert watch.wait(LIMIT_S) == -signal.SIGTERM
    assert capsys.readouterr().out == said(Label.WATCH_ENDED, pid=watch.pid) + said(Label.NO_GATEWAY_RAN)


def test_a_resident_that_is_not_the_sandboxs_up_is_left_alone_and_named(
    rooms: Rooms, hold: Hold, capsys: pytest.CaptureFixture[str]
) -> None:
    other = hold(lock_path(rooms.settings))
    child = rooms.start(rooms.sandbox)
    assert bring_down(rooms.settings) == 0
    assert other.poll() is None
    assert eventually(lambda: rooms.living() == [])
    expected = said(Label.STOPPED, pid=child.pid) + said(Label.OTHER_WATCH_STAYS, pid=other.pid)
    assert capsys.readouterr().out == expected


def test_whom_an_old_text_of_the_lock_names_is_left_alone(
    rooms: Rooms, hold: Hold, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its pid may be anybody's by now."""
    lock = up_lock(rooms.settings)
    watch, other = hold(lock), rooms.start(rooms.user)
    lock.write_text(json.dumps(Holder(other.pid, Wall(0.0), "1", "up", born=other.started)._asdict()))
    assert bring_down(rooms.settings) == 1
    assert capsys.readouterr().out == said(Label.RESIDENT_STAYS)
    assert rooms.living() == [other]
    assert watch.poll() is None


def test_up_holds_the_lock_of_the_sandbox_alone(rooms: Rooms) -> None:
    sandboxed = replace(rooms.settings, targets=(rooms.sandbox,))
    with watched_by_up(sandboxed, ME):
        assert holder(up_lock(sandboxed)) == ME
    with watched_by_up(rooms.settings, ME):
        assert holder(up_lock(rooms.settings)) is None


def test_the_users_own_child_is_left_alone_beside_an_old_sandbox(rooms: Rooms) -> None:
    own = rooms.start(rooms.user)
    assert bring_down(rooms.settings) == 0
    assert rooms.living() == [own]


def test_nothing_is_said_of_the_settings_by_who_only_writes_down_the_end(
    rooms: Rooms, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rooms.settings.too_few_routes is not None
    (rooms.sandbox.state_dir / "openclaw.json").write_text("{}", encoding="ascii")
    rooms.start(rooms.sandbox)
    assert bring_down(rooms.settings) == 0
    assert rooms.settings.state_dir.joinpath("selfheal.db").exists(), "it was written down"
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("second", [False, True], ids=["first place", "second place"])
def test_the_sandboxs_child_is_ended(rooms: Rooms, *, second: bool) -> None:
    folder = spare_folder(rooms.settings.state_dir, os.environ) if second else None
    assert second is (folder is not None)
    own = rooms.start(rooms.user, folder)
    rooms.start(rooms.sandbox, folder)
    assert bring_down(rooms.settings) == 0
    assert eventually(lambda: rooms.living() == [own])


def test_one_that_takes_no_sigterm_and_does_not_answer_is_killed(
    rooms: Rooms, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = replace(rooms.user.policy, port_closed_kill_s=0.5)
    rooms.settings = replace(rooms.settings, targets=(replace(rooms.user, policy=policy),))
    child = rooms.start(rooms.sandbox)
    os.kill(child.pid, signal.SIGSTOP)
    assert eventually(lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED)
    assert bring_down(rooms.settings) == 0
    assert capsys.readouterr().out == said(Label.KILLED, pid=child.pid)
    assert eventually(lambda: rooms.living() == [])
