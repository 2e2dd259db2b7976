"""The judge finds harm: settings that do some, and a core that would, are found out."""

from dataclasses import replace

import pytest

from selfheal.core.actions import Ordered, Signal, SignalGateway
from selfheal.core.facts import DeepVerdict, ExitCause, GatewayProcess
from selfheal.core.notes import Step
from selfheal.core.observations import ExitExamined, HostInspected, ProcessExited
from selfheal.core.policy import Policy
from selfheal.core.state import GatewayView, State
from selfheal.sim.bounds import NEWS_S
from selfheal.sim.draw import draw
from selfheal.sim.faults import befall
from selfheal.sim.gateway import CONFIG_CODE, CRASH_CODE
from selfheal.sim.judge import Judge
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, HOUR_S, Event, Fault, Managed, Plan, Traits
from selfheal.sim.rival import RIVAL
from selfheal.sim.servicemanager import MANAGER
from selfheal.sim.shrink import only, shrink
from selfheal.sim.world import PERSON, SECOND_PID, US, World

CRASH_LOOP = Event(HOUR_S, Fault.CRASH_LOOP, for_s=3600.0, amount=20.0)
CARELESS = Policy(unclean_window_s=1.0, restart_gap_s=1.0, restart_attempts=6)


def first_rule(plan: Plan) -> str:
    return next((violation.rule for violation in live(plan).violations), "")


def test_the_gateway_s_breaker_is_watched() -> None:
    plan = Plan(1, DAY_S, CARELESS, Traits(), (CRASH_LOOP,))
    assert first_rule(plan) == "a start that trips the gateway's own breaker"
    assert first_rule(replace(plan, policy=Policy())) == ""


@pytest.mark.parametrize(("unheard", "wrong"), [(False, True), (True, False)])
def test_no_start_is_counted_after_an_end_that_nobody_could_know_for_a_bad_one(
    unheard: bool, wrong: bool
) -> None:
    """It hung when a person ended it by our command, and died of that."""
    world, judge = served_world(Traits())
    if unheard:
        judge.unheard.add(world.gateway.pid)
    for _ in range(3):
        seen = GatewayView(process=world.inspection().process)
        judge.committed(Step(State("main", gateway=seen)), world.agenda.now())
        world.gateway.end(ExitCause.CRASHED, CRASH_CODE)
        judge.starts(world)
        world.launch(US)
    rules = {each.rule for each in judge.violations}
    assert ("a start that trips the gateway's own breaker" in rules) is wrong


def test_an_impatient_start_grace_is_its_owner_s_wish() -> None:
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
    assert replace(only(plan, small.kept), safe_s=small.plan.safe_s) == small.plan
    assert small.days < 2


def test_a_failure_long_after_its_last_event_survives_the_shrinking() -> None:
    """A world that ended an hour after its last event would end before it."""
    hasty = replace(CARELESS, startup_grace_s=20.0, startup_grace_max_s=20.0, startup_learnt_factor=0.1)
    noise = Event(60.0, Fault.PERSON_CHECKS)
    leak = Event(HOUR_S, Fault.LEAK, for_s=4 * HOUR_S)
    hangs = Event(HOUR_S + 60.0, Fault.START_HANGS, for_s=8 * HOUR_S)
    plan = Plan(1, DAY_S, hasty, Traits(person_comes_s=DAY_S), (noise, leak, hangs))
    rule, small = first_rule(plan), shrink(plan, first_rule(plan))
    assert rule == "a start that trips the gateway's own breaker"
    assert first_rule(small.plan) == rule
    assert small.plan.safe_s == small.days * DAY_S < plan.safe_s
    assert small.plan.events == (leak, hangs)


