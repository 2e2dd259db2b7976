"""What is told of a gateway without looking at its process."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from selfheal.app.places import (
    SANDBOX_TARGET,
    as_it_is,
    config_of,
    port_of,
    sandbox_config,
    uses_sandbox,
    watched,
)
from selfheal.app.sandboxed import with_gateway
from selfheal.app.words import alert_text
from selfheal.config.check import is_name
from selfheal.config.load import load
from selfheal.config.settings import Target
from selfheal.core.alert import AlertKind, Notify
from selfheal.gateway.sandbox_faults import SandboxError
from selfheal.gateway.sandbox_progress import Stage
from selfheal.gateway.statelock import lock_path


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ('{"gateway": {"port": 19000}}', 19000),
        ("{gateway: {port: 19000}, /* by hand */}", 19000),
        ('// by hand\n{"gateway": {"port": 19000,},}', 19000),
        ('{"gateway": {"port": "${PORT}"}}', None),
        ("{}", None),
        ("{,,", None),
        ("", None),
    ],
)
def test_the_port_is_what_the_gateways_config_says(tmp_path: Path, text: str, port: int | None) -> None:
    (target,) = load(None, {"HOME": str(tmp_path)}).targets
    target.config_path.parent.mkdir()
    target.config_path.write_text(text, encoding="utf-8")
    assert port_of(target) == port


def test_the_port_may_stand_in_an_included_file(tmp_path: Path) -> None:
    (target,) = load(None, {"HOME": str(tmp_path)}).targets
    target.config_path.parent.mkdir()
    target.config_path.write_text('{"gateway": {"$include": "gw.json"}}', encoding="utf-8")
    (target.config_path.parent / "gw.json").write_text('{"port": 19000}', encoding="utf-8")
    assert port_of(target) == 19000


def test_a_port_that_is_set_needs_no_config(tmp_path: Path) -> None:
    (target,) = load(None, {"HOME": str(tmp_path), "OPENCLAW_GATEWAY_PORT": "19001"}).targets
    assert port_of(target) == 19001


def test_a_gateway_that_has_lost_its_config_is_not_replaced_by_an_old_sandbox(tmp_path: Path) -> None:
    settings = load(None, {"HOME": str(tmp_path)})
    (own,) = settings.targets
    boxed = sandbox_config(settings)
    boxed.parent.mkdir(parents=True)
    boxed.write_text("{}", encoding="ascii")
    own.state_dir.mkdir()  # merely to ask the program for its version makes the folder
    assert uses_sandbox(settings)
    (own.state_dir / "state").mkdir()
    assert not uses_sandbox(settings)
    assert config_of(settings, own) == own.config_path
    assert with_gateway(settings, {}, lambda *_: pytest.fail("installs a sandbox")) is settings


def test_the_sandbox_and_a_persons_own_gateway_have_no_name_in_common(tmp_path: Path) -> None:
    settings = load(None, {"HOME": str(tmp_path)})
    (own,) = settings.targets
    boxed = sandbox_config(settings)
    boxed.parent.mkdir(parents=True)
    boxed.write_text("{}", encoding="ascii")
    (seen,) = watched(settings).targets
    assert seen.name == as_it_is(settings).name == SANDBOX_TARGET != own.name
    assert watched(watched(settings)) == watched(settings)
    assert not is_name(SANDBOX_TARGET)  # whatever a person calls a target
    own.config_path.parent.mkdir()
    own.config_path.write_text("{}", encoding="ascii")
    assert watched(settings) is settings


def test_an_alert_of_a_second_gateway_points_to_its_own_files(tmp_path: Path) -> None:
    file, environ = tmp_path / "config.toml", {"HOME": str(tmp_path)}
    file.write_text("[targets.main]\n[targets.lab]\nprofile = 'lab'\n", encoding="ascii")
    settings = load(file, environ)
    told = Notify(AlertKind.OPENED, 1, ())
    assert "memory/healthcheck" in alert_text(settings, environ, "main")(told)
    text = alert_text(settings, environ, "lab")(told)
    assert "memory/lab/healthcheck" in text
    assert "incidents show 1 --target lab" in text


def with_lock(home: Path, pid: int, **more: object) -> Target:
    (target,) = load(None, {"HOME": str(home)}).targets
    lock = lock_path(target.state_dir, os.getuid())
    lock.parent.mkdir(parents=True)
    lock.write_text(json.dumps({"pid": pid, "port": 28960} | more) + "  \t")
    target.config_path.write_text('{"gateway": {"port": 28940}}')
    return target


def test_the_port_of_a_living_gateway_is_the_one_that_it_names(tmp_path: Path) -> None:
    """Its config may have been changed since, or something else says where it listens."""
    assert port_of(with_lock(tmp_path, os.getpid())) == 28960


def test_what_is_no_living_gateway_names_no_port(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    assert port_of(with_lock(tmp_path / "ended", ended.pid)) == 28940
    assert port_of(with_lock(tmp_path / "other", os.getpid(), role="sqlite-maintenance")) == 28940


def test_nothing_is_installed_for_a_sandbox_that_cannot_be_made(tmp_path: Path) -> None:
    """Or the install says «ready», and then that there is no place for what it was made for."""
    (tmp_path / "state").write_text("a file in the folder's place")
    environ = {"HOME": str(tmp_path)}
    settings = replace(load(None, environ), state_dir=tmp_path / "state" / "below")
    stages: list[Stage] = []

    def progress(stage: Stage, done_bytes: int, total_bytes: int | None) -> None:
        del done_bytes, total_bytes
        stages.append(stage)

    with pytest.raises(SandboxError, match="cannot make a sandbox"):
        with_gateway(settings, environ, progress)
    assert stages == []
    assert not (tmp_path / ".cache").exists()
