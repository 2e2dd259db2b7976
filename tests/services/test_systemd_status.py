"""What systemd says, and what it means."""

import pytest

from selfheal.core.facts import ManagerState
from selfheal.services.systemd_status import UnitStatus, parse_environment, parse_show

SHOWN = """\
Restart=always
MainPID=4242
NRestarts=1
Result=success
ExecMainStatus=0
ExecStart={ path=/usr/bin/node ; argv[]=/usr/bin/node /opt/openclaw gateway --port 18789 ; ignore_errors=no }
RestartPreventExitStatus=78 SIGABRT
Environment=HOME=/home/eve OPENCLAW_GATEWAY_PORT=18789 "A=b c" B=\\"x\\"
Id=openclaw-gateway.service
LoadState=loaded
ActiveState=active
SubState=running
FragmentPath=/etc/systemd/system/openclaw-gateway.service

Id=other.service
LoadState=not-found
ActiveState=inactive
SubState=dead
MainPID=0
"""


def test_two_units_are_read_whole() -> None:
    gateway, other = parse_show(SHOWN)
    assert gateway.unit == "openclaw-gateway.service"
    assert (gateway.main_pid, gateway.restarts, gateway.restart) == (4242, 1, "always")
    assert gateway.prevent == {"78", "SIGABRT"}
    assert gateway.environment["HOME"] == "/home/eve"
    assert gateway.environment["A"] == "b c"
    assert "--port 18789" in gateway.command
    assert gateway.state is ManagerState.RUNNING
    assert other.state is ManagerState.NONE


def test_nonsense_is_unknown_and_nothing_is_nothing() -> None:
    assert parse_show("") == ()
    (unit,) = parse_show("what is this")
    assert unit.state is ManagerState.UNKNOWN


def test_quotes_in_an_environment() -> None:
    assert parse_environment('A=1 "B=two words" C=\'x y\' D=a\\"b E=') == {
        "A": "1",
        "B": "two words",
        "C": "x y",
        "D": 'a"b',
        "E": "",
    }


@pytest.mark.parametrize(
    ("unit", "state"),
    [
        (UnitStatus(active="active", sub="running"), ManagerState.RUNNING),
        (UnitStatus(active="reloading", sub="reload"), ManagerState.RUNNING),
        (UnitStatus(active="activating", sub="auto-restart", main_pid=0), ManagerState.RESTARTING),
        (UnitStatus(active="activating", sub="start-pre", main_pid=0), ManagerState.RESTARTING),
        (UnitStatus(active="activating", sub="start", main_pid=7), ManagerState.RUNNING),
        (UnitStatus(active="deactivating", sub="stop-sigterm"), ManagerState.STOPPING),
        (UnitStatus(active="inactive", sub="dead", result="success"), ManagerState.STOPPED),
        (UnitStatus(active="inactive", sub="dead", result="success", job=5), ManagerState.RESTARTING),
        (UnitStatus(active="inactive", sub="dead", result="exit-code"), ManagerState.FAILED),
        (UnitStatus(active="inactive", load="masked"), ManagerState.STOPPED),
        (UnitStatus(active="failed", result="exit-code", restart="on-failure"), ManagerState.FAILED),
        (UnitStatus(active="failed", result="start-limit-hit", restart="always"), ManagerState.FAILED),
        (UnitStatus(active="failed", result="exit-code", restart="always", restarts=4), ManagerState.FAILED),
        (UnitStatus(active="failed", result="exit-code", restart="always"), ManagerState.STOPPED),
        (
            UnitStatus(
                active="failed",
                result="exit-code",
                restart="always",
                exit_status="78",
                prevent=frozenset({"78"}),
            ),
            ManagerState.FAILED,
        ),
        (UnitStatus(active="maintenance"), ManagerState.UNKNOWN),
    ],
)
def test_what_a_unit_means(unit: UnitStatus, state: ManagerState) -> None:
    assert unit.state is state