@pytest.mark.parametrize(
    ("fault", "rule"),
    [
        (Fault.CONFIG_BROKEN, "a start with a config that cannot load"),
        (Fault.DISK_FULL, "a start on a full disk"),
    ],
)
@pytest.mark.parametrize(
    ("known_for_s", "blind", "is_wrong"),
    [(NEWS_S + 1, False, True), (1.0, False, False), (60.0, True, False)],
)
def test_a_start_that_cannot_succeed_is_found_out_once_we_can_know(
    fault: Fault, rule: str, known_for_s: float, blind: bool, is_wrong: bool
) -> None:
    world = World(Plan(1, HOUR_S, Policy(), Traits(), ()))
    judge = Judge(world.agenda, world.plan.policy, world.wishes)
    world.launch(PERSON)
    world.agenda.elapsed = 600.0
    world.gateway.end(ExitCause.CRASHED, CRASH_CODE)
    befall(world, Event(0.0, fault, for_s=600.0))
    if blind:
        befall(world, Event(0.0, Fault.BLIND, for_s=600.0))
    world.agenda.elapsed += known_for_s
    judge.starts(world)
    assert [each.rule for each in judge.violations] == ([rule] if is_wrong else [])


def test_what_a_route_loses_counts_as_told_and_nobody_comes() -> None:
    """Our program cannot know better: its alerts are told once each, and the outage lasts."""
    person = Traits(person_comes_s=600.0)
    lost = Event(60.0, Fault.ROUTE_LOSES, for_s=DAY_S)
    loop = replace(CRASH_LOOP, for_s=4 * HOUR_S)
    heard, unheard = (
        live(Plan(1, DAY_S / 2, Policy(), person, events)) for events in ((loop,), (lost, loop))
    )
    assert heard.violations == unheard.violations == ()
    assert heard.alerts == unheard.alerts == 2
    assert heard.down_s < HOUR_S < unheard.down_s


def served_world(traits: Traits | None = None) -> tuple[World, Judge]:
    """A gateway that has served for an hour."""
    world = World(Plan(1, HOUR_S, Policy(), traits or Traits(), ()))
    world.launch(PERSON)
    world.agenda.elapsed = 60.0
    world.gateway.note_change()
    world.agenda.elapsed = HOUR_S
    return world, Judge(world.agenda, world.plan.policy, world.wishes)


def test_the_order_to_stop_was_another_gateway_s() -> None:
    """One SIGTERM in a world's life once made every SIGKILL after it look asked for."""
    world, judge = served_world()
    befall(world, Event(0.0, Fault.HANG, for_s=HOUR_S))
    world.gateway.note_change()
    world.agenda.elapsed += 60.0
    judge.signals(world, Signal.TERM)
    world.gateway.end(ExitCause.CRASHED, CRASH_CODE)
    world.launch(PERSON)
    judge.signals(world, Signal.KILL)
    assert [each.rule for each in judge.violations] == ["a gateway was killed without having been asked"]


@pytest.mark.parametrize(
    ("fault", "rule"),
    [(None, "a well gateway was killed"), (Fault.SUSPENDED, "a suspended gateway was killed")],
)
def test_who_is_killed_must_be_ill_as_who_is_asked(fault: Fault | None, rule: str) -> None:
    world, judge = served_world()
    befall(world, Event(0.0, Fault.HANG, for_s=60.0))
    world.gateway.note_change()
    world.agenda.elapsed += 50.0
    judge.signals(world, Signal.TERM)
    world.agenda.elapsed += 10.0
    if fault is not None:
        befall(world, Event(0.0, fault, for_s=2 * HOUR_S))
    world.gateway.note_change()
    world.agenda.elapsed += HOUR_S
    judge.signals(world, Signal.KILL)
    assert [each.rule for each in judge.violations] == [rule]


@pytest.mark.parametrize(
    ("told", "looked", "changed", "is_wrong"),
    [
        (True, True, False, True),
        (True, True, True, False),
        (True, False, False, False),
        (False, True, False, False),
    ],
)
def test_a_start_with_a_refused_config_is_found_out(
    told: bool, looked: bool, changed: bool, is_wrong: bool
) -> None:
    """`looked`: between the change of the config and the start that has read it."""
    world, judge = served_world()
    if not looked:
        judge.hears(HostInspected(1, world.inspection()), world)
    befall(world, Event(0.0, Fault.CONFIG_REFUSED, for_s=HOUR_S))
    world.gateway.end(ExitCause.CONFIG_REFUSED, CONFIG_CODE)
    if looked:
        judge.hears(HostInspected(1, world.inspection()), world)
    world.launch(PERSON)
    judge.hears(HostInspected(1, world.inspection()), world)
    world.gateway.end(ExitCause.CONFIG_REFUSED, CONFIG_CODE)
    if told:
        judge.hears(ExitExamined(1, ExitCause.CONFIG_REFUSED, pid=world.gateway.pid), world)
    if changed:
        world.new_config()
    judge.starts(world)
    found = ["a start with a config that the gateway has refused"] if is_wrong else []
    assert [each.rule for each in judge.violations] == found


