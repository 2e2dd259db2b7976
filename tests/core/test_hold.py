"""Why a gateway in trouble is left alone, in the order of weight."""

from dataclasses import replace

import pytest

from selfheal.core.budget import exceeded
from selfheal.core.facts import ConfigState, Inspection, ManagerState, Upkeep
from selfheal.core.hold import SLOW, hold
from selfheal.core.instants import HOUR_S, Monotonic, Now, Wall
from selfheal.core.levels import Level
from selfheal.core.policy import Policy
from selfheal.core.reasons import Hold
from selfheal.core.scene import Scene
from selfheal.core.state import GatewayView, RestartPart, Stage
from selfheal.core.trouble import Act

POLICY = Policy()
NOW = Now(Monotonic(10_000.0), Wall(1e9), "b")
SEEN = Inspection(None, config=ConfigState.LOADABLE)


def scene(seen: Inspection | None = SEEN, *, paused: bool = False, settle_until: float = 0.0) -> Scene:
    view = GatewayView(inspection=seen, settle_until=Monotonic(settle_until))
    return Scene(view, Stage.IDLE, frozenset(), frozenset({Level.HEALTHCHECK}), (), paused)


def why(given: Scene, act: Act = Act.START, level: Level = Level.WATCHDOG) -> Hold | None:
    return hold(given, act, level, NOW)


def test_nothing_speaks_against_it() -> None:
    assert why(scene()) is None


def test_a_person_comes_first() -> None:
    assert why(scene(replace(SEEN, disk_full=True), paused=True)) is Hold.PAUSED
    assert why(scene(), level=Level.HEALTHCHECK) is Hold.LEVEL_DISABLED


def test_settling_ends_at_its_instant() -> None:
    assert why(scene(settle_until=10_000.1)) is Hold.SETTLING
    assert why(scene(settle_until=10_000.0)) is None


def test_nothing_is_done_unseen() -> None:
    assert why(scene(None)) is Hold.SETTLING


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (replace(SEEN, upkeep=Upkeep.UPDATE), Hold.UPKEEP),
        (replace(SEEN, foreign_supervisor="monit"), Hold.FOREIGN_SUPERVISOR),
        (replace(SEEN, missing_file="/x/dist/entry.js"), Hold.PACKAGE_BROKEN),
        (replace(SEEN, config=ConfigState.MALFORMED), Hold.CONFIG_UNLOADABLE),
        (replace(SEEN, disk_full=True), Hold.DISK_FULL),
    ],
)
@pytest.mark.parametrize("act", [Act.START, Act.RESTART])
def test_what_the_host_says(seen: Inspection, expected: Hold, act: Act) -> None:
    assert why(scene(seen), act) is expected


@pytest.mark.parametrize(
    ("manager", "held"),
    [(ManagerState.RESTARTING, Hold.MANAGER_RESTARTS), (ManagerState.STOPPING, Hold.MANAGER_STOPS)],
)
def test_a_manager_that_restarts_it_or_still_stops_it_holds_a_start_only(
    manager: ManagerState, held: Hold
) -> None:
    """A unit that was «deactivating» after a crash was once started beside its manager's own restart."""
    seen = replace(SEEN, manager=manager)
    assert why(scene(seen)) is held
    assert why(scene(seen), Act.RESTART) is None
    assert held in SLOW


def part(*, unclean: tuple[float, ...] = (), starts: tuple[float, ...] = (), end: bool = True) -> RestartPart:
    return RestartPart(
        unclean_end=end,
        unclean_starts=tuple(map(Monotonic, unclean)),
        starts=tuple(map(Monotonic, starts)),
    )


def test_two_unclean_starts_and_the_third_waits_for_the_first_to_age() -> None:
    assert exceeded(part(unclean=(9990.0,)), NOW, POLICY) is None
    assert exceeded(part(unclean=(9800.0, 9990.0)), NOW, POLICY) == (Hold.UNCLEAN_BUDGET, 9800.0 + 310.0)
    assert exceeded(part(unclean=(9990.0, 9800.0, 9700.0)), NOW, POLICY) == (Hold.UNCLEAN_BUDGET, 10_110.0)


def test_a_clean_end_costs_no_unclean_start() -> None:
    assert exceeded(part(unclean=(9800.0, 9990.0), end=False), NOW, POLICY) is None


def test_the_window_ends_exactly_when_it_says() -> None:
    held = exceeded(part(unclean=(9690.1, 9990.0)), NOW, POLICY)
    assert held is not None
    then = replace(NOW, mono=held[1])
    assert exceeded(part(unclean=(9690.1, 9990.0)), then, POLICY) is None


def test_six_starts_an_hour() -> None:
    starts = tuple(9000.0 + each for each in range(6))
    assert exceeded(part(starts=starts[:5]), NOW, POLICY) is None
    assert exceeded(part(starts=starts), NOW, POLICY) == (Hold.HOURLY_BUDGET, 9000.0 + HOUR_S)
