"""What is believed after one observation."""

from dataclasses import replace

import pytest

from selfheal.core import watchdog
from selfheal.core.actions import ExamineExit
from selfheal.core.configmark import config_unloadable
from selfheal.core.facts import (
    ConfigState,
    DeepVerdict,
    ExitCause,
    GatewayProcess,
    Inspection,
    ManagerState,
    PortOwner,
    ProbeKind,
    ProbeReport,
    ProcessState,
    Upkeep,
    Verdict,
)
from selfheal.core.grace import grace_s
from selfheal.core.healthcheck import next_kind
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.observations import (
    ActionFinished,
    DeepCheckFinished,
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
from selfheal.core.reasons import Reason
from selfheal.core.scene import Scene
from selfheal.core.state import GatewayView, Lost, Phase, Stage, WatchdogPart

POLICY = Policy()
PROCESS = GatewayProcess(100, 5.0)
WELL = GatewayView(
    Phase.WELL, process=PROCESS, process_since=Monotonic(5.0), served=True, inspected=Monotonic(900.0)
)


def now(mono: float = 1000.0) -> Now:
    return Now(Monotonic(mono), Wall(mono + 1e9), "b")


def after(view: GatewayView, seen: Observation, at: float = 1000.0, *, asked: bool = False) -> GatewayView:
    return perceive(view, seen, now(at), POLICY, startups_s=(), asked=asked)[0]


def probed(verdict: Verdict, kind: ProbeKind = ProbeKind.FULL) -> ProbeFinished:
    return ProbeFinished(1, ProbeReport(kind, verdict))


def inspected(process: GatewayProcess | None, *others: GatewayProcess) -> HostInspected:
    return HostInspected(1, Inspection(process, others))


def test_grace_is_learnt_within_its_bounds() -> None:
    assert grace_s((), POLICY, says_starting=False) == POLICY.startup_grace_s
    assert grace_s((250.0, 9.0), POLICY, says_starting=False) == 750.0
    assert grace_s((9000.0,), POLICY, says_starting=False) == POLICY.startup_grace_max_s
    assert grace_s((), POLICY, says_starting=True) == POLICY.startup_grace_max_s


def test_one_miss_is_no_illness() -> None:
    assert after(WELL, probed(Verdict.TIMEOUT)).phase is Phase.SUSPECT


def test_heartbeats_alone_never_make_it_ill() -> None:
    view = WELL
    for _ in range(9):
        view = after(view, probed(Verdict.TIMEOUT, ProbeKind.HEARTBEAT))
    view = replace(view, missing_since=Monotonic(0.0))
    assert view.phase is Phase.SUSPECT
    assert after(view, probed(Verdict.TIMEOUT)).phase is Phase.ILL


@pytest.mark.parametrize("verdict", [Verdict.BROKEN, Verdict.FOREIGN, Verdict.TIMEOUT])
def test_wrong_answers_must_last_as_long_as_silence_has_to(verdict: Verdict) -> None:
    """They come at once, and as soon as a person asks for a check."""
    least_s = 3 * POLICY.heartbeat_timeout_s + 2 * POLICY.heartbeat_retry_s
    many = replace(WELL, phase=Phase.SUSPECT, misses=20)
    for since_s, phase in ((least_s - 0.1, Phase.SUSPECT), (least_s, Phase.ILL)):
        view = replace(many, missing_since=Monotonic(1000.0 - since_s))
        assert after(view, probed(verdict)).phase is phase
    for misses, phase in ((1, Phase.SUSPECT), (2, Phase.ILL)):  # however long the first one is ago
        view = replace(many, misses=misses, missing_since=Monotonic(0.0))
        assert after(view, probed(verdict)).phase is phase


def test_a_doubt_is_as_old_as_the_first_question_that_was_not_answered_well() -> None:
    silent = ProbeFinished(1, ProbeReport(ProbeKind.HEARTBEAT, Verdict.TIMEOUT, latency_s=5.0))
    first = after(replace(WELL, missing_since=Monotonic(1.0)), silent)
    assert (first.misses, first.missing_since) == (1, 995.0)
    assert after(first, silent).missing_since == first.missing_since


def test_one_good_heartbeat_ends_a_doubt_but_not_an_illness() -> None:
    good = probed(Verdict.WELL, ProbeKind.HEARTBEAT)
    assert after(replace(WELL, phase=Phase.SUSPECT, misses=2), good).phase is Phase.WELL
    assert after(replace(WELL, phase=Phase.ILL, misses=4), good).phase is Phase.ILL


def test_a_heartbeat_does_not_make_a_starting_gateway_well() -> None:
    view = replace(WELL, phase=Phase.SUSPECT, served=False)
    assert after(view, probed(Verdict.WELL, ProbeKind.HEARTBEAT)).phase is Phase.SUSPECT


@pytest.mark.parametrize("verdict", [Verdict.REFUSED, Verdict.TIMEOUT, Verdict.FOREIGN])
def test_a_starting_gateway_is_not_missed_in_its_grace(verdict: Verdict) -> None:
    view = replace(WELL, phase=Phase.STARTING, served=False, process_since=Monotonic(500.0))
    assert after(view, probed(verdict), 1099.9).misses == 0
    assert after(view, probed(verdict), 1100.0).misses == 1


def test_saying_starting_lengthens_the_grace_to_its_end_only() -> None:
    view = replace(WELL, phase=Phase.STARTING, served=False, process_since=Monotonic(0.0))
    view = replace(view, starts_since=Monotonic(0.0), checked=Monotonic(1790.0))
    assert after(view, probed(Verdict.STARTING), 1799.0).misses == 0
    assert after(view, probed(Verdict.STARTING), 1800.0).misses == 1


def test_the_hosts_sleep_is_no_part_of_a_grace() -> None:
    night_s = 8 * 3600.0
    starting = GatewayProcess(101, 7.0, age_s=night_s + 60.0, slept_s=night_s)
    view = after(GatewayView(), inspected(starting))
    assert view.process_since == 1000.0 - 60.0
    assert after(view, probed(Verdict.TIMEOUT), 1200.0).phase is Phase.STARTING


def test_a_restart_in_place_begins_a_new_grace() -> None:
    view = after(WELL, probed(Verdict.STARTING), 9000.0)
    assert (view.phase, view.process_since, view.served) == (Phase.STARTING, 9000.0, False)


def test_our_own_failure_says_nothing() -> None:
    assert after(WELL, probed(Verdict.UNPROBED)) == replace(WELL, blind_since=Monotonic(1000.0))


def test_a_port_that_closes_in_a_drain_is_still_the_drain() -> None:
    draining = after(WELL, probed(Verdict.DRAINING))
    closed = after(draining, probed(Verdict.REFUSED), 1100.0)
    assert (closed.phase, closed.refused_since) == (Phase.DRAINING, 1100.0)
    late = after(closed, probed(Verdict.REFUSED), 1000.0 + POLICY.drain_budget_s)
    assert (late.phase, late.refused_since) == (Phase.SUSPECT, 1100.0)


@pytest.mark.parametrize(("served", "phase"), [(True, Phase.WELL), (False, Phase.STARTING)])
def test_a_heartbeat_that_is_well_ends_a_drain_whose_full_checks_are_wrong(
    served: bool, phase: Phase
) -> None:
    """A wrong answer does not say whether it drains still: who was suspended and is ill since would be left
    alone for a whole drain.
    """
    draining = after(replace(WELL, served=served), probed(Verdict.DRAINING))
    wrong = after(draining, probed(Verdict.BROKEN), 1015.0)
    assert (wrong.phase, wrong.misses) == (Phase.DRAINING, 0)
    assert next_kind(wrong, POLICY) is ProbeKind.HEARTBEAT
    assert next_kind(after(draining, probed(Verdict.TIMEOUT)), POLICY) is ProbeKind.FULL
    answers = after(wrong, probed(Verdict.WELL, ProbeKind.HEARTBEAT), 1030.0)
    assert answers.phase is phase
    assert after(answers, probed(Verdict.BROKEN), 1045.0).phase is Phase.SUSPECT


def test_one_that_its_manager_is_stopping_drains_until_that_is_over() -> None:
    stopping = after(WELL, HostInspected(1, Inspection(PROCESS, manager=ManagerState.STOPPING)))
    assert after(stopping, probed(Verdict.WELL, ProbeKind.HEARTBEAT), 1001.0).phase is Phase.DRAINING


def test_a_drain_after_a_suspension_has_its_own_time() -> None:
    """Both say the same until its port closes."""
    suspended = after(after(WELL, inspected(PROCESS)), probed(Verdict.DRAINING))
    closed = after(suspended, probed(Verdict.REFUSED), 5000.0)
    again = after(closed, probed(Verdict.REFUSED), 4999.0 + POLICY.drain_budget_s)
    assert (closed.phase, again.phase, again.misses) == (Phase.DRAINING, Phase.DRAINING, 0)
    assert after(again, probed(Verdict.REFUSED), 5000.0 + POLICY.drain_budget_s).phase is Phase.SUSPECT


def test_the_end_of_another_process_is_not_ours() -> None:
    assert after(WELL, ProcessExited(100, 6.0)) == WELL
    assert after(WELL, ProcessExited(101, 5.0)) == WELL


def test_an_end_waits_for_the_word_why() -> None:
    gone = after(WELL, ProcessExited(100, 5.0, 137))
    assert (gone.phase, gone.process, gone.exit_examined) == (Phase.ABSENT, None, False)
    assert after(gone, ExitExamined(1, ExitCause.CRASHED)).phase is Phase.ABSENT
    assert after(gone, ExitExamined(1, ExitCause.STOPPED_ON_PURPOSE)).phase is Phase.STOPPED
    assert after(gone, ExitExamined(1, ExitCause.STOPPED_ON_PURPOSE), asked=True).phase is Phase.ABSENT


def test_a_look_from_before_the_end_is_old_news() -> None:
    gone = after(WELL, ProcessExited(100, 5.0, 137))
    assert after(gone, inspected(PROCESS)).process is None
    recycled = GatewayProcess(100, 77.0)
    assert after(gone, inspected(recycled)).process == recycled


def test_a_zombie_is_gone_and_a_parked_one_is_there() -> None:
    zombie = replace(PROCESS, state=ProcessState.ZOMBIE)
    assert after(WELL, inspected(zombie)).phase is Phase.ABSENT
    parked = GatewayProcess(101, 8.0)
    assert after(WELL, inspected(None, parked)).process == parked
    assert after(WELL, inspected(PROCESS, parked)).process == PROCESS


def test_a_stop_on_purpose_lasts_until_a_process_is_there() -> None:
    stopped = GatewayView(Phase.STOPPED)
    assert after(stopped, inspected(None)).phase is Phase.STOPPED
    assert after(stopped, inspected(PROCESS)).phase is Phase.STARTING


def test_a_refused_config_is_remembered_until_it_changes() -> None:
    loadable = Inspection(None, config=ConfigState.LOADABLE, config_mark="1")
    gone = GatewayView(Phase.ABSENT, inspection=loadable, tried_mark="1", exit_examined=False)
    refused = after(gone, ExitExamined(1, ExitCause.CONFIG_REFUSED))
    assert config_unloadable(refused)
    assert config_unloadable(after(refused, HostInspected(1, loadable)))
    assert not config_unloadable(after(refused, HostInspected(1, replace(loadable, config_mark="2"))))


def test_what_was_refused_is_tried_again_after_work_on_the_installation() -> None:
    """Another version may take the same file."""
    loadable = Inspection(None, config=ConfigState.LOADABLE, config_mark="1")
    gone = GatewayView(Phase.ABSENT, inspection=loadable, tried_mark="1", exit_examined=False)
    refused = after(gone, ExitExamined(1, ExitCause.CONFIG_REFUSED))
    worked_at = after(refused, HostInspected(1, replace(loadable, upkeep=Upkeep.PACKAGE_MANAGER)))
    assert config_unloadable(worked_at)
    assert not config_unloadable(after(worked_at, HostInspected(1, loadable)))


@pytest.mark.parametrize(("managed", "phase"), [(True, Phase.STOPPED), (False, Phase.ABSENT)])
def test_a_stop_that_its_manager_told_of_before_the_word_counts(managed: bool, phase: Phase) -> None:
    seen = Inspection(None, manager=ManagerState.STOPPED)
    gone = GatewayView(Phase.ABSENT, lost=Lost(100), managed=managed, exit_examined=False, inspection=seen)
    assert after(gone, ExitExamined(1, ExitCause.CRASHED, pid=100)).phase is phase
    requested = after(gone, ExitExamined(1, ExitCause.RESTART_REQUESTED, pid=100))
    assert requested.phase is Phase.ABSENT


def test_who_serves_has_read_what_was_refused() -> None:
    well = ProbeFinished(1, ProbeReport(ProbeKind.FULL, Verdict.WELL))
    assert after(replace(WELL, served=False, refused_mark="1"), well).refused_mark is None


def test_a_config_that_was_repaired_before_the_word_is_not_the_refused_one() -> None:
    def look(process: GatewayProcess | None, mark: str) -> HostInspected:
        return HostInspected(1, Inspection(process, config=ConfigState.LOADABLE, config_mark=mark))

    lost = after(after(WELL, look(PROCESS, "bad")), ProcessExited(100, 5.0, 78))
    refused = after(after(lost, look(None, "repaired")), ExitExamined(1, ExitCause.CONFIG_REFUSED))
    assert not config_unloadable(after(refused, look(None, "repaired")))
    refused = after(after(lost, look(None, "bad")), ExitExamined(1, ExitCause.CONFIG_REFUSED))
    assert config_unloadable(after(refused, look(None, "bad")))


def test_which_config_a_start_has_read_is_known_where_it_did_not_change_meanwhile() -> None:
    def ended(before: str, found: str) -> GatewayView:
        def look(process: GatewayProcess | None, mark: str) -> HostInspected:
            return HostInspected(1, Inspection(process, config=ConfigState.LOADABLE, config_mark=mark))

        gone = after(GatewayView(Phase.ABSENT, exit_examined=False, tried_mark="0"), look(None, before))
        lost = after(after(gone, look(PROCESS, found)), ProcessExited(100, 5.0, 78))
        return after(after(lost, look(None, found)), ExitExamined(1, ExitCause.CONFIG_REFUSED, pid=100))

    assert ended("1", "1").refused_mark == "1"  # also where the word about the one before had not come
    assert ended("1", "2").refused_mark is None


@pytest.mark.parametrize(("now", "refused"), [("bad", "bad"), ("good", None)])
def test_what_was_repaired_before_the_look_that_misses_it_is_not_what_it_had_refused(
    now: str, refused: str | None
) -> None:
    """We were away: nobody told us of its end, and the first look shows another file."""

    def look(process: GatewayProcess | None, mark: str) -> HostInspected:
        return HostInspected(1, Inspection(process, config=ConfigState.LOADABLE, config_mark=mark))

    starts = replace(WELL, phase=Phase.STARTING, served=False, tried_mark="bad")
    gone = after(after(starts, look(PROCESS, "bad")), look(None, now))
    assert after(gone, ExitExamined(1, ExitCause.CONFIG_REFUSED, pid=100)).refused_mark == refused


def test_what_a_start_that_no_look_has_found_would_not_have_is_known_by_the_look_before() -> None:
    """Our order hangs while the gateway comes and goes: it was started with the same file again."""

    def look(process: GatewayProcess | None, mark: str) -> HostInspected:
        return HostInspected(1, Inspection(process, config=ConfigState.LOADABLE, config_mark=mark))

    def refused(word: ExitCause) -> GatewayView:
        lost = after(after(WELL, look(PROCESS, "good")), ProcessExited(100, 5.0, 0))
        gone = after(after(lost, look(None, "bad")), ExitExamined(1, word, pid=100))
        tried = replace(gone, exit_examined=False, lost=Lost(101))
        return after(tried, ExitExamined(2, ExitCause.CONFIG_REFUSED, pid=101))

    assert refused(ExitCause.RESTART_REQUESTED).refused_mark == "bad"
    assert refused(ExitCause.UNKNOWN).refused_mark is None, "a better word may still come"


@pytest.mark.parametrize(("code", "refused"), [(78, "1"), (143, None), (None, None)])
def test_what_ends_as_it_refuses_its_config_was_not_ended_by_our_order(
    code: int | None, refused: str | None
) -> None:
    """It was asked to stop in the same moment, and once started with that config again. A gateway that our
    signal has ended may have an old refusal in its log.
    """
    starts = replace(WELL, phase=Phase.STARTING, served=False, tried_mark="1")
    seen = Inspection(PROCESS, config=ConfigState.LOADABLE, config_mark="1")
    starts = replace(starts, inspection=seen)
    gone = after(starts, ProcessExited(100, 5.0, code), asked=True)
    assert after(gone, ExitExamined(1, ExitCause.CONFIG_REFUSED, pid=100), asked=True).refused_mark == refused


def test_a_gateway_that_serves_has_taken_its_config_whatever_it_once_refused() -> None:
    """What it had lacked may be there by now, in its environment say, and the file be the same."""
    refused = replace(WELL, served=False, phase=Phase.STARTING, refused_mark="1")
    assert after(refused, probed(Verdict.STARTING)).refused_mark == "1"
    assert after(refused, probed(Verdict.WELL)).refused_mark is None


PARKED = GatewayProcess(900, 1.0)


@pytest.mark.parametrize(("asked", "phase"), [(False, Phase.STOPPED), (True, Phase.STARTING)])
def test_beside_a_parked_process_a_gateway_may_be_to_stay_down(asked: bool, phase: Phase) -> None:
    """A person had stopped it while we were away, and once the parked one had ended it was started."""
    found = after(WELL, inspected(None, PARKED), asked=asked)
    assert (found.process, found.exit_examined, found.lost) == (PARKED, asked, Lost(100))
    stopped = after(found, ExitExamined(1, ExitCause.STOPPED_ON_PURPOSE, pid=100))
    assert (stopped.phase, stopped.process) == (phase, PARKED if asked else None)
    again = after(stopped, inspected(None, PARKED))
    assert (again.phase, again.process) == (phase, PARKED if asked else None)


def test_a_parked_process_is_the_gateway_where_that_has_crashed() -> None:
    found = after(WELL, inspected(None, PARKED))
    crashed = after(found, ExitExamined(1, ExitCause.CRASHED, pid=100))
    assert (crashed.phase, crashed.process, crashed.exit_examined) == (Phase.STARTING, PARKED, True)


def test_why_the_one_before_a_parked_process_has_ended_is_asked() -> None:
    found = after(WELL, inspected(None, PARKED))
    scene = Scene(found, Stage.IDLE, frozenset(), frozenset(), (), paused=False)
    _, looks = watchdog.observe(WatchdogPart(), inspected(None, PARKED), scene, now(), POLICY)
    assert ExamineExit(100, None) in looks.actions


@pytest.mark.parametrize("asked", [True, False])
def test_what_a_parked_process_once_refused_is_not_the_config_of_now(asked: bool) -> None:
    def look(*parked: GatewayProcess, mark: str) -> HostInspected:
        return HostInspected(1, Inspection(None, parked, config=ConfigState.LOADABLE, config_mark=mark))

    parked = after(after(WELL, inspected(PROCESS)), look(PROCESS, mark="repaired"))
    lost = after(parked, ProcessExited(100, 5.0, 0))
    ended = after(after(lost, look(mark="repaired")), ExitExamined(1, ExitCause.CONFIG_REFUSED), asked=asked)
    assert not config_unloadable(ended)


@pytest.mark.parametrize("state", ConfigState)
def test_which_configs_cannot_load(state: ConfigState) -> None:
    view = GatewayView(inspection=Inspection(None, config=state))
    assert config_unloadable(view) is (state not in {ConfigState.LOADABLE, ConfigState.UNKNOWN})


def test_after_a_sleep_all_measurements_are_stale() -> None:
    view = replace(WELL, misses=2, deep_misses=1, refused_since=Monotonic(990.0))
    woken = after(view, HostResumed(99.0))
    assert (woken.misses, woken.deep_misses, woken.refused_since) == (0, 0, None)
    assert woken.settle_until == 1000.0 + POLICY.settle_after_resume_s


@pytest.mark.parametrize("back", [ResidentStarted("1"), HostResumed(9e3)])
def test_a_signal_that_was_decided_and_not_sent_makes_no_illness_certain(back: Observation) -> None:
    ill = replace(WELL, phase=Phase.ILL, misses=3)
    seen = perceive(ill, back, now(), POLICY, startups_s=(), asked=True, sent=False)[0]
    assert (seen.phase, seen.misses) == (Phase.SUSPECT, 0)
    sent = perceive(ill, back, now(), POLICY, startups_s=(), asked=True, sent=True)[0]
    assert sent.phase is Phase.ILL


def test_a_drain_from_before_we_were_away_may_be_another_one() -> None:
    view = replace(WELL, phase=Phase.DRAINING, since=Monotonic(10.0))
    assert after(view, ResidentStarted("1"), 5000.0).since == 5000.0


def test_after_our_own_restart_we_have_not_looked_yet() -> None:
    view = after(replace(WELL, probed=Monotonic(1.0)), ResidentStarted("1"))
    assert (view.inspected, view.probed, view.process) == (None, None, PROCESS)


def test_serving_for_the_first_time_is_said_once() -> None:
    fresh = replace(WELL, served=False, phase=Phase.STARTING)
    view, notes = perceive(fresh, probed(Verdict.WELL), now(), POLICY, startups_s=(), asked=False)
    assert [note.reason for note in notes] == [Reason.GATEWAY_SERVES]
    assert perceive(view, probed(Verdict.WELL), now(), POLICY, startups_s=(), asked=False)[1] == ()


def test_a_gateway_that_its_manager_was_told_to_stop_before_we_came_stays_stopped() -> None:
    told = HostInspected(1, Inspection(None, manager=ManagerState.STOPPED))
    assert after(GatewayView(), told).phase is Phase.STOPPED
    assert (
        after(replace(GatewayView(), phase=Phase.ABSENT), told).phase is Phase.ABSENT
    )  # we are at work on it


def test_the_last_deep_check_is_kept_with_its_time() -> None:
    view = after(WELL, DeepCheckFinished(1, DeepVerdict.NOT_CHECKED))
    assert (view.last_deep, view.last_deep_wall) == (DeepVerdict.NOT_CHECKED, 1e9 + 1000.0)


def test_a_process_that_ends_before_any_look_has_seen_it_is_lost_at_once() -> None:
    absent = GatewayView(Phase.ABSENT, inspected=Monotonic(900.0))
    ended = ProcessExited(7, 1.0, 78)
    launched, notes = perceive(absent, ended, now(), POLICY, startups_s=(), asked=False, launched=True)
    assert (launched.since, launched.exit_examined, launched.ended) == (1000.0, False, GatewayProcess(7, 1.0))
    assert [note.reason for note in notes] == [Reason.GATEWAY_LOST]
    assert after(absent, ended) == absent  # nobody has started it: somebody else's process


@pytest.mark.parametrize(
    ("cause", "asked", "managed", "phase"),
    [
        (ExitCause.UNKNOWN, False, True, Phase.STOPPED),
        (ExitCause.UNKNOWN, False, False, Phase.ABSENT),
        (ExitCause.UNKNOWN, True, True, Phase.ABSENT),
        (ExitCause.CRASHED, False, False, Phase.ABSENT),
    ],
)
def test_where_the_end_cannot_be_examined_its_manager_is_believed(
    cause: ExitCause, asked: bool, managed: bool, phase: Phase
) -> None:
    """A person stopped it by its manager while we could open no file. One that its manager did not have
    running, a half-dead one beside it say, was not what it had been told to stop.
    """
    lost = GatewayView(Phase.ABSENT, exit_examined=False, managed=managed)
    gone = after(lost, ExitExamined(1, cause), asked=asked)
    seen = HostInspected(2, Inspection(None, manager=ManagerState.STOPPED))
    assert after(gone, seen).phase is phase


def test_what_another_process_answers_on_its_port_is_not_its_health() -> None:
    owner = PortOwner(77, "another openclaw")
    seen = GatewayView(Phase.WELL, process=PROCESS, served=True, inspection=Inspection(PROCESS, (), owner))
    fresh = after(replace(seen, inspected=Monotonic(990.0)), probed(Verdict.WELL))
    assert fresh.phase is Phase.SUSPECT
    assert fresh.last_full is not None
    assert fresh.last_full.verdict is Verdict.FOREIGN
    old = replace(seen, inspected=Monotonic(1000.0 - POLICY.heartbeat_interval_s - 60.0))
    assert after(old, probed(Verdict.WELL)).phase is Phase.WELL
    listening = replace(seen, process=replace(PROCESS, listening=True), inspected=Monotonic(990.0))
    assert after(listening, probed(Verdict.WELL)).phase is Phase.WELL


def test_while_our_looks_fail_an_answer_alone_does_not_let_us_see() -> None:
    view = GatewayView(Phase.WELL, process=PROCESS, served=True)
    failed = ActionFinished(1, succeeded=False, detail="did not end in time")
    blind = perceive(view, failed, now(900.0), POLICY, startups_s=(), asked=False, look=True)[0]
    answered = after(blind, probed(Verdict.WELL))
    assert answered.blind_since == 900.0
    looked = after(answered, inspected(PROCESS), 1001.0)
    assert after(looked, probed(Verdict.WELL), 1002.0).blind_since is None


def test_a_storage_that_takes_nothing_is_a_miss_of_the_deep_check() -> None:
    view = GatewayView(Phase.WELL, process=PROCESS, served=True)
    seen = after(view, DeepCheckFinished(1, DeepVerdict.STORAGE, detail="read-only"))
    assert (seen.deep_misses, seen.last_deep, seen.deep_detail) == (1, DeepVerdict.STORAGE, "read-only")


def test_requests_that_fail_while_its_probes_do_say_nothing_more() -> None:
    failed, missed = DeepCheckFinished(1, DeepVerdict.FAILED), probed(Verdict.TIMEOUT, ProbeKind.HEARTBEAT)
    view = GatewayView(Phase.WELL, process=PROCESS, served=True)
    assert after(after(view, failed), missed).deep_misses == 0
    assert after(after(view, missed), failed).deep_misses == 0
    certain = replace(view, deep_misses=2, deep_bad=True)  # that was found while its probes were right
    assert after(certain, missed).deep_misses == 2


def test_why_it_ended_is_asked_once_more_when_we_can_see_again() -> None:
    """Its manager says «stopped» of one that had asked for its own restart, too."""
    gone = replace(WELL, process=None, phase=Phase.ABSENT, look_failed=True, exit_unknown=True, managed=True)
    stopped = HostInspected(1, Inspection(None, manager=ManagerState.STOPPED))
    seen = after(gone, stopped)
    assert (seen.phase, seen.exit_examined) == (Phase.ABSENT, False)
    answered = after(seen, ExitExamined(2, ExitCause.RESTART_REQUESTED))
    assert (answered.phase, answered.handoff) == (Phase.ABSENT, True)
    unanswered = after(seen, ExitExamined(2, ExitCause.UNKNOWN))
    assert after(unanswered, stopped).phase is Phase.STOPPED


def test_what_seemed_stopped_while_we_were_blind_may_have_asked_for_its_restart() -> None:
    """It had closed its port in a drain. Whose start was called off by a person stays down."""
    closing = replace(WELL, phase=Phase.DRAINING, leaving=True, managed=True, look_failed=True)
    lost = after(closing, ProcessExited(PROCESS.pid, PROCESS.started))
    guessed = after(lost, ExitExamined(1, ExitCause.UNKNOWN, pid=PROCESS.pid))
    assert guessed.phase is Phase.STOPPED
    seen = after(guessed, HostInspected(2, Inspection(None, manager=ManagerState.STOPPED)))
    answered = after(seen, ExitExamined(3, ExitCause.RESTART_REQUESTED, pid=PROCESS.pid))
    assert (answered.phase, answered.handoff) == (Phase.ABSENT, True)
    awaited = replace(guessed, inspection=Inspection(None, manager=ManagerState.RESTARTING))
    called_off = after(awaited, HostInspected(2, Inspection(None, manager=ManagerState.STOPPED)))
    known = after(called_off, ExitExamined(3, ExitCause.RESTART_REQUESTED, pid=PROCESS.pid))
    assert known.phase is Phase.STOPPED


def test_a_second_process_beside_one_that_was_stopped_is_not_it() -> None:
    stopped = GatewayView(Phase.STOPPED, inspected=Monotonic(900.0))
    seen = after(stopped, inspected(None, GatewayProcess(101, 6.0)))
    assert (seen.phase, seen.process) == (Phase.STOPPED, None)
    assert after(stopped, inspected(GatewayProcess(102, 7.0))).phase is Phase.STARTING


@pytest.mark.parametrize("kind", ProbeKind)
def test_a_wish_for_it_is_fulfilled_when_it_answers(kind: ProbeKind) -> None:
    assert not after(replace(WELL, wanted=True), probed(Verdict.WELL, kind)).wanted
    assert after(replace(WELL, wanted=True), probed(Verdict.DRAINING, kind)).wanted
