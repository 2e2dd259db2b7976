"""A process that was old when we first saw it may be starting again, inside itself: that start has its grace,
once.
"""

from collections.abc import Iterable

import pytest

from selfheal.core.facts import GatewayProcess, Inspection, ProbeKind, ProbeReport, Verdict
from selfheal.core.instants import HOUR_S, Monotonic, Now, Wall
from selfheal.core.observations import HostInspected, HostResumed, Observation, ProbeFinished, ResidentStarted
from selfheal.core.perceive import perceive
from selfheal.core.policy import Policy
from selfheal.core.state import GatewayView, Phase

POLICY = Policy()
T = 20_000.0
GRACE_S, BEAT_S = POLICY.startup_grace_max_s, POLICY.heartbeat_interval_s
USUAL_S = BEAT_S + POLICY.full_check_timeout_s  # between two answers
OLD = GatewayProcess(500, 1.0, listening=True, age_s=3 * HOUR_S)
FOUND = HostInspected(1, Inspection(OLD))


def hears(view: GatewayView, seen: Observation, at: float) -> GatewayView:
    now = Now(Monotonic(at), Wall(1e9 + at), "b")
    return perceive(view, seen, now, POLICY, startups_s=(), asked=False)[0]


def says(view: GatewayView, verdict: Verdict, at: float) -> GatewayView:
    return hears(view, ProbeFinished(1, ProbeReport(ProbeKind.FULL, verdict, 0.01)), at)


def goes_on(view: GatewayView, moments: Iterable[float], verdict: Verdict = Verdict.STARTING) -> GatewayView:
    for at in moments:
        view = says(view, verdict, at)
    return view


def beats(since: float, until: float, every_s: float = BEAT_S) -> list[float]:
    return [since + every_s * number for number in range(int((until - since) / every_s) + 1)]


def found(at: float = T) -> GatewayView:
    return hears(GatewayView(), FOUND, at)


def test_what_was_old_at_our_first_look_has_its_grace_from_its_first_word() -> None:
    view = goes_on(found(), beats(T, T + GRACE_S - 1.0))
    assert (view.phase, view.misses) == (Phase.STARTING, 0)
    assert says(view, Verdict.STARTING, T + GRACE_S).misses == 1


def test_its_port_was_closed_before_it_said_so_and_that_is_of_the_same_start() -> None:
    view = goes_on(found(), beats(T, T + 60.0), Verdict.REFUSED)
    view = goes_on(view, beats(T + 70.0, T + GRACE_S - 1.0))
    assert view.phase is Phase.STARTING
    assert says(view, Verdict.STARTING, T + GRACE_S).misses == 1


@pytest.mark.parametrize("between", [Verdict.REFUSED, Verdict.TIMEOUT, Verdict.FOREIGN])
def test_a_start_that_never_ends_has_one_grace_whatever_it_answers_besides(between: Verdict) -> None:
    view = found()
    for at in beats(T, T + GRACE_S - 1.0, 2 * BEAT_S):
        view = says(view, Verdict.STARTING, at)
        view = says(view, between, at + BEAT_S)
    assert view.starts_since == T
    assert says(view, Verdict.STARTING, T + GRACE_S).misses > 0


def test_it_becomes_ill_once_its_grace_is_over_and_stays_so() -> None:
    view = goes_on(found(), beats(T, T + GRACE_S + 60.0))
    assert view.phase is Phase.ILL
    assert says(view, Verdict.STARTING, T + GRACE_S + 70.0).phase is Phase.ILL


@pytest.mark.parametrize("between", [Verdict.DRAINING, Verdict.BROKEN, Verdict.WELL])
def test_whoever_has_come_up_since_starts_anew(between: Verdict) -> None:
    """It was suspended for longer than a grace, say, and loads again for the first time in our sight."""
    for begun in (found(), says(found(), Verdict.STARTING, T)):
        view = goes_on(begun, beats(T + BEAT_S, T + 2 * GRACE_S), between)
        again = T + 2 * GRACE_S + BEAT_S
        view = says(view, Verdict.STARTING, again)
        assert (view.phase, view.misses) == (Phase.STARTING, 0)
        view = goes_on(view, beats(again, again + GRACE_S - 1.0))
        assert view.phase is Phase.STARTING
        assert says(view, Verdict.STARTING, again + GRACE_S).misses == 1


@pytest.mark.parametrize("times", [1, 3])
def test_it_may_have_served_while_we_were_dead(times: int) -> None:
    """Longer than a grace: another start. However often we have died again before we could ask."""
    view = goes_on(found(), beats(T, T + 300.0))
    back = T + 300.0 + 2 * HOUR_S
    for number in range(times):
        view = hears(view, ResidentStarted("x"), back - 60.0 * number)
    view = goes_on(hears(view, FOUND, back), beats(back, back + GRACE_S - 1.0))
    assert view.phase is Phase.STARTING
    assert says(view, Verdict.STARTING, back + GRACE_S).misses == 1


def test_a_shorter_silence_of_ours_is_no_part_of_its_start() -> None:
    away_s = GRACE_S - 60.0
    view = goes_on(found(), beats(T, T + 300.0))
    back = T + 300.0 + away_s
    view = hears(hears(view, ResidentStarted("x"), back), FOUND, back)
    view = goes_on(view, beats(back, back + GRACE_S - 300.0 - USUAL_S - 1.0))
    assert (view.phase, view.misses) == (Phase.STARTING, 0)
    assert says(view, Verdict.STARTING, back + GRACE_S - 300.0 - USUAL_S).misses == 1


def test_on_a_host_that_stalls_for_ever_a_start_that_never_ends_is_found_out() -> None:
    """Each silence is forgiven but for as long as one between two questions mostly is."""
    view, at = found(), T
    while view.misses == 0 and at < T + 4 * GRACE_S:
        at += 32.0
        view = says(hears(view, HostResumed(16.0), at - 1.0), Verdict.STARTING, at)
    assert T + GRACE_S < at < T + 3 * GRACE_S


def test_a_heartbeat_that_says_so_begins_no_silence_before_it() -> None:
    """While it served it was asked for all by the full check alone, which may be minutes old."""
    view = says(found(), Verdict.WELL, T)
    beat = ProbeFinished(1, ProbeReport(ProbeKind.HEARTBEAT, Verdict.STARTING, 0.01))
    view = hears(view, beat, T + 290.0)
    assert says(view, Verdict.STARTING, T + 300.0).starts_since == T + 290.0
