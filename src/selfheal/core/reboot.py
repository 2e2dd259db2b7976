"""A state over a time without us: monotonic instants inside belong to a boot that is no more, or do not know
that we were stalled.
"""

from selfheal.core import budget
from selfheal.core.instants import Monotonic, Now, Until, until
from selfheal.core.state import AlertingPart, GatewayView, Pause, Pending, Phase, State
from selfheal.core.values import replace

CLOCK_SETS_S = 180.0  # a host without a clock of its own has the right time by then, if it has a network


def rebased(state: State, now: Now) -> State:
    """After a reboot monotonic instants mean nothing: keep what a person said and what was learnt."""
    if state.boot_id == now.boot_id:
        return state
    incident, pause = state.incident, state.pause
    if incident is not None:
        incident = replace(incident, opened_mono=now.mono)
    if pause is not None and pause.until is not None:
        pause = _paused(pause, pause.until, state, now)
    return replace(
        State(state.target),
        boot_id=now.boot_id,
        gateway=_view(state, now),
        pause=pause,
        disabled=state.disabled,
        distrust=state.distrust,
        known=state.known,
        startups_s=state.startups_s,
        restart=budget.rebased(state, now),
        incident=incident,
        alerting=_alerts(state, now),
        recovery=state.recovery,
        next_action_id=state.next_action_id,
        next_incident_id=state.next_incident_id,
    )


def _view(state: State, now: Now) -> GatewayView:
    """Ended for a person is what they told us to end. Any other end before a reboot may be the host's own.
    A config that the gateway would not have is the same file still.
    """
    refused = state.gateway.refused_mark
    if not state.gateway.unwanted:
        return GatewayView(refused_mark=refused)
    since = state.gateway.since_wall
    return GatewayView(Phase.STOPPED, since=now.mono, since_wall=since, unwanted=True, refused_mark=refused)


def _paused(pause: Pause, end: Until, state: State, now: Now) -> Pause:
    left_s = _left_s(end, state)
    kept_s = max(_by_clock_s(end, left_s, now), min(left_s, CLOCK_SETS_S))
    kept = Until(now.after(kept_s), end.wall, now.boot_id)
    return replace(pause, until=kept, latest=now.after(left_s))


def reset(state: State, now: Now) -> State:
    """The wall clock was set: of a pause of before this boot more may be left than it had said. Less is no
    ground to end it, since who sets a clock may set it wrong.
    """
    pause = state.pause
    if pause is None or pause.until is None or pause.latest is None:
        return state
    by_clock_s = _by_clock_s(pause.until, max(0.0, pause.latest - now.mono), now)
    left_s = max(pause.until.left_s(now), by_clock_s)
    return replace(state, pause=replace(pause, until=replace(pause.until, mono=now.after(left_s))))


def _left_s(end: Until, state: State) -> float:
    """When we last knew."""
    return max(0.0, end.mono - state.last_mono)


def _by_clock_s(end: Until, most_s: float, now: Now) -> float:
    return min(most_s, max(0.0, end.wall - now.wall))


def _alerts(state: State, now: Now) -> AlertingPart:
    at = state.alerting.remind_at
    remind_at = None if at is None else until(now, _by_clock_s(at, _left_s(at, state), now))
    return replace(state.alerting, next_try=now.mono, remind_at=remind_at)


def awaited(pending: tuple[Pending, ...], away_s: float, now: Now) -> tuple[Pending, ...]:
    """While we were away no result could be heard: it may be here now, and comes after this."""
    since = {entry.id: min(now.mono, Monotonic(entry.since + away_s)) for entry in pending}
    return tuple(replace(entry, since=since[entry.id]) for entry in pending)
