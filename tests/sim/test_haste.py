"""A core that orders too soon, or one who is not ill, to stop is found out."""

from dataclasses import replace

import pytest
from tests.sim.test_judge import served_world

from selfheal.core import perceive
from selfheal.core.actions import Signal
from selfheal.core.facts import ILL, DeepVerdict, Verdict
from selfheal.core.instants import Now
from selfheal.core.observations import DeepCheckFinished
from selfheal.core.policy import Policy
from selfheal.core.state import GatewayView
from selfheal.sim.bounds import NEWS_S
from selfheal.sim.faults import befall
from selfheal.sim.judge import Judge
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, HOUR_S, Event, Fault, Plan, Traits
from selfheal.sim.world import World

TOO_SOON = "a gateway was asked to stop before it can have been known to be ill"
SUSPENDED = "a suspended gateway was asked to stop"
DRAINING = "a draining gateway was asked to stop"


def asked(world: World, judge: Judge, after_s: float) -> list[str]:
    world.gateway.note_change()
    world.agenda.elapsed += after_s
    judge.signals(world, Signal.TERM)
    return [each.rule for each in judge.violations]


@pytest.mark.parametrize(("fault", "rule"), [(Fault.SUSPENDED, SUSPENDED), (Fault.HANDOFF, DRAINING)])
@pytest.mark.parametrize("after_s", [NEWS_S + 1.0, 20.0, 49.0])
def test_who_served_and_is_to_be_left_alone_now_is_asked_by_no_right(
    fault: Fault, rule: str, after_s: float
) -> None:
    """The time of all misses was once granted to a core that had no miss to count."""
    world, judge = served_world(Traits(drain_s=300.0))
    befall(world, Event(0.0, fault, for_s=HOUR_S))
    assert asked(world, judge, after_s) == [rule, TOO_SOON]


def test_whom_a_hang_has_left_suspended_may_be_asked_until_we_can_know() -> None:
    world, judge = served_world()
    befall(world, Event(0.0, Fault.HANG, for_s=30.0))
    world.gateway.note_change()
    world.agenda.elapsed += 30.0
    befall(world, Event(0.0, Fault.SUSPENDED, for_s=HOUR_S))
    assert asked(world, judge, 20.0) == []


@pytest.mark.parametrize(
    ("checks", "after_s", "rules"),
    [
        (2, 60.0, []),
        (1, 60.0, ["a gateway was asked to stop after too few deep checks"]),
        (2, 1.0, [TOO_SOON]),
    ],
)
def test_requests_must_have_failed_as_often_and_as_long_as_the_settings_want(
    checks: int, after_s: float, rules: list[str]
) -> None:
    """By default the time was none at all, and nobody counted the checks."""
    world, judge = served_world()
    befall(world, Event(0.0, Fault.DEEP_FAULT))
    for _ in range(checks):
        judge.checked_deeply(DeepVerdict.FAILED, world.gateway.pid)
    assert asked(world, judge, after_s) == rules


@pytest.mark.parametrize("answer", [DeepVerdict.OK, DeepVerdict.NOT_CHECKED, None])
def test_only_deep_checks_that_fail_in_a_row_count(answer: DeepVerdict | None) -> None:
    world, judge = served_world()
    judge.checked_deeply(DeepVerdict.FAILED, world.gateway.pid)
    if answer is not None:
        judge.checked_deeply(answer, world.gateway.pid)
        judge.hears(DeepCheckFinished(1, answer), world)
    befall(world, Event(0.0, Fault.DEEP_FAULT))
    judge.checked_deeply(DeepVerdict.FAILED, world.gateway.pid)
    too_few = "a gateway was asked to stop after too few deep checks" in asked(world, judge, 60.0)
    assert too_few is (answer is not None)


def test_a_check_that_a_full_disk_has_failed_counts_as_one_before_the_fault() -> None:
    world, judge = served_world()
    judge.checked_deeply(DeepVerdict.STORAGE, world.gateway.pid)
    world.agenda.elapsed += 30.0
    befall(world, Event(0.0, Fault.DEEP_FAULT))
    judge.checked_deeply(DeepVerdict.FAILED, world.gateway.pid)
    assert asked(world, judge, 11.0) == []


def test_a_wrong_answer_needs_no_deep_check() -> None:
    policy = Policy(heartbeat_misses=5)
    for after_s, rules in ((32.0, [TOO_SOON]), (33.0, [])):
        world, _ = served_world()
        judge = Judge(world.agenda, policy, world.wishes)
        befall(world, Event(0.0, Fault.DEEP_FAULT))
        befall(world, Event(0.0, Fault.FALSE_HEALTH, for_s=HOUR_S))
        assert asked(world, judge, after_s) == rules


