"""A state over a time without us: monotonic instants inside belong to a boot that is no more, or do not know
that we were stalled.
"""

from selfheal.core import budget
from selfheal.core.instants import Monotonic, Now, until
from selfheal.core.state import AlertingPart, GatewayView, Pending, Phase, State
from selfheal.core.values import replace


def rebased(state: State, now: Now) -> State:
    """After a reboot monotonic instants mean nothing: keep what a person said and what was learnt."""
    if state.boot_id == now.boot_id:
        return state
    incident, pause = state.incident, state.pause
    if incident is not None:
        incident = replace(incident, opened_mono=now.mono)
    if pause is not None and pause.until is not None:
        pause = replace(pause, until=until(now, max(0.0, pause.until.wall - now.wall)))
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
        alerting=_alerts(state.alerting, now),
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


def _alerts(part: AlertingPart, now: Now) -> AlertingPart:
    at = part.remind_at
    remind_at = None if at is None else until(now, max(0.0, at.wall - now.wall))
    return replace(part, next_try=now.mono, remind_at=remind_at)


def awaited(pending: tuple[Pending, ...], away_s: float, now: Now) -> tuple[Pending, ...]:
    """While we were away no result could be heard: it may be here now, and comes after this."""
    since = {entry.id: min(now.mono, Monotonic(entry.since + away_s)) for entry in pending}
    return tuple(replace(entry, since=since[entry.id]) for entry in pending)
