"""A core that heeds what speaks against a start only before a start is found out when it signals."""

import pytest

from selfheal.core import hold
from selfheal.core.instants import Now
from selfheal.core.levels import Level
from selfheal.core.policy import Policy
from selfheal.core.reasons import Hold
from selfheal.core.scene import Scene
from selfheal.core.trouble import Act
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, HOUR_S, Event, Fault, Plan, Traits

HANG = Event(HOUR_S, Fault.HANG, for_s=2 * HOUR_S)
RIVAL = Event(HOUR_S / 2, Fault.RIVAL, for_s=4 * HOUR_S, amount=0.01)
CRASH = Event(HOUR_S / 2 + 1.0, Fault.CRASH)


@pytest.mark.parametrize(
    ("why", "events"),
    [
        (Hold.UPKEEP, (HANG, Event(HOUR_S + 5.0, Fault.UPKEEP, for_s=1500.0))),
        (Hold.CONFIG_UNLOADABLE, (HANG, Event(HOUR_S + 5.0, Fault.CONFIG_BROKEN, for_s=HOUR_S))),
        (Hold.DISK_FULL, (HANG, Event(HOUR_S + 5.0, Fault.DISK_FULL, for_s=HOUR_S))),
        (Hold.FOREIGN_SUPERVISOR, (RIVAL, CRASH, HANG)),
    ],
)
def test_a_signal_against_what_holds_a_start_is_found_out(
    why: Hold, events: tuple[Event, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def starts_only(scene: Scene, act: Act, level: Level, now: Now) -> Hold | None:
        found = real(scene, act, level, now)
        return None if found is why and act is not Act.START else found

    real = hold.hold
    plan = Plan(1, DAY_S / 2, Policy(), Traits(drain_s=20.0), events)
    assert live(plan).violations == ()
    monkeypatch.setattr(hold, "hold", starts_only)
    assert [each.rule for each in live(plan).violations if each.rule.startswith("a signal ")] != []
