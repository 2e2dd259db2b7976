"""Whose starts use up the hour's budget, by the truth and by what our program has seen of it."""

import pytest

from selfheal.core import budget
from selfheal.core.facts import ExitCause
from selfheal.core.policy import Policy
from selfheal.core.state import RestartPart
from selfheal.core.values import replace
from selfheal.sim.gateway import CRASH_CODE, MadeGateway
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, HOUR_S, Event, Fault, Managed, Plan, Traits
from selfheal.sim.servicemanager import MANAGER
from selfheal.sim.startsanhour import StartsAnHour
from selfheal.sim.world import PERSON, US, World


@pytest.fixture
def gateway() -> MadeGateway:
    """That our program has seen, and that has crashed."""
    made = World(Plan(1, HOUR_S, Policy(), Traits(), ())).gateway
    begin(made, PERSON)
    return made


def begin(gateway: MadeGateway, by: str) -> int:
    gateway.launch(by, slowness=1.0, dies_after_s=None, refused=False)
    return gateway.pid


def counted(gateway: MadeGateway, by: str, cause: ExitCause, *, kept: bool = True) -> int:
    """Starts of an hour at one of ours, after one by another."""
    hour = StartsAnHour()
    hour.sees(gateway.pid, gateway)
    gateway.end(cause, CRASH_CODE)
    pid = begin(gateway, by)
    hour.sees(pid, gateway)
    hour.sees(pid, gateway)
    return len(hour.start(10.0, -HOUR_S, {pid} if kept else set(), costs=True))


def test_one_of_another_owner_counts_after_a_bad_end(gateway: MadeGateway) -> None:
    assert counted(gateway, MANAGER, ExitCause.CRASHED) == 2


@pytest.mark.parametrize(
    ("by", "cause"),
    [(PERSON, ExitCause.CRASHED), (US, ExitCause.CRASHED), (MANAGER, ExitCause.STOPPED_ON_PURPOSE)],
)
def test_neither_a_person_s_nor_one_after_a_good_end_does(
    gateway: MadeGateway, by: str, cause: ExitCause
) -> None:
    assert counted(gateway, by, cause) == 1


def test_what_was_not_found_or_is_forgotten_is_not_known(gateway: MadeGateway) -> None:
    assert counted(gateway, MANAGER, ExitCause.CRASHED, kept=False) == 1
    hour = StartsAnHour()
    hour.sees(gateway.pid, gateway)
    gateway.end(ExitCause.CRASHED, CRASH_CODE)
    hour.sees(begin(gateway, MANAGER), gateway)
    hour.forget(0)
    assert len(hour.start(10.0, -HOUR_S, {gateway.pid}, costs=True)) == 1
    hour.forget(1)  # of its own it forgets those alone that no disk has taken
    assert len(hour.start(20.0, -HOUR_S, {gateway.pid}, costs=True)) == 1
    assert len(hour.start(30.0, -HOUR_S, {gateway.pid}, costs=True)) == 2


def test_what_is_forgotten_was_not_the_last_one(gateway: MadeGateway) -> None:
    """A restart that a gateway asks for, after one that no disk has kept, is its first one for us."""
    hour = StartsAnHour()
    for at, pid, costs in ((10.0, 1, True), (20.0, 2, False), (30.0, 3, True)):
        hour.start(at, -HOUR_S, {gateway.pid}, costs=costs, begins=pid)
    assert (hour.last, hour.begun) == (30.0, 3)
    hour.forget(2)
    assert (hour.last, hour.begun) == (10.0, 1)
    assert len(hour.start(40.0, -HOUR_S, {gateway.pid}, costs=True)) == 2


def test_those_of_an_hour_ago_and_from_before_a_wish_do_not_count(gateway: MadeGateway) -> None:
    hour = StartsAnHour()
    hour.sees(gateway.pid, gateway)
    gateway.end(ExitCause.CRASHED, CRASH_CODE)
    hour.sees(begin(gateway, MANAGER), gateway)
    hour.start(1.0, -HOUR_S, {gateway.pid}, costs=True)
    assert len(hour.start(HOUR_S + 0.5, -HOUR_S, {gateway.pid}, costs=False)) == 1
    assert len(hour.start(HOUR_S + 0.6, 10.0, {gateway.pid}, costs=True)) == 1


def test_a_core_that_counts_its_own_alone_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a manager that gives up after three vain starts, where two are all that an hour may have."""
    traits = Traits(managed=Managed.ALWAYS, manager_burst=3, manager_delay_s=5.0)
    loop = Event(HOUR_S, Fault.CRASH_LOOP, for_s=8 * HOUR_S, amount=2.0)
    plan = Plan(1, DAY_S, Policy(restart_attempts=2, restarts_per_hour_max=2), traits, (loop,))
    assert live(plan).violations == ()

    def not_counted(part: RestartPart, *_: object, **__: object) -> RestartPart:
        return replace(part, expected=False)

    monkeypatch.setattr(budget, "appeared", not_counted)
    assert [each.rule for each in live(plan).violations] == ["more starts an hour than the budget"]
