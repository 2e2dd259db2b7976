"""What somebody outside is told at intervals, so that silence means that the host, or we, are dead.

Rules
  * A person has to act: a failure. They were alerted and it is not over, the levels are at their end, or we
    only observe after a broken rule of ours.
  * A gateway of which nothing was learnt lately, of which nobody has asked not to know, is silence: whoever
    waits outside calls it dead after their grace.
  * All else is well: serving, starting, paused or stopped on purpose, or an incident that is under repair.
    Each stage of a repair has a deadline, and the last one is an alert.
"""

from collections.abc import Iterable
from enum import StrEnum

from selfheal.core.instants import Monotonic, Now
from selfheal.core.levels import Level
from selfheal.core.policy import Policy
from selfheal.core.state import Phase, State

MISSED_LOOKS = 3  # one may come late on a busy host, two are no coincidence
LOOKING = frozenset({Level.WATCHDOG, Level.HEALTHCHECK})


class Pulse(StrEnum):
    WELL = "well"
    FAILED = "failed"


def pulse(gateways: Iterable[tuple[State, Policy]], now: Now) -> Pulse | None:
    """Of all gateways of a resident. None: nothing is to be said."""
    found = [_of_one(state, policy, now) for state, policy in gateways]
    if Pulse.FAILED in found:
        return Pulse.FAILED
    return Pulse.WELL if found and None not in found else None


def _of_one(state: State, policy: Policy, now: Now) -> Pulse | None:
    if state.distrust or state.alerting.opened is not None or state.recovery.escalated:
        return Pulse.FAILED
    if _left_alone(state) or _known_lately(state, policy, now):
        return Pulse.WELL
    return None


def _left_alone(state: State) -> bool:
    """By a person's word."""
    stopped = state.gateway.phase is Phase.STOPPED or state.gateway.unwanted
    return state.pause is not None or stopped or frozenset(state.disabled) >= LOOKING


def _known_lately(state: State, policy: Policy, now: Now) -> bool:
    view = state.gateway
    news: list[Monotonic] = [at for at in (view.probed, view.inspected, view.checked) if at is not None]
    patience_s = MISSED_LOOKS * max(policy.heartbeat_interval_s, policy.sweep_interval_s)
    return view.phase is not Phase.UNKNOWN and bool(news) and now.mono - max(news) <= patience_s
