"""What our program can know of a stop: who ended the gateway on purpose, and whether it is to be up again."""

import pytest

from selfheal.core.facts import GatewayProcess, Inspection, ManagerState, Upkeep
from selfheal.core.observations import HostInspected
from selfheal.core.policy import Policy
from selfheal.sim.heard import Heard
from selfheal.sim.plan import HOUR_S, Plan, Traits
from selfheal.sim.world import World

WORK = Upkeep.PACKAGE_MANAGER
RUNS = Inspection(GatewayProcess(100, 5.0), manager=ManagerState.RUNNING)


@pytest.mark.parametrize(
    ("before", "seen", "to_be_up"),
    [
        (RUNS, Inspection(None, manager=ManagerState.STOPPED), False),
        (RUNS, Inspection(None, manager=ManagerState.STOPPED, upkeep=WORK), True),
        (
            Inspection(None, manager=ManagerState.RESTARTING),
            Inspection(None, manager=ManagerState.STOPPED),
            False,
        ),
        (
            Inspection(None, manager=ManagerState.RESTARTING),
            Inspection(None, manager=ManagerState.STOPPED, upkeep=WORK),
            True,
        ),
    ],
)
def test_who_was_at_work_when_it_stopped_is_to_start_it(
    before: Inspection, seen: Inspection, to_be_up: bool
) -> None:
    """Its manager may have started it, and the updater stopped it, between two looks."""
    heard, world = Heard(), World(Plan(1, HOUR_S, Policy(), Traits(), ()))
    for look in (before, seen):
        heard.hears(HostInspected(1, look), world)
    assert heard.is_to_be_up is to_be_up
