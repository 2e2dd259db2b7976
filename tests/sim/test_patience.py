"""A core that waits for ever, or far too long, or tells nobody is found out in a few worlds."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from selfheal.core import alerting, healthcheck, hold, ladder, recovery, restart, termination, watchdog
from selfheal.core.instants import Monotonic, Now
from selfheal.core.ladder import Context, Move
from selfheal.core.observations import Observation, ResidentStarted
from selfheal.core.policy import Policy
from selfheal.core.reasons import Hold
from selfheal.core.scene import Scene
from selfheal.core.state import (
    AlertingPart,
    HealthcheckPart,
    Incident,
    RestartPart,
    Stage,
    State,
    WatchdogPart,
)
from selfheal.core.trouble import Looks
from selfheal.sim import bounds
from selfheal.sim.draw import draw
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, FOREVER_S, HOUR_S, Event, Fault, Managed, Plan, Traits
from selfheal.sim.world import PERSON, World

WORLDS, DAYS, RATE = 20, 10.0, 1.5
NEVER = Monotonic(1e12)

Patch = pytest.MonkeyPatch
Rung = Callable[[RestartPart, Context], Move]


def never_leaves(stage: Stage, patch: Patch, *leaving: Stage) -> None:
    """The ladder stays at `stage` where it would move on to one of `leaving`."""
    real = restart.STAGES[stage]

    def stays(part: RestartPart, c: Context) -> Move:
        move = real(part, c)
        return Move(replace(part, deadline=NEVER)) if move.part.stage in leaving else move

    patch.setitem(restart.STAGES, stage, stays)


def never_tries_again(patch: Patch) -> None:
    never_leaves(Stage.EXHAUSTED, patch, Stage.WAITING, Stage.STOPPING)


def waits_for_ever(patch: Patch) -> None:
    never_leaves(Stage.LAST_WAIT, patch, Stage.EXHAUSTED)


def never_starts(patch: Patch) -> None:
    never_leaves(Stage.WAITING, patch, Stage.LAUNCHING, Stage.EXHAUSTED)


def never_kills(patch: Patch) -> None:
    patch.setattr(termination, "_press", ladder.stay)


def never_heals(patch: Patch) -> None:
    never_leaves(Stage.STABILISING, patch, Stage.IDLE)


def never_escalates(patch: Patch) -> None:
    patch.setattr(recovery, "escalate", lambda part: part)


def has_too_much_patience(patch: Patch) -> None:
    real = ladder.patience_s
    patch.setattr(ladder, "patience_s", lambda why, policy: 10 * real(why, policy))


def waits_ten_times_too_long(patch: Patch) -> None:
    def slow(part: RestartPart, c: Context) -> Move:
        return real(part, replace(c, policy=replace(c.policy, last_wait_s=10 * c.policy.last_wait_s)))

    real = ladder.last_wait
    for module in (restart, termination):
        patch.setattr(module, "last_wait", slow)


def tries_again_ten_times_too_late(patch: Patch) -> None:
    def slow(part: RestartPart, c: Context) -> Move:
        late_s = 10 * c.policy.retry_after_escalation_s
        return real(part, replace(c, policy=replace(c.policy, retry_after_escalation_s=late_s)))

    real = ladder.exhausted
    for module in (restart, termination):
        patch.setattr(module, "exhausted", slow)


def tells_of_the_first_incident_only(patch: Patch) -> None:
    real = alerting.opened

    def opened(part: AlertingPart, incident: Incident, *how: Any) -> tuple[AlertingPart, tuple[object, ...]]:
        return real(part, incident, *how) if incident.id == 1 else (part, ())

    patch.setattr(alerting, "opened", opened)


def never_tells_the_end(patch: Patch) -> None:
    patch.setattr(alerting, "over", lambda part, _incident: (replace(part, opened=None), ()))


def forgets_alerts(patch: Patch) -> None:
    """Their delivery failed once, and is not tried again."""
    real = alerting.delivered

    def delivered(part: AlertingPart, now: object, *, succeeded: bool) -> AlertingPart:
        part = real(part, now, succeeded=succeeded)  # type: ignore[arg-type]
        return part if succeeded else replace(part, next_try=NEVER)

    patch.setattr(alerting, "delivered", delivered)


def never_looks_at_a_hold_again(patch: Patch) -> None:
    def held(part: RestartPart, why: Hold, _at: Monotonic, c: Context) -> Move:
        if part.hold is not None:
            return Move(replace(part, deadline=NEVER))
        return real(part, why, NEVER, c)

    real = ladder.held
    patch.setattr(restart, "look_again", held)
    patch.setattr(restart, "patience_is_over", lambda _part, _c: False)


def does_not_notice_ends(patch: Patch) -> None:
    patch.setattr(watchdog, "trouble", lambda _scene: None)


def does_not_notice_silence(patch: Patch) -> None:
    patch.setattr(healthcheck, "trouble", lambda *_: None)


def looks_late_after_a_start(patch: Patch) -> None:
    def sweeps(part: WatchdogPart, seen: Observation, scene: Scene, now: Now, policy: Policy) -> Any:
        late = Monotonic(now.mono + 10 * HOUR_S)
        if is_start_again(seen, scene):
            return replace(part, next_sweep=late), Looks()
        return sweeping(part, seen, scene, now, policy)

    def asks(part: HealthcheckPart, seen: Observation, scene: Scene, now: Now, policy: Policy) -> Any:
        if not is_start_again(seen, scene):
            return asking(part, seen, scene, now, policy)
        late = Monotonic(now.mono + 10 * HOUR_S)
        return replace(part, next_heartbeat=late, next_full=late, next_deep=late), Looks()

    def is_start_again(seen: Observation, scene: Scene) -> bool:
        return isinstance(seen, ResidentStarted) and scene.view.process is not None

    sweeping, asking = watchdog.observe, healthcheck.observe
    patch.setattr(watchdog, "observe", sweeps)
    patch.setattr(healthcheck, "observe", asks)


MUTANTS = (
    never_tries_again,
    waits_for_ever,
    never_starts,
    never_kills,
    never_heals,
    never_escalates,
    has_too_much_patience,
    waits_ten_times_too_long,
    tries_again_ten_times_too_late,
    tells_of_the_first_incident_only,
    never_tells_the_end,
    never_looks_at_a_hold_again,
    does_not_notice_ends,
    does_not_notice_silence,
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_simulation_alone_finds_it_out(mutant: Callable[[Patch], None], monkeypatch: Patch) -> None:
    mutant(monkeypatch)
    found = (live(draw(seed, DAYS, rate=RATE)).violations for seed in range(1, WORLDS + 1))
    assert next(filter(None, found), ()) != ()


@pytest.mark.parametrize("real_loop", [False, True])
def test_a_core_that_looks_ten_hours_after_its_own_start_is_found_out(
    real_loop: bool, monkeypatch: Patch
) -> None:
    """A gateway that ended while we were dead counted as not to be known of until the core believed it."""
    dies, ends = Event(HOUR_S, Fault.WE_DIE, for_s=300.0), Event(HOUR_S + 60.0, Fault.CRASH)
    nobody_comes = Traits(person_comes_s=FOREVER_S, real_loop=real_loop)
    plan = Plan(1, DAY_S, Policy(), nobody_comes, (dies, ends))
    assert live(plan).violations == ()
    looks_late_after_a_start(monkeypatch)
    assert [each.rule for each in live(plan).violations] == ["an outage that was not noticed"]


def test_an_alert_that_is_not_sent_again_is_found_out(monkeypatch: Patch) -> None:
    """Few worlds have an outage just while the route is down."""
    no_route = Event(HOUR_S, Fault.ROUTE_DOWN, for_s=3 * HOUR_S)
    outage = Event(HOUR_S + 60.0, Fault.CRASH_LOOP, for_s=2 * HOUR_S, amount=20.0)
    plan = Plan(1, DAY_S, Policy(), Traits(), (no_route, outage))
    assert live(plan).violations == ()
    forgets_alerts(monkeypatch)
    assert [each.rule for each in live(plan).violations] == ["an alert that is not delivered"]


def test_a_manager_that_never_gives_up_is_no_reason_to_be_silent() -> None:
    """Each of its starts was once taken for hope, and the last wait began anew for ever."""
    taken = Event(HOUR_S, Fault.PORT_TAKEN, for_s=4 * HOUR_S)
    crash = Event(HOUR_S + 1.0, Fault.CRASH)
    manager = Traits(managed=Managed.ALWAYS, manager_burst=100, person_comes_s=FOREVER_S)
    tally = live(Plan(1, 6 * HOUR_S, Policy(), manager, (taken, crash)))
    assert tally.violations == ()
    assert tally.alerts > 0


@pytest.mark.parametrize("halt", [Fault.PERSON_DISABLES, Fault.PERSON_PAUSES])
def test_who_lets_it_go_on_while_it_waits_has_its_last_wait_begin_anew(halt: Fault) -> None:
    """They look at it now. A level that was off for half a minute once made a ladder that stands still."""
    broken, loop = Event(HOUR_S, Fault.CONFIG_BROKEN, for_s=2 * HOUR_S), Event(HOUR_S + 1.0, Fault.CRASH)
    halted = Event(HOUR_S + 180.0, halt, for_s=30.0, amount=float(halt is Fault.PERSON_PAUSES))
    tally = live(Plan(1, DAY_S, Policy(), Traits(person_comes_s=FOREVER_S), (broken, loop, halted)))
    assert tally.violations == ()
    assert tally.alerts > 0


def test_a_gateway_that_is_gone_while_our_looks_fail_is_told_of() -> None:
    crash = Event(HOUR_S, Fault.CRASH)
    blind = Event(HOUR_S + 1.0, Fault.BLIND, for_s=DAY_S / 2)
    loop = Event(HOUR_S - 1.0, Fault.CRASH_LOOP, for_s=DAY_S / 2, amount=2.0)
    tally = live(Plan(1, DAY_S, Policy(), Traits(person_comes_s=FOREVER_S), (loop, crash, blind)))
    assert tally.violations == ()
    assert tally.alerts > 0


def test_who_forgets_on_a_full_disk_that_it_is_blind_finds_it_anew() -> None:
    """It died as it was about to tell, and was once to have told before it knew again."""
    full = Event(HOUR_S, Fault.DISK_FULL, for_s=10 * HOUR_S)
    blind = Event(HOUR_S + 1.0, Fault.BLIND, for_s=8 * HOUR_S)
    dies = Event(HOUR_S + 2080.0, Fault.WE_DIE, for_s=95.0, amount=1.0)
    tally = live(Plan(1, DAY_S, Policy(), Traits(person_comes_s=FOREVER_S), (full, blind, dies)))
    assert tally.violations == ()
    assert tally.alerts > 0


def test_starts_that_would_hang_and_are_cut_short_are_left_to_their_manager() -> None:
    """None of them lives long enough to be called ill, and a person knows."""
    hangs = Event(HOUR_S, Fault.START_HANGS, for_s=3 * HOUR_S)
    taken = Event(HOUR_S + 1.0, Fault.PORT_TAKEN, for_s=3 * HOUR_S)
    crash = Event(HOUR_S + 2.0, Fault.CRASH)
    hasty = Policy(retry_after_escalation_s=300.0, last_wait_s=40.0)
    manager = Traits(managed=Managed.ON_FAILURE, manager_burst=100, person_comes_s=FOREVER_S)
    tally = live(Plan(1, 5 * HOUR_S, hasty, manager, (hangs, taken, crash)))
    assert tally.violations == ()
    assert tally.alerts > 0


SPENT = Policy(restart_attempts=1, restarts_per_hour_max=1, stability_window_s=318.0)
LONG = Policy(stability_window_s=400.0, last_wait_s=60.0, port_closed_kill_s=12.0)


@pytest.mark.parametrize(
    ("fault", "after_s", "for_s", "policy"),
    [
        (Fault.HANG, 200.0, 290.0, SPENT),
        (Fault.DISK_FULL, 290.0, 40.0, LONG),
        (Fault.IN_PLACE, 398.0, 0.0, replace(LONG, heartbeat_retry_s=8.0)),
    ],
)
def test_a_window_that_is_broken_begins_anew(
    fault: Fault, after_s: float, for_s: float, policy: Policy
) -> None:
    """The budget of the hour held us while it hung, for less than it takes to call a person; a deep check
    fell on a full disk; a heartbeat fell on the port that a restart in place had closed,
    and the next one found it serve again.
    """
    events = Event(HOUR_S, Fault.CRASH), Event(HOUR_S + after_s, fault, for_s=for_s)
    tally = live(Plan(1, DAY_S, policy, Traits(person_comes_s=FOREVER_S), events))
    assert tally.violations == ()
    assert (tally.incidents, tally.still_open, tally.signals) == (1, 0, 0)


def test_answers_that_come_too_late_for_one_of_the_checks_break_the_window(monkeypatch: Patch) -> None:
    """Its heartbeats were given half a second, its full checks longer: a host under load was once said to be
    well all the time, and our patience with it to be a ladder that stands still.
    """
    slow = Traits(look_s=0.2, managed=Managed.ALWAYS, manager_burst=100, person_comes_s=FOREVER_S)
    crash, load = Event(HOUR_S, Fault.CRASH), Event(HOUR_S + 2.0, Fault.LOAD, for_s=1800.0, amount=4.0)
    hasty = replace(LONG, heartbeat_timeout_s=0.5)
    plan = Plan(1, DAY_S, hasty, slow, (crash, load))
    assert live(plan).violations == ()
    monkeypatch.setattr(bounds, "is_late", lambda *_: False)
    assert live(plan).violations != ()


def test_where_we_only_watch_it_may_prove_itself_for_a_window() -> None:
    """The window is longer than the last wait, and the ladder has no rung for it there."""
    watching = replace(LONG, observe=True)
    tally = live(Plan(1, DAY_S, watching, Traits(), (Event(HOUR_S, Fault.HANG, for_s=60.0),)))
    assert tally.violations == ()
    assert (tally.incidents, tally.still_open) == (1, 0)


def test_where_we_only_watch_a_loop_that_its_manager_keeps_up_is_told_of() -> None:
    """Each life in it was once an incident of its own."""
    loop = Event(HOUR_S, Fault.CRASH_LOOP, for_s=3 * HOUR_S, amount=40.0)
    crash = Event(HOUR_S + 1.0, Fault.CRASH)
    manager = Traits(managed=Managed.ALWAYS, manager_burst=100, person_comes_s=FOREVER_S)
    tally = live(Plan(1, DAY_S, Policy(observe=True), manager, (loop, crash)))
    assert tally.violations == ()
    assert (tally.incidents, tally.still_open) == (1, 0)
    assert tally.alerts > 0


def test_what_becomes_worse_while_others_are_at_work_is_waited_for_anew() -> None:
    """It was cut off, and then it hung, beside a package manager: each is somebody else's for as long."""
    world = World(Plan(1, DAY_S, Policy(), Traits(), ()))
    world.launch(PERSON)
    world.gateway.ready_at = world.gateway.port_at = 0.0
    world.until.upkeep = world.gateway.channels_bad_until = FOREVER_S
    state = State("main", restart=RestartPart(Stage.IDLE))
    assert "it is worse by now" not in bounds.prolonged_s(world, state, Policy())
    world.gateway.hung_until = FOREVER_S
    assert "it is worse by now" in bounds.prolonged_s(world, state, Policy())
    world.gateway.channels_bad_until = 0.0
    assert "it is worse by now" not in bounds.prolonged_s(world, state, Policy())


