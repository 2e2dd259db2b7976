"""`selfheal run`: the resident, from lock to last word."""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TextIO

from selfheal import __version__
from selfheal.app.above import Above
from selfheal.app.errand import Errand
from selfheal.app.exit_codes import Exit
from selfheal.app.places import database_path, lock_path, log_folder
from selfheal.app.reloading import reloaded
from selfheal.app.wiring import gateway_for, service_for, site_for
from selfheal.app.words import alert_text, describe_in, say_in, watching
from selfheal.config.changes import changes, need_restart
from selfheal.config.fault import ConfigFaults
from selfheal.config.load import load
from selfheal.config.settings import Settings
from selfheal.core.instants import Wall
from selfheal.core.observations import OperatorAsked
from selfheal.core.policy import Policy
from selfheal.core.state import Phase, State
from selfheal.notify.console import ConsoleTeller
from selfheal.ports.chronicle import Chronicle, Lines
from selfheal.ports.store import Store, StoreError
from selfheal.runtime.chronicle import LogChronicle
from selfheal.runtime.clock import SystemClock
from selfheal.runtime.notify_socket import NotifySocket
from selfheal.runtime.outlet import unhurried
from selfheal.runtime.performer import Performer
from selfheal.runtime.resident import Resident, Target
from selfheal.runtime.stepper import Stepper
from selfheal.services.identity import started_of
from selfheal.store.fallback import DurableOrMemory, open_store
from selfheal.store.lock import Holder, LockHeld, ResidentLock
from selfheal.store.projection import Projection
from selfheal.texts.labels import Label
from selfheal.texts.language import choose

END_S = 1.8  # from SIGTERM to our end at the latest: a look that hangs holds a thread, which nothing can end


@dataclass
class House:
    """What one resident is made of, while it runs."""

    settings: Settings
    environ: Mapping[str, str]
    errand: Errand
    chronicle: LogChronicle
    store: DurableOrMemory
    notify: NotifySocket
    loud: Lines  # for faults and alerts
    lock: ResidentLock
    lockless: str = ""
    beaten: float = 0.0
    degraded: str = ""
    recovered_from: Path | None = None
    complaint: str = ""
    told_aside: int = 0
    begun_with: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.begun_with = self.settings


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
        with _locked(settings, watched_names(settings, errand.only)) as lock:
            return _serve_locked(settings, dict(os.environ), errand, lock)
    except StoreError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return Exit.STORE


@contextmanager
def _locked(settings: Settings, targets: Sequence[str]) -> Iterator[ResidentLock]:
    lock = ResidentLock(lock_path(settings))
    with lock.held_by(this_process()._replace(targets=tuple(targets))):
        yield lock


def watched_names(settings: Settings, only: str | None) -> list[str]:
    return [target.name for target in settings.targets if only in (None, target.name)]


def this_process() -> Holder:
    pid = os.getpid()
    return Holder(pid, Wall(time.time()), __version__, " ".join(sys.argv), born=started_of(pid))


def _serve_locked(settings: Settings, environ: Mapping[str, str], errand: Errand, lock: ResidentLock) -> int:
    store = open_store(database_path(settings))
    with _output(errand) as out:
        loud = errand.loud or out
        chronicle = LogChronicle(
            settings.log_format, describe_in(settings, environ), _projector(settings, environ), out, loud
        )
        return _run(House(settings, environ, errand, chronicle, store, NotifySocket(environ), loud, lock))


@contextmanager
def _output(errand: Errand) -> Iterator[TextIO]:
    """Where all is said: nowhere, where a live view shows it."""
    if errand.loud is None:
        with unhurried(sys.stderr) as out:
            yield out
    else:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
            yield nowhere


def _run(house: House) -> int:
    _tell_of_disk(house)
    if not house.errand.brief:
        for warning in house.settings.warnings:
            house.chronicle.warn(warning.full(choose(house.settings.language, house.environ)))
        _tell_of_routes(house, house.settings)
    try:
        return asyncio.run(_live(house))
    finally:
        _close(house.store, house.chronicle)


def _tell_of_routes(house: House, settings: Settings) -> None:
    if (few := settings.too_few_routes) is not None:
        house.chronicle.warn(few.full(choose(settings.language, house.environ)))


