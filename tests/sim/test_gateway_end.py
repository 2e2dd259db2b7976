"""What can be found out about an end: as much as gateway.examine can, and no more."""

import pytest

from selfheal.core.facts import ExitCause
from selfheal.core.policy import Policy
from selfheal.sim.gateway import CAUSES_KEPT, CONFIG_CODE, MadeGateway
from selfheal.sim.plan import HOUR_S, Event, Fault, Plan, Traits
from selfheal.sim.story import tell
from selfheal.sim.world import World

REFUSED = ExitCause.CONFIG_REFUSED


@pytest.fixture
def gateway() -> MadeGateway:
    """That has begun and ended once."""
    made = World(Plan(1, HOUR_S, Policy(), Traits(), ())).gateway
    begin(made)
    made.end(REFUSED, CONFIG_CODE)
    return made


def begin(gateway: MadeGateway) -> None:
    gateway.launch("us", slowness=1.0, dies_after_s=None, refused=False)


def test_its_records_tell_of_the_run_of_that_pid_alone(gateway: MadeGateway) -> None:
    assert gateway.why_ended(gateway.pid, None) is REFUSED
    assert gateway.why_ended(gateway.pid + 1, None) is ExitCause.UNKNOWN
    assert gateway.why_ended(0, None) is ExitCause.UNKNOWN


def test_they_are_not_read_while_another_one_runs_but_an_exit_code_is_known(gateway: MadeGateway) -> None:
    ended = gateway.pid
    begin(gateway)
    assert gateway.why_ended(ended, None) is ExitCause.UNKNOWN
    assert gateway.why_ended(ended, CONFIG_CODE) is REFUSED


def test_the_host_s_end_is_the_gateway_s_and_old_ends_are_forgotten(gateway: MadeGateway) -> None:
    first = gateway.pid
    begin(gateway)
    gateway.cut_off()
    assert gateway.why_ended(gateway.pid, None) is ExitCause.CRASHED
    for _ in range(CAUSES_KEPT):
        begin(gateway)
        gateway.end(REFUSED, CONFIG_CODE)
    assert gateway.why_ended(first, None) is ExitCause.UNKNOWN


def test_only_of_a_child_of_ours_the_exit_code_is_heard() -> None:
    """The first one was a person's; the second is ours until we die; then the third has another parent."""
    events = (
        Event(100.0, Fault.CRASH),
        Event(500.0, Fault.CRASH),
        Event(900.0, Fault.WE_DIE, for_s=1.0),
        Event(1000.0, Fault.CRASH),
    )
    lines, _ = tell(Plan(1, HOUR_S, Policy(), Traits(), events))
    lost = [
        line.text.partition("gateway_lost ")[2].split()[0] for line in lines if "gateway_lost" in line.text
    ]
    assert lost == ["(1001)", "1", "(1003)"]


def test_an_order_to_stop_waits_in_a_process_that_hangs() -> None:
    """As measured on a real gateway whose event loop was blocked for 45 s."""
    world = World(Plan(1, HOUR_S, Policy(), Traits(drain_s=8.0), ()))
    gateway, agenda = world.gateway, world.agenda
    begin(gateway)
    agenda.elapsed = 600.0
    gateway.hung_until = 660.0
    gateway.ask_to_stop()
    gateway.ask_to_stop()
    gateway.hung_until = 700.0
    while gateway.alive and agenda.next_at() is not None:
        agenda.happen()
    assert (gateway.alive, gateway.ended_at) == (False, 708.0)
    assert gateway.last_cause is ExitCause.STOPPED_ON_PURPOSE


@pytest.mark.parametrize(
    ("would", "cut"),
    [("serve", 1), ("crash later", 1), ("die of it", 0), ("be refused", 0), ("hang", 0)],
)
def test_a_start_is_cut_off_that_would_have_come_to_its_end(would: str, cut: int) -> None:
    gateway = World(Plan(1, HOUR_S, Policy(), Traits(cold_start_s=60.0, start_varies=1.0), ())).gateway
    gateway.hang_at_start = would == "hang"
    dies_after_s = {"crash later": 90.0, "die of it": 30.0}.get(would)
    gateway.launch("us", slowness=1.0, dies_after_s=dies_after_s, refused=would == "be refused")
    gateway.ask_to_stop(for_us=True)
    gateway.kill()
    assert gateway.starts_cut == cut


def test_a_start_that_somebody_else_cuts_off_is_not_ours(gateway: MadeGateway) -> None:
    begin(gateway)
    gateway.ask_to_stop()
    gateway.kill()
    assert gateway.starts_cut == 0
