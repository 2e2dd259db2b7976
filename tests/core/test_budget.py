"""Whose restarts count, and since when."""

from dataclasses import replace

import pytest

from selfheal.core.budget import appeared, ended_unseen, exceeded, judged, lost, ordered, rebased
from selfheal.core.facts import ExitCause, GatewayProcess
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.levels import Request
from selfheal.core.observations import OperatorAsked
from selfheal.core.policy import Policy
from selfheal.core.reasons import Hold
from selfheal.core.requests import obey
from selfheal.core.state import GatewayView, Phase, RestartPart, Stage, State

NOW = Now(Monotonic(10_000.0), Wall(0.0), "b")
BORN = Monotonic(9_990.0)
POLICY = Policy()


@pytest.mark.parametrize("stage", [Stage.IDLE, Stage.STABILISING, Stage.LAST_WAIT, Stage.EXHAUSTED])
@pytest.mark.parametrize("unclean", [True, False])
def test_a_restart_that_is_not_ours_counts_after_an_unclean_end(stage: Stage, unclean: bool) -> None:
    part = appeared(RestartPart(stage, unclean_end=unclean), BORN, NOW, POLICY)
    assert part.unclean_starts == part.starts == ((BORN,) if unclean else ())


def test_ours_counts_once() -> None:
    part = ordered(RestartPart(Stage.WAITING, unclean_end=True), NOW, POLICY)
    part = appeared(replace(part, stage=Stage.COMING_UP, since=NOW.mono), BORN, NOW, POLICY)
    assert part.unclean_starts == part.starts == (NOW.mono,)
    again = appeared(lost(part), BORN, NOW, POLICY)
    assert again.unclean_starts == again.starts == (BORN, NOW.mono)


def test_what_is_born_well_after_our_start_was_done_is_another_one() -> None:
    """Ours ended before anybody could look. A start that is still being made is nobody's yet."""
    late = Monotonic(NOW.mono + 5.0)
    part = replace(ordered(RestartPart(Stage.WAITING, unclean_end=True), NOW, POLICY), since=NOW.mono)
    other = appeared(replace(part, stage=Stage.COMING_UP), late, NOW, POLICY)
    assert other.unclean_starts == other.starts == (NOW.mono, late)
    ours = appeared(replace(part, stage=Stage.LAUNCHING), late, NOW, POLICY)
    assert ours.unclean_starts == ours.starts == (NOW.mono,)
    much_later = Monotonic(NOW.mono + 40.0)
    hangs = appeared(replace(part, stage=Stage.LAUNCHING), much_later, NOW, POLICY)
    assert hangs.unclean_starts == hangs.starts == (NOW.mono, much_later)
    manager_s = appeared(replace(part, stage=Stage.LAUNCHING), late, NOW, POLICY, managed=True)
    assert manager_s.unclean_starts == manager_s.starts == (NOW.mono, late)


def test_what_is_there_after_we_were_away_may_be_the_one_after_ours() -> None:
    part = ordered(RestartPart(Stage.WAITING, unclean_end=True), NOW, POLICY)
    part = appeared(ended_unseen(replace(part, stage=Stage.COMING_UP)), BORN, NOW, POLICY)
    assert part.unclean_starts == part.starts == (BORN, NOW.mono)
    seen = RestartPart(Stage.COMING_UP, starts=(BORN,))
    assert ended_unseen(seen) == seen


def test_what_is_found_again_was_born_once_and_pushes_no_newer_start_out() -> None:
    """A half-dead second process, seen between the starts of a manager, once made us forget one of these."""
    part, second = RestartPart(Stage.WAITING, unclean_end=True), Monotonic(9_800.0)
    for born in (second, Monotonic(9_850.0), second, Monotonic(9_860.0), second):
        part = appeared(lost(part), born, NOW, POLICY)
    assert part.starts == part.unclean_starts == (second, 9_850.0, 9_860.0)
    unclean = exceeded(lost(part), NOW, POLICY)
    assert unclean == (Hold.UNCLEAN_BUDGET, 9_850.0 + POLICY.unclean_window_s)


def test_a_late_word_takes_back_no_start_that_counted_before() -> None:
    part = appeared(RestartPart(unclean_end=True), BORN, NOW, POLICY)
    again = appeared(lost(part), BORN, NOW, POLICY, examined=False)
    assert judged(again, ExitCause.STOPPED_ON_PURPOSE, gone=False).unclean_starts == (BORN,)


def test_what_its_manager_starts_after_our_stop_is_one_of_the_hour() -> None:
    part = lost(RestartPart(Stage.STOPPING, asked_at=Monotonic(9_980.0)))
    part = appeared(part, BORN, NOW, POLICY)
    assert (part.starts, part.unclean_starts) == ((BORN,), ())


