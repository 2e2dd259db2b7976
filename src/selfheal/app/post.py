"""The delivery process: takes what waits in the outbox to each route, says when to come again, and ends.

Where nothing waits but for the morning, or what waits has failed often, it sees to it that each route has
lately shown to work (`notify.canary`); of one that does not it tells on the others (`notify.health`). What a
route that works does not take is passed on to them.

What no disk has taken comes in by standard input, and goes out as well: a full disk keeps no alert back.
"""

import asyncio
import itertools
import random
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from selfheal.app import hearing
from selfheal.app.addressees import address, can_be_told
from selfheal.app.claimant import may_live, me
from selfheal.app.given import Delivered, Given, UnnotedError
from selfheal.app.hanging import run
from selfheal.app.places import database_path
from selfheal.app.resumed import close_resumed
from selfheal.app.routes import routes_of
from selfheal.app.telling import composer, place_in, quiet_s
from selfheal.app.unkept import Notes, Pad
from selfheal.config.settings import Settings
from selfheal.core.instants import Now, Wall
from selfheal.notify import health
from selfheal.notify.canary import Canary
from selfheal.notify.delivery import SEND_S, Courier
from selfheal.notify.https import Reach
from selfheal.notify.route import Message, Route, Severity
from selfheal.notify.turns import is_stuck
from selfheal.ports.clock import Clock
from selfheal.ports.outbox import Outbox
from selfheal.ports.store import StoreError
from selfheal.runtime.clock import SystemClock
from selfheal.store.left import Left
from selfheal.store.memory_outbox import MemoryOutbox
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.reader import Reader
from selfheal.texts.notices import canary

LINGER_S = 8.0  # for what is due again so soon; beyond that it is called again
ONCE_MORE_S = 60.0
LACKED_S = 60.0  # for what waits for a route that the settings lack: a person may mend them and tell nobody
LONG_AGO = Wall(0.0)  # when was told what was told before: it is part of no storm
WORK_S = SEND_S + 90.0  # a round of messages, and a canary that is asked for a proof
GIVEN_UP_S = 5.0
END_S = WORK_S + 30.0  # by then the process is no more, whatever hangs


def deliver(
    settings: Settings,
    environ: Mapping[str, str],
    given: Given,
    *,
    reach: Reach | None = None,
    left: Left | None = None,
    linger_s: float = LINGER_S,
    clock: Clock | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    longest_s: float = WORK_S,
) -> Delivered:
    """Raises StoreError where the outbox cannot be used and nothing was given, UnnotedError with what was
    told by then. `left`: what an outbox holds that takes nothing; it is told from memory. `sleep`: takes
    seconds.

    What is not done in `longest_s` is given up: the next one takes it for what may have arrived. What was
    told by then is known.
    """
    pace = Pace(linger_s, clock or SystemClock(), sleep, longest_s)
    return run(_within(longest_s + GIVEN_UP_S, _deliver(settings, environ, given, reach, left, pace)))


async def _within(longest_s: float, work: Coroutine[Any, Any, Delivered]) -> Delivered:
    try:
        async with asyncio.timeout(longest_s):
            return await work
    except TimeoutError:
        return Delivered(GIVEN_UP_S, waiting_s=GIVEN_UP_S)


class Pace(NamedTuple):
    linger_s: float
    clock: Clock
    sleep: Callable[[float], Awaitable[None]]
    longest_s: float


class Due(NamedTuple):
    """In how many seconds there is something to do for a route; None: nothing. `proof_s`: by its canary."""

    alert_s: float | None
    proof_s: float | None


