"""What is told outside: well, failed, or nothing at all."""

from dataclasses import replace

import pytest

from selfheal.core.instants import BEGINNING, Monotonic, Now, Wall
from selfheal.core.levels import Level
from selfheal.core.policy import Policy
from selfheal.core.pulse import Pulse, pulse
from selfheal.core.reasons import Cause
from selfheal.core.state import AlertingPart, GatewayView, Incident, Pause, Phase, RecoveryPart, State

POLICY = Policy()
NOW = Now(Monotonic(10_000.0), Wall(50_000.0), "boot-a")
FRESH, OLD = Monotonic(9_990.0), Monotonic(1_000.0)
WELL = State("main", gateway=GatewayView(phase=Phase.WELL, probed=FRESH))
STALE = replace(WELL, gateway=GatewayView(phase=Phase.WELL, probed=OLD, inspected=OLD))
INCIDENT = Incident(1, Cause.PROCESS_GONE, Wall(49_000.0), BEGINNING, Level.WATCHDOG)
REPAIR = replace(WELL, incident=INCIDENT, gateway=GatewayView(phase=Phase.ABSENT, inspected=FRESH))
TOLD = replace(REPAIR, alerting=AlertingPart(opened=1))


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (WELL, Pulse.WELL),
        (REPAIR, Pulse.WELL),
        (TOLD, Pulse.FAILED),
        (replace(REPAIR, recovery=RecoveryPart(escalated=True)), Pulse.FAILED),
        (replace(WELL, distrust="a rule of ours"), Pulse.FAILED),
        (replace(STALE, distrust="a rule of ours"), Pulse.FAILED),
        (STALE, None),
        (State("main"), None),
        (replace(STALE, pause=Pause(Wall(1.0), None, "")), Pulse.WELL),
        (replace(STALE, gateway=GatewayView(phase=Phase.STOPPED)), Pulse.WELL),
        (replace(STALE, disabled=(Level.WATCHDOG, Level.HEALTHCHECK)), Pulse.WELL),
        (replace(STALE, disabled=(Level.HEALTHCHECK,)), None),
    ],
)
def test_of_one_gateway(state: State, said: Pulse | None) -> None:
    assert pulse([(state, POLICY)], NOW) is said


def test_of_several_the_worst_is_said() -> None:
    assert pulse([(WELL, POLICY), (TOLD, POLICY), (STALE, POLICY)], NOW) is Pulse.FAILED
    assert pulse([(WELL, POLICY), (STALE, POLICY)], NOW) is None
    assert pulse([(WELL, POLICY), (REPAIR, POLICY)], NOW) is Pulse.WELL
    assert pulse([], NOW) is None
