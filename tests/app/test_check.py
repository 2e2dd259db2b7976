"""When `selfheal check` has its answer, and when that is «well»."""

import os
import socket
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from selfheal.app.check import (
    REPAIR_MAX_S,
    Waits,
    _ask,
    _in_its_place,
    answer_limit_s,
    check_once,
    leave_requests,
    repair_limit_s,
)
from selfheal.app.commands import resident_targets
from selfheal.app.errand import Errand
from selfheal.app.full_pass import NOT_WELL, Begun, Checked, answered, is_well, looked
from selfheal.app.full_pass import settled as settled_at
from selfheal.app.locking import locked, watched_names
from selfheal.app.places import database_path
from selfheal.cli.verdict import reasons
from selfheal.config.load import load
from selfheal.config.settings import Settings
from selfheal.core.facts import DeepVerdict, GatewayProcess, ProbeKind, ProbeReport, Verdict
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.levels import Level
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause
from selfheal.core.report import report
from selfheal.core.state import GatewayView, Incident, Phase, State
from selfheal.store.lock import LockHeld
from selfheal.store.reader import Reader
from selfheal.texts.language import Language

ASKED = 100.0
BEFORE, AFTER = Wall(99.0), Wall(101.0)
FULL = ProbeReport(ProbeKind.FULL, Verdict.WELL)


def settled(state: State, asked: float) -> bool:
    return settled_at(state, Begun(asked), Now(Monotonic(5.0), AFTER, "boot"), Policy())


def state(phase: Phase, deep_wall: Wall | None, deep: DeepVerdict | None = DeepVerdict.OK) -> State:
    view = GatewayView(
        phase=phase,
        process=GatewayProcess(7, 1.0),
        inspected=Monotonic(5.0),
        last_full=FULL,
        last_full_wall=AFTER,
        last_deep=deep,
        last_deep_wall=deep_wall,
    )
    return replace(State("main"), gateway=view)


@pytest.mark.parametrize(
    ("phase", "deep_wall", "verdict"),
    [
        (Phase.WELL, None, False),
        (Phase.WELL, BEFORE, False),
        (Phase.WELL, AFTER, True),
        (Phase.DEGRADED, BEFORE, False),
        (Phase.ILL, BEFORE, True),
        (Phase.STARTING, None, True),
    ],
)
def test_the_deep_check_is_awaited_of_a_gateway_that_serves(
    phase: Phase, deep_wall: Wall | None, *, verdict: bool
) -> None:
    assert answered(state(phase, deep_wall), ASKED) is verdict
    if phase is not Phase.STARTING and phase is not Phase.ILL:
        assert settled(state(phase, deep_wall), ASKED) is verdict


@pytest.mark.parametrize(
    ("deep", "verdict"),
    [
        (DeepVerdict.OK, True),
        (DeepVerdict.NOT_CHECKED, True),
        (DeepVerdict.FAILED, False),
        (DeepVerdict.STORAGE, False),
    ],
)
def test_a_failed_deep_check_is_not_well(deep: DeepVerdict, *, verdict: bool) -> None:
    assert is_well(state(Phase.WELL, AFTER, deep)) is verdict
    assert settled(state(Phase.WELL, AFTER, deep), ASKED) is verdict, "a failure is followed up"


VIEWS = [
    GatewayView(phase=phase, last_full=full, last_deep=deep)
    for phase in Phase
    for full in (None, *(ProbeReport(ProbeKind.FULL, verdict) for verdict in Verdict))
    for deep in (None, *DeepVerdict)
]


def test_the_exit_code_agrees_with_the_words() -> None:
    incident = Incident(1, Cause.PROCESS_GONE, Wall(0.0), Monotonic(0.0), Level.WATCHDOG)
    now = Now(Monotonic(5.0), Wall(5.0), "boot")
    for view, trouble in product(VIEWS, (None, incident)):
        seen = replace(State("main"), gateway=view, incident=trouble)
        words = list(reasons(report(seen, Policy(), now), Language.EN))
        assert is_well(seen) is not bool(words), (view, trouble, words)