def _close(store: Store, chronicle: Chronicle) -> None:
    """The watch has ended as it was asked to: what the disk says of it now changes nothing."""
    try:
        store.close()
    except StoreError as error:
        chronicle.fault("", str(error))


async def _live(house: House) -> int:
    errand = house.errand
    clock = SystemClock()
    box: list[Resident] = []
    loop = asyncio.get_running_loop()
    reload_asked = asyncio.Event()  # unhandled, a SIGHUP while the targets are settled would end us
    loop.add_signal_handler(signal.SIGHUP, reload_asked.set)
    if (opening := asyncio.current_task()) is not None:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, opening.cancel)
    try:
        targets = [
            await _target(house, name, clock, box) for name in watched_names(house.settings, errand.only)
        ]
    except asyncio.CancelledError:  # asked to end before the watch has begun: a systemd that hangs, …
        return Exit.DONE

    def alive(steppers: Sequence[Stepper]) -> None:
        _beat(house, steppers)
        if errand.watch is not None:
            errand.watch(steppers, box[0])

    resident = Resident(targets, house.store, clock, house.chronicle, alive=alive, keep=lambda: _keep(house))
    box.append(resident)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _told_to_end, errand, resident, number)
    loop.add_signal_handler(signal.SIGHUP, _reload, house, resident)
    if reload_asked.is_set():
        _reload(house, resident)
    if errand.asked is not None:
        for target in targets:
            resident.feed(target.stepper.target, OperatorAsked(errand.asked))
    house.notify.ready()
    await resident.run(__version__)
    house.notify.stopping()
    return Exit.DONE


def _told_to_end(errand: Errand, resident: Resident, number: signal.Signals) -> None:
    errand.told_to_end(number)
    _end(resident, in_time=errand.watch is None)


def _end(resident: Resident, in_time: bool) -> None:
    """All that counts is committed by then, and no gateway hangs on us: leaving hard loses nothing."""
    resident.stop()
    if in_time:
        last = threading.Timer(END_S, os._exit, (Exit.DONE,))
        last.daemon = True
        last.start()


async def _target(house: House, name: str, clock: SystemClock, box: list[Resident]) -> Target:
    target = next(one for one in house.settings.targets if one.name == name)
    site = site_for(target, house.settings, house.environ)
    service = await service_for(target, site, house.settings, house.environ)
    gateway = gateway_for(site, service, lambda text: house.chronicle.say(f"{name}: {text}"))
    teller = ConsoleTeller(alert_text(house.settings, house.environ, name), _alerts_out(house, name))
    if not target.config_path.exists():
        house.chronicle.fault(
            name, say_in(house.settings, house.environ)(Label.NO_GATEWAY, path=target.config_path)
        )
    house.chronicle.say(watching(say_in(house.settings, house.environ), site, service.name))
    stepper = Stepper(
        name, _policy(target.policy, observe=house.errand.observe), house.store, clock, house.chronicle
    )
    performer = Performer(gateway, service, teller, lambda seen: box[0].feed(name, seen))
    return Target(stepper, performer)


def _alerts_out(house: House, target: str) -> Lines:
    """A log for machines has one document a line, the alert's as well."""
    if house.errand.loud is not None or house.settings.log_format != "json":
        return house.loud

    return Above(partial(house.chronicle.alert, target))


def _policy(policy: Policy, *, observe: bool) -> Policy:
    return replace(policy, observe=True) if observe else policy


def _projector(settings: Settings, environ: Mapping[str, str]) -> Callable[..., str]:
    describe = describe_in(settings, environ)
    folders = {one.name: log_folder(settings, one.name) for one in settings.targets}
    files = {name: Projection(folder, describe, settings.log_keep_days) for name, folder in folders.items()}
    return lambda target, wall, notes: files[target].write(wall, notes) if target in files else ""


def _beat(house: House, steppers: Sequence[Stepper]) -> None:
    """The manager's watchdog is fed by the loop that really steps, and by nothing else."""
    now = time.monotonic()
    interval = (house.notify.watchdog_s or 10.0) / 2
    if now - house.beaten < min(interval, 5.0):
        return
    house.beaten = now
    house.notify.alive()
    house.notify.status(", ".join(_status(stepper) for stepper in steppers))
    _prune(house)
    _tell_of_disk(house, steppers)


