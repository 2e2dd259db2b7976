"""Where we only watch: when an incident is over, and when a person is told of one that comes and goes."""

from dataclasses import replace

from tests.core.test_levels import ILL, POLICY, T, full, on, tell

from selfheal.core.facts import ProbeKind, ProbeReport, Verdict
from selfheal.core.instants import Monotonic
from selfheal.core.observations import ProbeFinished
from selfheal.core.reasons import Reason
from selfheal.core.state import Phase, Stage

OBSERVING = replace(POLICY, observe=True)
WINDOW_S = POLICY.stability_window_s
MISSED = ProbeFinished(1, ProbeReport(ProbeKind.HEARTBEAT, Verdict.TIMEOUT))


def test_an_incident_is_over_once_it_has_served_for_a_window() -> None:
    state, _, reasons = tell(on(ILL, Stage.IDLE), full(Verdict.WELL), at=T, policy=OBSERVING)
    assert Reason.INCIDENT_CLOSED not in reasons
    state, _, _ = tell(state, MISSED, at=T + 10.0, policy=OBSERVING)  # no break that is certain
    state, _, reasons = tell(state, full(Verdict.WELL), at=T + WINDOW_S - 1.0, policy=OBSERVING)
    assert Reason.INCIDENT_CLOSED not in reasons
    state, _, reasons = tell(state, at=T + WINDOW_S + 1.0, policy=OBSERVING)
    assert Reason.INCIDENT_CLOSED not in reasons  # time proves nothing, an answer does
    _, _, reasons = tell(state, full(Verdict.WELL), at=T + WINDOW_S + 2.0, policy=OBSERVING)
    assert Reason.INCIDENT_CLOSED in reasons


def test_a_person_is_told_of_a_hang_that_comes_and_goes() -> None:
    state, told_at, at = on(ILL, Stage.IDLE, hopeless_since=Monotonic(T)), 0.0, T
    while not told_at and at < T + 2 * POLICY.last_wait_s:
        at += WINDOW_S / 2
        state, _, _ = tell(state, full(Verdict.WELL), at=at, policy=OBSERVING)
        doubted = replace(state.gateway, phase=Phase.SUSPECT, misses=POLICY.heartbeat_misses)
        at += WINDOW_S / 2
        hung = replace(state, gateway=doubted)
        state, _, reasons = tell(hung, full(Verdict.TIMEOUT), at=at, policy=OBSERVING)
        told_at = at if Reason.TOLD in reasons else 0.0
    assert told_at == T + POLICY.last_wait_s
