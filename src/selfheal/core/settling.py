"""How long a host that slept or stood still is forgiven: what comes of that is not the gateway's fault.

Rules
  * After a resume nothing is done for `forgiven_s`, and what was counted before it is counted anew.
  * Resumes that come sooner than `quiet_s` after each other are one spell. A host that stalls again and again
    excuses nothing for ever: `last_wait_s` after its spell began no further resume is forgiven, until it has
    been quiet once.
  * From then on misses are counted across resumes. What was under way in a stall is no miss, and a gateway
    is ill only after it has not answered for `forgiven_s`: no stall explains a longer silence than that.
  * Where no question gets its answer between two stalls any more, or no look at the host or deep check comes
    to its end, we are blind, and say so.
"""

import math

from selfheal.core.instants import BEGINNING, Monotonic, Now, Wall
from selfheal.core.policy import Policy
from selfheal.core.state import GatewayView, Phase
from selfheal.core.values import replace


def forgiven_s(policy: Policy) -> float:
    """For so long one resume explains that the gateway does not answer."""
    return min(policy.settle_after_resume_s, policy.last_wait_s)


def quiet_s(policy: Policy) -> float:
    """In so long between two resumes whatever is wrong is found and acted on, were it all forgiven and the
    host stood still for half of that time.
    """
    asked_s = policy.heartbeat_retry_s + max(policy.heartbeat_timeout_s, policy.full_check_timeout_s)
    silent_s = policy.heartbeat_interval_s + (policy.heartbeat_misses + 1) * asked_s
    deep_s = policy.deep_check_misses * (policy.restart_gap_s + policy.deep_check_timeout_s)
    found_s = max(forgiven_s(policy), silent_s + policy.port_closed_kill_s, deep_s + asked_s)
    return 2 * (found_s + policy.recheck_hold_s)


def resumed(view: GatewayView, away_s: float, now: Now, policy: Policy, *, sent: bool) -> GatewayView:
    """`sent`: our SIGTERM has reached it."""
    goes_on = view.resumed is not None and now.mono < view.resumed + quiet_s(policy)
    since = view.settling_since if goes_on else now.mono
    end = Monotonic(since + policy.last_wait_s)
    forgiven = now.mono < end
    fresh = unproven(view, now, sent=sent) if forgiven else view
    if view.phase is Phase.DRAINING and not sent:
        unseen_s = away_s + (forgiven_s(policy) if forgiven else 0.0)
        fresh = _drains(fresh, view, unseen_s, now, policy)
    until = min(now.after(policy.settle_after_resume_s), end) if forgiven else view.settle_until
    return replace(fresh, settle_until=until, settling_since=since, resumed=now.mono)


def _drains(fresh: GatewayView, view: GatewayView, unseen_s: float, now: Now, policy: Policy) -> GatewayView:
    """As young as it may be, but for half of the time between two resumes: it ends some time, however often
    the host sleeps. What lasts too long by now does so until it is seen to be over.
    """
    apart_s = math.inf if view.resumed is None else now.mono - view.resumed  # without what the host slept
    long = now.mono >= view.since + policy.startup_grace_max_s
    by_s = 0.0 if long else min(unseen_s, apart_s / 2)
    began = _later(view.since, by_s, now)
    closed = None if view.refused_since is None else _later(view.refused_since, by_s, now)
    return replace(fresh, since=began, since_wall=Wall(now.wall - (now.mono - began)), refused_since=closed)


def _later(at: Monotonic, by_s: float, now: Now) -> Monotonic:
    return min(now.mono, Monotonic(at + by_s))


def unproven(view: GatewayView, now: Now, *, sent: bool) -> GatewayView:
    """We were away: what we counted before may be hours old, and is no ground for a first signal. Nor is a
    drain as old as when we saw it begin: it may be another one.
    """
    if view.phase in (Phase.ILL, Phase.DRAINING) and not sent:
        phase = Phase.SUSPECT if view.phase is Phase.ILL else view.phase
        view = replace(view, phase=phase, since=now.mono, since_wall=now.wall)
    return replace(view, misses=0, deep_misses=0, deep_confirmed=False, deep_bad=False, refused_since=None)


def _is_unforgiven(view: GatewayView, policy: Policy) -> bool:
    """The last resume was not forgiven, or not for long: the host had stalled too often before it."""
    return view.resumed is not None and view.settle_until < view.resumed + forgiven_s(policy)


def explains(view: GatewayView, now: Now, policy: Policy) -> bool:
    """A stall that was not forgiven may be why it does not answer, and will soon be no longer."""
    if view.resumed is None or not _is_unforgiven(view, policy):
        return False
    silent_since = view.since if view.phase is Phase.SUSPECT else now.mono
    near = silent_since <= view.resumed + forgiven_s(policy)
    return near and now.mono < silent_since + forgiven_s(policy)


def looks_in_vain(view: GatewayView, now: Now, policy: Policy) -> bool:
    """At a resume: each look is lost in the next stall. One is begun at every resume, and they are no further
    apart in a spell.
    """
    seen = view.settling_since if view.inspected is None else view.inspected
    return _is_unforgiven(view, policy) and now.mono >= seen + max(policy.last_wait_s, quiet_s(policy))


def checks_in_vain(view: GatewayView, now: Now, policy: Policy) -> bool:
    """Each deep check is lost in the next stall, for so long that two should have come to their end."""
    if not view.served or view.phase not in (Phase.WELL, Phase.DEGRADED) or not _is_unforgiven(view, policy):
        return False
    checked = max(view.deep_checked or BEGINNING, view.settling_since, view.process_since)
    due_s = 2 * (policy.deep_check_interval_s + policy.deep_check_timeout_s)
    return now.mono >= checked + max(due_s, policy.last_wait_s, quiet_s(policy))


def is_blind(view: GatewayView, now: Now, policy: Policy) -> bool:
    """At a resume: each question is lost in the next stall."""
    asked = view.process is not None and view.probed is not None
    return asked and _is_unforgiven(view, policy) and now.mono >= (view.probed or 0.0) + policy.last_wait_s