def _keep(house: House) -> None:
    """Raises LockHeld where another resident has begun in a state folder that was made anew.

    Where nothing can be locked, nobody else can begin either: the watch goes on, and it is tried again.
    """
    complaint = ""
    try:
        if house.lock.keep():
            house.chronicle.say("the state folder or the lock in it was removed; it is locked anew")
    except StoreError as error:
        complaint = str(error)
    if complaint and complaint != house.lockless:
        house.chronicle.fault("", complaint)
    house.lockless = complaint


def _prune(house: House) -> None:
    """Old entries that stay are no reason to end the watch."""
    complaint = ""
    try:
        house.store.prune(SystemClock().now())
    except StoreError as error:
        complaint = str(error)
    if complaint and complaint != house.complaint:
        house.chronicle.fault("", complaint)
    house.complaint = complaint


def _tell_of_disk(house: House, steppers: Sequence[Stepper] = ()) -> None:
    """What has become of the database since this was last asked."""
    if house.store.recovered_from != house.recovered_from:
        house.recovered_from = house.store.recovered_from
        moved = f"the database was damaged; it was moved to {house.recovered_from}, a new one begun"
        house.chronicle.fault("", f"{moved}. {_left_of_it(house, steppers)}")
    for complaint in house.store.set_aside[house.told_aside :]:
        house.chronicle.fault("", complaint)
    house.told_aside = len(house.store.set_aside)
    if house.store.degraded != house.degraded:
        house.degraded = house.store.degraded
        if house.degraded:
            house.chronicle.fault("", house.degraded)
        else:
            house.chronicle.over("the disk can be used again; everything kept is written")


def _left_of_it(house: House, steppers: Sequence[Stepper]) -> str:
    """A pause or stop that is lost in silence is a gateway that is started against a person's word.

    What is watched already goes on as it is.
    """
    watched = {stepper.target: stepper.state for stepper in steppers}
    names = watched_names(house.settings, house.errand.only)
    states = {name: watched.get(name) or house.store.load(name) for name in names}
    read = [f"{name} ({_words_in(state)})" for name, state in states.items() if state is not None]
    gone = [name for name, state in states.items() if state is None]
    found = f"What could be read of it goes on: {', '.join(read)}. " if read else ""
    lost = f"Nothing could be read of {', '.join(gone)}: a pause or a stop is lost with it. " if gone else ""
    return f"{found}{lost}What was asked for last may be missing: see selfheal status, and say it again"


def _words_in(state: State) -> str:
    """What a person had said, as far as it decides whether anything is done."""
    stopped = state.gateway.phase is Phase.STOPPED or state.gateway.unwanted
    words = ["paused"] if state.pause is not None else []
    words += ["stopped by a person"] if stopped else []
    words += [f"{level} switched off" for level in state.disabled]
    return ", ".join(words) or "neither paused nor stopped"


def _status(stepper: Stepper) -> str:
    state = stepper.state
    phase = state.gateway.phase if state.gateway.phase is not Phase.UNKNOWN else "looking"
    incident = f", incident #{state.incident.id}" if state.incident else ""
    return f"{stepper.target} {phase}{incident}"


def _reload(house: House, resident: Resident) -> None:
    """SIGHUP: the new settings, or the old ones when the new have faults."""
    house.notify.reloading(time.monotonic_ns() // 1000)
    try:
        fresh = reloaded(house.settings, load(house.settings.path, house.environ))
    except ConfigFaults as faults:
        house.chronicle.fault("", f"the config was not reloaded, the old one stays: {faults}")
    else:
        found = changes(house.settings, fresh)
        late = need_restart(changes(house.begun_with, fresh))  # one that is set back waits for nothing
        house.chronicle.say(f"config reloaded: {'; '.join(map(str, found)) or 'nothing changed'}")
        if late:
            house.chronicle.say(f"these take effect at the next start: {', '.join(late)}")
        if fresh.too_few_routes != house.settings.too_few_routes:
            _tell_of_routes(house, fresh)
        resident.adopt({one.name: _policy(one.policy, observe=house.errand.observe) for one in fresh.targets})
        house.settings = fresh
    house.notify.ready()
