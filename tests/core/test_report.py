from dataclasses import replace

import pytest

from selfheal.core.facts import DeepVerdict, GatewayProcess, Inspection, ProbeKind, ProbeReport, Verdict
from selfheal.core.instants import Monotonic, Now, Wall, until
from selfheal.core.levels import Level
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause, Hold
from selfheal.core.report import LevelStatus, NextStep, Upcoming, report
from selfheal.core.state import (
    AlertingPart,
    GatewayView,
    HealthcheckPart,
    Incident,
    Pause,
    Pending,
    Phase,
    RestartPart,
    Stage,
    State,
    WatchdogPart,
)

M, W = Monotonic, Wall
NOW = Now(M(1000.0), W(50_000.0), "boot-a")
POLICY = Policy()


def well() -> State:
    view = GatewayView(
        phase=Phase.WELL,
        since=M(400),
        since_wall=W(49_400),
        process=GatewayProcess(4242, 390.0, listening=True),
        process_since=M(390),
        served=True,
        last_deep=DeepVerdict.OK,
        last_deep_wall=W(49_800),
        last_probe=ProbeReport(ProbeKind.HEARTBEAT, Verdict.WELL, 0.002),
        last_probe_wall=W(49_996),
    )
    looks = HealthcheckPart(next_heartbeat=M(1006), next_full=M(1100), next_deep=M(1200))
    return State(
        "main",
        boot_id="boot-a",
        last_mono=M(996),
        last_wall=W(49_996),
        gateway=view,
        healthcheck=looks,
        watchdog=WatchdogPart(next_sweep=M(1050)),
    )


def on_ladder(stage: Stage, level: Level = Level.HEALTHCHECK, **changes: object) -> State:
    part = replace(RestartPart(stage=stage, level=level, deadline=M(1012)), **changes)  # type: ignore[arg-type]
    view = replace(well().gateway, phase=Phase.ILL)
    return replace(well(), restart=part, gateway=view)


def status(state: State, level: Level) -> tuple[LevelStatus, Hold | None]:
    found = next(part for part in report(state, POLICY, NOW).levels if part.level is level)
    return found.status, found.hold


def test_a_well_gateway_reads_well() -> None:
    read = report(well(), POLICY, NOW)
    assert (read.well, read.phase, read.phase_age_s) == (True, Phase.WELL, 600.0)
    assert read.process is not None
    assert (read.process.pid, read.process.age_s) == (4242, 610.0)
    assert (read.heartbeat.verdict, read.heartbeat.age_s) == (Verdict.WELL, 4.0)
    assert (read.full.verdict, read.full.age_s) == (None, None)
    assert (read.deep.verdict, read.deep.age_s) == (DeepVerdict.OK, 200.0)
    assert read.upcoming == Upcoming(NextStep.HEARTBEAT, 6.0)
    assert (read.hold, read.incident, read.pause, read.start_time, read.pending) == (
        None,
        None,
        None,
        None,
        (),
    )


FIRST = GatewayProcess(4242, 390.0)  # when it was found it did not listen yet


@pytest.mark.parametrize(
    ("last_look", "probe", "probed", "listening"),
    [
        (None, None, None, False),
        (replace(FIRST, listening=True), None, None, True),
        (replace(FIRST, listening=True, started=391.0), None, None, False),  # another process of that number
        (FIRST, Verdict.WELL, 980, True),
        (FIRST, Verdict.WELL, 960, False),
        (FIRST, Verdict.FOREIGN, 980, False),
        (replace(FIRST, listening=True), Verdict.TIMEOUT, 980, True),
        (replace(FIRST, listening=True), Verdict.REFUSED, 980, False),
        (replace(FIRST, listening=True), Verdict.REFUSED, 960, True),
    ],
)
def test_whether_it_listens_is_as_it_was_last_seen(
    last_look: GatewayProcess | None, probe: Verdict | None, probed: float | None, listening: bool
) -> None:
    view = replace(
        well().gateway,
        process=FIRST,
        inspection=Inspection(last_look) if last_look else None,
        inspected=M(970) if last_look else None,
        last_probe=ProbeReport(ProbeKind.HEARTBEAT, probe) if probe else None,
        probed=None if probed is None else M(probed),
    )
    read = report(replace(well(), gateway=view), POLICY, NOW)
    assert read.process is not None
    assert read.process.listening is listening


def test_before_the_first_run_nothing_has_a_date() -> None:
    read = report(State("main"), POLICY, NOW)
    assert (read.as_of, read.as_of_age_s) == (None, None)


def test_an_unknown_gateway_has_no_age_and_no_next_look() -> None:
    read = report(State("main"), POLICY, NOW)
    assert (read.well, read.phase_age_s, read.phase_since, read.process, read.upcoming) == (
        False,
        *[None] * 4,
    )
    assert status(State("main"), Level.WATCHDOG) == (LevelStatus.UNKNOWN, None)


def test_after_a_reboot_ages_go_by_the_wall_clock() -> None:
    later = Now(M(5.0), W(50_996.0), "boot-b")
    read = report(well(), POLICY, later)
    assert read.phase_age_s == 1596.0
    assert read.as_of_age_s == 1000.0
    assert read.upcoming == Upcoming(NextStep.HEARTBEAT, 0.0)


