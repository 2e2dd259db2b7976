"""That `due` never comes before the step is held by the walks in test_step_properties."""

from dataclasses import replace

import pytest

from selfheal.core.facts import GatewayProcess
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.overdue import LOOK_ENDS_S, PROBE_ENDS_S, SLACK_S, is_overdue
from selfheal.core.policy import Policy
from selfheal.core.state import GatewayView, HealthcheckPart, Pending, Phase, State, WatchdogPart

POLICY = Policy(heartbeat_timeout_s=2.0, full_check_timeout_s=4.0)
SERVES = State(
    "main",
    boot_id="boot",
    last_mono=Monotonic(1000.0),
    last_wall=Wall(9000.0),
    gateway=GatewayView(phase=Phase.WELL, process=GatewayProcess(7, 1.0)),
    healthcheck=HealthcheckPart(next_heartbeat=Monotonic(1010.0)),
    watchdog=WatchdogPart(next_sweep=Monotonic(1180.0)),
)
ABSENT = replace(SERVES, gateway=GatewayView(phase=Phase.ABSENT))


def asked(state: State, kind: str) -> State:
    return replace(state, pending=(Pending(1, kind, Monotonic(1170.0)),))


@pytest.mark.parametrize(
    ("state", "due"),
    [
        (SERVES, 1010.0),
        (ABSENT, 1180.0),
        (asked(SERVES, "Probe"), 1170.0 + 4.0 + PROBE_ENDS_S),
        (asked(ABSENT, "InspectHost"), 1170.0 + LOOK_ENDS_S),
        (asked(SERVES, "StartGateway"), 1010.0),
    ],
)
def test_it_is_late_once_what_was_due_is_long_over(state: State, due: float) -> None:
    assert not is_overdue(state, POLICY, Now(Monotonic(due + SLACK_S), Wall(0.0), "boot"))
    assert is_overdue(state, POLICY, Now(Monotonic(due + SLACK_S + 1), Wall(0.0), "boot"))


def test_a_night_of_sleep_or_a_clock_that_jumps_makes_nobody_late() -> None:
    assert not is_overdue(SERVES, POLICY, Now(Monotonic(1005.0), Wall(99_000.0), "boot"))


def test_a_state_of_another_boot_is_late_by_itself_and_one_that_was_never_written_is_not() -> None:
    now = Now(Monotonic(3.0), Wall(9100.0), "another boot")
    assert is_overdue(SERVES, POLICY, now)
    assert not is_overdue(State("main"), POLICY, now)
