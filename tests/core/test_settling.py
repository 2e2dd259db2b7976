"""One stall is forgiven, and a few; a host that stalls for ever excuses nothing for ever."""

from dataclasses import replace

import pytest

from selfheal.core import settling
from selfheal.core.facts import GatewayProcess, Inspection, ProbeKind, ProbeReport, ProcessState, Verdict
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.observations import HostInspected, HostResumed, Observation, ProbeFinished
from selfheal.core.perceive import perceive
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.core.settling import forgiven_s, quiet_s
from selfheal.core.state import GatewayView, Phase

POLICY = Policy()
T, AWAY_S = 10_000.0, 20.0
HASTY = replace(POLICY, last_wait_s=30.0, settle_after_resume_s=120.0)
PROCESS = GatewayProcess(100, 5.0, ProcessState.RUNNING, listening=True, age_s=5.0)
WELL = GatewayView(Phase.WELL, since=Monotonic(1.0), process=PROCESS, served=True, probed=Monotonic(T))
POLICIES = pytest.mark.parametrize("policy", [POLICY, HASTY, replace(POLICY, settle_after_resume_s=0.0)])


def at(mono: float) -> Now:
    return Now(Monotonic(mono), Wall(1e9 + mono), "b")


def hears(view: GatewayView, seen: Observation, mono: float, policy: Policy = POLICY) -> GatewayView:
    return perceive(view, seen, at(mono), policy, startups_s=(), asked=False)[0]


def stalled(view: GatewayView, *moments: float, policy: Policy = POLICY) -> GatewayView:
    for mono in moments:
        view = hears(view, HostResumed(AWAY_S), mono, policy)
    return view


def silent(view: GatewayView, mono: float, kind: ProbeKind = ProbeKind.FULL) -> GatewayView:
    return hears(view, ProbeFinished(1, ProbeReport(kind, Verdict.TIMEOUT, 5.0)), mono)


def stalled_for_long(view: GatewayView = WELL) -> GatewayView:
    """Until no further one is forgiven."""
    return stalled(view, *(T + 60.0 * number for number in range(6)))


@POLICIES
@pytest.mark.parametrize("every_s", [20.0, 44.0, 50.0, 55.0, 60.0, 75.0, 100.0])
def test_no_stall_of_a_spell_is_forgiven_for_ever(every_s: float, policy: Policy) -> None:
    """Of each period that divides `last_wait_s` one began the spell anew."""
    view = replace(WELL, misses=2)
    for number in range(200):
        mono = T + number * every_s
        view = stalled(replace(view, misses=2), mono, policy=policy)
        late = number * every_s >= policy.last_wait_s
        assert view.settle_until <= T + policy.last_wait_s
        assert view.misses == (2 if late else 0)


@POLICIES
def test_once_the_host_has_been_quiet_all_is_forgiven_again(policy: Policy) -> None:
    times = [T + 40.0 * number for number in range(50)]
    quiet = times[-1] + quiet_s(policy)
    for mono, again in ((quiet - 1.0, False), (quiet, True)):
        view = stalled(WELL, *times, mono, policy=policy)
        assert (view.settling_since == mono) is again
        assert (view.settle_until == mono + forgiven_s(policy)) is again


@POLICIES
def test_between_two_spells_there_is_time_to_find_a_hang_and_to_act(policy: Policy) -> None:
    asked_s = policy.heartbeat_retry_s + policy.heartbeat_timeout_s
    certain_s = policy.heartbeat_interval_s + (policy.heartbeat_misses + 1) * asked_s
    assert quiet_s(policy) / 2 > max(forgiven_s(policy), certain_s) + policy.recheck_hold_s - 1e-9


def test_what_is_wrong_after_many_stalls_is_counted_across_them() -> None:
    counted = replace(stalled_for_long(), misses=2, deep_misses=1, deep_bad=True, refused_since=Monotonic(T))
    view = stalled(counted, T + 360.0)
    assert (view.misses, view.deep_misses, view.deep_bad, view.refused_since) == (2, 1, True, T)
    ill = replace(stalled_for_long(), phase=Phase.ILL)
    assert stalled(ill, T + 360.0).phase is Phase.ILL


def test_a_gateway_that_had_no_time_to_answer_is_not_ill() -> None:
    """However many misses fall in the time that one stall explains."""
    view = stalled_for_long()
    last, forgiven = T + 300.0, forgiven_s(POLICY)
    for ends_s in range(5, int(forgiven), 7):
        view = silent(view, last + ends_s)
    assert view.phase is Phase.SUSPECT
    assert view.misses > POLICY.heartbeat_misses
    assert silent(view, last + 5.0 + forgiven).phase is Phase.ILL