def test_a_core_to_which_one_failed_deep_check_is_enough_is_found_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = Plan(1, DAY_S / 4, Policy(), Traits(), (Event(HOUR_S, Fault.DEEP_FAULT),))
    assert live(plan).violations == ()
    monkeypatch.setattr(perceive, "_deep", counts_twice)
    assert [each.rule for each in live(plan).violations] == [
        "a gateway was asked to stop after too few deep checks"
    ]


def counts_twice(view: GatewayView, seen: DeepCheckFinished, now: Now, policy: Policy) -> GatewayView:
    found = deep(view, seen, now, policy)
    return replace(found, deep_misses=2 * found.deep_misses)


deep = perceive._deep


@pytest.mark.parametrize(
    ("event", "traits"),
    [
        (Event(HOUR_S, Fault.SUSPENDED, for_s=600.0), Traits()),
        (Event(HOUR_S, Fault.HANDOFF), Traits(drain_s=120.0)),
    ],
)
def test_a_core_that_counts_a_drain_as_a_miss_is_found_out(
    event: Event, traits: Traits, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(1, DAY_S / 4, Policy(), traits, (event,))
    assert live(plan).violations == ()
    monkeypatch.setattr(perceive, "ILL", ILL | {Verdict.DRAINING})
    assert live(plan).violations != ()


HICCUP = Event(HOUR_S + 0.2, Fault.FALSE_HEALTH, for_s=14.0)
CHECKS = tuple(Event(HOUR_S + after_s, Fault.PERSON_CHECKS) for after_s in (0.4, 1.4, 2.4))


def test_a_wrong_answer_that_ends_by_itself_ends_nobody_even_where_a_person_asks_for_checks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = Plan(1, DAY_S / 4, Policy(), Traits(), (HICCUP, *CHECKS))
    tally = live(plan)
    assert (tally.violations, tally.signals, tally.incidents) == ((), 0, 0)
    monkeypatch.setattr(perceive, "least_missing_s", lambda _: 0.0)
    assert [each.rule for each in live(plan).violations] == [TOO_SOON]


@pytest.mark.parametrize("misses", [1, 3, 5])
def test_answers_must_be_wrong_for_as_long_as_silence_must_last(misses: int) -> None:
    policy = Policy(heartbeat_misses=misses)
    least_s = misses * policy.heartbeat_timeout_s + (misses - 1) * policy.heartbeat_retry_s
    for fault in (Fault.FALSE_HEALTH, Fault.HANG):
        for after_s, rules in ((least_s - 0.5, [TOO_SOON]), (least_s, [])):
            world, _ = served_world()
            judge = Judge(world.agenda, policy, world.wishes)
            befall(world, Event(0.0, fault, for_s=HOUR_S))
            assert asked(world, judge, after_s) == rules


@pytest.mark.parametrize(("wrong_s", "rules"), [(8.0, [TOO_SOON]), (9.5, [])])
def test_that_it_serves_again_is_no_illness(wrong_s: float, rules: list[str]) -> None:
    """But for as long as the answer to a question from before may take."""
    world, judge = served_world()
    befall(world, Event(0.0, Fault.FALSE_HEALTH, for_s=wrong_s))
    world.gateway.note_change()
    world.agenda.elapsed += wrong_s
    assert asked(world, judge, 12.0) == rules


def test_requests_that_fail_at_once_fail_no_oftener_for_a_person_who_asks_for_checks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fault = Event(HOUR_S, Fault.DEEP_FAULT, amount=1.0)
    plan = Plan(1, DAY_S / 4, Policy(), Traits(), (fault, *CHECKS))
    tally = live(plan)
    assert (tally.violations, tally.signals, tally.incidents) == ((), 1, 1)
    monkeypatch.setattr(perceive, "deep_gap_s", lambda _: 0.0)
    assert [each.rule for each in live(plan).violations] == [TOO_SOON]


@pytest.mark.parametrize("load", [1.0, 4.0])
@pytest.mark.parametrize("cold_start_s", [6.0, 60.0, 240.0])
def test_a_restart_in_place_is_left_to_the_gateway(
    cold_start_s: float, load: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes a share of its own cold start, and longer under load."""
    events = Event(HOUR_S - 60.0, Fault.LOAD, for_s=HOUR_S, amount=load), Event(HOUR_S, Fault.IN_PLACE)
    plan = Plan(1, DAY_S / 4, Policy(), Traits(cold_start_s=cold_start_s, start_varies=1.6), events)
    tally = live(plan)
    assert (tally.violations, tally.signals) == ((), 0)
    monkeypatch.setattr(perceive, "closed_port_s", lambda _, policy: policy.port_closed_kill_s)
    found = ["a starting gateway was asked to stop"] if cold_start_s * load >= 60.0 else []
    assert [each.rule for each in live(plan).violations] == found
