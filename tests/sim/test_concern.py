"""A level that is off excuses nothing that another one is responsible for."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from selfheal.core import healthcheck, ladder, restart
from selfheal.core.ladder import Context
from selfheal.core.levels import Level
from selfheal.core.policy import Policy
from selfheal.core.reasons import Hold
from selfheal.core.state import RestartPart, Stage
from selfheal.sim.draw import draw
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, FOREVER_S, HOUR_S, Event, Fault, Managed, Plan, Traits

Patch = pytest.MonkeyPatch
FIRST, SECOND = 0.0, 1.0
NOBODY_COMES = Traits(person_comes_s=FOREVER_S)
CRASH = Event(HOUR_S + 90.0, Fault.CRASH)
HANG = Event(HOUR_S, Fault.HANG, for_s=2 * HOUR_S)
HANGS = Event(HOUR_S - 30.0, Fault.START_HANGS, for_s=11 * HOUR_S)
BLIND = Event(HOUR_S, Fault.BLIND, for_s=11 * HOUR_S)
BROKEN = Event(HOUR_S + 96.0, Fault.CONFIG_BROKEN, for_s=11 * HOUR_S)


def off(level: float, at_s: float) -> Event:
    return Event(at_s, Fault.PERSON_DISABLES, for_s=12 * HOUR_S, amount=level)


def carries_its_level_over_at_the_foot_alone(patch: Patch) -> None:
    def taken_over(part: RestartPart, c: Context) -> RestartPart:
        if c.trouble is None or part.stage is not Stage.IDLE:
            return part
        return replace(part, level=c.trouble.level)

    patch.setattr(restart, "taken_over", taken_over)


def is_silent_for_one_level_alone(patch: Patch) -> None:
    def silenced(part: RestartPart, c: Context) -> Hold | None:
        level = part.level if c.trouble is None else c.trouble.level
        return Hold.LEVEL_DISABLED if level in c.scene.disabled else None

    patch.setattr(ladder, "silenced", silenced)


def is_blind_by_level_2_alone(patch: Patch) -> None:
    patch.setattr(healthcheck, "_blind_level", lambda *_: Level.HEALTHCHECK)


@pytest.mark.parametrize(
    ("events", "mutant", "rule"),
    [
        (
            (HANG, off(SECOND, HOUR_S + 32.0), CRASH),
            carries_its_level_over_at_the_foot_alone,
            "a ladder that stands still",
        ),
        (
            (off(SECOND, HOUR_S - 60.0), HANGS, CRASH),
            is_silent_for_one_level_alone,
            "a ladder that stands still",
        ),
        (
            (HANGS, CRASH, off(FIRST, HOUR_S + 95.0), BROKEN),
            carries_its_level_over_at_the_foot_alone,
            "a ladder that stands still",
        ),
        (
            (off(SECOND, HOUR_S - 60.0), BLIND),
            is_blind_by_level_2_alone,
            "our looks fail, and nobody was told",
        ),
    ],
)
def test_who_is_silent_for_a_level_that_is_not_responsible_is_found_out(
    events: tuple[Event, ...], mutant: Callable[[Patch], None], rule: str, monkeypatch: Patch
) -> None:
    """The judge believed the core which level it was."""
    plan = Plan(1, DAY_S, Policy(), NOBODY_COMES, events)
    assert live(plan).violations == ()
    mutant(monkeypatch)
    assert [each.rule for each in live(plan).violations][:1] == [rule]


def test_what_is_a_disabled_levels_alone_may_be_left_and_nobody_be_told() -> None:
    hangs = off(SECOND, HOUR_S - 60.0), Event(HOUR_S, Fault.HANG, for_s=11 * HOUR_S)
    crashed = off(FIRST, HOUR_S - 60.0), Event(HOUR_S, Fault.CRASH)
    for events in (hangs, crashed):
        tally = live(Plan(1, 12 * HOUR_S, Policy(), NOBODY_COMES, events))
        assert (tally.violations, tally.safe.alerts) == ((), 0)


def test_some_levels_are_off_for_days_and_some_to_the_end() -> None:
    events = [(e, p.safe_s) for p in (draw(seed, 100.0) for seed in range(1, 400)) for e in p.events]
    off_s = [(e.for_s, end_s - e.at_s) for e, end_s in events if e.fault is Fault.PERSON_DISABLES]
    assert sum(for_s > 6 * HOUR_S for for_s, _ in off_s) > len(off_s) / 5
    assert sum(for_s == left_s for for_s, left_s in off_s) > len(off_s) / 20
    assert sum(for_s < 6 * HOUR_S for for_s, _ in off_s) > len(off_s) / 2


def test_a_manager_that_goes_on_at_the_quiet_end_of_a_level_that_is_off_calls_nobody() -> None:
    """Each of its starts is Level 2's for half a minute, and was to be told of as the ladder's end."""
    loop = Event(HOUR_S, Fault.BAD_UPDATE, for_s=HOUR_S / 2, amount=40.0)
    manager = replace(NOBODY_COMES, managed=Managed.ALWAYS, manager_delay_s=30.0, manager_burst=100)
    tally = live(Plan(1, 3 * HOUR_S, Policy(), manager, (off(FIRST, HOUR_S / 2), loop)))
    assert (tally.violations, tally.incidents, tally.safe.alerts) == ((), 1, 0)
