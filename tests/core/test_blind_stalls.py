"""A host that stalls before each look of ours has ended: a person is told that we cannot look."""

import pytest
from tests.core.walk import Truth, Walk

from selfheal.core.actions import InspectHost, SignalGateway, StartGateway
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.facts import ProbeKind, ProbeReport, Verdict
from selfheal.core.instants import HOUR_S
from selfheal.core.notes import Step
from selfheal.core.observations import (
    ActionFinished,
    ExitExamined,
    HostResumed,
    ProbeFinished,
    ProcessExited,
    ResidentStarted,
)
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause
from selfheal.core.settling import quiet_s
from selfheal.core.state import Phase

POLICY = Policy()
AWAKE_S = STALLED_S = 16.0
TOLD_S = 2 * POLICY.last_wait_s + POLICY.startup_grace_max_s + 4 * (AWAKE_S + STALLED_S)
"""Until no stall is forgiven, until blindness is news, until nothing else is tried; a few stalls besides."""
ACTS = StartGateway | SignalGateway


def stalls(walk: Walk, verdict: Verdict, for_s: float) -> list[Step]:
    """No look ends; whatever else is asked is answered."""
    done: list[Step] = []
    end = walk.mono + for_s
    while walk.mono < end:
        asked = {entry.kind: entry.id for entry in walk.state.pending}
        if (number := asked.get("Probe")) is not None:
            done.append(walk.tell(ProbeFinished(number, ProbeReport(ProbeKind.FULL, verdict, 5.0))))
        if (number := asked.get("ExamineExit")) is not None:
            done.append(walk.tell(ExitExamined(number, Truth().cause)))
        if (number := asked.get("Notify")) is not None:
            done.append(walk.tell(ActionFinished(number, succeeded=True)))
        walk.mono += AWAKE_S + STALLED_S
        done.append(walk.tell(HostResumed(STALLED_S)))
    return done


def ordered(done: list[Step]) -> list[object]:
    return [order.action for step in done for order in step.actions]


@pytest.mark.parametrize("case", ["dies", "hangs", "begins"])
def test_a_person_is_told_that_we_cannot_look(case: str) -> None:
    walk, truth = Walk(), Truth()
    walk.tell(ResidentStarted("x"))
    if case != "begins":
        walk.holds_still(truth, HOUR_S)
        assert walk.state.gateway.phase is Phase.WELL
    if case == "dies":
        walk.tell(ProcessExited(truth.pid, truth.born, 1))
    acts = ordered(stalls(walk, Verdict.TIMEOUT, TOLD_S))
    assert InspectHost() in acts
    assert not [each for each in acts if isinstance(each, ACTS)]
    told = [each for each in acts if isinstance(each, Notify)]
    assert [(each.kind, each.cause) for each in told] == [(AlertKind.OPENED, Cause.BLIND)]
    if case != "begins":  # as soon as the host runs again it is mended
        truth.alive, truth.verdict = case != "dies", Verdict.TIMEOUT
        walk.holds_still(truth, 2 * HOUR_S)
        assert walk.state.gateway.blind_since is None


def stalls_in_checks(walk: Walk, truth: Truth, *, checked: bool) -> list[object]:
    """All is answered but the deep checks, which are `checked` or lost in the next stall."""
    done: list[Step] = []
    policy = walk.policy
    due_s = 2 * (policy.deep_check_interval_s + policy.deep_check_timeout_s)
    end = walk.mono + 2 * policy.last_wait_s + max(due_s, quiet_s(policy)) + 4 * (AWAKE_S + STALLED_S)
    while walk.mono < end:
        lost = {"CheckDeeply"} if not checked else set()
        while asked := [entry for entry in walk.state.pending if entry.kind not in lost]:
            done.append(walk.answer(truth, asked[0].id))
        walk.mono += AWAKE_S + STALLED_S
        done.append(walk.tell(HostResumed(STALLED_S)))
    return ordered(done)


@pytest.mark.parametrize("checked", [True, False])
def test_a_person_is_told_that_no_deep_check_ends(checked: bool) -> None:
    """A gateway that fails each request, and only those, was once borne for ever on such a host."""
    walk, truth = Walk(), Truth()
    walk.tell(ResidentStarted("x"))
    walk.holds_still(truth, HOUR_S)
    acts = stalls_in_checks(walk, truth, checked=checked)
    assert not [each for each in acts if isinstance(each, ACTS)]
    told = [(each.kind, each.cause) for each in acts if isinstance(each, Notify)]
    assert told == ([] if checked else [(AlertKind.OPENED, Cause.BLIND)])
    walk.holds_still(truth, 2 * HOUR_S)
    assert walk.state.incident is None
