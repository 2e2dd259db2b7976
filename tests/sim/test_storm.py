"""A host that stalls again and again: its gateway is healed, or a person told; a well one is left alone."""

from itertools import pairwise

import pytest

from selfheal.core import settling
from selfheal.core.instants import Monotonic, Now
from selfheal.core.policy import Policy
from selfheal.core.state import GatewayView
from selfheal.core.values import replace
from selfheal.sim import bounds
from selfheal.sim.draw import STALLED_S, STORM_EVERY_S, draw
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, FOREVER_S, HOUR_S, Event, Fault, Plan, Traits, possible
from selfheal.sim.storm import Storm
from selfheal.sim.tally import Tally

BEGINS_S, HOURS = HOUR_S, 6
STORMS = pytest.mark.parametrize(
    ("stall", "every_s", "for_s"),
    [
        (Fault.STALL, 60.0, 20.0),
        (Fault.STALL, 50.0, 20.0),
        (Fault.STALL, 32.0, 16.0),
        (Fault.STALL, 150.0, 75.0),
        (Fault.STALL, 600.0, 300.0),
        (Fault.SLEEP, 45.0, 900.0),
        (Fault.SLEEP, 600.0, 900.0),
    ],
)


def stormy(
    stall: Fault,
    every_s: float,
    for_s: float,
    *faults: Event,
    policy: Policy | None = None,
    real: bool = False,
) -> Tally:
    """How a world ends in which nobody ends what `faults` do."""
    count = int(HOURS * HOUR_S / every_s)
    storm = [Event(BEGINS_S + every_s * number, stall, for_s) for number in range(count)]
    events = tuple(sorted([*faults, *storm], key=lambda event: event.at_s))
    traits = Traits(person_comes_s=FOREVER_S, real_loop=real)
    return live(possible(Plan(7, BEGINS_S + HOURS * HOUR_S, policy or Policy(), traits, events)))


def as_before(view: GatewayView, away_s: float, now: Now, policy: Policy, *, sent: bool) -> GatewayView:
    """The cap began anew with the first resume after the settling."""
    del away_s
    since = view.settling_since if now.mono < view.settle_until else now.mono
    until = min(now.after(policy.settle_after_resume_s), Monotonic(since + policy.last_wait_s))
    return replace(settling.unproven(view, now, sent=sent), settle_until=until, settling_since=since)


@STORMS
def test_a_gateway_that_is_well_is_left_alone(stall: Fault, every_s: float, for_s: float) -> None:
    tally = stormy(stall, every_s, for_s)
    assert (tally.violations, tally.starts, tally.signals, tally.incidents) == ((), 0, 0, 0)


@STORMS
@pytest.mark.parametrize("fault", [Fault.CRASH, Fault.HANG, Fault.DEEP_FAULT, Fault.PARKED])
def test_what_a_restart_mends_is_healed(stall: Fault, every_s: float, for_s: float, fault: Fault) -> None:
    tally = stormy(stall, every_s, for_s, Event(BEGINS_S + 10.0, fault, FOREVER_S))
    assert (tally.violations, tally.starts, tally.still_open) == ((), 1, 0)
    assert tally.down_s < HOUR_S / 4


@STORMS
def test_what_nothing_mends_is_told(stall: Fault, every_s: float, for_s: float) -> None:
    tally = stormy(stall, every_s, for_s, Event(BEGINS_S + 10.0, Fault.SUSPENDED, FOREVER_S))
    assert (tally.violations, tally.starts, tally.signals) == ((), 0, 0)
    assert tally.safe.alerts > 0


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("fault", [Fault.CRASH, Fault.HANG])
def test_with_the_real_loop_it_comes_to_the_same(fault: Fault, real: bool) -> None:
    tally = stormy(Fault.STALL, 60.0, 20.0, Event(BEGINS_S + 10.0, fault, FOREVER_S), real=real)
    assert (tally.violations, tally.starts, tally.incidents) == ((), 1, 1)


def test_where_no_question_gets_its_answer_a_person_is_told() -> None:
    """Each probe may take longer than the host runs."""
    patient = Policy(heartbeat_interval_s=60.0, heartbeat_timeout_s=50.0, full_check_timeout_s=50.0)
    tally = stormy(Fault.STALL, 40.0, 20.0, Event(BEGINS_S + 10.0, Fault.HANG, FOREVER_S), policy=patient)
    assert tally.violations == ()
    assert tally.safe.alerts > 0


@pytest.mark.parametrize("fault", [Fault.CRASH, Fault.HANG, Fault.DEEP_FAULT, Fault.SUSPENDED])
def test_a_core_that_forgives_every_stall_is_found_out(fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge had excused it, and so its silence, for ever."""
    monkeypatch.setattr(settling, "resumed", as_before)
    tally = stormy(Fault.STALL, 60.0, 20.0, Event(BEGINS_S + 10.0, fault, FOREVER_S))
    assert [each.rule for each in tally.violations] == ["an outage that was not noticed"]


def test_a_drain_that_begins_anew_with_each_stall_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the host is quiet in between."""
    monkeypatch.setattr(settling, "resumed", as_before)
    tally = stormy(Fault.STALL, 600.0, 20.0, Event(BEGINS_S + 10.0, Fault.SUSPENDED, FOREVER_S))
    assert [each.rule for each in tally.violations] == ["an outage that was not noticed"]


def test_a_host_that_sleeps_again_and_again_is_a_storm_though_no_time_passes_meanwhile() -> None:
    """The core's own patience with each sleep told of it, and ended first."""
    storm, policy = Storm(Policy()), Policy()
    for number in range(10):
        storm.look(BEGINS_S + 120.0 * number, 1, 900.0 * number, heeds=True)
    now = BEGINS_S + 120.0 * 9
    assert storm.rages(now)
    assert not storm.rages(now + bounds.calm_s(policy))
    assert storm.excuses(BEGINS_S + 120.0 + 1.0)
    assert not storm.excuses(now)


def test_some_drawn_worlds_have_a_storm() -> None:
    """Long, near a fault, and with stalls that are noticed; most have none."""
    stormy = 0
    for seed in range(300):
        plan = draw(seed, 30.0, rate=1.0)
        at = [event.at_s for event in plan.events if event.fault in (Fault.STALL, Fault.SLEEP)]
        gaps = [round(after - before, 3) for before, after in pairwise(at)]
        same = max((gaps.count(gap) for gap in set(gaps)), default=0)
        stormy += same >= 5
        assert max(at, default=0.0) < 30.0 * DAY_S
    assert 2 <= stormy <= 20
    assert STORM_EVERY_S[0] / 2 >= STALLED_S


@pytest.mark.parametrize("policy", [Policy(), Policy(recheck_hold_s=30.0), Policy(deep_check_misses=5)])
def test_what_the_core_takes_for_one_storm_is_none_of_many_to_the_judge(policy: Policy) -> None:
    """Sleeps a little further apart than the judge's calm were no excuse, and no return either."""
    assert bounds.calm_s(policy) >= settling.quiet_s(policy)
