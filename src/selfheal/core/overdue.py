"""Whether a state is older than a resident that lives would leave it: then it hangs, or cannot write.

For who only shows a state, so it loads nothing that decides. That `due` is never before the step that it
speaks of is held by the walks through the core.
"""

from selfheal.core.instants import EPOCH, Monotonic, Now
from selfheal.core.policy import Policy
from selfheal.core.state import Phase, State

SLACK_S = 45.0
"""A busy host; and a store that could not write for a moment is tried again 30 s later."""

LOOK_ENDS_S = 31.0  # the performer's bound on a look at the host
PROBE_ENDS_S = 6.0  # and on a probe, over its own time

_GONE = frozenset({Phase.ABSENT, Phase.STOPPED, Phase.UNKNOWN})


def is_overdue(state: State, policy: Policy, now: Now) -> bool:
    """Of a state that a living resident should have written for longer than `SLACK_S`.

    Monotonic time stands still while the host sleeps, so one that has just woken is late with nothing. A
    state of another boot is late by itself.
    """
    if state.last_wall == EPOCH:
        return False
    return state.boot_id != now.boot_id or now.mono > due(state, policy) + SLACK_S


def due(state: State, policy: Policy) -> Monotonic:
    """By when the resident steps it again, whatever happens, in the time of the state's boot."""
    view = state.gateway
    if view.process is None or view.phase in _GONE:
        kind, at, ends_s = "InspectHost", state.watchdog.next_sweep, LOOK_ENDS_S
    else:
        kind, at, ends_s = "Probe", state.healthcheck.next_heartbeat, PROBE_ENDS_S
        ends_s += max(policy.heartbeat_timeout_s, policy.full_check_timeout_s)
    under_way = [Monotonic(entry.since + ends_s) for entry in state.pending if entry.kind == kind]
    return max(state.last_mono, at, *under_way)
