"""A gateway that crashes in the linger of a drain that is not ours may be left down if a person is told."""

import pytest

from selfheal.core import watchdog
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause
from selfheal.core.scene import Scene
from selfheal.core.trouble import Trouble
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, FOREVER_S, HOUR_S, Event, Fault, Plan, Traits
from selfheal.sim.tally import Tally

TRAITS = Traits(cold_start_s=5.0, drain_s=10.0, linger_s=300.0, person_comes_s=FOREVER_S)
CRASHES_IN_ITS_DRAIN = (Event(HOUR_S, Fault.HANDOFF), Event(HOUR_S + 100.0, Fault.CRASH))


def told(*later: Event) -> Tally:
    return live(Plan(1, DAY_S, Policy(), TRAITS, CRASHES_IN_ITS_DRAIN + later))


def test_it_is_told_of_once_and_left_down() -> None:
    tally = told()
    assert tally.violations == ()
    assert (tally.starts, tally.signals, tally.still_open) == (0, 0, 1)


def test_it_is_over_when_a_person_wants_it_up() -> None:
    tally = told(Event(3 * HOUR_S, Fault.PERSON_WANTS))
    assert tally.violations == ()
    assert (tally.starts, tally.still_open) == (1, 0)


def test_a_core_that_takes_it_for_stopped_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    trouble = watchdog.trouble

    def silent(scene: Scene) -> Trouble | None:
        found = trouble(scene)
        return None if found is not None and found.cause is Cause.LEFT_DOWN else found

    monkeypatch.setattr(watchdog, "trouble", silent)
    assert "an outage that was not noticed" in {each.rule for each in told().violations}
