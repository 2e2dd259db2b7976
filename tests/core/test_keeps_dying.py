"""A gateway that its manager restarts more often in an hour than our budget allows, each life of it well."""

from dataclasses import replace

import pytest
from tests.core.test_levels import GONE as DEAD
from tests.core.test_levels import INCIDENT, PAUSE, POLICY, SEEN, WELL, T, tell

from selfheal.core.budget import is_over, too_many
from selfheal.core.facts import GatewayProcess
from selfheal.core.incidents import closes, keeps_dying, passes
from selfheal.core.instants import HOUR_S, Monotonic, Now, Wall
from selfheal.core.levels import Level, Request
from selfheal.core.observations import HostInspected, OperatorAsked
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause, Reason
from selfheal.core.reboot import rebased
from selfheal.core.state import AlertingPart, Phase, RecoveryPart, RestartPart, Stage, State

NOW = Now(Monotonic(T), Wall(0.0), "b")
MOST = POLICY.restarts_per_hour_max
LEAST = MOST // 2
GONE = replace(INCIDENT, cause=Cause.PROCESS_GONE)


def started(times: int, last: float = T, **values: object) -> RestartPart:
    """As many times in the last minutes."""
    starts = tuple(Monotonic(last - 10.0 * number) for number in range(times))
    return replace(RestartPart(starts=starts[::-1]), **values)  # type: ignore[arg-type]


def told(state: State) -> tuple[State, set[Reason]]:
    found, notes = keeps_dying(state, BEFORE, NOW, POLICY)
    return found, {note.reason for note in notes}


BEFORE = started(MOST, T - 10.0)
DYING = replace(WELL, restart=started(MOST + 1), incident=GONE)


def test_as_many_as_the_budget_are_none_too_many() -> None:
    assert too_many(started(MOST - 1), started(MOST), NOW, POLICY) == 0
    assert too_many(started(MOST), started(MOST + 1), NOW, POLICY) == MOST + 1
    old = started(1, T - HOUR_S).starts + started(MOST).starts
    assert too_many(started(MOST - 1), RestartPart(starts=old), NOW, POLICY) == 0


def test_what_was_found_before_makes_none_too_many() -> None:
    """A pause that ends, or a smaller budget, is not one death more."""
    assert too_many(started(MOST + 1), started(MOST + 1), NOW, POLICY) == 0


def test_one_whose_end_is_not_judged_yet_does_not_count() -> None:
    waiting = started(MOST + 1, unjudged=Monotonic(T))
    assert too_many(BEFORE, waiting, NOW, POLICY) == 0
    assert too_many(waiting, replace(waiting, unjudged=None), NOW, POLICY) == MOST + 1


def test_it_has_ceased_once_half_are_left() -> None:
    """A loop near the limit has one more now, and one less then."""
    assert not is_over(started(LEAST + 1), NOW, POLICY)
    assert is_over(started(LEAST), NOW, POLICY)
    assert is_over(started(MOST, T - HOUR_S), NOW, POLICY)


def test_the_open_incident_is_about_it() -> None:
    state, reasons = told(DYING)
    assert state.incident == replace(GONE, cause=Cause.KEEPS_DYING, detail=str(MOST + 1), keeps_dying=True)
    assert reasons == {Reason.CAUSE_FOUND}
    assert told(state) == (state, set())


def test_where_its_manager_was_quicker_than_the_word_why_it_opens_one() -> None:
    state, reasons = told(replace(DYING, incident=None))
    assert state.incident is not None
    assert (state.incident.cause, state.incident.keeps_dying) == (Cause.KEEPS_DYING, True)
    assert reasons == {Reason.INCIDENT_OPENED}


def test_what_only_a_person_can_mend_or_knows_already_stays_its_cause() -> None:
    refused = replace(DYING, incident=replace(GONE, cause=Cause.CONFIG_UNLOADABLE))
    known = replace(DYING, alerting=AlertingPart(opened=GONE.id))
    for state, cause in ((refused, Cause.CONFIG_UNLOADABLE), (known, Cause.PROCESS_GONE)):
        found, reasons = told(state)
        assert found.incident is not None
        assert (found.incident.cause, found.incident.keeps_dying, reasons) == (cause, True, set())


@pytest.mark.parametrize(
    "asleep",
    [
        replace(DYING, pause=PAUSE),
        replace(DYING, disabled=(Level.WATCHDOG,)),
        replace(DYING, gateway=replace(DYING.gateway, phase=Phase.STOPPED)),
    ],
)
def test_who_has_paused_us_or_stopped_it_looks_at_it(asleep: State) -> None:
    assert told(asleep) == (asleep, set())


