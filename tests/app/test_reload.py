"""SIGHUP: when it may come, and that what is said of it is true."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.app.residents import observing

from selfheal.app.errand import Errand
from selfheal.app.reloading import reloaded
from selfheal.app.serve import _reload
from selfheal.app.targets import House
from selfheal.config.changes import changes, need_restart
from selfheal.config.load import load
from selfheal.config.settings import Settings
from selfheal.core.policy import Policy
from selfheal.runtime.notify_socket import NotifySocket
from selfheal.store.memory import MemoryStore

END_S = 20.0


@pytest.fixture
def resident(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """One whose first look, which finds out who owns the gateway, waits for a writer of the config."""
    os.mkfifo(tmp_path / "openclaw.json")
    with observing(tmp_path) as process:
        yield process


def test_a_reload_that_is_asked_for_too_early_is_kept_for_later(
    resident: subprocess.Popen[str], tmp_path: Path
) -> None:
    with (tmp_path / "openclaw.json").open("w", encoding="ascii") as pipe:  # opens once it is looked at
        resident.send_signal(signal.SIGHUP)
        pipe.write("{}")
    assert resident.stderr is not None
    said = iter(resident.stderr.readline, "")
    assert any("config reloaded: nothing changed" in line for line in said)
    resident.terminate()
    assert resident.wait(END_S) == 0


def test_routes_that_are_set_meanwhile_are_taken_and_counted(
    resident: subprocess.Popen[str], tmp_path: Path
) -> None:
    with (tmp_path / "openclaw.json").open("w", encoding="ascii") as pipe:  # opens once it is looked at
        with (tmp_path / "config.toml").open("a", encoding="utf-8") as config:
            config.write('[routes.here]\nkind = "desktop"\n[notify]\nquiet_hours = "23:00-07:00"\n')
        resident.send_signal(signal.SIGHUP)
        pipe.write("{}")
    assert resident.stderr is not None
    said = iter(resident.stderr.readline, "")
    assert any("NO ROUTE TO A PERSON" in line for line in said)
    told = next(line for line in said if "config reloaded" in line)
    assert "routes.here: not set → set" in told
    assert "notify.quiet_hours: not set → 23:00-07:00" in told
    assert "next start" not in (few := next(said))
    assert "ONLY ONE ROUTE TO A PERSON IS SET (here)" in few


def settings_of(home: Path, text: str = "") -> Settings:
    file = home / "config.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, {"HOME": str(home)})


@pytest.mark.parametrize(
    "line", ['language = "ko"', 'memory_dir = "/elsewhere"', 'log_format = "json"', "log_keep_days = 3"]
)
def test_what_is_built_once_takes_effect_at_the_next_start(tmp_path: Path, line: str) -> None:
    found = changes(settings_of(tmp_path), settings_of(tmp_path, f"[selfheal]\n{line}\n"))
    assert need_restart(found) == [f"selfheal.{line.split(maxsplit=1)[0]}"]


def in_a_sandbox(settings: Settings) -> Settings:
    """As `up` has made it: a gateway's config lies in our own state folder."""
    place = settings.state_dir / "sandbox" / "home" / ".openclaw"
    place.mkdir(parents=True, exist_ok=True)
    config = place / "openclaw.json"
    config.write_text("{}", encoding="ascii")
    (target,) = settings.targets
    boxed = replace(target, state_dir=place, config_path=config, port=7, service="child", command=("x",))
    return replace(settings, targets=(replace(boxed, env_allow=(), env=(("A", "b"),)),))


def test_a_reload_finds_the_sandbox_that_is_watched(tmp_path: Path) -> None:
    old = in_a_sandbox(settings_of(tmp_path))
    fresh = reloaded(old, settings_of(tmp_path, "[restart]\nrestart_gap_s = 77\n"))
    assert [change.key for change in changes(old, fresh)] == ["restart.restart_gap_s"]
    assert fresh.targets[0].policy.restart_gap_s == 77


def test_a_gateway_that_a_person_has_set_up_since_takes_the_sandboxs_place(tmp_path: Path) -> None:
    old = in_a_sandbox(settings_of(tmp_path))
    fresh = settings_of(tmp_path)
    fresh.targets[0].config_path.parent.mkdir()
    fresh.targets[0].config_path.write_text("{}", encoding="ascii")
    assert "targets.main.config_path" in need_restart(changes(old, reloaded(old, fresh)))


def test_without_a_sandbox_it_is_what_was_read(tmp_path: Path) -> None:
    fresh = settings_of(tmp_path)
    assert reloaded(settings_of(tmp_path), fresh) is fresh


class Heard:
    """A chronicle and a resident to whom it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, what: str) -> None:
        self.lines.append(what)

    def adopt(self, policies: dict[str, Policy]) -> None: ...


def test_what_is_set_back_to_what_is_in_force_waits_for_no_start(tmp_path: Path) -> None:
    heard = Heard()
    settings = settings_of(tmp_path, "[targets.main]\nport = 1\n")
    parts = (Errand(), heard, MemoryStore(), NotifySocket({}), sys.stderr)
    house = House(settings, {"HOME": str(tmp_path)}, *parts)  # type: ignore[arg-type]
    said = []
    for port in (2, 2, 1):
        settings_of(tmp_path, f"[targets.main]\nport = {port}\n")
        heard.lines.clear()
        _reload(house, heard)  # type: ignore[arg-type]
        said.append([line for line in heard.lines if "next start" in line])
    late = ["these take effect at the next start: targets.main.port"]
    assert said == [late, late, []]
