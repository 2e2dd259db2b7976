"""Time in which nothing happens is leapt over.

A gateway that is well, or stopped by a person, is asked the same questions with the same answers until
something happens. The state
after an hour of that is the state before it, with what is due and what was last seen an hour later; so that
is what a leap makes of it. Moments long ago (the last start, since when it is well) stay where they are:
while all is well nothing is decided on them but that they have passed.
"""

from selfheal.core.facts import DeepVerdict, Verdict
from selfheal.core.instants import Monotonic, Wall
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
        and state.pause is None
        and not state.pending
        and not state.alerting.unsent
        and state.gateway.blind_since is None
        and state.gateway.settle_until < state.last_mono
    )
    return idle and (state.gateway.phase is Phase.STOPPED or _is_proven_well(state))


def _is_proven_well(state: State) -> bool:
    """Every kind of check has passed since the gateway began to serve."""
    view = state.gateway
    return (
        view.phase is Phase.WELL
        and view.misses == view.deep_misses == 0
        and view.deep_ok
        and view.last_deep is DeepVerdict.OK
        and view.last_full is not None
        and view.last_full.verdict is Verdict.WELL
        and state.healthcheck.degraded_checks == 0
    )


def leapt(state: State, by_s: float) -> State:
    """The calm `state`, `by_s` seconds later."""

    def later(moment: Monotonic) -> Monotonic:
        return Monotonic(moment + by_s)

    def later_wall(moment: Wall | None) -> Wall | None:
        return None if moment is None else Wall(moment + by_s)

    view, part = state.gateway, state.healthcheck
    return replace(
        state,
        last_mono=later(state.last_mono),
        last_wall=Wall(state.last_wall + by_s),
        gateway=replace(
            view,
            probed=None if view.probed is None else later(view.probed),
            inspected=None if view.inspected is None else later(view.inspected),
            last_probe_wall=later_wall(view.last_probe_wall),
            last_full_wall=later_wall(view.last_full_wall),
            last_deep_wall=later_wall(view.last_deep_wall),
        ),
        watchdog=replace(state.watchdog, next_sweep=later(state.watchdog.next_sweep)),
        healthcheck=replace(
            part,
            next_heartbeat=later(part.next_heartbeat),
            next_full=later(part.next_full),
            next_deep=later(part.next_deep),
        ),
    )
