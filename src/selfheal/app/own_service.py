"""Sees to it that the resident lives: the backstop's view of it, by its lock, its pulse and its service.

Rules
  * What a person stopped stays stopped, and what a person runs in a terminal has no service: that is said.
  * Where no manager knows of it, or none can be asked, its lock tells how it ended: one that was told to took
    its leave, and is missed by nobody; one that did not was killed or broke down, and that is a failure.
    Whoever may bring it back all the same is given time for it, but not once more with each pass.
  * A manager that is about to start it is left to do so; one that has given up is asked once.
  * A resident that holds the lock and has written nothing for long is looked at closely, and ended only where
    it is stuck for certain (`lock_owner`). The gateway is not touched by any of this.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from typing import NamedTuple

from selfheal.app import lock_owner
from selfheal.app.places import database_path, lock_path
from selfheal.config.settings import Settings
from selfheal.core.facts import ManagerState
from selfheal.ports.service import Done, Service
from selfheal.ports.store import StoreError
from selfheal.services.launchd import LaunchdJob
from selfheal.services.systemd import SystemdUnit
from selfheal.store.lock import Holder, holder, left_by
from selfheal.store.reader import Reader

LABEL = "ai.openclaw.watchdog"
UNIT = "selfheal.service"
RESIDENT = "@resident"  # the target of what is told of it: no config can name a gateway so
PULSE_SLACK_S = 60.0
STARTS_S = 30.0  # from the order to the lock: a second on an idle host
COMES_S = 45.0  # a manager's own pause before it starts it again: 10 s in the unit of the README
SOON_S = 5.0  # where there is no manager: a container's supervisor, or a person's own loop around it
AWAY = frozenset({ManagerState.NONE, ManagerState.UNKNOWN})
BY_ITSELF = frozenset({ManagerState.RUNNING, ManagerState.RESTARTING, ManagerState.STOPPING})

Within = Callable[[float, Callable[[], bool]], bool]
Lives = Callable[[float], Awaitable[bool]]


class Care(StrEnum):
    """What came of it."""

    LIVES = "lives"
    STARTED = "started"  # by its manager, or by us through it
    STOPPED = "stopped"  # by a person, who wants it so
    NO_SERVICE = "no_service"  # nobody starts it but a person
    FAILED = "failed"


class Cared(NamedTuple):
    """`pid`: of the living resident. `ended`: of a stuck one, by us. `detail`: by whom, or why not."""

    care: Care
    pid: int | None = None
    ended: int | None = None
    detail: str = ""


def services(settings: Settings, environ: Mapping[str, str]) -> list[Service]:
    """Those that may be the resident's, the likeliest first; none where no service manager runs."""
    if sys.platform == "darwin":
        return [LaunchdJob(settings.service_unit or LABEL, env=environ)]
    unit = settings.service_unit or UNIT
    units = [SystemdUnit(unit, user=user, env=environ) for user in (True, False)]
    return [each for each in units if asyncio.run(each.has_manager())]


def keep_alive(
    settings: Settings,
    known: Sequence[Service],
    *,
    within: Within = lock_owner.within,
    slack_s: float = PULSE_SLACK_S,
    missed: bool = False,
) -> Cared:
    """`known`: see `services`. `slack_s`: by which a pulse may be late before it is looked at closely.
    `missed`: an earlier pass has found that nobody watches, and has waited for who might bring it back.
    """
    lock = lock_path(settings)
    living, ended = holder(lock), None
    if living is not None:
        if _has_pulse(settings, living, slack_s) or not lock_owner.is_stuck(living, lock):
            return Cared(Care.LIVES, living.pid)
        if not lock_owner.has_ended(living, lock):
            return Cared(Care.FAILED, living.pid, detail=f"pid {living.pid} is stuck and cannot be ended")
        ended = living.pid

    def lives() -> bool:
        return holder(lock) is not None

    died = left_by(lock)
    started = _started(known, lambda limit_s: asyncio.to_thread(within, limit_s, lives), died, missed=missed)
    cared = asyncio.run(started)
    now = holder(lock)
    return cared._replace(pid=None if now is None else now.pid, ended=ended)


def _has_pulse(settings: Settings, living: Holder, slack_s: float) -> bool:
    """Whether it has written lately, as each look at a gateway does; one that has just begun need not."""
    with suppress(StoreError), Reader(database_path(settings)) as reader:
        written = [state.last_wall for state in reader.states()]
        return abs(time.time() - max((*written, living.started))) <= _silence_s(settings) + slack_s
    return False


def _silence_s(settings: Settings) -> float:
    """That a well resident never keeps: twice the time between two looks, whatever is the matter."""
    policies = [target.policy for target in settings.targets]
    return max((2 * max(one.sweep_interval_s, one.heartbeat_interval_s) for one in policies), default=0.0)


async def _started(known: Sequence[Service], lives: Lives, died: Holder | None, *, missed: bool) -> Cared:
    """`died`: the last one, which took no leave."""
    away, comes_s = [], SOON_S
    for service in known:
        state = await service.state()
        if state not in AWAY:
            return await _by(service, state, lives)
        if state is ManagerState.UNKNOWN:  # it may have the unit all the same
            comes_s = COMES_S
        away.append(f"{service.name}: {'there is none' if state is ManagerState.NONE else 'cannot be asked'}")
    if died is None:
        return Cared(Care.NO_SERVICE)
    if not missed and await lives(comes_s):
        return Cared(Care.STARTED, detail="somebody who is not known here")
    why = away or ["no service manager runs here"]
    return Cared(Care.FAILED, detail="; ".join([f"pid {died.pid} ended without being told to", *why]))


async def _by(service: Service, state: ManagerState, lives: Lives) -> Cared:
    if state is ManagerState.STOPPED:
        return Cared(Care.STOPPED, detail=service.name)
    if state in BY_ITSELF and await lives(COMES_S):
        return Cared(Care.STARTED, detail=service.name)
    done = await service.start(STARTS_S)
    if done.succeeded and await lives(STARTS_S):
        return Cared(Care.STARTED, detail=service.name)
    return Cared(Care.FAILED, detail=_why(service, done))


def _why(service: Service, done: Done) -> str:
    if not done.succeeded:
        return f"{service.name}: {done.detail}"
    return f"{service.name}: it was started and does not come up ({done.detail})"
