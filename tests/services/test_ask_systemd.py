"""«systemd does not answer» is told from «there is no unit» and from «there is no systemd»."""

import asyncio
from pathlib import Path

import pytest

from selfheal.services.systemctl import PRIVATE, NoAnswerError, Systemctl
from selfheal.services.systemd_units import FoundUnit, Sought, find_units

UNIT = "openclaw-gateway.service"
SHOWN = f"Id={UNIT}\\nLoadState=loaded\\nActiveState=inactive\\nExecStart={{ argv[]=openclaw gateway ; }}\\n"
ANSWERS = f"""case "$*" in
*list-unit*) echo "{UNIT} enabled" ;;
*show*) printf '{SHOWN}' ;;
esac
"""


class Host:
    """Its own systemctl, and the marks of a systemd that runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {"PATH": f"{folder}/bin:/usr/bin:/bin", "XDG_RUNTIME_DIR": str(folder / "user")}
        (folder / "bin").mkdir()
        self.booted = folder / "booted"
        self.booted.mkdir()

    def systemctl(self, script: str) -> None:
        path = self.folder / "bin" / "systemctl"
        path.write_text(f"#!/bin/sh\n{script}", encoding="utf-8")
        path.chmod(0o755)

    def with_user_manager(self) -> None:
        (self.folder / "user" / PRIVATE).parent.mkdir(parents=True)
        (self.folder / "user" / PRIVATE).touch()

    def find(self) -> tuple[FoundUnit, ...]:
        sought = Sought(port=18789, state_dir=Path("/home/eve/.openclaw"), home=Path("/home/eve"))
        return asyncio.run(find_units(sought, env=self.env, booted=self.booted))


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_a_unit_is_found(host: Host) -> None:
    host.systemctl(ANSWERS)
    assert [(one.unit, one.user) for one in host.find()] == [(UNIT, False)]
    host.with_user_manager()
    assert [one.user for one in host.find()] == [True, False]


@pytest.mark.parametrize("script", ["exit 0", "exit 1", 'case "$*" in *files*) exit 1 ;; esac'])
def test_a_list_of_nothing_is_an_answer(host: Host, script: str) -> None:
    host.systemctl(script)
    assert host.find() == ()


@pytest.mark.parametrize(
    "script",
    [
        "echo 'Failed to connect to bus: Connection refused' >&2; exit 1",
        "kill -9 $$",
        f'case "$*" in *list-unit-files*) echo "{UNIT} enabled" ;; *show*) echo no >&2; exit 1 ;; esac',
        'case "$*" in *list-unit-files*) echo no >&2; exit 1 ;; esac',
    ],
)
def test_a_systemd_that_does_not_answer_is_not_none(host: Host, script: str) -> None:
    host.systemctl(script)
    with pytest.raises(NoAnswerError):
        host.find()


def test_nor_is_a_user_manager_that_does_not_answer(host: Host) -> None:
    host.systemctl('case "$*" in *--user*) echo no >&2; exit 1 ;; esac')
    assert host.find() == ()
    host.with_user_manager()
    with pytest.raises(NoAnswerError):
        host.find()


def test_nor_one_that_hangs(host: Host) -> None:
    host.systemctl("exec sleep 60")
    systemctl = Systemctl(user=False, env=host.env, look_timeout_s=0.2, booted=host.booted)
    with pytest.raises(NoAnswerError, match="no answer in time"):
        asyncio.run(systemctl.ask("list-units"))


def test_no_systemd_is_none(host: Host) -> None:
    host.systemctl("echo 'System has not been booted with systemd' >&2; exit 1")
    host.booted.rmdir()
    assert host.find() == ()


def test_no_systemctl_is_none(host: Host) -> None:
    host.env["PATH"] = str(host.folder / "bin")
    assert host.find() == ()
