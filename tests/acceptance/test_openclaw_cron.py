"""`selfheal setup --openclaw-cron` on the real gateway: registered once; OpenClaw's commands work on it."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.fault_world import World, made_world
from tests.acceptance.real import SOON_S, House, small_environment, user_config

from selfheal.gateway.sandbox import Sandbox, gateway_command, gateway_environment
from selfheal.gateway.sandbox_install import Installation
from selfheal.gateway.sandbox_programs import SYSTEM_PATH

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


def ours(world: World) -> list[dict[str, Any]]:
    jobs = json.loads(cron(world, "list", "--all", "--json"))["jobs"]
    return [job for job in jobs if job["name"] == "Emergency Recovery Monitor"]


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
