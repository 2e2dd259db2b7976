"""`selfheal setup --openclaw-cron` on the real gateway: registered once; OpenClaw's commands work on it."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.fault_world import World, made_world
from tests.acceptance.real import SOON_S, House, small_environment, user_config
from tests.acceptance.test_real_up import QUICK, await_well, person, up

from selfheal.app.places import SANDBOX_TARGET, sandbox_dir, watched
from selfheal.app.telling import place_in
from selfheal.config.load import load
from selfheal.core.reasons import Cause
from selfheal.gateway.sandbox import Sandbox, gateway_command, gateway_environment
from selfheal.gateway.sandbox_install import Installation
from selfheal.gateway.sandbox_programs import SYSTEM_PATH
from selfheal.texts.next_commands import Gateway, commands

CHANNEL = "1468429321738911947"
SETUP = ("setup", "--openclaw-cron", "--channel", CHANNEL)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, installation: Installation) -> Iterator[World]:
    with made_world(tmp_path_factory.mktemp("world"), installation) as made:
        yield made


def printed(command: Sequence[str], env: Mapping[str, str]) -> str:
    ran = subprocess.run(
        command,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SOON_S,
        check=True,
    )
    return ran.stdout


def cron(world: World, *words: str) -> str:
    """Of OpenClaw's own command line."""
    node, openclaw, *_ = gateway_command(world.sandbox)
    return printed([node, openclaw, "cron", *words], gateway_environment(world.sandbox))


def of_ours(said: str) -> list[dict[str, Any]]:
    return [job for job in json.loads(said)["jobs"] if job["name"] == "Emergency Recovery Monitor"]


def ours(world: World) -> list[dict[str, Any]]:
    return of_ours(cron(world, "list", "--all", "--json"))


def test_the_entry_of_the_document(world: World) -> None:
    first = world.house.call(*SETUP)
    assert first.returncode == 0, first.stderr
    (job,) = ours(world)
    assert job["id"] in first.stdout
    assert job["enabled"] is True
    assert (job["schedule"]["kind"], job["schedule"]["everyMs"]) == ("every", 300_000)
    assert job["sessionTarget"] == "isolated"
    assert job["payload"]["kind"] == "agentTurn"
    assert job["payload"]["model"] == "claude-haiku-4-5"
    assert job["payload"]["toolsAllow"] == ["exec"]
    assert "monitor --for openclaw-cron" in job["payload"]["message"]
    assert (job["delivery"]["channel"], job["delivery"]["to"]) == ("discord", f"channel:{CHANNEL}")
    assert "Emergency Recovery" in cron(world, "list")
    assert world.house.call(*SETUP).returncode == 0
    cron(world, "disable", job["id"])
    assert [one["enabled"] for one in ours(world)] == [False]
    cron(world, "enable", job["id"])
    assert [(one["id"], one["enabled"]) for one in ours(world)] == [(job["id"], True)]


def test_what_the_agent_is_told_to_run_prints_each_alert_once(world: World) -> None:
    world.house.call(*SETUP)
    (job,) = ours(world)
    command = job["payload"]["message"].splitlines()[0].partition(": ")[2]
    memory = world.house.home / "openclaw" / "memory"
    (memory / "emergency-recovery-by-hand.log").write_text("=== MANUAL INTERVENTION REQUIRED ===\n", "utf-8")

    def said() -> str:
        return printed(["/bin/sh", "-c", command], world.house.env)

    assert "- Level 3 (Claude Recovery) ❌" in said()
    assert said() == ""


def test_without_a_gateway_it_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(user_config(sandbox, ""), "utf-8")
    config.chmod(0o600)
    house = House(tmp_path, small_environment(tmp_path, SYSTEM_PATH, tmp_path / "unused"))
    ran = house.call("--config", str(config), *SETUP)
    assert ran.returncode == 1
    assert "cannot register the cron entry" in ran.stderr


def typed(line: str, env: Mapping[str, str]) -> str:
    return printed(["/bin/sh", "-c", line], env)


def test_in_the_sandbox_of_up_too(tmp_path: Path, installation: Installation) -> None:
    """Its OpenClaw is on no PATH, and its gateway has another home than its person."""
    cache = next(folder for folder in installation.openclaw.parents if (folder / "install.lock").exists())
    house = House(tmp_path, small_environment(tmp_path, SYSTEM_PATH, cache, TERM="xterm"))
    with person(house, QUICK):
        _, port = await_well(up(house))
        done = house.call("--lang", "en", *SETUP)
        assert done.returncode == 0, done.stderr
        off, on = done.stdout.splitlines()[1].partition(": ")[2].split(", ")
        settings = watched(load(None, house.env))
        gateway = place_in(settings, house.env, "here")(SANDBOX_TARGET).gateway
        jobs: list[dict[str, Any]] = []
        for line, enabled in ((off, False), (on, True)):
            typed(line, house.env)
            jobs = of_ours(typed(f"{gateway.openclaw} cron list --all --json", house.env))
            assert [one["enabled"] for one in jobs] == [enabled]
        command = jobs[0]["payload"]["message"].splitlines()[0].partition(": ")[2]
        memory = house.home / "openclaw" / "memory"
        memory.mkdir(parents=True, exist_ok=True)
        (memory / "emergency-recovery-1.log").write_text("=== MANUAL INTERVENTION REQUIRED ===\n", "utf-8")
        boxed = {"HOME": str(sandbox_dir(settings) / "home"), "PATH": SYSTEM_PATH, "LANG": "C.UTF-8"}
        assert "- Level 3 (Claude Recovery) ❌" in typed(command, boxed)
        works_as_it_stands(gateway, port, house.env)


def works_as_it_stands(gateway: Gateway, port: int, env: Mapping[str, str]) -> None:
    """What an alert about the sandbox tells a person to run next."""
    assert gateway.port == port
    validate, *_ = commands(None, Cause.CONFIG_UNLOADABLE, 1, gateway)
    assert "valid" in typed(validate, env).lower()
    *_, tail = commands(None, None, 1, gateway)
    assert "gateway" in typed(tail, env)
