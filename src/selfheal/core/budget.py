"""The budget of restarts: below the gateway's own crash-loop breaker, and bounded in an hour."""

from dataclasses import replace

from selfheal.core.facts import ExitCause
from selfheal.core.instants import Monotonic, Now
from selfheal.core.policy import Policy
from selfheal.core.reasons import Hold
from selfheal.core.state import RestartPart

CLEAN = frozenset({ExitCause.STOPPED_ON_PURPOSE, ExitCause.RESTART_REQUESTED, ExitCause.ALREADY_RUNNING})
"""Ends that the gateway's own breaker does not count. Every other one is taken for unclean."""

HOUR_S = 3600.0


def exceeded(part: RestartPart, now: Now, policy: Policy) -> tuple[Hold, Monotonic] | None:
    """Why a start must wait for the budgets, and until when; None: it may be made now."""
    unclean = [at for at in part.unclean_starts if at + policy.unclean_window_s > now.mono]
    if part.unclean_end and len(unclean) >= policy.unclean_starts_max:
        oldest = sorted(unclean)[-policy.unclean_starts_max]
        return Hold.UNCLEAN_BUDGET, Monotonic(oldest + policy.unclean_window_s)
    starts = [at for at in part.starts if at + HOUR_S > now.mono]
    if len(starts) >= policy.restarts_per_hour_max:
        return Hold.HOURLY_BUDGET, Monotonic(sorted(starts)[-policy.restarts_per_hour_max] + HOUR_S)
    return None


def counted(part: RestartPart, now: Now, policy: Policy) -> RestartPart:
    """With one start more, which is made now."""
    unclean = tuple(at for at in part.unclean_starts if at + policy.unclean_window_s > now.mono)
    starts = tuple(at for at in part.starts if at + HOUR_S > now.mono)
    return replace(
        part,
        last_start=now.mono,
        asked_at=None,
        starts=(*starts, now.mono),
        unclean_starts=(*unclean, now.mono) if part.unclean_end else unclean,
        unclean_end=False,
    )
