"""Time in which nothing happens is leapt over.

A gateway that is well, or stopped by a person, is asked the same questions with the same answers until
something happens. The state after an hour of that is the state before it, with what is due and what was last
seen an hour later; so that is what a leap makes of it. `is_as_seen` says whether all would be found as it
was seen, and `world` when the next thing that lasts is over: no leap goes past that. Moments long ago (the
last start, since when it is well) stay where they are.

Any other state is steady once a whole round of questions has changed nothing in it but what moves on with
time: whatever is wrong, the next round changes nothing either, until something happens in the world, or a
moment comes that was fixed before (the ladder's next try, the end of a grace or of a budget). `next_turn`
knows these moments, and no leap goes past one. What has moved in that round goes on moving, what has stood
stands.
"""

import math
from dataclasses import fields
from operator import attrgetter

from selfheal.core.alerting import RETRY_S
from selfheal.core.facts import DeepVerdict, Inspection, ProbeKind, Verdict
from selfheal.core.grace import closed_port_s, grace_s, least_missing_s
from selfheal.core.healthcheck import FAST_START_S
from selfheal.core.instants import HOUR_S, Monotonic, Wall
from selfheal.core.levels import Level
from selfheal.core.managed import UPDATER_STARTS_S
from selfheal.core.perceive import GONE
from selfheal.core.policy import Policy
from selfheal.core.reasons import Hold
from selfheal.core.restart import UNPROVEN_PATIENCE_S
from selfheal.core.settling import forgiven_s
from selfheal.core.state import (
    AlertingPart,
    GatewayView,
    HealthcheckPart,
    Phase,
    RestartPart,
    Stage,
    State,
    WatchdogPart,
)
from selfheal.core.values import replace
from selfheal.sim.bounds import NEWS_S
from selfheal.sim.world import World

SHORTEST_S = 60.0  # a shorter leap saves nothing
ACTS = frozenset({Stage.STOPPING, Stage.LAUNCHING})

Fixed = tuple[object, ...]
"""What of a state does not move on with time."""


def is_calm(state: State) -> bool:
    """Whether nothing but looks that find all as it was will come of time itself."""
    return (
        state.restart.stage is Stage.IDLE
        and state.restart.asked_at is None
        and state.restart.hold is None
        and state.incident is None
        and not state.pending
        and not state.gateway.wanted
        and not state.alerting.unsent
        and state.gateway.blind_since is None
        and state.gateway.settle_until < state.last_mono
        and not state.gateway.in_doubt
        and (state.gateway.phase is Phase.STOPPED or _is_proven(state))
    )


def _is_proven(state: State) -> bool:
    """Every kind of check has been made since the gateway began to serve, and finds the same."""
    view = state.gateway
    return (
        view.phase is Phase.WELL
        and view.misses == view.deep_misses == 0
        and view.last_deep is DeepVerdict.OK
        and view.last_full is not None
        and view.last_full.verdict is Verdict.WELL
        and state.healthcheck.degraded_checks == 0
    )


def is_as_seen(world: World, state: State, policy: Policy) -> bool:
    """Whether looks, probes, checks and alerts would end as the last ones did, now and for a while."""
    until, view = world.until, state.gateway
    leaks = world.gateway.alive and world.gateway.leaking_since is not None
    if world.lasts(until.load) or leaks:
        return False
    mute = Level.NOTIFICATION in state.disabled
    if state.alerting.unsent and not (mute or world.lasts(until.route_down)):
        return False
    if view.phase in (Phase.WELL, Phase.DEGRADED) and world.deep_verdict() is not view.last_deep:
        return False
    if world.lasts(until.blind):
        return view.blind_since is not None
    seen = view.inspection
    if view.blind_since is not None or seen is None or _looked(world.inspection()) != _looked(seen):
        return False
    if view.phase in GONE or view.process is None:
        return True
    probe = world.probe(ProbeKind.FULL, policy.full_check_timeout_s)
    return view.last_full is not None and probe == replace(view.last_full, latency_s=probe.latency_s)


