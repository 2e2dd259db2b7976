"""Which words of our environment mean which gateway: those of the default one mean no other."""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from selfheal.app.wiring import child_command, child_environment, service_for, site_for
from selfheal.app.words import say_in, watching
from selfheal.config.environment import VARIABLES
from selfheal.config.load import load
from selfheal.config.schema import DEFAULT_TARGET
from selfheal.config.settings import OF_THE_DEFAULT, Settings
from selfheal.gateway.site import Site
from selfheal.services.child import OWN_CHILD

OURS = {"OPENCLAW_GATEWAY_PORT": "18789", "OPENCLAW_GATEWAY_TOKEN": "main's", "OPENCLAW_PROFILE": "mine"}
MORE = '\nenv_allow = ["OPENCLAW_GATEWAY_TOKEN", "*"]\n'


class TwoGateways:
    """`main` as the environment has it, `work` with a config of its own."""

    def __init__(self, home: Path, more: str = "") -> None:
        self.environ = {"HOME": str(home), "PATH": "/usr/bin", "ANY": "1"} | OURS
        state = home / ".openclaw-work"
        state.mkdir()
        (state / "openclaw.json").write_text(json.dumps({"gateway": {"port": 19999}}))
        file = home / "config.toml"
        text = f"[targets.main]\n[targets.work]\nstate_dir = '{state}'\ncommand = ['/usr/bin/env']{more}"
        file.write_text(text)
        self.settings: Settings = load(file, self.environ)

    def site(self, name: str) -> Site:
        (target,) = (one for one in self.settings.targets if one.name == name)
        return site_for(target, self.settings, self.environ)

    def child_environment(self, name: str) -> dict[str, str]:
        (target,) = (one for one in self.settings.targets if one.name == name)
        return child_environment(target, self.site(name), self.environ)


def test_the_port_of_the_environment_is_the_default_gateways(tmp_path: Path) -> None:
    host = TwoGateways(tmp_path)
    assert (host.site("main").port, host.site("work").port) == (18789, 19999)


def test_a_second_child_is_not_told_whose_the_environment_is(tmp_path: Path) -> None:
    host = TwoGateways(tmp_path)
    given = host.child_environment("work")
    assert given["ANY"] == "1"
    assert not OURS.keys() & given.keys()
    assert OURS.items() <= host.child_environment("main").items()


def test_what_a_person_allows_by_its_name_is_handed_on(tmp_path: Path) -> None:
    given = TwoGateways(tmp_path, MORE).child_environment("work")
    assert given.keys() & OURS.keys() == {"OPENCLAW_GATEWAY_TOKEN"}


@pytest.mark.parametrize(
    "name", [one.name for one in VARIABLES if one.key.startswith(f"targets.{DEFAULT_TARGET}.")]
)
def test_every_variable_that_sets_the_default_gateway_is_its_own(name: str) -> None:
    assert name.startswith(OF_THE_DEFAULT)


def test_a_mac_has_one_job_a_profile_and_no_target_is_given_anothers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    environ = {"HOME": str(tmp_path), "PATH": "/usr/bin", "XDG_RUNTIME_DIR": str(tmp_path)}
    agents = tmp_path / "Library" / "LaunchAgents"
    agents.mkdir(parents=True)
    for job in ("gateway", "work"):
        (agents / f"ai.openclaw.{job}.plist").touch()
    file = tmp_path / "config.toml"
    file.write_text(
        "[targets.main]\nprofile = 'Default'\n[targets.work]\nprofile = 'work'\n"
        "[targets.other]\nprofile = 'x'\n"
        "[targets.asked]\nprofile = 'y'\nservice = 'launchd'\n[targets.place]\nstate_dir = '/elsewhere'\n"
    )
    settings = load(file, environ)
    sites = [site_for(one, settings, environ) for one in settings.targets]
    found = [
        asyncio.run(service_for(target, site, settings, environ)).name.rpartition("/")[2]
        for target, site in zip(settings.targets, sites, strict=True)
    ]
    assert found == ["ai.openclaw.gateway", "ai.openclaw.work", "own child", "ai.openclaw.y", "own child"]


def test_the_port_of_our_child_is_the_gateways_own_affair(tmp_path: Path) -> None:
    """A start with the port of an earlier look would undo a person's change of it, each time."""
    environ = {"HOME": str(tmp_path)}
    config = tmp_path / ".openclaw" / "openclaw.json"
    config.parent.mkdir()
    config.write_text('{"gateway": {"port": 28940}}')
    settings = load(None, environ)
    (target,) = settings.targets
    assert child_command(target, site_for(target, settings, environ)) == ("openclaw", "gateway", "run")


def test_a_port_that_a_person_has_set_for_us_is_given_to_our_child(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "OPENCLAW_GATEWAY_PORT": "28940"}
    settings = load(None, environ)
    (target,) = settings.targets
    assert child_command(target, site_for(target, settings, environ))[-2:] == ("--port", "28940")


@pytest.mark.parametrize(("language", "words"), [("en", "run by own child"), ("ko", "자식 프로세스")])
def test_what_is_watched_is_said_in_the_language_of_the_settings(
    tmp_path: Path, language: str, words: str
) -> None:
    host = TwoGateways(tmp_path)
    said = watching(say_in(replace(host.settings, language=language), {}), host.site("work"), OWN_CHILD)
    assert "127.0.0.1:19999" in said
    assert words in said
