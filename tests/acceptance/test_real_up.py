"""`selfheal up` at a terminal: a new user with an empty home, and one who has set up a gateway already."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.acceptance.real import (
    SELFHEAL,
    SOON_S,
    START_S,
    House,
    assert_only_one_gateway,
    await_that,
    end_everything,
    serves,
    small_environment,
)
from tests.acceptance.terminal import Terminal

from selfheal.app.places import SANDBOX_TARGET
from selfheal.core.notes import Note
from selfheal.core.reasons import Reason
from selfheal.core.state import Phase
from selfheal.gateway.sandbox import Sandbox, gateway_environment
from selfheal.gateway.sandbox_install import Installation
from selfheal.gateway.sandbox_programs import SYSTEM_PATH
from selfheal.texts.describe import describe, say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language

QUICK = """
[healthcheck]
heartbeat_interval_s = 3
heartbeat_timeout_s = 2.5
[restart]
stability_window_s = 4
"""
COLUMNS, ROWS = 100, 30
HEADLINE = re.compile(r"^(?:@sandbox|main) +● well for .* · pid (\d+) · up .* · port (\d+)", re.MULTILINE)


@contextmanager
def person(house: House, settings: str) -> Iterator[House]:
    """Whose home it is; at the end nothing runs in it any more."""
    path = house.home / ".config" / "selfheal" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(settings, "utf-8")
    try:
        yield house
    finally:
        end_everything(house)


def up(house: House) -> Terminal:
    return Terminal([SELFHEAL, "up"], house.env, COLUMNS, ROWS)


def await_screen(terminal: Terminal, *texts: str, timeout_s: float = START_S) -> None:
    what = f"the screen shows {texts}"
    await_that(what, lambda: all(text in terminal.screen() for text in texts), timeout_s, terminal.screen)


def await_well(terminal: Terminal, *, but: int = 0) -> tuple[int, int]:
    """Pid and port as a person reads them; `but` is a pid that does not count."""

    def is_well() -> bool:
        found = HEADLINE.search(terminal.screen())
        return found is not None and int(found[1]) != but

    await_that("the screen shows a well gateway", is_well, START_S, terminal.screen)
    found = HEADLINE.search(terminal.screen())
    assert found is not None
    return int(found[1]), int(found[2])


def end_by_ctrl_c(terminal: Terminal, name: str, port: int) -> None:
    terminal.press_ctrl_c()
    assert terminal.end(SOON_S) == 0
    last_words = " ".join(terminal.screen().split())
    assert f"The gateway {name} stays as it is, on http://127.0.0.1:{port}/." in last_words
    assert "Traceback" not in last_words


@pytest.fixture
def cache(installation: Installation) -> Path:
    """The folder that the installation lies in: `…/openclaw/VERSION/node_modules/openclaw/openclaw.mjs`."""
    return next(folder for folder in installation.openclaw.parents if (folder / "install.lock").exists())


def test_a_new_user(tmp_path: Path, cache: Path) -> None:
    home = tmp_path / "new"
    house = House(home, small_environment(home, SYSTEM_PATH, cache, TERM="xterm"))
    with person(house, QUICK):
        terminal = up(house)
        pid, port = await_well(terminal)
        assert serves(port)
        healed = is_healed_before_the_eyes(house, terminal, pid)
        end_by_ctrl_c(terminal, SANDBOX_TARGET, port)
        assert serves(port)
        assert_only_one_gateway(house, healed, resident=None)
        second = is_adopted(house, healed, port)
        is_stopped_by_down(house, second, healed, port)


def is_healed_before_the_eyes(house: House, terminal: Terminal, pid: int) -> int:
    """The first start was no incident; the killed gateway is the first."""
    await_screen(terminal, describe(Note(Reason.STARTED), Language.EN))
    os.kill(pid, signal.SIGKILL)
    await_screen(terminal, "─ incident #1 · process gone", "incident #1 opened: process gone")
    healed, port = await_well(terminal, but=pid)
    await_screen(terminal, "why it ended: crashed: SIGKILL", "starting the gateway (start 1)")
    await_screen(terminal, "incident #1 closed: healed by selfheal")
    assert serves(port)
    assert_only_one_gateway(house, healed, resident=terminal.process.pid)
    return healed


def is_adopted(house: House, pid: int, port: int) -> Terminal:
    """A second `up` takes the gateway that runs, without a start."""
    terminal = up(house)
    assert await_well(terminal) == (pid, port)
    assert len(house.incidents()) == 1
    return terminal


def is_stopped_by_down(house: House, terminal: Terminal, pid: int, port: int) -> None:
    """The `up` that watches it first, and then the gateway."""
    watch = terminal.process.pid
    done = house.call("down", timeout_s=START_S)
    assert (done.returncode, done.stderr) == (0, "")
    assert terminal.end(SOON_S) == 0
    language = Language.EN
    assert done.stdout.splitlines() == [
        say(Label.WATCH_ENDED, language, pid=watch),
        say(Label.STOPPED, language, pid=pid),
    ]
    assert house.processes() == []  # by name, should somebody answer
    assert not serves(port)
    assert house.status()["phase"] == Phase.STOPPED


def test_a_user_with_a_gateway(sandbox: Sandbox, cache: Path) -> None:
    """The config of their own and OpenClaw on the PATH: no sandbox is made, and no byte of theirs changed."""
    path = gateway_environment(sandbox)["PATH"]
    house = House(sandbox.home, small_environment(sandbox.home, path, cache, TERM="xterm"))
    before = sandbox.config_path.read_bytes()
    with person(house, QUICK):
        terminal = up(house)
        pid, port = await_well(terminal)
        assert port == sandbox.port
        assert_only_one_gateway(house, pid, resident=terminal.process.pid)
        end_by_ctrl_c(terminal, "main", port)
        assert serves(port)
        assert not (house.home / ".local" / "state" / "selfheal" / "sandbox").exists()
        is_left_alone_by_down(house, port)
        assert sandbox.config_path.read_bytes() == before


def is_left_alone_by_down(house: House, port: int) -> None:
    done = house.call("down")
    assert done.returncode == 0
    assert "openclaw gateway stop" in done.stdout
    assert serves(port)
