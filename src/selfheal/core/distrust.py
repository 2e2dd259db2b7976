"""A rule of ours was broken: we only watch, over restarts and reboots too, until a person resumes.

The state that broke it stays as it is, so the next step may break it again: a person is told once.
"""

from collections.abc import Sequence

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.policy import Policy
from selfheal.core.state import State
from selfheal.core.values import replace


def begin(state: State, broken: Sequence[str]) -> State:
    """`broken`: the names of the rules."""
    if state.distrust:
        return state
    what = "; ".join(broken)
    number = state.next_incident_id if state.incident is None else state.incident.id
    alert = Notify(AlertKind.DISTRUST, number, (), detail=what)
    return replace(
        state,
        distrust=what,
        alerting=replace(state.alerting, unsent=(*state.alerting.unsent, alert)),
        next_incident_id=max(state.next_incident_id, number + 1),  # an alert's number is given once
    )


def heeded(state: State, policy: Policy) -> Policy:
    return replace(policy, observe=True) if state.distrust else policy
