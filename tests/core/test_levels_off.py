"""A level that a person disabled does nothing, and silences no other one."""

from dataclasses import replace

import pytest
from tests.core.test_levels import GONE, ILL, LATER, PAUSE, POLICY, SEEN, WELL, T, on, signals, starts, tell

from selfheal.core.facts import ConfigState
from selfheal.core.instants import Monotonic
from selfheal.core.levels import Level
from selfheal.core.observations import ActionFinished, Observation, TimePassed
from selfheal.core.reasons import Hold, Reason
from selfheal.core.state import Stage, State

NEVER_UP = replace(ILL, gateway=replace(ILL.gateway, served=False))
BY_LEVEL_1 = replace(NEVER_UP, incident=replace(ILL.incident, level=Level.WATCHDOG))  # type: ignore[type-var]


def off(state: State, *levels: Level) -> State:
    return replace(state, disabled=levels)


def calls(state: State) -> bool:
    """A person, once it has lasted for as long as that is borne."""
    state, actions, reasons = tell(state)
    assert (signals(actions), starts(actions), Reason.TOLD in reasons) == ([], 0, False)
    _, actions, reasons = tell(state, at=T + POLICY.last_wait_s)
    assert (signals(actions), starts(actions)) == ([], 0)
    return Reason.TOLD in reasons


@pytest.mark.parametrize("stage", [Stage.STOPPING, Stage.WAITING])
def test_what_level_2_has_ended_is_level_1s_to_start_once_level_2_is_off(stage: Stage) -> None:
    """It was held for ever, because of the level that had been at work before."""
    state, actions, _ = tell(off(on(GONE, stage), Level.HEALTHCHECK))
    assert starts(actions) == 1
    assert (state.restart.level, state.restart.hold) == (Level.WATCHDOG, None)
    assert starts(tell(off(on(GONE, stage), Level.HEALTHCHECK, Level.WATCHDOG))[1]) == 0
    assert starts(tell(replace(off(on(GONE, stage), Level.HEALTHCHECK), pause=PAUSE))[1]) == 0


@pytest.mark.parametrize("stage", [Stage.COMING_UP, Stage.STABILISING])
def test_what_level_2_has_started_and_lost_is_level_1s_once_level_2_is_off(stage: Stage) -> None:
    state, _, reasons = tell(off(on(GONE, stage), Level.HEALTHCHECK))
    assert Reason.ATTEMPT_FAILED in reasons
    assert state.restart.level is Level.WATCHDOG


@pytest.mark.parametrize(
    ("last", "disabled", "told"),
    [
        (on(GONE, Stage.LAST_WAIT, deadline=Monotonic(T)), Level.HEALTHCHECK, True),
        (on(ILL, Stage.LAST_WAIT, deadline=Monotonic(T)), Level.HEALTHCHECK, False),
        (on(ILL, Stage.LAST_WAIT, deadline=Monotonic(T), level=Level.WATCHDOG), Level.WATCHDOG, True),
        (on(ILL, Stage.LAST_WAIT, deadline=Monotonic(T), level=Level.WATCHDOG), Level.HEALTHCHECK, True),
    ],
)
def test_the_last_wait_ends_in_a_word_unless_all_whose_affair_it_is_are_off(
    last: State, disabled: Level, told: bool
) -> None:
    assert (Reason.TOLD in tell(off(last, disabled))[2]) is told
    assert Reason.TOLD not in tell(off(last, Level.WATCHDOG, Level.HEALTHCHECK))[2]
    assert Reason.TOLD not in tell(replace(off(last, disabled), pause=PAUSE))[2]


@pytest.mark.parametrize("stage", [Stage.COMING_UP, Stage.STABILISING])
def test_a_hang_of_what_level_1_has_started_is_level_2s_even_if_level_1_is_off(stage: Stage) -> None:
    state, actions, _ = tell(off(on(ILL, stage, level=Level.WATCHDOG), Level.WATCHDOG))
    assert (len(signals(actions)), state.restart.level) == (1, Level.HEALTHCHECK)
    broken = replace(SEEN, config=ConfigState.MALFORMED)
    held = replace(ILL, gateway=replace(ILL.gateway, inspection=broken))
    assert calls(off(on(held, stage, level=Level.WATCHDOG), Level.WATCHDOG))