@pytest.mark.parametrize("is_over", [True, False])
def test_what_was_refused_may_be_tried_again_once_after_work_on_the_installation(is_over: bool) -> None:
    world, judge = served_world()
    befall(world, Event(0.0, Fault.CONFIG_REFUSED, for_s=HOUR_S))
    befall(world, Event(0.0, Fault.UPKEEP, for_s=30.0))
    world.gateway.end(ExitCause.CONFIG_REFUSED, CONFIG_CODE)
    judge.hears(HostInspected(1, world.inspection()), world)
    world.launch(PERSON)
    judge.hears(HostInspected(1, world.inspection()), world)
    world.gateway.end(ExitCause.CONFIG_REFUSED, CONFIG_CODE)
    judge.hears(ExitExamined(1, ExitCause.CONFIG_REFUSED, pid=world.gateway.pid), world)
    world.agenda.elapsed += 31.0
    judge.hears(HostInspected(1, world.inspection()), world) if is_over else None
    judge.starts(world)
    found = [] if is_over else ["a start with a config that the gateway has refused"]
    assert [each.rule for each in judge.violations] == found


@pytest.mark.parametrize(("hung", "after_s", "is_wrong"), [(0, 10, True), (60, 61, False), (60, 90, True)])
def test_a_drain_that_no_look_can_have_seen_yet_may_be_cut_short(
    hung: int, after_s: int, is_wrong: bool
) -> None:
    """A hang ends between our last question and the kill."""
    world, judge = served_world(replace(Traits(), drain_s=300.0, heeds_term_hung=False))
    begins = world.agenda.elapsed
    befall(world, Event(0.0, Fault.HANG, for_s=float(hung)))
    judge.signals(world, Signal.TERM)
    world.gateway.ask_to_stop()
    while (at := world.agenda.next_at()) is not None and at <= begins + hung:
        world.agenda.happen()
    world.gateway.note_change()
    world.agenda.elapsed = begins + after_s
    judge.signals(world, Signal.KILL)
    assert ("a draining gateway was killed" in [each.rule for each in judge.violations]) is is_wrong


def test_who_lingers_after_the_drain_budget_may_be_killed() -> None:
    world, judge = served_world(replace(Traits(), drain_s=300.0, linger_s=60.0))
    judge.signals(world, Signal.TERM)
    world.gateway.ask_to_stop()
    world.gateway.note_change()
    world.agenda.elapsed += 300.0 + 1.0
    judge.signals(world, Signal.KILL)
    world.agenda.elapsed += 30.0
    judge.signals(world, Signal.KILL)
    found = [each.at_s for each in judge.violations if "killed at the end of its drain" in each.rule]
    assert found == [HOUR_S + 301.0]


@pytest.mark.parametrize(("seen", "managed", "is_wrong"), [(True, 0, 1), (False, 1, 1), (False, 0, 0)])
def test_whom_a_person_stopped_before_any_look_only_a_manager_can_name(
    seen: bool, managed: bool, is_wrong: bool
) -> None:
    """Another watchdog had started it two seconds before."""
    manager = Managed.ON_FAILURE if managed else Managed.NOBODY
    world, judge = served_world(replace(Traits(), managed=manager))
    if seen:
        process = GatewayProcess(world.gateway.pid, world.gateway.born)
        judge.committed(Step(State("main", gateway=GatewayView(process=process))), world.agenda.now())
    world.stop(HOUR_S)
    world.agenda.happen()
    judge.starts(world)
    assert [each.rule for each in judge.violations] == [
        "a start of a gateway that a person stopped"
    ] * is_wrong