async def _deliver(
    settings: Settings,
    environ: Mapping[str, str],
    given: Given,
    reach: Reach | None,
    left: Left | None,
    pace: Pace,
) -> Delivered:
    has_disk = not (given.alerts or left)
    asking = hearing.heard_routes(settings, environ) if has_disk else _heard(settings, environ)
    routes = routes_of(settings, environ, reach, asking=asking)
    try:
        if not has_disk:
            return await _given(settings, environ, given, routes.made, left or Left(), pace)
        with closing(SqliteOutbox(database_path(settings), me(), may_live)) as outbox:
            try:
                kept = _kept(settings, environ, outbox, given, routes.made, pace)
                done = await _within(pace.longest_s, kept)
            except StoreError as error:
                raise UnnotedError(error, tuple(outbox.unkept)) from error
            if outbox.unkept:  # another route was waited for too long to say why
                why = StoreError(f"cannot keep a receipt in {database_path(settings)}", retryable=True)
                raise UnnotedError(why, tuple(outbox.unkept))
            return done
    finally:
        await routes.close()


def _heard(settings: Settings, environ: Mapping[str, str]) -> tuple[str, ...]:
    """What a person answers there is heard once there is a disk: the services keep it for so long."""
    with suppress(StoreError):
        return tuple(name for name, why in hearing.hearing(settings, environ).items() if why is None)
    return ()


async def _kept(
    settings: Settings,
    environ: Mapping[str, str],
    outbox: SqliteOutbox,
    given: Given,
    routes: Mapping[str, Route],
    pace: Pace,
) -> Delivered:
    now, notes = pace.clock.now(), Pad(settings.state_dir, environ).read()
    with outbox.together():  # who sees such an alert without what was told of it tells it again
        for target, notify, at in notes.alerts:
            outbox.put(target, notify, replace(now, wall=at))
        lacked = address(outbox, settings, now)
        _note(outbox, given, notes, now)
    bird = _canary(settings, environ, outbox, pace.clock)
    name = outbox.installation()
    failing = _failing(outbox, routes)
    dues = await _serve(settings, environ, outbox, routes, pace, name, bird)
    if _wake(outbox, failing, _failing(outbox, routes)):
        dues = await _serve(settings, environ, outbox, routes, pace, name, bird)
    made = partial(composer, settings, environ, socket.gethostname(), name)
    await close_resumed(outbox, routes, lambda alert: made().resumed(alert))
    passed = _pass_on(settings, outbox, routes, pace.clock.now())
    if await _tell_of_routes(outbox, routes, bird, pace.clock.now()) or passed:
        lacked = address(outbox, settings, pace.clock.now())
        dues = await _serve(settings, environ, outbox, routes, pace, name, bird)
    for_lacked = LACKED_S if lacked else None
    alerts = _soonest(due.alert_s for due in dues)
    proofs = _soonest(due.proof_s for due in dues)
    return Delivered(_soonest((for_lacked, alerts, proofs)), waiting_s=alerts)


def _note(outbox: SqliteOutbox, given: Given, notes: Notes, now: Now) -> None:
    """What was told, and what may have been, while no disk took it: by who calls us, and by `monitor`."""
    for told in (*given.told, *notes.told):
        outbox.note(told, now)
    for doubt in (*given.doubts, *notes.doubts):
        outbox.doubt(doubt)


async def _given(
    settings: Settings,
    environ: Mapping[str, str],
    given: Given,
    routes: Mapping[str, Route],
    left: Left,
    pace: Pace,
) -> Delivered:
    """Without a disk: what was taken, also before, and what may have been, is told to who called us."""
    ours = me()
    outbox = MemoryOutbox(may_live=lambda who: who != ours and may_live(who))  # of ours none is under way
    outbox.go_on(left)
    address(outbox, settings, pace.clock.now())
    for target, notify, ordered in given.alerts:
        if not left.has(target, notify):
            outbox.put(target, notify, ordered)
    now = pace.clock.now()
    address(outbox, settings, now)  # they are news, whatever their age
    for told in given.told:
        if told.route in routes:
            outbox.note(told, replace(now, wall=LONG_AGO))
    for doubt in given.doubts:
        if doubt.route in routes:
            outbox.doubt(doubt)
    waiting_s: float | None = GIVEN_UP_S
    with suppress(TimeoutError):
        async with asyncio.timeout(pace.longest_s):
            dues = await _serve(settings, environ, outbox, routes, pace, _without_a_disk(settings))
        waiting_s = _soonest(due.alert_s for due in dues)
    return Delivered(ONCE_MORE_S, tuple(outbox.told()), waiting_s, tuple(outbox.doubts()))