def reborn(state: State, pid: int, at: float, policy: Policy = POLICY) -> tuple[State, list[Reason]]:
    """After an unclean end whose cause is known its manager has it again."""
    gone = replace(DEAD.gateway, last_probe=None)
    state = replace(state, gateway=gone, restart=replace(state.restart, unclean_end=True))
    process = GatewayProcess(pid, at, age_s=0.0)
    state, _, reasons = tell(state, HostInspected(9, replace(SEEN, process=process)), at=at, policy=policy)
    return state, reasons


@pytest.mark.parametrize("observe", [False, True])
def test_a_person_is_told_of_it_once(observe: bool) -> None:
    """In the step in which it is found, and not of each death to come."""
    policy = replace(POLICY, observe=observe)
    state, reasons = reborn(replace(DYING, restart=started(MOST - 1, T - 10.0)), 101, T, policy)
    assert Reason.TOLD not in reasons
    state, reasons = reborn(state, 102, T + 95.0, policy)
    assert Reason.TOLD in reasons
    assert Reason.ESCALATED not in reasons
    state, reasons = reborn(state, 103, T + 190.0, policy)
    assert Reason.TOLD not in reasons
    assert [alert.cause for alert in state.alerting.unsent] == [Cause.KEEPS_DYING]
    assert [alert.detail for alert in state.alerting.unsent] == [str(MOST + 1)]


def test_who_is_not_to_be_told_is_told_later() -> None:
    mute = replace(DYING, restart=started(MOST, T - 10.0), disabled=(Level.NOTIFICATION,))
    state, reasons = reborn(mute, 101, T)
    assert Reason.TOLD not in reasons
    _, _, reasons = tell(state, OperatorAsked(Request.ENABLE, Level.NOTIFICATION), at=T + 1.0)
    assert Reason.TOLD in reasons


def test_whoever_was_told_knows_that_it_does_not_serve() -> None:
    """The end of the ladder is no news then."""
    state, _ = reborn(replace(DYING, restart=started(MOST, T - 10.0)), 101, T)
    assert state.alerting.down


def test_a_level_that_is_passed_is_no_news_to_them() -> None:
    part = replace(started(LEAST), stage=Stage.WAITING, level=Level.HEALTHCHECK)
    state = replace(DYING, restart=part, incident=replace(GONE, level=Level.WATCHDOG, keeps_dying=True))
    telling = replace(POLICY, tell_level_changes=True)
    assert passes(state, telling) == (state, ())
    assert passes(replace(state, incident=replace(GONE, level=Level.WATCHDOG)), telling)[1]


def test_it_is_over_once_it_has_ceased_to_die() -> None:
    going_on = replace(DYING, incident=replace(GONE, keeps_dying=True))
    state, notes = closes(going_on, None, NOW, POLICY)
    assert (state, notes) == (going_on, ())
    state, notes = closes(replace(going_on, restart=started(LEAST)), None, NOW, POLICY)
    assert state.incident is None
    assert [note.reason for note in notes] == [Reason.INCIDENT_CLOSED]


def test_a_person_who_ends_it_ends_its_incident() -> None:
    stopped = replace(DYING.gateway, phase=Phase.STOPPED)
    state, _ = closes(
        replace(DYING, gateway=stopped, incident=replace(GONE, keeps_dying=True)), None, NOW, POLICY
    )
    assert state.incident is None


def test_a_person_who_wants_it_up_has_begun_anew() -> None:
    going_on = replace(DYING, incident=replace(GONE, keeps_dying=True))
    state, _, reasons = tell(going_on, OperatorAsked(Request.START))
    assert Reason.INCIDENT_CLOSED in reasons
    assert state.incident is None


def test_in_its_next_life_the_ladder_may_do_what_it_might_in_a_new_incident() -> None:
    escalated = replace(
        DYING, incident=replace(GONE, keeps_dying=True), recovery=RecoveryPart(escalated=True)
    )
    state, _ = closes(escalated, None, NOW, POLICY)
    assert state.incident is not None
    assert not state.recovery.escalated


def test_a_reboot_ends_it_not() -> None:
    kept = replace(
        DYING, incident=replace(GONE, keeps_dying=True), last_mono=Monotonic(T), last_wall=Wall(1e9)
    )
    done = rebased(kept, Now(Monotonic(10.0), Wall(1e9 + 60.0), "after"))
    assert done.incident is not None
    assert done.incident.keeps_dying
    assert not is_over(done.restart, Now(Monotonic(10.0), Wall(1e9 + 60.0), "after"), POLICY)