@pytest.mark.parametrize("stage", [Stage.COMING_UP, Stage.STABILISING])
def test_a_start_of_level_1_that_hangs_is_told_of_where_nobody_may_end_it(stage: Stage) -> None:
    """It was left there, with its incident open, and nobody was told."""
    begun = on(BY_LEVEL_1, stage, level=Level.WATCHDOG)
    assert calls(off(begun, Level.HEALTHCHECK))
    assert tell(off(begun, Level.HEALTHCHECK))[0].restart.hold is Hold.LEVEL_DISABLED
    assert not calls(off(begun, Level.HEALTHCHECK, Level.WATCHDOG))
    assert not calls(replace(off(begun, Level.HEALTHCHECK), pause=PAUSE))


def test_so_is_one_that_level_2_was_ending() -> None:
    asked = {"asked_at": Monotonic(T - 60.0), "asked": ILL.gateway.process}
    assert calls(off(on(BY_LEVEL_1, Stage.STOPPING, **asked), Level.HEALTHCHECK))
    assert not calls(off(on(ILL, Stage.STOPPING, **asked), Level.HEALTHCHECK))


def test_what_level_2_alone_has_found_is_told_of_by_nobody_else() -> None:
    assert not calls(off(on(ILL, Stage.IDLE), Level.HEALTHCHECK))


def test_who_has_called_a_person_and_may_not_end_it_remains_who_has_tried() -> None:
    end = on(BY_LEVEL_1, Stage.EXHAUSTED, deadline=Monotonic(T), level=Level.WATCHDOG)
    state, actions, _ = tell(off(end, Level.HEALTHCHECK))
    assert signals(actions) == []
    assert (state.restart.level, state.restart.hold) == (Level.WATCHDOG, Hold.LEVEL_DISABLED)


@pytest.mark.parametrize(
    ("failed", "seen_s", "disabled", "told"),
    [
        (True, 1.0, (Level.HEALTHCHECK,), True),
        (True, 1.0, (Level.WATCHDOG,), True),
        (True, 1.0, (Level.WATCHDOG, Level.HEALTHCHECK), False),
        (True, 0.0, (Level.HEALTHCHECK,), False),  # one look of many
        (False, 1.0, (Level.HEALTHCHECK,), False),  # the probes alone: whether it is there, Level 1 sees
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_who_cannot_look_is_blind_by_whichever_level_is_on(
    there: bool, failed: bool, seen_s: float, disabled: tuple[Level, ...], told: bool
) -> None:
    """Level 2 had it for itself, and hid by it what was Level 1's: an end that no look ever confirmed."""
    seen, long_s = WELL if there else GONE, POLICY.startup_grace_max_s
    view = replace(seen.gateway, blind_since=Monotonic(T - long_s), look_failed=failed)
    view = replace(view, inspected=Monotonic(T - seen_s * long_s))
    assert calls(off(replace(on(seen, Stage.IDLE), gateway=view, incident=None), *disabled)) is told


def test_beside_what_serves_nothing_a_gateway_that_has_gone_is_level_1s_too() -> None:
    parked = replace(ILL, gateway=replace(ILL.gateway, parked=True))
    assert calls(off(on(parked, Stage.IDLE), Level.HEALTHCHECK))


REFUSED = on(ILL, Stage.STOPPING, asked_at=Monotonic(T - 9.0), refused=Monotonic(T - 5.0))
UNPROVEN = on(WELL, Stage.STABILISING, since=Monotonic(T - 2_000.0), deadline=LATER)


@pytest.mark.parametrize(
    ("end", "seen"),
    [
        (on(GONE, Stage.LAUNCHING), ActionFinished(1, succeeded=False, retryable=False)),
        (REFUSED, TimePassed()),
        (replace(UNPROVEN, incident=ILL.incident), TimePassed()),
    ],
)
def test_who_is_to_be_silent_calls_nobody_at_the_end_and_then_does(end: State, seen: Observation) -> None:
    """A start that can never work was told of in a pause, and so was a window that could not be proven."""
    assert Reason.TOLD in tell(end, seen)[2]
    for told_not in (replace(end, pause=PAUSE), off(end, Level.WATCHDOG, Level.HEALTHCHECK)):
        state, _, reasons = tell(told_not, seen)
        assert Reason.ESCALATED not in reasons
        let_go = replace(state, pause=None, disabled=(), pending=())
        proves_anew = state.restart.stage is Stage.STABILISING
        assert (Reason.TOLD in tell(let_go, at=T + 1.0)[2]) is not proves_anew
