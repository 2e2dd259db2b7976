"""`selfheal check`: one full pass of Level 2.

While a resident lives it is asked and its answer awaited. Where none does, this process takes its place until
the gateway is well or nothing more can be done now.
"""

import time
from collections.abc import Sequence

from selfheal.app.places import database_path, lock_path
from selfheal.app.serve import serve
from selfheal.config.settings import Settings
from selfheal.core.facts import WORKING
from selfheal.core.observations import OperatorAsked, Request
from selfheal.core.state import Phase, Stage, State
from selfheal.ports.store import StoreError
from selfheal.runtime.resident import Resident
from selfheal.runtime.stepper import Stepper
from selfheal.store.lock import holder
from selfheal.store.reader import Reader, inbox_put

WELL, NOT_WELL = 0, 1
ANSWER_TIMEOUT_S = 30.0  # inbox 1 s, probe 5 s, deep check 10 s, and room for a busy host
POLL_S = 0.2


def check_once(settings: Settings, *, only: str | None) -> int:
    names = [target.name for target in settings.targets if only in (None, target.name)]
    if holder(lock_path(settings)) is None:
        return _in_its_place(settings, names, only)
    try:
        return _ask(settings, names)
    except StoreError:
        return NOT_WELL


def is_well(state: State) -> bool:
    """As the document means it: serves, `/` included, and nothing is under repair."""
    return state.gateway.phase is Phase.WELL and state.incident is None


def _ask(settings: Settings, names: list[str]) -> int:
    asked = time.time()
    for name in names:
        inbox_put(database_path(settings), name, OperatorAsked(Request.CHECK))
    end = time.monotonic() + ANSWER_TIMEOUT_S
    states: list[State] = []
    while time.monotonic() < end:
        with Reader(database_path(settings)) as reader:
            states = [state for state in reader.states() if state.target in names]
        if len(states) == len(names) and all(_answered(state, asked) for state in states):
            return WELL if all(map(is_well, states)) else NOT_WELL
        time.sleep(POLL_S)
    return NOT_WELL


def _answered(state: State, asked: float) -> bool:
    if state.gateway.process is None:
        return state.last_wall >= asked
    return state.gateway.last_full_wall is not None and state.gateway.last_full_wall >= asked


def _in_its_place(settings: Settings, names: list[str], only: str | None) -> int:
    verdict = NOT_WELL
    begun = time.time()

    def watch(steppers: Sequence[Stepper], resident: Resident) -> None:
        nonlocal verdict
        states = [stepper.state for stepper in steppers]
        if states and all(_settled(state, begun) for state in states):
            verdict = WELL if all(map(is_well, states)) else NOT_WELL
            resident.stop()

    code = serve(settings, only=only, watch=watch)
    return verdict if code == 0 and names else code


def _settled(state: State, begun: float) -> bool:
    """Well by a full check of our own, or at a place where only time or a person helps."""
    view = state.gateway
    if state.restart.hold is not None or view.phase is Phase.STOPPED:
        return True
    checked = view.last_full is not None and (view.last_full_wall or 0) >= begun
    if (
        checked
        and view.last_full is not None
        and view.last_full.verdict in WORKING
        and state.incident is None
    ):
        return True
    given_up = state.restart.stage in (Stage.LAST_WAIT, Stage.EXHAUSTED)
    return given_up or (view.phase is Phase.DRAINING and state.restart.stage is Stage.IDLE)