@pytest.mark.parametrize(
    ("before", "by", "heard", "is_wrong"),
    [
        (ExitCause.RESTART_REQUESTED, Managed.ON_FAILURE, False, False),
        (ExitCause.RESTART_REQUESTED, Managed.ON_FAILURE, True, True),
        (ExitCause.RESTART_REQUESTED, Managed.ALWAYS, False, True),
        (ExitCause.STOPPED_ON_PURPOSE, Managed.ON_FAILURE, False, True),
        (ExitCause.CRASHED, Managed.ON_FAILURE, False, True),
    ],
)
def test_a_manager_that_said_stopped_before_the_start_says_nothing_new(
    before: ExitCause, by: Managed, *, heard: bool, is_wrong: bool
) -> None:
    """A start that is said to work and does nothing leaves the same word behind, and is to be made again."""
    world, judge = served_world(Traits(managed=by, manager_delay_s=HOUR_S))
    world.gateway.end(before, 0)
    world.launch(US)
    world.stop(HOUR_S)
    while world.gateway.alive:
        world.agenda.happen()
    if heard:  # and why it ended can be asked
        judge.hears(ProcessExited(world.gateway.pid, world.gateway.born), world)
    judge.starts(world)
    found = [each.rule for each in judge.violations]
    assert found == ["a start of a gateway that a person stopped"] * is_wrong


@pytest.mark.parametrize("ours", [True, False])
def test_whose_wish_an_end_met_cannot_be_told_where_we_had_it_too(ours: bool) -> None:
    """Whomever we have signalled since."""
    world, judge = served_world(replace(Traits(), managed=Managed.ON_FAILURE))
    for pid in (world.gateway.pid if ours else SECOND_PID, SECOND_PID + 1):
        order = Ordered(pid, SignalGateway(pid, 1.0, Signal.TERM))
        judge.committed(Step(State("main"), (order,)), world.agenda.now())
    world.stop(HOUR_S)
    world.agenda.happen()
    judge.starts(world)
    found = [] if ours else ["a start of a gateway that a person stopped"]
    assert [each.rule for each in judge.violations] == found


@pytest.mark.parametrize("ours", [False, True])
def test_nor_where_its_manager_had_started_another_meanwhile_and_no_look_has_seen_it(ours: bool) -> None:
    world, judge = served_world(replace(Traits(), managed=Managed.ALWAYS))
    asked = (Ordered(1, SignalGateway(world.gateway.pid, 1.0, Signal.TERM)),) if ours else ()
    seen = GatewayView(process=world.inspection().process)
    judge.committed(Step(State("main", gateway=seen), asked), world.agenda.now())
    world.gateway.end(ExitCause.STOPPED_ON_PURPOSE, 0)
    world.launch(MANAGER)
    world.stop(HOUR_S)
    while world.gateway.alive:
        world.agenda.happen()
    judge.starts(world)
    found = [] if ours else ["a start of a gateway that a person stopped"]
    assert [each.rule for each in judge.violations] == found


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (Fault.UPKEEP, "while somebody is at work on the installation"),
        (Fault.CONFIG_BROKEN, "with a config that cannot load"),
        (Fault.DISK_FULL, "on a full disk"),
        (Fault.RIVAL, "beside another watchdog's"),
    ],
)
@pytest.mark.parametrize("asked_first", [False, True])
def test_a_signal_is_held_against_what_a_start_is(fault: Fault, why: str, asked_first: bool) -> None:
    world, judge = served_world(replace(Traits(), drain_s=900.0))
    if fault is Fault.RIVAL:  # its own, from which it is found
        world.gateway.end(ExitCause.CRASHED, CRASH_CODE)
        world.launch(RIVAL)
        world.agenda.elapsed += HOUR_S
        world.gateway.note_change()
        world.agenda.elapsed += HOUR_S
    befall(world, Event(0.0, Fault.HANG, for_s=2 * HOUR_S))
    world.gateway.note_change()
    world.agenda.elapsed += 60.0
    if asked_first:
        judge.signals(world, Signal.TERM)
    befall(world, Event(0.0, fault, for_s=HOUR_S))
    world.agenda.elapsed += NEWS_S + 1.0
    judge.signals(world, Signal.KILL if asked_first else Signal.TERM)
    assert [each.rule for each in judge.violations] == ([] if asked_first else [f"a signal {why}"])


