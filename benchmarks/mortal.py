"""A life of ours that tells a person, until it is killed: steps are committed and their alerts delivered as
in earnest, on a clock that leaps over each wait.
"""

import asyncio
import ctypes
import os
import random
import signal
import ssl
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from tests.notify.standin import Elsewhere

from selfheal.app.given import Given
from selfheal.app.places import database_path
from selfheal.app.post import deliver
from selfheal.config.load import load
from selfheal.config.settings import Settings
from selfheal.core.actions import Ordered
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.core.levels import Level
from selfheal.core.notes import Note, Step
from selfheal.core.observations import TimePassed
from selfheal.core.reasons import Cause, Outcome, Reason
from selfheal.core.state import GatewayView, Incident, Phase, State
from selfheal.notify.https import Reach
from selfheal.ports.store import Commit
from selfheal.runtime.clock import SystemClock
from selfheal.store.reader import Reader
from selfheal.store.sqlite import SqliteStore

TARGET = "main"
FAILED = (Level.WATCHDOG, Level.HEALTHCHECK)
BETWEEN_S = (61.0, 3600.0)  # of one step and the next; two messages in a minute would be no storm yet
LINGER_S = 900.0  # longer than any wait of the courier
UNFINISHED = 70


class LeapingClock:
    """ports.clock.Clock. `leapt`: seconds, shared by all lives and by those who look."""

    def __init__(self, leapt: ctypes.c_double | None = None) -> None:
        self._leapt = ctypes.c_double() if leapt is None else leapt
        self._real = SystemClock()

    def now(self) -> Now:
        real, leapt = self._real.now(), self._leapt.value
        return Now(Monotonic(real.mono + leapt), Wall(real.wall + leapt), real.boot_id)

    def slept_s(self) -> float:
        return self._real.slept_s()

    def leap(self, for_s: float) -> None:
        self._leapt.value += for_s

    async def sleep(self, for_s: float) -> None:
        self.leap(for_s)
        await asyncio.sleep(0)


class Unreliable(Elsewhere):
    """As the stand-in, but that some connections are refused: nobody listens at `closed`."""

    def __init__(
        self, context: ssl.SSLContext, ports: tuple[int, int], rate: float, dice: random.Random
    ) -> None:
        super().__init__(context, "127.0.0.1", ports[0])
        self._ports = ports
        self._rate = rate
        self._dice = dice

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._port = self._ports[1 if self._dice.random() < self._rate else 0]
        return await super().handle_async_request(request)


@dataclass(frozen=True)
class World:
    """`ports`: where the services are, and where nobody is. `refused`: rate of connections."""

    config: Path
    bundle: Path
    ports: tuple[int, int]
    refused: float
    patience_s: float
    leapt: ctypes.c_double

    def reach(self, dice: random.Random) -> Reach:
        return Reach(
            self.bundle, self.patience_s, lambda context: Unreliable(context, self.ports, self.refused, dice)
        )

    @property
    def environ(self) -> Mapping[str, str]:
        return {"HOME": str(self.config.parent)}

    @property
    def settings(self) -> Settings:
        return load(self.config, self.environ)


def fork_a_life(world: World, incidents: int, seed: int, mean_s: float) -> int:
    """Its wait status. Of a kill by SIGALRM, wherever it is by then: nothing is cleaned up."""
    pid = os.fork()
    if pid == 0:
        code = UNFINISHED
        try:
            dice = random.Random(seed)  # noqa: S311 -- chance that can be drawn again
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            if mean_s:
                signal.setitimer(signal.ITIMER_REAL, dice.expovariate(1 / mean_s))
            live(world, incidents, dice)
            code = 0
        except BaseException:  # noqa: BLE001 -- nothing of the parent's may run here
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)
    return os.waitpid(pid, 0)[1]


def live(world: World, incidents: int, dice: random.Random) -> None:
    """Until each incident is over and nothing waits."""
    clock, settings, reach = LeapingClock(world.leapt), world.settings, world.reach(dice)
    store = SqliteStore(database_path(settings))
    while True:
        waiting_s = deliver(
            settings, world.environ, Given(), reach=reach, linger_s=LINGER_S, clock=clock, sleep=clock.sleep
        ).waiting_s
        if waiting_s is not None:
            clock.leap(waiting_s)
            continue
        step = next_step(settings, incidents, clock)
        if step is None:
            break
        clock.leap(dice.uniform(*BETWEEN_S))
        store.commit(Commit(TARGET, TimePassed(), clock.now(), step))
    store.close()


def next_step(settings: Settings, incidents: int, clock: LeapingClock) -> Step | None:
    """By what has been kept: as after each of our deaths."""
    with Reader(database_path(settings)) as reader:
        last = next(iter(reader.incidents(TARGET, limit=1)), None)
    if last is not None and last.closed is None:
        return closing(last.id)
    number = last.id + 1 if last else 1
    return opening(number, clock.now()) if number <= incidents else None


def opening(number: int, now: Now) -> Step:
    cause, detail = Cause.PROCESS_GONE, f"pid {number}"
    incident = Incident(number, cause, now.wall, now.mono, Level.WATCHDOG, detail)
    state = State(TARGET, gateway=GatewayView(phase=Phase.ILL))
    state = replace(state, incident=incident, next_incident_id=number + 1)
    note = Note(Reason.INCIDENT_OPENED, Level.WATCHDOG, cause=cause, incident=number, detail=detail)
    return _step(state, Notify(AlertKind.OPENED, number, FAILED, cause, detail), note)


def closing(number: int) -> Step:
    state = State(TARGET, gateway=GatewayView(phase=Phase.WELL))
    state = replace(state, next_incident_id=number + 1)
    note = Note(Reason.INCIDENT_CLOSED, outcome=Outcome.HEALED, incident=number)
    return _step(state, Notify(AlertKind.OVER, number, ()), note)


def _step(state: State, notify: Notify, note: Note) -> Step:
    return Step(state, (Ordered(10, notify),), (note,))
