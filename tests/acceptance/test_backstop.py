"""`selfheal monitor` on a real systemd: a resident that has ended is started again, a stopped one is not."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.host import QUICK, SELFHEAL
from tests.doubles.service_bench import eventually
from tests.doubles.systemd_box import BoxRefusedError, SystemdBox, obstacle
from tests.runtime.homes import Home

UNIT = "selfheal.service"
ROOT = Path(__file__).parents[2]
LIMIT_S = 60.0


class House:
    """A box whose systemd runs the resident as the README's unit has it."""

    def __init__(self, box: SystemdBox, home: Home) -> None:
        self.box = box
        self.home = home
        home.configure(QUICK)
        command = f"{SELFHEAL} --config {home.config} run"
        environment = " ".join(f"{name}={value}" for name, value in home.environ.items())
        lines = (
            "[Service]",
            "Type=notify",
            f"Environment={environment}",
            f"ExecStart={command}",
            "KillMode=process",
        )
        box.write_unit(UNIT, "\n".join(lines) + "\n")
        box.run("systemctl", "daemon-reload")

    def monitor(self) -> tuple[int, dict[str, Any]]:
        env = [f"{name}={value}" for name, value in self.home.environ.items()]
        command = [SELFHEAL, "--config", str(self.home.config), "monitor", "--json"]
        ran = subprocess.run(
            [*self.box.prefix, "env", "-i", *env, *command],
            capture_output=True,
            text=True,
            timeout=2 * LIMIT_S,
            check=False,
        )
        assert ran.stdout, ran.stderr
        said: dict[str, Any] = json.loads(ran.stdout)
        return ran.returncode, said

    def is_active(self) -> str:
        return self.box.run("systemctl", "is-active", UNIT).stdout.strip()

    def close(self) -> None:
        self.box.run("systemctl", "kill", "--signal=KILL", UNIT)
        self.home.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    if obstacle():
        pytest.skip(obstacle())
    (tmp_path / "home").mkdir()
    try:
        box = SystemdBox(tmp_path, ROOT)
    except BoxRefusedError as refused:
        pytest.skip(str(refused))
    made = House(box, Home(tmp_path / "home"))
    yield made
    made.close()
    box.close()


def test_a_resident_that_was_killed_is_started_again_and_one_that_was_stopped_is_not(house: House) -> None:
    assert house.monitor()[1]["resident_care"] == "stopped"  # a unit that nobody has started yet
    house.box.run("systemctl", "start", UNIT)
    assert house.is_active() == "active"
    assert house.monitor()[1]["resident_care"] == "lives"
    house.box.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", UNIT)
    eventually(lambda: house.is_active() == "failed", LIMIT_S)
    code, said = house.monitor()
    assert (code, said["resident_care"]) == (0, "started")
    assert house.is_active() == "active"
    house.box.run("systemctl", "stop", UNIT)
    assert house.monitor()[1]["resident_care"] == "stopped"
    assert house.is_active() == "inactive"
    assert len(house.home.starts()) <= 1  # whatever became of us: one gateway, and it was left alone
