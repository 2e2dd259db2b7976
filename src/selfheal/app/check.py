"""`selfheal check`: one full pass of Level 2.

While a resident lives it is asked and its answer awaited. Where none does, this process takes its place until
the gateway is well or nothing more can be done now (see `full_pass`); or, where it may only observe, until it
has looked. What it has seen is said, also where the disk keeps nothing of it.

A resident that takes no request, and whose process does not even wake, is stuck: it is ended, and its place
taken as a dead one's. While it still holds the lock nothing may be repaired beside it, as it may go on at any
moment. So where it wakes, or cannot be ended, that is said, with a look at the gateway that needs no lock.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import replace
from typing import NamedTuple

from selfheal.app import lock_owner
from selfheal.app.errand import Errand
from selfheal.app.exit_codes import Exit
from selfheal.app.full_pass import NOT_WELL, Checked, FullPass, answered, verdict
from selfheal.app.locking import watched_names
from selfheal.app.owner import SETTLE_S
from selfheal.app.places import database_path, lock_path
from selfheal.app.serve import serve_alone
from selfheal.app.wiring import site_for
from selfheal.app.words import say_in
from selfheal.config.settings import Settings
from selfheal.core.facts import ProbeKind, Verdict
from selfheal.core.levels import Request
from selfheal.core.observations import OperatorAsked
from selfheal.core.policy import Policy
from selfheal.core.state import State
from selfheal.gateway.openclaw import OpenClawGateway
from selfheal.ports.store import StoreError, Waiting
from selfheal.runtime.clock import SystemClock
from selfheal.store.lock import UNKNOWN, Holder, LockHeld, holder
from selfheal.store.reader import NoDatabaseError, Reader, inbox_put
from selfheal.texts.labels import Label

ANSWER_SLACK_S = 15.0  # over the checks' own time: the inbox, a probe under way, a busy host
REPAIR_MAX_S = 900.0  # longer than all attempts as they usually go; a repair that takes longer is not awaited
POLL_S = 0.2
STUCK_S = SETTLE_S + 2.0  # a resident that only begins takes no request yet
TURNS_MAX = 3  # of residents that end before they answer, or hold the lock and are not to be found


class Waits(NamedTuple):
    """Seconds in which a resident has answered, and in which it has at least taken what it was asked.

    `may_end`: one that is stuck may be ended.
    """

    answer_s: float
    taken_s: float
    may_end: bool = True


def check_once(
    settings: Settings, *, only: str | None, observe: bool = False, stuck_s: float = STUCK_S
) -> Checked:
    """Raises StoreError where a resident lives and cannot be asked, LockHeld where it is not to be found."""
    policies = [target.policy for target in settings.targets if only in (None, target.name)]
    for _ in range(TURNS_MAX):
        resident = holder(lock_path(settings))
        if resident is not None:
            waits = Waits(answer_limit_s(policies), stuck_s, may_end=not observe)
            checked = _asked(settings, watched_names(settings, only), resident, waits)
            if checked is not None:
                return checked
        else:
            limit_s = answer_limit_s(policies) if observe else repair_limit_s(policies)
            with suppress(LockHeld):  # another one was quicker: it is asked
                return _in_its_place(settings, Errand(observe=observe, only=only, in_its_place=True), limit_s)
    raise LockHeld(holder(lock_path(settings)) or UNKNOWN)


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


def _asked(settings: Settings, names: list[str], resident: Holder, waits: Waits) -> Checked | None:
    """None: it has ended meanwhile, or was ended. Raises StoreError where it cannot be asked, and wakes."""
    watched = [name for name in names if not resident.targets or name in resident.targets]
    try:
        checked = _ask(settings, watched, waits)
    except StoreError:  # it may have stopped in the middle of a transaction
        if waits.may_end and _ended(settings, resident):
            return None
        raise
    if checked is None:
        return None
    if checked.stuck is not None:
        if waits.may_end and _ended(settings, resident):
            return None
        return checked._replace(stuck=resident.pid, looks=asyncio.run(_look(settings, names)))
    known = {state.target: state for state in checked.states}
    seen = [known.get(name, State(name)) for name in names]
    return Checked(checked.code if watched == names else NOT_WELL, seen)  # nobody knows of the others


def _ended(settings: Settings, resident: Holder) -> bool:
    """Whether it was stuck for certain, and its place is free by now."""
    lock = lock_path(settings)
    if not lock_owner.is_stuck(resident, lock) or not lock_owner.has_ended(resident, lock):
        return False
    say = say_in(settings, dict(os.environ))
    print(say(Label.STUCK_ENDED, pid=resident.pid), file=sys.stderr)  # noqa: T201
    return True


def _ask(settings: Settings, names: list[str], waits: Waits) -> Checked | None:
    asked = time.time()
    leave_requests(settings, names)
    begun = time.monotonic()
    states: list[State] = []
    while time.monotonic() < begun + waits.answer_s:
        with Reader(database_path(settings)) as reader:
            states = [state for state in reader.states() if state.target in names]
            untaken = any(each.target in names for each in reader.waiting())
        if len(states) == len(names) and all(answered(state, asked) for state in states):
            return verdict(states)
        if holder(lock_path(settings)) is None:
            return None
        if untaken and time.monotonic() >= begun + waits.taken_s:
            return Checked(NOT_WELL, states, stuck=0)
        time.sleep(POLL_S)
    return Checked(NOT_WELL, states)


async def _look(settings: Settings, names: Sequence[str]) -> list[tuple[str, Verdict]]:
    """What each gateway answers to us."""
    looks = []
    for target in settings.targets:
        if target.name in names:
            gateway = OpenClawGateway(site_for(target, settings, os.environ))
            with closing(gateway):
                report = await gateway.probe(ProbeKind.FULL, target.policy.full_check_timeout_s)
            looks.append((target.name, report.verdict))
    return looks


def leave_requests(settings: Settings, names: Sequence[str]) -> None:
    """One that waits already serves as well: who asks in vain, time after time, heaps up nothing."""
    path, check = database_path(settings), OperatorAsked(Request.CHECK)
    waiting: list[Waiting] = []
    with suppress(NoDatabaseError), Reader(path) as reader:
        waiting = reader.waiting()
    for name in names:
        if all((each.target, each.asked) != (name, check) for each in waiting):
            inbox_put(path, name, check)


def _in_its_place(settings: Settings, errand: Errand, limit_s: float) -> Checked:
    """Raises LockHeld."""
    full = FullPass(SystemClock().now, limit_s, observe=errand.observe)
    interrupted = False

    def told_to_end(number: signal.Signals) -> None:
        nonlocal interrupted
        interrupted = number == signal.SIGINT

    errand = replace(errand, asked=Request.CHECK, watch=full.watch, told_to_end=told_to_end)
    code = serve_alone(settings, errand)
    if interrupted:  # what was seen until then is no verdict
        return Checked(Exit.INTERRUPTED)
    return full.checked if code == Exit.DONE and full.checked is not None else Checked(code or NOT_WELL)