@pytest.mark.parametrize(
    ("state", "level", "expected"),
    [
        (well(), Level.WATCHDOG, (LevelStatus.OK, None)),
        (well(), Level.RECOVERY, (LevelStatus.NOT_AVAILABLE, None)),
        (replace(well(), disabled=(Level.RECOVERY,)), Level.RECOVERY, (LevelStatus.DISABLED, None)),
        (replace(well(), disabled=(Level.WATCHDOG,)), Level.WATCHDOG, (LevelStatus.DISABLED, None)),
        (replace(well(), pause=Pause(W(1), None, "")), Level.HEALTHCHECK, (LevelStatus.HELD, Hold.PAUSED)),
        (replace(well(), pause=Pause(W(1), None, "")), Level.NOTIFICATION, (LevelStatus.OK, None)),
        (replace(well(), alerting=AlertingPart(3)), Level.NOTIFICATION, (LevelStatus.WORKING, None)),
        (on_ladder(Stage.STOPPING), Level.HEALTHCHECK, (LevelStatus.WORKING, None)),
        (on_ladder(Stage.STOPPING), Level.WATCHDOG, (LevelStatus.OK, None)),
        (on_ladder(Stage.WAITING), Level.HEALTHCHECK, (LevelStatus.WORKING, None)),
        (on_ladder(Stage.WAITING, hold=Hold.UPKEEP), Level.HEALTHCHECK, (LevelStatus.HELD, Hold.UPKEEP)),
        (on_ladder(Stage.EXHAUSTED), Level.HEALTHCHECK, (LevelStatus.EXHAUSTED, None)),
        (on_ladder(Stage.IDLE, Level.WATCHDOG), Level.HEALTHCHECK, (LevelStatus.WORKING, None)),
    ],
)
def test_the_status_of_a_level(state: State, level: Level, expected: tuple[LevelStatus, Hold | None]) -> None:
    assert status(state, level) == expected


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (on_ladder(Stage.STOPPING), NextStep.KILL),
        (on_ladder(Stage.STOPPING, kills=1), NextStep.LOOK_AGAIN),
        (on_ladder(Stage.WAITING), NextStep.START),
        (on_ladder(Stage.WAITING, hold=Hold.UPKEEP), NextStep.LOOK_AGAIN),
        (on_ladder(Stage.LAUNCHING), NextStep.START_RESULT),
        (on_ladder(Stage.COMING_UP), NextStep.JUDGE_START),
        (on_ladder(Stage.STABILISING), NextStep.HEALED),
        (on_ladder(Stage.LAST_WAIT), NextStep.ESCALATE),
        (on_ladder(Stage.EXHAUSTED), NextStep.RETRY),
    ],
)
def test_what_comes_next_on_the_ladder(state: State, step: NextStep) -> None:
    assert report(state, POLICY, NOW).upcoming == Upcoming(step, 12.0)


def test_a_disabled_level_looks_at_nothing() -> None:
    only_watchdog = replace(well(), disabled=(Level.HEALTHCHECK,))
    assert report(only_watchdog, POLICY, NOW).upcoming == Upcoming(NextStep.SWEEP, 50.0)
    neither = replace(well(), disabled=(Level.HEALTHCHECK, Level.WATCHDOG))
    assert report(neither, POLICY, NOW).upcoming is None


def test_a_pause_says_how_long_it_still_holds() -> None:
    paused = replace(well(), pause=Pause(W(49_000), until(NOW, 90.0), "disk swap"))
    read = report(paused, POLICY, NOW)
    assert read.pause is not None
    assert (read.pause.age_s, read.pause.left_s, read.pause.why) == (1000.0, 90.0, "disk swap")
    assert (read.hold, read.upcoming) == (Hold.PAUSED, Upcoming(NextStep.PAUSE_ENDS, 90.0))
    rebooted = report(paused, POLICY, Now(M(1.0), W(50_030.0), "boot-b"))
    assert rebooted.pause is not None
    assert rebooted.pause.left_s == 60.0
    endless = report(replace(well(), pause=Pause(W(49_000), None, "")), POLICY, NOW)
    assert (endless.pause is not None and endless.pause.left_s, endless.upcoming) == (None, None)


def test_an_incident_carries_its_work() -> None:
    incident = Incident(7, Cause.NOT_ANSWERING, W(49_900), M(900), Level.HEALTHCHECK, "timeout")
    state = replace(on_ladder(Stage.WAITING, attempts=2), incident=incident, alerting=AlertingPart(7))
    read = report(state, POLICY, NOW).incident
    assert read is not None
    assert (read.id, read.cause, read.age_s, read.attempts, read.attempts_max) == (
        7,
        Cause.NOT_ANSWERING,
        100.0,
        2,
        3,
    )
    assert (read.stage, read.told, read.escalated, read.detail) == (Stage.WAITING, True, False, "timeout")


def test_the_budget_forgets_what_left_its_window() -> None:
    part = RestartPart(unclean_starts=(M(600), M(800)), starts=(M(-3000), M(600), M(800)))
    budget = report(replace(well(), restart=part), POLICY, NOW).budget
    assert (budget.unclean, budget.unclean_max, budget.hourly, budget.hourly_max) == (1, 2, 2, 6)


def test_the_rest() -> None:
    state = replace(well(), startups_s=(20.0, 35.0, 12.0), pending=(Pending(9, "Probe", M(998)),))
    read = report(state, replace(POLICY, observe=True), NOW)
    assert read.start_time is not None
    assert (read.start_time.last_s, read.start_time.longest_s, read.start_time.samples) == (12.0, 35.0, 3)
    assert [(p.kind, p.age_s) for p in read.pending] == [("Probe", 2.0)]
    assert read.observe
    failing = replace(state, gateway=replace(state.gateway, deep_misses=2, last_deep=DeepVerdict.FAILED))
    assert report(failing, POLICY, NOW).deep.verdict is DeepVerdict.FAILED
