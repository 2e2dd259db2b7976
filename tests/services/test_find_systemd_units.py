"""Which unit runs the gateway that we look for."""

from pathlib import Path

import pytest

from selfheal.services.systemd_status import UnitStatus
from selfheal.services.systemd_units import Sought, runs, unit_of_group

HOME = Path("/home/eve")
SOUGHT = Sought(port=18789, state_dir=HOME / ".openclaw", home=HOME)
COMMAND = "{ path=/usr/bin/openclaw ; argv[]=/usr/bin/openclaw gateway%s ; }"


def unit(port: str = "", pid: int = 0, **env: str) -> UnitStatus:
    option = f" --port {port}" if port else ""
    return UnitStatus(
        unit="openclaw-gateway.service", main_pid=pid, command=COMMAND % option, environment=env
    )


@pytest.mark.parametrize(
    ("candidate", "verdict"),
    [
        (unit(), True),
        (unit("18789"), True),
        (unit("19000"), False),
        (unit(OPENCLAW_GATEWAY_PORT="19000"), False),
        (unit("18789", OPENCLAW_GATEWAY_PORT="19000"), True),
        (unit(OPENCLAW_STATE_DIR="/home/eve/.openclaw"), True),
        (unit(OPENCLAW_STATE_DIR="/home/eve/.openclaw-work"), False),
        (unit(HOME="/home/adam"), False),
        (unit(OPENCLAW_HOME="/home/adam", HOME="/home/eve"), False),
        (unit("19000", HOME="/home/eve"), True),
        (unit(OPENCLAW_PROFILE="work"), False),
        (UnitStatus(unit="nginx.service", command="{ path=/usr/sbin/nginx ; }"), False),
        (UnitStatus(load="not-found", command=COMMAND), False),
    ],
)
def test_a_gateway_that_does_not_run_is_matched_by_its_settings(
    candidate: UnitStatus, *, verdict: bool
) -> None:
    assert runs(candidate, SOUGHT) is verdict


def test_a_unit_that_names_no_port_leaves_it_to_the_config() -> None:
    sought = Sought(port=28781, state_dir=HOME / ".openclaw", home=HOME)
    assert runs(unit(), sought)
    assert runs(unit(HOME=str(HOME)), sought)
    work = Sought(port=28782, state_dir=HOME / ".openclaw-work", home=HOME)
    assert not runs(unit(), work)
    assert runs(unit(OPENCLAW_PROFILE="work"), work)


def test_a_gateway_that_runs_is_matched_by_its_process_alone() -> None:
    sought = Sought(port=18789, state_dir=HOME, home=HOME, pid=42)
    assert runs(unit("19000", pid=42), sought)
    assert not runs(unit("18789", pid=43), sought)
    assert runs(unit("18789", pid=43), sought, parent=43)
    assert not runs(UnitStatus(unit="ai.openclaw.watchdog.service", main_pid=43), sought, parent=43)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0::/system.slice/openclaw-gateway.service\n", ("openclaw-gateway.service", False)),
        (
            "1:name=systemd:/user.slice/user-1000.slice/user@1000.service/app.slice/openclaw-gateway.service\n",
            ("openclaw-gateway.service", True),
        ),
        ("0::/system.slice/openclaw-gateway.service/child\n", ("openclaw-gateway.service", False)),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", None),
        ("0::/user.slice/user-1000.slice/user@1000.service/init.scope\n", None),
        ("0::/\n", None),
        ("", None),
    ],
)
def test_the_unit_of_a_control_group(text: str, found: tuple[str, bool] | None) -> None:
    assert unit_of_group(text) == found
