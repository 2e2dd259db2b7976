"""The listening process: hears what a person answers while an incident waits to be acknowledged, and ends.

One at a time for a state folder: two that poll with one token would take the answers from each other. It ends
with who has called it, however that one ended: the next resident would find the place taken.
"""

import asyncio
import fcntl
import os
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from selfheal.app.hanging import hasten, run
from selfheal.app.hearing import heard_routes
from selfheal.app.places import database_path
from selfheal.app.routes import doors
from selfheal.config.route_fields import RouteKind
from selfheal.config.routes import RouteSettings
from selfheal.config.settings import Settings
from selfheal.core.instants import Monotonic
from selfheal.notify.discord_ear import DiscordEar
from selfheal.notify.hearing import Ear, Listener, Press, Verdict, bounded_s, tag
from selfheal.notify.https import Reach
from selfheal.notify.telegram_ear import TelegramEar
from selfheal.runtime.clock import SystemClock
from selfheal.store.faults import explained
from selfheal.store.hearing import SqliteEars
from selfheal.store.outbox import SqliteOutbox
from selfheal.texts.describe import duration
from selfheal.texts.language import Language, choose
from selfheal.texts.phrases import Phrase, phrase

TURN_S = 600.0  # then a fresh one begins, with the settings of then
END_S = TURN_S + 60.0  # by then the process is no more, whatever hangs
LEAVE_S = 5.0  # from the end of its caller, whatever hangs
CALLER_BYTES = 1024
BUSY_S = 30.0  # while another one listens

WORDS = {
    Verdict.TAKEN: Phrase.HEARD_TAKEN,
    Verdict.LATER: Phrase.HEARD_LATER,
    Verdict.NOT_OPEN: Phrase.HEARD_NOT_OPEN,
    Verdict.HOW: Phrase.HEARD_HOW,
}


class Listened(NamedTuple):
    """`again_s`: when there is something to do again; None: there is nothing. `why`: routes not heard."""

    again_s: float | None
    why: tuple[str, ...] = ()


def listen(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    reach: Reach | None = None,
    turn_s: float = TURN_S,
    caller: int | None = None,
) -> Listened:
    """`caller`: a descriptor that ends when who has called us does. Raises StoreError."""
    names = heard_routes(settings, environ)
    if not names:
        return Listened(None)
    with _alone(settings.state_dir / "listen.lock") as alone:
        if not alone:
            return Listened(BUSY_S)
        return run(_as_long_as(caller, _listen(settings, environ, names, reach, turn_s)))


async def _as_long_as(caller: int | None, work: Coroutine[Any, Any, Listened]) -> Listened:
    if caller is None:
        return await work
    loop, listening = asyncio.get_running_loop(), asyncio.ensure_future(work)

    def look() -> None:
        if not os.read(caller, CALLER_BYTES):  # nobody says anything there
            loop.remove_reader(caller)
            hasten(LEAVE_S)
            listening.cancel()

    loop.add_reader(caller, look)
    try:
        return await listening
    except asyncio.CancelledError:
        return Listened(None)
    finally:
        loop.remove_reader(caller)


async def _listen(
    settings: Settings, environ: Mapping[str, str], names: tuple[str, ...], reach: Reach | None, turn_s: float
) -> Listened:
    routes = [route for route in settings.all_routes if route.name in names]
    heard = [_ear(route, reach or Reach()) for route in routes]
    known, why = doors(settings), list[str]()
    now = SystemClock().now
    with closing(SqliteOutbox(database_path(settings))) as outbox:
        named = partial(tag, outbox.installation())
    try:
        with closing(SqliteEars(database_path(settings))) as ears:
            words = partial(_said, choose(settings.language, environ))
            listener = Listener(ears, named, words, now, why.append)
            end = Monotonic(now().mono + turn_s)
            waits = await asyncio.gather(*(listener.serve(ear, known[ear.name], end) for ear in heard))
    finally:
        for ear in heard:
            await ear.close()
    return Listened(min((wait for wait in waits if wait is not None), default=None), tuple(why))


def _ear(route: RouteSettings, reach: Reach) -> Ear:
    if route.kind is RouteKind.TELEGRAM:
        return TelegramEar(route.name, route.token, route.chat, reach)
    return DiscordEar(route.name, route.token, route.channel, reach)


def _said(language: Language, verdict: Verdict, press: Press) -> str:
    for_s = bounded_s(press.for_s)
    return phrase(
        WORDS[verdict],
        language,
        incident=press.incident,
        duration=duration(for_s, language) if for_s else None,
        who=press.who,
    )


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """A lock that dies with its owner."""
    with explained("take the lock", path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
