"""The judge finds harm: settings that do some, and a core that would, are found out."""

from dataclasses import replace

from selfheal.core.policy import Policy
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, HOUR_S, Event, Fault, Plan, Traits, draw
from selfheal.sim.shrink import only, shrink

CRASH_LOOP = Event(HOUR_S, Fault.CRASH_LOOP, for_s=3600.0, amount=20.0)
CARELESS = Policy(unclean_window_s=1.0, restart_gap_s=1.0, restart_attempts=6)


def first_rule(plan: Plan) -> str:
    return next((violation.rule for violation in live(plan).violations), "")


def test_the_gateway_s_breaker_is_watched() -> None:
    plan = Plan(1, DAY_S, CARELESS, Traits(), (CRASH_LOOP,))
    assert first_rule(plan) == "a start that trips the gateway's own breaker"
    assert first_rule(replace(plan, policy=Policy())) == ""


def test_an_impatient_start_grace_is_found_out() -> None:
    event = Event(HOUR_S, Fault.CRASH)
    hasty = Policy(startup_grace_s=20.0, startup_grace_max_s=20.0, startup_learnt_factor=0.1)
    plan = Plan(1, DAY_S, hasty, Traits(cold_start_s=200.0), (event,))
    assert live(plan).violations == ()  # its owner said that 20 s are enough
    assert live(plan).signals > 0


def test_a_failing_world_shrinks_to_what_matters() -> None:
    noise = tuple(event for event in draw(5, 2).events if event.fault is not Fault.CRASH_LOOP)
    events = tuple(sorted((*noise, replace(CRASH_LOOP, at_s=DAY_S)), key=lambda event: event.at_s))
    plan = Plan(5, 2 * DAY_S, CARELESS, Traits(), events)
    small = shrink(plan, "a start that trips the gateway's own breaker")
    assert [event.fault for event in small.plan.events] == [Fault.CRASH_LOOP]
    assert only(plan, small.kept) == small.plan
