"""Who has stopped it, and is it to stay down."""

from dataclasses import replace

import pytest

from selfheal.core.facts import ExitCause, GatewayProcess, Inspection, ManagerState, Upkeep
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.managed import UPDATER_STARTS_S, updater_starts
from selfheal.core.observations import ExitExamined, HostInspected, Observation
from selfheal.core.perceive import perceive
from selfheal.core.policy import Policy
from selfheal.core.state import GatewayView, Lost, Phase

POLICY = Policy()
T = 1_000.0
PROCESS = GatewayProcess(100, 5.0)
SERVES = Inspection(PROCESS, manager=ManagerState.RUNNING)
WELL = GatewayView(Phase.WELL, process=PROCESS, inspected=Monotonic(900.0), inspection=SERVES, managed=True)
ENDED = replace(
    WELL, phase=Phase.ABSENT, process=None, lost=Lost(100), exit_examined=False, since=Monotonic(T - 1.0)
)
STOPPED = GatewayView(
    Phase.STOPPED,
    since=Monotonic(T - 100.0),
    inspected=Monotonic(T - 50.0),
    inspection=Inspection(None, manager=ManagerState.STOPPED),
)


def now(at: float) -> Now:
    return Now(Monotonic(at), Wall(at + 1e9), "b")


def after(view: GatewayView, *seen: Observation, at: float = T) -> GatewayView:
    for each in seen:
        view = perceive(view, each, now(at), POLICY, startups_s=(), asked=False)[0]
    return view


def look(
    manager: ManagerState, process: GatewayProcess | None = None, *, work: bool = False
) -> HostInspected:
    upkeep = Upkeep.PACKAGE_MANAGER if work else None
    return HostInspected(1, Inspection(process, manager=manager, upkeep=upkeep))


ON_PURPOSE = ExitExamined(1, ExitCause.STOPPED_ON_PURPOSE)


@pytest.mark.parametrize("manager", [ManagerState.RESTARTING, ManagerState.FAILED])
def test_a_stop_is_over_once_its_manager_has_begun_to_start_it(manager: ManagerState) -> None:
    assert after(STOPPED, look(manager)).phase is Phase.ABSENT
    told = replace(STOPPED, unwanted=True, presumed=True)
    begun = after(told, look(manager))
    assert (begun.phase, begun.unwanted, begun.in_doubt) == (Phase.ABSENT, False, False)


@pytest.mark.parametrize("manager", [ManagerState.STOPPED, ManagerState.UNKNOWN, ManagerState.NONE])
def test_a_stop_is_not_over_for_less(manager: ManagerState) -> None:
    assert after(STOPPED, look(manager)).phase is Phase.STOPPED


def test_a_restart_that_fails_between_two_looks_is_no_stop() -> None:
    view = after(replace(ENDED, managed=False), ON_PURPOSE, look(ManagerState.RESTARTING))
    assert view.phase is Phase.ABSENT
    assert after(view, look(ManagerState.FAILED)).phase is Phase.ABSENT


def test_a_bad_end_alone_does_not_say_that_a_person_wants_it_up() -> None:
    view = after(
        replace(ENDED, leaving=True), ExitExamined(100, ExitCause.UNKNOWN), look(ManagerState.FAILED)
    )
    assert view.phase is Phase.STOPPED
    assert after(view, look(ManagerState.FAILED)).phase is Phase.STOPPED


def test_a_manager_that_had_given_up_before_the_stop_has_begun_nothing() -> None:
    failed = replace(STOPPED, inspection=Inspection(None, manager=ManagerState.FAILED))
    assert after(failed, look(ManagerState.FAILED)).phase is Phase.STOPPED


@pytest.mark.parametrize("silent", [True, False])
def test_a_manager_that_does_not_answer_once_has_it_still(silent: bool) -> None:
    said = ManagerState.UNKNOWN if silent else ManagerState.RUNNING
    killed = after(after(WELL, look(said, PROCESS)), look(said))
    known = after(killed, ExitExamined(100, ExitCause.UNKNOWN), look(ManagerState.STOPPED))
    assert known.phase is Phase.STOPPED


def test_what_a_silent_manager_had_running_is_its_own_to_start() -> None:
    gone = after(ENDED, look(ManagerState.UNKNOWN))
    assert gone.inspection is not None
    assert gone.inspection.manager is ManagerState.RESTARTING


def test_what_an_updater_stops_is_to_be_up_again() -> None:
    in_time = after(replace(ENDED, since=Monotonic(T)), look(ManagerState.NONE, work=True), ON_PURPOSE)
    late = after(ENDED, ON_PURPOSE)
    assert late.phase is Phase.STOPPED
    late = after(late, look(ManagerState.NONE, work=True), at=T + 1.0)
    for view in (in_time, late):
        assert (view.phase, view.handoff) == (Phase.ABSENT, True)
        again = after(view, look(ManagerState.NONE, work=True), at=T + 100.0)
        assert updater_starts(again, now(T + 100.0 + UPDATER_STARTS_S - 1.0))
        assert not updater_starts(again, now(T + 100.0 + UPDATER_STARTS_S))


def test_what_its_manager_was_told_to_stop_by_an_updater_is_to_be_up_again() -> None:
    gone = replace(ENDED, exit_examined=True, inspected=Monotonic(T - 10.0))
    view = after(gone, look(ManagerState.STOPPED, work=True))
    assert (view.phase, view.handoff) == (Phase.ABSENT, True)
    assert after(view, look(ManagerState.STOPPED), at=T + 100.0).phase is Phase.ABSENT


def test_what_a_person_has_stopped_before_stays_down() -> None:
    known = after(STOPPED, look(ManagerState.STOPPED))
    assert after(known, look(ManagerState.STOPPED, work=True), at=T + 9.0).phase is Phase.STOPPED
    told_us = replace(STOPPED, unwanted=True, inspected=Monotonic(T - 200.0))
    assert after(told_us, look(ManagerState.STOPPED, work=True)).phase is Phase.STOPPED
