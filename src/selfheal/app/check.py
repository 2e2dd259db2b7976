"""`selfheal check`: one full pass of Level 2.

While a resident lives it is asked and its answer awaited. Where none does, this process takes its place until
the gateway is well or nothing more can be done now.
"""

import time
from collections.abc import Sequence
from contextlib import suppress

from selfheal.app.exit_codes import Exit
from selfheal.app.places import database_path, lock_path
from selfheal.app.serve import serve
from selfheal.config.settings import Settings
from selfheal.core.facts import WORKING, DeepVerdict
from selfheal.core.levels import Request
from selfheal.core.observations import OperatorAsked
from selfheal.core.policy import Policy
from selfheal.core.state import GatewayView, Phase, Stage, State
from selfheal.ports.store import StoreError, Waiting
from selfheal.runtime.resident import Resident
from selfheal.runtime.stepper import Stepper
from selfheal.store.lock import holder
from selfheal.store.reader import NoDatabaseError, Reader, inbox_put

WELL, NOT_WELL = Exit.DONE, Exit.NOT_WELL
ANSWER_SLACK_S = 15.0  # over the checks' own time: the inbox, a probe under way, a busy host
REPAIR_MAX_S = 900.0  # longer than all attempts as they usually go; a repair that takes longer is not awaited
POLL_S = 0.2


def check_once(settings: Settings, *, only: str | None) -> int:
    names = [target.name for target in settings.targets if only in (None, target.name)]
    policies = [target.policy for target in settings.targets if target.name in names]
    resident = holder(lock_path(settings))
    if resident is None:
        return _in_its_place(settings, names, only, repair_limit_s(policies))
    watched = [name for name in names if resident.only in ("", name)]
    try:
        verdict = _ask(settings, watched, answer_limit_s(policies))
    except StoreError:
        return NOT_WELL
    return verdict if watched == names else NOT_WELL  # nobody knows of the others


def is_well(state: State) -> bool:
    """As the document means it: serves, `/` and the deep check included, and nothing is under repair."""
    view = state.gateway
    return view.phase is Phase.WELL and view.last_deep is not DeepVerdict.FAILED and state.incident is None


def answer_limit_s(policies: Sequence[Policy]) -> float:
    """Seconds within which a living resident has made one full pass."""
    checks_s = (one.full_check_timeout_s + one.deep_check_timeout_s for one in policies)
    return max(checks_s, default=0.0) + ANSWER_SLACK_S


def repair_limit_s(policies: Sequence[Policy]) -> float:
    """Seconds for which the resident's place is held while the gateway is being repaired."""
    repairs_s = (
        one.restart_attempts * (one.hang_term_grace_s + one.restart_gap_s + one.startup_grace_s)
        + one.stability_window_s
        for one in policies
    )
    return min(REPAIR_MAX_S, answer_limit_s(policies) + max(repairs_s, default=0.0))


def _ask(settings: Settings, names: list[str], limit_s: float) -> int:
    asked = time.time()
    leave_requests(settings, names)
    end = time.monotonic() + limit_s
    states: list[State] = []
    while time.monotonic() < end:
        with Reader(database_path(settings)) as reader:
            states = [state for state in reader.states() if state.target in names]
        if len(states) == len(names) and all(answered(state, asked) for state in states):
            return WELL if all(map(is_well, states)) else NOT_WELL
        time.sleep(POLL_S)
    return NOT_WELL


def leave_requests(settings: Settings, names: Sequence[str]) -> None:
    """One that waits already serves as well: who asks in vain, time after time, heaps up nothing."""
    path, check = database_path(settings), OperatorAsked(Request.CHECK)
    waiting: list[Waiting] = []
    with suppress(NoDatabaseError), Reader(path) as reader:
        waiting = reader.waiting()
    for name in names:
        if all((each.target, each.asked) != (name, check) for each in waiting):
            inbox_put(path, name, check)


def answered(state: State, asked: float) -> bool:
    view = state.gateway
    if view.process is None:
        return state.last_wall >= asked
    return (view.last_full_wall or 0.0) >= asked and _deeply(view, asked)


def _deeply(view: GatewayView, asked: float) -> bool:
    """Only of a gateway that serves is more asked than its probes."""
    return view.phase not in (Phase.WELL, Phase.DEGRADED) or (view.last_deep_wall or 0.0) >= asked


def _in_its_place(settings: Settings, names: list[str], only: str | None, limit_s: float) -> int:
    verdict, asked = NOT_WELL, False
    begun = time.time()
    end = time.monotonic() + limit_s

    def watch(steppers: Sequence[Stepper], resident: Resident) -> None:
        nonlocal verdict, asked
        if not asked:  # a state of a minute ago has its next checks minutes ahead
            asked = True
            for stepper in steppers:
                resident.feed(stepper.target, OperatorAsked(Request.CHECK))
        states = [stepper.state for stepper in steppers]
        if states and all(settled(state, begun) for state in states):
            verdict = WELL if all(map(is_well, states)) else NOT_WELL
            resident.stop()
        elif time.monotonic() >= end:
            resident.stop()

    code = serve(settings, only=only, watch=watch)
    return verdict if code == 0 and names else code


def settled(state: State, begun: float) -> bool:
    """Well by a full check of our own, or at a place where only time or a person helps."""
    view = state.gateway
    if state.restart.hold is not None or view.phase is Phase.STOPPED:
        return True
    full = view.last_full if (view.last_full_wall or 0.0) >= begun else None
    passed = full is not None and full.verdict in WORKING and _deeply(view, begun)
    if passed and view.last_deep is not DeepVerdict.FAILED and state.incident is None:
        return True
    given_up = state.restart.stage in (Stage.LAST_WAIT, Stage.EXHAUSTED)
    return given_up or (view.phase is Phase.DRAINING and state.restart.stage is Stage.IDLE)