class Steady:
    """Sees how long the state has been the same. Moments are the agenda's `elapsed`."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._fixed: Fixed = ()
        self._since = 0.0
        self.first = State("")  # as it was when it became what it is

    def look(self, state: State, elapsed: float) -> None:
        """At each beat, when nothing is under way and nothing due at once."""
        fixed_now = fixed(state, self._policy)
        if fixed_now != self._fixed:
            self._fixed, self._since, self.first = fixed_now, elapsed, state

    def round_at(self, state: State, elapsed: float) -> float:
        """When it will have been so for a whole round of questions, and so since time alone has last turned
        anything: what a turn changes shows only when it is asked for next.
        """
        turns = _turns(state, self.first, self._policy)
        turned = max((at for at in turns if at <= state.last_mono), default=-math.inf)
        since = max(self._since, elapsed - (state.last_mono - turned))
        return since + _round_s(state, self._policy)


def _round_s(state: State, policy: Policy) -> float:
    """In which each kind of question is asked that is asked at all."""
    view = state.gateway
    alert_s = 2 * RETRY_S if state.alerting.unsent else 0.0
    if view.phase in GONE or view.process is None:
        return max(alert_s, 2 * policy.recheck_hold_s + NEWS_S)
    intervals = policy.heartbeat_interval_s, policy.full_check_interval_s, policy.deep_check_interval_s
    each_s = policy.full_check_timeout_s + policy.deep_check_timeout_s + NEWS_S
    return max(alert_s, policy.sweep_interval_s, *intervals) + each_s


def fixed(state: State, policy: Policy) -> Fixed:
    """Counts beyond all that is decided on them are one, and a ladder's deadline that is near is set anew
    again and again.
    """
    view, part, seen = state.gateway, state.restart, state.gateway.last_full
    ahead_s = math.inf if part.deadline is None else part.deadline - state.last_mono
    is_near = ahead_s < near_s(part, policy) and part.hold not in _BUDGETS
    return (
        *_OF_VIEW(view),
        min(view.misses, policy.heartbeat_misses + 2),
        min(view.deep_misses, policy.deep_check_misses + 1),
        view.process and (view.process.pid, view.process.started),
        _looked(view.inspection),
        seen and (seen.verdict, seen.root_status, seen.failing, seen.suppressed),
        *_OF_RESTART(part),
        None if is_near else part.deadline,
        state.healthcheck.degraded_checks,
        *_OF_ALERTING(state.alerting),
        *_OF_STATE(state),
    )


def near_s(part: RestartPart, policy: Policy) -> float:
    """Before a deadline of the ladder, from which on it counts as one that is set anew again and again."""
    again_s = policy.stability_window_s if part.stage is Stage.STABILISING else policy.recheck_hold_s
    return again_s + NEWS_S


def _looked(seen: Inspection | None) -> Fixed | None:
    """But for the ages of processes."""
    if seen is None:
        return None
    found = [each and (each.pid, each.started) for each in (seen.process, *seen.others)]
    return *found, *_OF_INSPECTION(seen)


def _but_for(part: type, *moving: str) -> "attrgetter[Fixed]":
    return attrgetter(*(each.name for each in fields(part) if each.name not in moving))


STAMPS = ("inspected", "worked", "probed", "checked", "deep_checked", "deep_missed")
WALL_STAMPS = ("last_probe_wall", "last_full_wall", "last_deep_wall")
_REPORTS = ("process", "inspection", "last_probe", "last_full")
_OF_VIEW = _but_for(GatewayView, *STAMPS, *WALL_STAMPS, *_REPORTS, "misses", "deep_misses")
_OF_RESTART = _but_for(RestartPart, "deadline", "rungs")
_OF_ALERTING = _but_for(AlertingPart, "next_try")
_PARTS = ("gateway", "watchdog", "healthcheck", "restart", "alerting")
_OF_STATE = _but_for(State, *_PARTS, "last_mono", "last_wall", "next_action_id")
_OF_INSPECTION = _but_for(Inspection, "process", "others")
_BUDGETS = frozenset({Hold.UNCLEAN_BUDGET, Hold.HOURLY_BUDGET})


def next_turn(state: State, first: State, policy: Policy) -> Monotonic:
    """The first moment to come at which time alone may change something. `first`: as it was a round ago."""
    to_come = (at for at in _turns(state, first, policy) if at > state.last_mono)
    return min(to_come, default=Monotonic(math.inf))


def _turns(state: State, first: State, policy: Policy) -> list[Monotonic]:
    view, part, pause, reminder = state.gateway, state.restart, state.pause, state.alerting.remind_at
    stands = part.deadline if part.deadline == first.restart.deadline else None
    grace = grace_s(state.startups_s, policy, says_starting=False)
    moments = (
        (stands, (0.0,)),
        (part.patience_until, (0.0,)),
        (view.settle_until, (0.0,)),
        (view.worked if view.handoff else None, (UPDATER_STARTS_S,)),
        (None if pause is None or pause.until is None else pause.until.mono, (0.0,)),
        (None if reminder is None else reminder.mono, (0.0,)),
        (view.since, (policy.drain_budget_s, policy.startup_grace_max_s, grace)),
        (view.since if view.phase is Phase.SUSPECT else None, (forgiven_s(policy),)),
        (view.process_since, (FAST_START_S, policy.startup_grace_max_s, grace)),
        (view.starts_since, (policy.startup_grace_max_s, grace)),
        (view.serves_since, (policy.stability_window_s,)),
        (view.blind_since, (policy.startup_grace_max_s,)),
        (view.refused_since, (closed_port_s(state.startups_s, policy), policy.drain_budget_s)),
        (view.missing_since, (least_missing_s(policy),)),
        (part.since, (max(UNPROVEN_PATIENCE_S, 2 * policy.stability_window_s),)),
        (part.last_start, (policy.restart_gap_s,)),
        *((at, (HOUR_S,)) for at in part.starts),
        *((at, (policy.unclean_window_s,)) for at in part.unclean_starts),
    )
    return [Monotonic(at + by_s) for at, each in moments if at is not None for by_s in each]


def leapt(state: State, by_s: float, first: State | None = None) -> State:
    """The `state`, `by_s` seconds later: of a calm one all goes on that a look moves, else what has moved
    since it was as at `first`.
    """

    def later(was: object, is_now: Monotonic) -> Monotonic:
        return is_now if first is not None and was == is_now else Monotonic(is_now + by_s)

    before = state if first is None else first
    view, part, sweep = state.gateway, state.healthcheck, state.watchdog.next_sweep
    deadline, was = state.restart.deadline, before.healthcheck
    stamps = {}
    for name in (*STAMPS, *WALL_STAMPS):
        if (at := getattr(view, name)) is not None:
            stamps[name] = later(getattr(before.gateway, name), at)
    alerting = state.alerting
    if alerting.unsent:
        alerting = replace(alerting, next_try=later(before.alerting.next_try, alerting.next_try))
    if deadline is not None:
        deadline = later(before.restart.deadline, deadline)
    return replace(
        state,
        last_mono=Monotonic(state.last_mono + by_s),
        last_wall=Wall(state.last_wall + by_s),
        gateway=replace(view, **stamps),  # type: ignore[arg-type]
        watchdog=WatchdogPart(later(before.watchdog.next_sweep, sweep)),
        healthcheck=HealthcheckPart(
            later(was.next_heartbeat, part.next_heartbeat),
            later(was.next_full, part.next_full),
            later(was.next_deep, part.next_deep),
            part.degraded_checks,
        ),
        restart=replace(state.restart, deadline=deadline),
        alerting=alerting,
    )
