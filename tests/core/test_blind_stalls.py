"""A host that stalls before each look of ours has ended: a person is told that we cannot look."""

import pytest
from tests.core.walk import Truth, Walk, truth_seen

from selfheal.core.actions import InspectHost, SignalGateway, StartGateway
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.facts import GatewayProcess, Inspection, ProbeKind, ProbeReport, Verdict
from selfheal.core.instants import HOUR_S, Monotonic, Now, Wall
from selfheal.core.notes import Step
from selfheal.core.observations import (
    ActionFinished,
    ExitExamined,
    HostInspected,
    HostResumed,
    Observation,
    ProbeFinished,
    ProcessExited,
    ResidentStarted,
)
from selfheal.core.perceive import perceive
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause
from selfheal.core.settling import quiet_s
from selfheal.core.state import GatewayView, Phase

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


def hears(view: GatewayView, seen: Observation, mono: float) -> GatewayView:
    now = Now(Monotonic(mono), Wall(1e9 + mono), "b")
    return perceive(view, seen, now, POLICY, startups_s=(), asked=False)[0]


def stalled(view: GatewayView, since: float, until: float, look_s: float | None = None) -> GatewayView:
    """`look_s`: a look ends so long after each resume."""
    while since < until:
        view, since = hears(view, HostResumed(STALLED_S), since), since + quiet_s(POLICY) - 1.0
        if look_s is not None:
            view = hears(view, HostInspected(1, Inspection(view.process)), since - quiet_s(POLICY) + look_s)
    return view


@pytest.mark.parametrize("process", [None, GatewayProcess(100, 5.0)])
def test_looks_that_end_between_the_stalls_are_looks(process: GatewayProcess | None) -> None:
    phase = Phase.ABSENT if process is None else Phase.WELL
    view = GatewayView(phase, process=process, inspected=Monotonic(9_999.0))
    assert stalled(view, 10_000.0, 20_000.0, look_s=2.0).blind_since is None
    assert stalled(view, 10_000.0, 20_000.0).blind_since is not None


def test_what_the_probes_say_is_but_half_of_it() -> None:
    view = GatewayView(Phase.WELL, process=GatewayProcess(100, 5.0), inspected=Monotonic(9_999.0))
    blind = stalled(view, 10_000.0, 20_000.0)
    assert blind.blind_since is not None
    probed = ProbeFinished(1, ProbeReport(ProbeKind.FULL, Verdict.WELL))
    assert hears(blind, probed, 20_001.0).blind_since == blind.blind_since
    seen = hears(blind, HostInspected(1, truth_seen(Truth(pid=100, born=5.0), 20_002.0)), 20_002.0)
    assert hears(seen, probed, 20_003.0).blind_since is None