@pytest.mark.parametrize(
    ("cause", "counted"), [(ExitCause.CRASHED, (BORN,)), (ExitCause.STOPPED_ON_PURPOSE, ())]
)
def test_the_word_why_may_come_late(cause: ExitCause, counted: tuple[float, ...]) -> None:
    part = appeared(lost(RestartPart()), BORN, NOW, POLICY, examined=False)
    assert part.unclean_starts == (BORN,)
    part = judged(part, cause, gone=False)
    assert part.unclean_starts == part.starts == counted
    assert not part.unclean_end


def test_a_killed_gateway_has_not_ended_cleanly() -> None:
    part = RestartPart(Stage.STOPPING, asked_at=Monotonic(9_980.0), kills=1)
    assert lost(part).unclean_end
    assert judged(part, ExitCause.STOPPED_ON_PURPOSE, gone=True).unclean_end


def test_after_a_reboot_what_the_breaker_counts_counts_still() -> None:
    """Its memory is on the disk. A clock that was set back does not tell how long it was off."""
    part = RestartPart(Stage.COMING_UP, starts=(BORN,), unclean_starts=(BORN,))
    state = State("main", boot_id="a", known=True, last_mono=NOW.mono, last_wall=Wall(1000.0), restart=part)
    booted = Now(Monotonic(20.0), Wall(1060.0), "b")
    assert rebased(state, booted) == RestartPart(
        starts=(Monotonic(-50.0),), unclean_starts=(Monotonic(-50.0),), unclean_end=True
    )
    set_back = Now(Monotonic(20.0), Wall(0.0), "b")
    assert rebased(state, set_back).starts == (Monotonic(20.0 - (NOW.mono - BORN)),)


def test_a_clock_that_was_set_back_makes_of_many_starts_no_single_one() -> None:
    """Each would be counted once with the next one, and a gateway that keeps dying be well."""
    starts = tuple(Monotonic(NOW.mono - 60.0 * number) for number in (3, 2, 1))
    part = RestartPart(starts=starts, unclean_starts=starts)
    state = State("main", boot_id="a", known=True, last_mono=NOW.mono, last_wall=Wall(1000.0), restart=part)
    booted = Now(Monotonic(20.0), Wall(-486_197.0), "b")
    kept = rebased(state, booted)
    assert kept.starts == kept.unclean_starts == (-160.0, -100.0, -40.0)
    found = appeared(kept, Monotonic(19.0), booted, POLICY)
    assert found.starts == (-160.0, -100.0, -40.0, 19.0)


@pytest.mark.parametrize(
    ("phase", "served", "unclean"),
    [
        (Phase.WELL, True, False),
        (Phase.DRAINING, True, False),
        (Phase.STARTING, False, True),
        (Phase.ILL, True, True),
    ],
)
def test_what_a_person_has_ended_may_have_ended_badly_where_it_was_not_well(
    phase: Phase, served: bool, unclean: bool
) -> None:
    """One in a crash loop did so by itself, and of the starts after it one more was made than its breaker
    bears.
    """
    view = GatewayView(phase, process=GatewayProcess(100, 5.0), served=served)
    state, _ = obey(State("main", known=True, gateway=view), OperatorAsked(Request.STOP), NOW)
    assert state.restart.unclean_end is unclean
    assert obey(state, OperatorAsked(Request.STOP), NOW)[0].restart.unclean_end is unclean
    assert rebased(state, NOW).unclean_end is unclean


def test_a_gateway_that_was_stopped_before_the_reboot_ended_cleanly() -> None:
    state = State("main", known=True, gateway=GatewayView(Phase.STOPPED))
    assert not rebased(state, NOW).unclean_end


def test_what_a_proven_gateway_asks_for_costs_none_in_the_hour() -> None:
    full = tuple(Monotonic(NOW.mono - 60.0 * number) for number in range(1, 1 + POLICY.restarts_per_hour_max))
    part = RestartPart(Stage.WAITING, starts=full, requested=True)
    assert exceeded(part, NOW, POLICY) is None
    done = ordered(part, NOW, POLICY)
    assert (done.starts, done.requested) == (full, False)
    assert exceeded(done, NOW, POLICY) is not None


def test_a_start_ends_what_observing_has_said() -> None:
    assert not ordered(RestartPart(Stage.WAITING, observed=True), NOW, POLICY).observed


def test_who_appears_before_the_word_why_the_last_one_ended_counts_until_that_is_known() -> None:
    """We had asked it to stop, and died before we heard that it had crashed instead."""
    asked = RestartPart(stage=Stage.STOPPING, asked_at=NOW.mono)
    found = appeared(lost(asked), NOW.mono, NOW, POLICY, examined=False)
    assert len(found.unclean_starts) == 1
    assert judged(found, ExitCause.CRASHED, gone=False).unclean_starts == found.unclean_starts
    assert judged(found, ExitCause.STOPPED_ON_PURPOSE, gone=False).unclean_starts == ()
