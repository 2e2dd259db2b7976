"""Time in which nothing happens is leapt over.

A gateway that is well, or stopped by a person, is asked the same questions with the same answers until
something happens. The state after an hour of that is the state before it, with what is due and what was last
seen an hour later; so that is what a leap makes of it. `world` says whether all would be found as it was
seen, and when the next thing that lasts is over: no leap goes past that. Moments long ago (the last start,
since when it is well) stay where they are: while all is well nothing is decided on them but that they have
passed.

So it is with a gateway that serves while channels fail, once a person was told: only they can end it. And so
it is with a gateway that is down while the ladder rests until its next try, for minutes each time: nothing
holds the ladder, only its deadline is awaited, and each look finds the host as it was; or what holds it is a
config or a full disk, and these are looked at again and again.
"""

import math

from selfheal.core.facts import DeepVerdict, Verdict
from selfheal.core.healthcheck import DEGRADED_CONFIRMED
from selfheal.core.instants import Monotonic, Wall
from selfheal.core.reasons import Hold
from selfheal.core.state import Phase, Stage, State
from selfheal.core.values import replace

SHORTEST_S = 60.0  # a shorter leap saves nothing


def is_calm(state: State) -> bool:
    """Whether nothing but looks that find all as it was will come of time itself."""
    idle = (
        state.restart.stage is Stage.IDLE
        and state.restart.asked_at is None
        and state.restart.hold is None
        and state.incident is None
        and _is_quiet(state)
    )
    if idle:
        return state.gateway.phase is Phase.STOPPED or _is_proven(state, Verdict.WELL)
    return _is_left_to_a_person(state) and _is_quiet(state) and _is_proven(state, Verdict.DEGRADED)


def _is_left_to_a_person(state: State) -> bool:
    """They know, and the ladder is at its end for good."""
    told = state.incident is not None and state.alerting.opened == state.incident.id
    part = state.restart
    at_end = part.stage is Stage.EXHAUSTED and part.hold is None and part.hopeless_since is not None
    return told and at_end and state.pause is None and state.healthcheck.degraded_checks == DEGRADED_CONFIRMED


def rests_until(state: State) -> Monotonic | None:
    """When the ladder's next try is due, where only that is awaited."""
    part, view = state.restart, state.gateway
    hopeless = part.hopeless or part.hopeless_since is not None or part.patience_until is not None
    resting = part.stage in (Stage.LAST_WAIT, Stage.EXHAUSTED) and part.hold is None and not hopeless
    down = view.phase is Phase.ABSENT and view.exit_examined and view.inspected is not None
    if not down or state.pause is not None or not _is_quiet(state):
        return None
    if is_held_at_its_end(state):
        return Monotonic(math.inf)
    return part.deadline if resting else None


_A_PERSONS = frozenset({Hold.CONFIG_UNLOADABLE, Hold.DISK_FULL})


def is_held_at_its_end(state: State) -> bool:
    """By a config or a disk that only a person mends, looked at again and again while it is as it was."""
    return state.restart.stage is Stage.EXHAUSTED and state.restart.hold in _A_PERSONS


def _is_quiet(state: State) -> bool:
    """Nothing is under way, and our looks are right."""
    view = state.gateway
    return (
        not state.pending
        and not state.alerting.unsent
        and view.blind_since is None
        and view.settle_until < state.last_mono
    )


def _is_proven(state: State, verdict: Verdict) -> bool:
    """Every kind of check has been made since the gateway began to serve, and finds the same."""
    view, well = state.gateway, verdict is Verdict.WELL
    return (
        view.phase is (Phase.WELL if well else Phase.DEGRADED)
        and view.misses == view.deep_misses == 0
        and view.last_deep is DeepVerdict.OK
        and view.last_full is not None
        and view.last_full.verdict is verdict
        and (state.healthcheck.degraded_checks == 0 or not well)
    )


def rested(state: State, by_s: float) -> State:
    """The resting `state`, `by_s` seconds later. Its ladder's deadline stays, unless it only looks again."""
    view, part, ladder = state.gateway, state.watchdog, state.restart
    if is_held_at_its_end(state) and ladder.deadline is not None:
        state = replace(state, restart=replace(ladder, deadline=Monotonic(ladder.deadline + by_s)))
    return replace(
        state,
        last_mono=Monotonic(state.last_mono + by_s),
        last_wall=Wall(state.last_wall + by_s),
        gateway=replace(view, inspected=None if view.inspected is None else Monotonic(view.inspected + by_s)),
        watchdog=replace(part, next_sweep=Monotonic(part.next_sweep + by_s)),
    )


def leapt(state: State, by_s: float) -> State:
    """The calm `state`, `by_s` seconds later: the gateway was asked meanwhile, too."""

    def later(moment: Monotonic) -> Monotonic:
        return Monotonic(moment + by_s)

    def later_wall(moment: Wall | None) -> Wall | None:
        return None if moment is None else Wall(moment + by_s)

    state = rested(state, by_s)
    view, part = state.gateway, state.healthcheck
    return replace(
        state,
        gateway=replace(
            view,
            probed=None if view.probed is None else later(view.probed),
            checked=None if view.checked is None else later(view.checked),
            deep_checked=None if view.deep_checked is None else later(view.deep_checked),
            last_probe_wall=later_wall(view.last_probe_wall),
            last_full_wall=later_wall(view.last_full_wall),
            last_deep_wall=later_wall(view.last_deep_wall),
        ),
        healthcheck=replace(
            part,
            next_heartbeat=later(part.next_heartbeat),
            next_full=later(part.next_full),
            next_deep=later(part.next_deep),
        ),
    )