def test_what_an_earlier_process_knew_settles_nothing() -> None:
    stopped = replace(State("main"), gateway=GatewayView(phase=Phase.STOPPED))
    assert not settled(stopped, ASKED)
    assert not looked(stopped, ASKED)
    seen = replace(stopped, gateway=replace(stopped.gateway, inspected=Monotonic(5.0)))
    assert settled(seen, ASKED)
    assert looked(seen, ASKED)
    begun = replace(stopped, last_wall=AFTER)
    assert not answered(begun, ASKED)
    assert answered(replace(begun, gateway=seen.gateway), ASKED)


def test_who_only_looks_does_not_wait_for_a_repair() -> None:
    gone = GatewayView(phase=Phase.ABSENT, inspected=Monotonic(5.0), exit_examined=False)
    assert not looked(replace(State("main"), gateway=gone), ASKED), "the word why is on its way"
    examined = replace(State("main"), gateway=replace(gone, exit_examined=True))
    assert looked(examined, ASKED)
    assert not settled(examined, ASKED)
    assert looked(state(Phase.ILL, BEFORE), ASKED)


def test_both_waits_end() -> None:
    policy = Policy()
    checks_s = policy.full_check_timeout_s + policy.deep_check_timeout_s
    assert checks_s < answer_limit_s([policy]) < repair_limit_s([policy]) <= REPAIR_MAX_S
    quick = replace(policy, startup_grace_s=1.0, restart_gap_s=1.0, hang_term_grace_s=1.0)
    assert answer_limit_s([quick]) < repair_limit_s([quick]) < repair_limit_s([quick, policy])
    assert repair_limit_s([replace(policy, startup_grace_s=86400.0)]) == REPAIR_MAX_S


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "selfheal.toml"
    targets = "".join(f'[targets.{name}]\nstate_dir = "{tmp_path / name}"\n' for name in ("main", "work"))
    path.write_text(targets, encoding="utf-8")
    return load(path, {"HOME": str(tmp_path), "SELFHEAL_STATE_DIR": str(tmp_path / "state")})


def waiting(settings: Settings) -> list[str]:
    with Reader(database_path(settings)) as reader:
        return [each.target for each in reader.waiting()]


def test_what_is_asked_in_vain_does_not_heap_up(settings: Settings) -> None:
    for _ in range(3):
        leave_requests(settings, ["main", "work"])
    assert waiting(settings) == ["main", "work"]


def test_a_gateway_that_the_resident_does_not_watch_is_not_asked_after(settings: Settings) -> None:
    with locked(settings, ["main"]):
        leave_requests(settings, ["main"])
        checked = check_once(settings, only="work")
    assert checked == Checked(NOT_WELL, [State("work")])
    assert waiting(settings) == ["main"]


def test_a_resident_says_whom_it_watches(settings: Settings) -> None:
    assert resident_targets(settings) == ()
    with locked(settings, watched_names(settings, None)):
        assert resident_targets(settings) == ("main", "work")
    with locked(settings, watched_names(settings, "work")):
        assert resident_targets(settings) == ("work",)


def test_a_resident_that_takes_no_request_is_stuck(settings: Settings) -> None:
    """It may go on at any moment, so nothing is done beside it but looking."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    main = replace(settings.targets[0], port=port)
    with locked(settings, ["main"]):
        checked = check_once(replace(settings, targets=(main,)), only=None, stuck_s=0.0)
    assert (checked.code, checked.stuck) == (NOT_WELL, os.getpid())
    assert checked.looks == [("main", Verdict.REFUSED)]


def test_a_place_that_was_taken_meanwhile_and_a_resident_that_has_ended_are_both_seen(
    settings: Settings,
) -> None:
    """Then the other one is asked, or its place is taken."""
    with locked(settings, ["main"]), pytest.raises(LockHeld):
        _in_its_place(settings, Errand(), 0.0)
    assert _ask(settings, ["main"], Waits(60.0, 60.0)) is None
