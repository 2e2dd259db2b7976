"""How long a gateway is given before it is called ill: while it starts, while its port is closed, while its
answers are wrong. What its starts have taken on this host tells most of it.
"""

from collections.abc import Iterable

from selfheal.core.facts import WORKING, ProbeReport, Verdict
from selfheal.core.instants import Monotonic, Now
from selfheal.core.notes import Note
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.core.state import STARTUPS_KEPT, GatewayView, Phase
from selfheal.core.values import replace

CLOSED_SHARE = 2 / 3
"""Of a start its port is closed. One inside its process loads less: 1 to 3 s, where a cold one took 6 s."""
UNREADY = frozenset({Verdict.STARTING, Verdict.REFUSED})
STARTED = WORKING | {Verdict.BROKEN, Verdict.DRAINING}
"""Answers of one that has come up, whatever it does now."""


def grace_s(startups_s: tuple[float, ...], policy: Policy, *, says_starting: bool) -> float:
    """How long a process may take until it serves: learnt on this host, within the policy's bounds."""
    if says_starting:
        return policy.startup_grace_max_s
    learnt = policy.startup_learnt_factor * max(startups_s, default=0.0)
    return min(max(policy.startup_grace_s, learnt), policy.startup_grace_max_s)


def grace_end(view: GatewayView, startups_s: tuple[float, ...], policy: Policy) -> Monotonic:
    says = view.last_probe is not None and view.last_probe.verdict is Verdict.STARTING
    begins = view.process_since if view.starts_since is None else view.starts_since
    return Monotonic(begins + grace_s(startups_s, policy, says_starting=says))


def start_told(view: GatewayView, report: ProbeReport, now: Now, policy: Policy) -> GatewayView:
    """With what its answer tells of its start, asked before the answer is taken up.

    How old the process is says little: it may load again inside itself, and may have served unseen before
    that. One spell of «starting» has one grace, for as long as we hear of it: nobody knows what it did in a
    longer silence of ours, so that does not count, and after a whole grace without us it may be another one.
    """
    if view.process is None:
        return view
    if report.verdict in STARTED:
        return view if view.starts_since is None else replace(view, starts_since=None)
    since = _heard_since(view, now, policy)
    if since is None and report.verdict is Verdict.STARTING:
        since = now.mono if view.refused_since is None else view.refused_since
    return view if since == view.starts_since else replace(view, starts_since=since)


def _heard_since(view: GatewayView, now: Now, policy: Policy) -> Monotonic | None:
    """One that starts is asked by full checks alone."""
    if view.starts_since is None:
        return None
    heard = max(view.starts_since, view.starts_since if view.checked is None else view.checked)
    usual_s = policy.heartbeat_interval_s + policy.full_check_timeout_s
    unheard_s = max(0.0, now.mono - heard - usual_s)
    return None if unheard_s >= policy.startup_grace_max_s else Monotonic(view.starts_since + unheard_s)


def least_missing_s(policy: Policy) -> float:
    """From the first question that it does not answer well until `heartbeat_misses` of them can have ended,
    each after its whole time.
    """
    each_s = min(policy.heartbeat_timeout_s, policy.full_check_timeout_s)
    gap_s = min(policy.heartbeat_retry_s, policy.heartbeat_interval_s)
    return policy.heartbeat_misses * each_s + (policy.heartbeat_misses - 1) * gap_s


def deep_gap_s(policy: Policy) -> float:
    """From a failed deep check to the next one that counts."""
    return min(policy.restart_gap_s, policy.deep_check_interval_s)


def closed_port_s(startups_s: tuple[float, ...], policy: Policy) -> float:
    """How long the port of a living process may be closed: it may restart inside its process, and that is a
    start. Until one was seen, it may be a slow one.
    """
    start_s = policy.startup_learnt_factor * max(startups_s) if startups_s else policy.startup_grace_s
    return max(policy.port_closed_kill_s, min(CLOSED_SHARE * start_s, policy.startup_grace_max_s))


def learnt(
    startups_s: tuple[float, ...],
    before: GatewayView,
    notes: Iterable[Note],
    policy: Policy,
    *,
    launched: bool,
) -> tuple[float, ...]:
    """With the start that has come to its end, where we saw it: `launched`, or not ready when we asked.
    `before`: the belief before that end.
    """
    served = [note.number for note in notes if note.reason is Reason.GATEWAY_SERVES]
    if not launched and not _seen_starting(before):
        return startups_s
    took_s = [each for each in served if each is not None and (launched or each < policy.startup_grace_max_s)]
    return (*startups_s, *took_s)[-STARTUPS_KEPT:]


def _seen_starting(view: GatewayView) -> bool:
    asked = view.probed is not None and view.probed >= view.since
    last = view.last_probe if asked and view.phase is Phase.STARTING else None
    return last is not None and last.verdict in UNREADY
