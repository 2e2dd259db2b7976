"""`selfheal run`: the resident, from lock to last word."""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TextIO

from selfheal import __version__
from selfheal.app.disk_words import DiskWords
from selfheal.app.errand import Errand
from selfheal.app.exit_codes import Exit
from selfheal.app.locking import KeptLock, locked, watched_names
from selfheal.app.places import database_path
from selfheal.app.reloading import reloaded
from selfheal.app.targets import House, make_target, policy_of, projector
from selfheal.app.words import describe_in
from selfheal.config.changes import changes, need_restart
from selfheal.config.fault import ConfigFaults
from selfheal.config.load import load
from selfheal.config.settings import Settings
from selfheal.core.instants import Monotonic, Now
from selfheal.core.observations import Observation, OperatorAsked
from selfheal.core.state import Phase
from selfheal.ports.store import StoreError
from selfheal.runtime.chronicle import LogChronicle
from selfheal.runtime.clock import SystemClock
from selfheal.runtime.notify_socket import NotifySocket
from selfheal.runtime.outlet import unhurried
from selfheal.runtime.resident import Resident
from selfheal.runtime.stepper import Stepper
from selfheal.store.fallback import open_store
from selfheal.store.lock import LockHeld, ResidentLock
from selfheal.texts.describe import say
from selfheal.texts.labels import Label
from selfheal.texts.language import choose

LEAVE_S = 1.5  # from SIGTERM until it is written that we end as told, unless we end by ourselves before
END_S = 1.8  # from SIGTERM to our end at the latest: a look that hangs holds a thread, which nothing can end
BEAT_S = 5.0  # between two words to the manager and of the disk


def serve(settings: Settings, errand: Errand) -> int:
    """Runs the resident until SIGTERM, SIGINT, or until `errand.watch` stops it. Returns an exit code."""
    try:
        return serve_alone(settings, errand)
    except LockHeld as held:
        print(held, file=sys.stderr)  # noqa: T201
        return Exit.LOCKED


def serve_alone(settings: Settings, errand: Errand) -> int:
    """As `serve`. Raises LockHeld."""
    try:
        names = watched_names(settings, errand.only)
        with locked(settings, names, brief=errand.in_its_place) as lock:
            return _serve_locked(settings, dict(os.environ), errand, lock)
    except StoreError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return Exit.STORE


def _serve_locked(settings: Settings, environ: Mapping[str, str], errand: Errand, lock: ResidentLock) -> int:
    store = open_store(database_path(settings))
    with _output(errand) as out:
        loud = errand.loud or out
        describe = describe_in(settings, environ, lambda: len(house.settings.all_routes))
        chronicle = LogChronicle(settings.log_format, describe, projector(settings, describe), out, loud)
        house = House(settings, environ, errand, chronicle, store, NotifySocket(environ), loud)
        return _run(house, KeptLock(lock, chronicle))


@contextmanager
def _output(errand: Errand) -> Iterator[TextIO]:
    """Where all is said: nowhere, where a live view shows it."""
    if errand.loud is None:
        with unhurried(sys.stderr) as out:
            yield out
    else:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
            yield nowhere


def _run(house: House, lock: KeptLock) -> int:
    watched = watched_names(house.settings, house.errand.only)
    disk = DiskWords(house.store, house.chronicle, watched)
    disk.tell()
    if not house.errand.brief:
        for warning in house.settings.warnings:
            house.chronicle.warn(warning.full(choose(house.settings.language, house.environ)))
        _tell_of_routes(house, house.settings)
    try:
        return asyncio.run(_live(house, lock, Beat(house.notify, disk)))
    finally:
        disk.close()


def _tell_of_routes(house: House, settings: Settings) -> None:
    if (few := settings.too_few_routes) is not None:
        house.chronicle.warn(few.full(choose(settings.language, house.environ)))


class Beat:
    """The manager's watchdog is fed by the loop that really steps, and by nothing else."""

    def __init__(self, notify: NotifySocket, disk: DiskWords) -> None:
        self._notify = notify
        self._disk = disk
        self._beaten: Monotonic | None = None

    def __call__(self, steppers: Sequence[Stepper], now: Now) -> None:
        interval_s = min((self._notify.watchdog_s or 2 * BEAT_S) / 2, BEAT_S)
        if self._beaten is not None and now.mono - self._beaten < interval_s:
            return
        self._beaten = now.mono
        self._notify.alive()
        self._notify.status(", ".join(_status(stepper) for stepper in steppers))
        self._disk.prune(now)
        self._disk.tell({stepper.target: stepper.state for stepper in steppers})