@pytest.mark.parametrize(("hung_s", "is_wrong"), [(10.0, True), (25.0, False)])
def test_one_that_served_is_given_the_time_of_all_misses(hung_s: float, is_wrong: bool) -> None:
    world, judge = served_world()
    befall(world, Event(0.0, Fault.HANG, for_s=HOUR_S))
    world.gateway.note_change()
    world.agenda.elapsed += hung_s
    judge.signals(world, Signal.TERM)
    found = ["a gateway was asked to stop before it can have been known to be ill"] if is_wrong else []
    assert [each.rule for each in judge.violations] == found


@pytest.mark.parametrize("failed", [True, False])
def test_only_a_failed_deep_check_excuses_a_signal_to_one_that_serves_again(failed: bool) -> None:
    world, judge = served_world()
    if failed:
        judge.checked_deeply(DeepVerdict.FAILED, world.gateway.pid)
    befall(world, Event(0.0, Fault.FALSE_HEALTH, for_s=200.0))
    world.gateway.note_change()
    world.agenda.elapsed += 200.0
    world.gateway.note_change()
    world.agenda.elapsed += 100.0
    judge.signals(world, Signal.TERM)
    assert ("a well gateway was asked to stop" in [each.rule for each in judge.violations]) is not failed


@pytest.mark.parametrize(
    ("lived_s", "blind", "is_wrong"), [(60.0, 0, True), (2.0, 0, False), (60.0, 1, False)]
)
def test_a_start_beside_a_living_gateway_is_found_out(lived_s: float, blind: bool, is_wrong: bool) -> None:
    """Whoever is quicker than our look is no fault of ours."""
    world, judge = served_world()
    world.gateway.end(ExitCause.CRASHED, CRASH_CODE)
    world.launch(RIVAL)
    if blind:
        befall(world, Event(0.0, Fault.BLIND, for_s=HOUR_S))
    world.agenda.elapsed += lived_s
    judge.starts(world)
    found = ["a start beside a living gateway"] if is_wrong else []
    assert [each.rule for each in judge.violations] == found


def test_what_is_ordered_once_is_done_once_whatever_our_lives() -> None:
    """Only what was ordered while no disk took it may be ordered again."""
    world, judge = served_world()
    for action_id, kept in ((7, True), (8, False)):
        judge.forgets = lambda kept=kept: not kept  # type: ignore[misc]
        order = Ordered(action_id, SignalGateway(world.gateway.pid, 1.0, Signal.TERM))
        judge.committed(Step(State("main"), (order,)), world.agenda.now())
        judge.acts(action_id)
    judge.lost_memory()
    judge.acts(8)
    assert judge.violations == []
    judge.acts(7)
    assert [each.rule for each in judge.violations] == ["an action done twice"]


@pytest.mark.parametrize("kept", [True, False])
def test_a_gateway_that_was_found_while_no_disk_took_it_is_not_known(kept: bool) -> None:
    world, judge = served_world()
    judge.forgets = lambda: not kept
    process = GatewayProcess(world.gateway.pid, world.gateway.born)
    judge.committed(Step(State("main", gateway=GatewayView(process=process))), world.agenda.now())
    judge.lost_memory()
    assert judge.has_seen(world.gateway.pid) is kept


def test_a_gateway_that_got_well_while_our_probes_failed_is_left_alone() -> None:
    """The first look that worked again was once enough to act on what the probes had told before."""
    hang = Event(HOUR_S, Fault.HANG, for_s=160.0)
    blind = Event(HOUR_S + 21.0, Fault.BLIND, for_s=480.0)
    tally = live(Plan(1, DAY_S, Policy(), Traits(), (hang, blind)))
    assert (tally.violations, tally.signals) == ((), 0)


def test_our_deaths_are_counted_when_they_happen() -> None:
    """A second one while we are dead, and one in a commit that never comes, are none."""
    events = tuple(Event(HOUR_S + at_s, Fault.WE_DIE, for_s=600.0) for at_s in (0.0, 60.0))
    assert live(Plan(1, DAY_S, Policy(), Traits(), events)).deaths == 1