@pytest.mark.parametrize(("worked_s", "waits"), [(30.0, False), (-1.0, True), (-59.0, True), (-61.0, False)])
def test_after_work_on_the_installation_its_updater_may_start_it(worked_s: float, waits: bool) -> None:
    """A planned start that was overdue meanwhile was once one that the ladder stands still before."""
    world = World(Plan(1, DAY_S, Policy(), Traits(), ()))
    world.agenda.after(HOUR_S, lambda: None)
    world.agenda.happen()
    world.until.upkeep = HOUR_S + worked_s
    state = State("main", restart=RestartPart(Stage.WAITING))
    assert ("its updater may start it" in bounds.prolonged_s(world, state, Policy())) is waits


def test_stalls_of_a_second_are_no_excuse_for_what_never_ends(monkeypatch: Patch) -> None:
    """Each of them once set all clocks back."""
    loop = Event(HOUR_S, Fault.CRASH_LOOP, for_s=20 * HOUR_S, amount=20.0)
    stalls = tuple(Event(HOUR_S + 100.0 * i, Fault.STALL, for_s=1.0) for i in range(1, 600))
    plan = Plan(1, DAY_S, Policy(), Traits(person_comes_s=FOREVER_S), (loop, *stalls))
    assert live(plan).violations == ()
    waits_for_ever(monkeypatch)
    assert live(plan).violations != ()


def test_a_state_that_says_it_is_paused_is_no_excuse(monkeypatch: Patch) -> None:
    """Nobody had asked for a pause."""
    crash = Event(HOUR_S, Fault.CRASH)
    plan = Plan(1, DAY_S, Policy(), Traits(person_comes_s=FOREVER_S), (crash,))
    monkeypatch.setattr(hold, "hold", lambda *_: Hold.PAUSED)
    assert live(plan).violations != ()


def channels_never_count(patch: Patch) -> None:
    patch.setattr(healthcheck, "DEGRADED_CONFIRMED", math.inf)


def test_channels_that_fail_are_noticed_and_told_of(monkeypatch: Patch) -> None:
    """The gateway serves, and it was once nobody's business that no message reaches it."""
    down = Event(HOUR_S, Fault.CHANNELS_DOWN, for_s=10 * HOUR_S)
    plan = Plan(1, DAY_S, Policy(), Traits(person_comes_s=FOREVER_S), (down,))
    tally = live(plan)
    assert (tally.violations, tally.incidents, tally.alerts) == ((), 1, 3)
    channels_never_count(monkeypatch)
    assert [each.rule for each in live(plan).violations] == ["channels that fail, and nobody noticed"]