def _status(stepper: Stepper) -> str:
    state = stepper.state
    phase = state.gateway.phase if state.gateway.phase is not Phase.UNKNOWN else "looking"
    incident = f", incident #{state.incident.id}" if state.incident else ""
    return f"{stepper.target} {phase}{incident}"


async def _live(house: House, lock: KeptLock, beat: Beat) -> int:
    errand = house.errand
    clock = SystemClock()
    box: list[Resident] = []
    loop = asyncio.get_running_loop()
    reload_asked = asyncio.Event()  # unhandled, a SIGHUP while the targets are settled would end us
    loop.add_signal_handler(signal.SIGHUP, reload_asked.set)
    if (opening := asyncio.current_task()) is not None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _told_too_early, errand, opening, number)
    try:
        names = watched_names(house.settings, errand.only)
        targets = [await make_target(house, name, clock, partial(_feed, box)) for name in names]
    except asyncio.CancelledError:  # asked to end before the watch has begun: a systemd that hangs, …
        return Exit.DONE

    def alive(steppers: Sequence[Stepper]) -> None:
        beat(steppers, clock.now())
        house.tell_outside(steppers, clock.now())
        if errand.watch is not None:
            errand.watch(steppers, box[0])

    resident = Resident(targets, house.store, clock, house.chronicle, alive=alive, keep=lock.keep)
    box.append(resident)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _told_to_end, errand, resident, lock, number)
    loop.add_signal_handler(signal.SIGHUP, _reload, house, resident)
    if reload_asked.is_set():
        _reload(house, resident)
    if errand.asked is not None:
        for target in targets:
            resident.feed(target.stepper.target, OperatorAsked(errand.asked))
    house.notify.ready()
    house.is_begun()
    house.look_over_routes()  # and deliver what an earlier life has left
    try:
        await resident.run(__version__)
    finally:
        house.dispatch.close()
        house.listening.close()
        house.dead_man.close()
    house.notify.stopping()
    return Exit.DONE


def _feed(box: Sequence[Resident], target: str, seen: Observation) -> None:
    box[0].feed(target, seen)


def _told_too_early(errand: Errand, opening: asyncio.Task[int], number: signal.Signals) -> None:
    errand.told_to_end(number)
    opening.cancel()


def _told_to_end(errand: Errand, resident: Resident, lock: KeptLock, number: signal.Signals) -> None:
    errand.told_to_end(number)
    _end(resident, lock, in_time=errand.watch is None)


def _end(resident: Resident, lock: KeptLock, in_time: bool) -> None:
    """All that counts is committed by then, and no gateway hangs on us: leaving hard loses nothing.

    Two timers: a disk that hangs keeps us from the first, not from the second.
    """
    resident.stop()
    if in_time:
        for last in (
            threading.Timer(LEAVE_S, lock.take_leave),
            threading.Timer(END_S, os._exit, (Exit.DONE,)),
        ):
            last.daemon = True
            last.start()


def _reload(house: House, resident: Resident) -> None:
    """SIGHUP: the new settings, or the old ones when the new have faults."""
    house.notify.reloading(time.monotonic_ns() // 1000)
    try:
        fresh = reloaded(house.settings, load(house.settings.path, house.environ))
    except ConfigFaults as faults:
        language = choose(house.settings.language, house.environ)
        house.chronicle.fault("", say(Label.NOT_RELOADED, language, detail="\n".join(faults.lines(language))))
    else:
        found = changes(house.settings, fresh)
        late = need_restart(changes(house.begun_with, fresh))  # one that is set back waits for nothing
        language = choose(fresh.language, house.environ)
        detail = "; ".join(one.full(language) for one in found) or say(Label.NOTHING_CHANGED, language)
        house.chronicle.say(say(Label.RELOADED, language, detail=detail))
        if late:
            house.chronicle.say(say(Label.AT_NEXT_START, language, detail=", ".join(late)))
        if fresh.too_few_routes != house.settings.too_few_routes:
            _tell_of_routes(house, fresh)
        observe = house.errand.observe
        resident.adopt({one.name: policy_of(one.policy, observe=observe) for one in fresh.targets})
        house.settings = fresh
        house.look_over_routes()
    house.notify.ready()