async def _serve(
    settings: Settings,
    environ: Mapping[str, str],
    outbox: Outbox,
    routes: Mapping[str, Route],
    pace: Pace,
    installation: str,
    bird: Canary | None = None,
) -> list[Due]:
    made = composer(settings, environ, socket.gethostname(), installation)
    quiet = partial(quiet_s, settings)
    courier = Courier(outbox, made, pace.clock.now, random.random, pace.sleep, quiet)

    async def serve(route: Route) -> Due:
        wait_s = await courier.serve(route, pace.linger_s)
        blocked = any(map(is_stuck, outbox.waiting(route.name)))
        if bird is None or (wait_s is not None and not blocked and not courier.rests(route)):
            return Due(wait_s, None)
        proof_s = await bird.serve(route)
        return Due(await courier.serve(route, pace.linger_s), proof_s)  # what it refused before it worked

    dues = await asyncio.gather(*(serve(route) for route in routes.values()), return_exceptions=True)
    for due in dues:
        if isinstance(due, BaseException):  # once the others are done: what one of them has begun is ended
            raise due
    return [due for due in dues if isinstance(due, Due)]


def _failing(outbox: Outbox, routes: Iterable[str]) -> set[str]:
    return {name for name in routes if outbox.standing(name).failing is not None}


def _wake(outbox: Outbox, before: set[str], after: set[str]) -> bool:
    """Where one works again, a network may be back for those that fail still. Whether there are any."""
    if before <= after:
        return False
    for name in before & after:
        outbox.wake(name)
    return bool(before & after)


def _pass_on(settings: Settings, outbox: Outbox, routes: Iterable[str], now: Now) -> bool:
    """What a route that works does not take is told on the others, also where they hear less. Whether there
    is now something to tell.
    """
    lost = {name: [one for one in outbox.lost(name, now) if not one.lacks] for name in routes}
    passed = False
    for name, other in itertools.permutations(lost, 2):
        for_it = [one for one in lost[other] if can_be_told(settings, name, one.alert)]
        passed = outbox.pass_on(name, for_it) or passed
    return passed


async def _tell_of_routes(outbox: Outbox, routes: Mapping[str, Route], bird: Canary, now: Now) -> bool:
    """Whether there is now something to tell of them."""
    standings = {name: outbox.standing(name) for name in routes}
    since = health.in_doubt(standings, now)
    if since is not None:
        well = (route for name, route in routes.items() if standings[name].failing is None)
        await asyncio.gather(*(bird.serve(route, since) for route in well))
        standings = {name: outbox.standing(name) for name in routes}
    failing, working = health.to_warn(standings, now), health.to_relieve(standings)
    for name in failing:
        outbox.warn(name, now)
    for name in working:
        outbox.relieve(name, now)
    return bool(failing or working)


def _soonest(waits: Iterable[float | None]) -> float | None:
    return min((wait for wait in waits if wait is not None), default=None)


def _canary(settings: Settings, environ: Mapping[str, str], outbox: Outbox, clock: Clock) -> Canary:
    place = place_in(settings, environ, socket.gethostname())("")

    def compose(number: int) -> Message:
        wall = clock.now().wall
        mark = f"canary-{number}-{int(wall):x}"
        text = canary(place, wall)
        return Message(mark, mark, Severity.INFO, text.title, text.body, silent=True)

    interval_s = settings.notify.canary_interval_s
    return Canary(outbox, compose, clock.now, random.random, interval_s)


def _without_a_disk(settings: Settings) -> str:
    """Its own name where it can be read, else another: the same for the same alert all the same."""
    with suppress(StoreError), Reader(database_path(settings)) as reader:
        if (name := reader.installation()) is not None:
            return name
    return f"{socket.gethostname()} {settings.state_dir}"