def test_a_single_miss_that_would_do_does_not_after_a_stall() -> None:
    policy = replace(POLICY, heartbeat_misses=1)
    missed = ProbeFinished(1, ProbeReport(ProbeKind.FULL, Verdict.TIMEOUT, 5.0))
    assert hears(stalled_for_long(), missed, T + 305.0, policy).phase is Phase.SUSPECT
    assert hears(WELL, missed, T + 305.0, policy).phase is Phase.ILL


def test_a_silence_that_begins_long_after_the_last_stall_is_judged_as_ever() -> None:
    view = stalled_for_long()
    begins = T + 300.0 + forgiven_s(POLICY) + 1.0
    for number in range(POLICY.heartbeat_misses):
        view = silent(view, begins + 7.0 * number)
    assert view.phase is Phase.ILL


def test_a_drain_that_goes_on_grows_old_however_often_the_host_stalls() -> None:
    """It once began anew with each stall: a hang in it was never found, and nobody told that it lasts."""
    for every_s in (40.0, 250.0, 600.0):
        for away_s in (AWAY_S, 900.0):  # in a sleep, in which time stands still
            view = replace(WELL, phase=Phase.DRAINING, since=Monotonic(T))
            for number in range(200):
                view = hears(view, HostResumed(away_s), T + every_s * number)
            assert T + every_s * 199 - view.since > POLICY.startup_grace_max_s


def test_a_drain_may_be_as_young_as_our_absence_allows() -> None:
    view = replace(WELL, phase=Phase.DRAINING, since=Monotonic(T - 30.0))
    assert stalled(view, T).since == T
    old = stalled(replace(view, since=Monotonic(T - 300.0)), T)
    assert old.since == T - 300.0 + AWAY_S + POLICY.settle_after_resume_s
    assert old.since_wall == at(old.since).wall


def test_a_drain_that_lasts_too_long_is_no_younger_after_a_stall() -> None:
    """Its incident was once over with each stall."""
    long = replace(WELL, phase=Phase.DRAINING, since=Monotonic(T - POLICY.startup_grace_max_s))
    assert stalled(long, T).since == long.since
    assert stalled(replace(long, since=Monotonic(long.since + 1.0)), T).since > long.since + 1.0


def test_where_each_question_is_lost_in_the_next_stall_we_are_blind() -> None:
    late = T + 301.0 + POLICY.last_wait_s
    looked = stalled_for_long(replace(WELL, inspected=Monotonic(late)))
    view = replace(looked, probed=Monotonic(T + 301.0), blind_since=None)
    times = [T + 300.0 + 50.0 * number for number in range(1, 7)]
    assert stalled(view, *times).blind_since is None
    seen, notes = perceive(
        stalled(view, *times), HostResumed(AWAY_S), at(late), POLICY, startups_s=(), asked=False
    )
    assert seen.blind_since == late
    assert [note.reason for note in notes] == [Reason.HOST_RESUMED, Reason.LOOK_FAILED]
    assert not settling.is_blind(replace(seen, process=None), at(late), POLICY)


def far_stalls(view: GatewayView, *, looks: bool) -> GatewayView:
    """As far apart as those of one spell can be, for hours. `looks`: one ends after each of them."""
    for number in range(60):
        mono = T + number * (quiet_s(POLICY) - 1.0)
        view = stalled(view, mono)
        view = hears(view, HostInspected(1, Inspection(view.process)), mono + 2.0) if looks else view
    return view


@pytest.mark.parametrize("view", [WELL, GatewayView(Phase.ABSENT, since=Monotonic(1.0))])
def test_where_each_look_is_lost_in_the_next_stall_we_are_blind_too(view: GatewayView) -> None:
    view = replace(view, probed=Monotonic(T + 1e6), inspected=Monotonic(T - 1.0))  # its probes tell all along
    assert far_stalls(view, looks=True).blind_since is None
    assert far_stalls(view, looks=False).blind_since is not None


def test_what_the_probes_say_is_but_half_of_it() -> None:
    blind = far_stalls(replace(WELL, inspected=Monotonic(T - 1.0)), looks=False)
    late = blind.settling_since + 60 * quiet_s(POLICY)
    probed = ProbeFinished(1, ProbeReport(ProbeKind.FULL, Verdict.WELL))
    assert blind.blind_since is not None
    assert hears(blind, probed, late).blind_since == blind.blind_since
    seen = hears(blind, HostInspected(1, Inspection(PROCESS)), late)
    assert hears(seen, probed, late + 1.0).blind_since is None
