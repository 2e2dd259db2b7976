"""`selfheal notify test`: one message through each route, and what came of it, which is kept."""

import asyncio
import hashlib
import os
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from typing import NamedTuple

from selfheal.app.addressees import address
from selfheal.app.given import Given
from selfheal.app.hanging import run
from selfheal.app.places import database_path
from selfheal.app.post import deliver
from selfheal.app.routes import routes_of
from selfheal.config.settings import Settings
from selfheal.notify.https import Reach
from selfheal.notify.route import Issue, Message, Route, RouteError, Severity
from selfheal.ports.outbox import Proof, Receipt
from selfheal.ports.store import StoreError
from selfheal.runtime.clock import SystemClock
from selfheal.store.outbox import SqliteOutbox
from selfheal.texts.language import choose
from selfheal.texts.routes import test_text

LONGEST_S = 90.0  # a person waits; the slowest route gives up on its own before


class Tried(NamedTuple):
    """`receipt`: None where it was not taken, and then `why`."""

    route: str
    receipt: Receipt | None
    seconds: float
    why: str = ""


def try_routes(
    settings: Settings, environ: Mapping[str, str], names: Sequence[str], reach: Reach | None = None
) -> list[Tried]:
    """All routes at once, or those of these names; in the order of the settings. What one of them refused
    before is told on it, if it still lasts.
    """
    tried, made = run(_try_all(settings, environ, names, reach))
    with suppress(StoreError):
        if _keep(settings, made):
            deliver(settings, environ, Given(), reach=reach)
    return tried


async def _try_all(
    settings: Settings, environ: Mapping[str, str], names: Sequence[str], reach: Reach | None
) -> tuple[list[Tried], Sequence[Tried]]:
    """And those of them that could be made of their settings."""
    routes = routes_of(settings, environ, reach, names or None)
    language = choose(settings.language, environ)
    mark = f"test-{time.time_ns() // 1_000_000:x}-{os.getpid():x}"
    issue = _issue_key(settings)
    try:
        tried = await asyncio.gather(
            *(
                _try(route, _message(mark, issue, *test_text(name, socket.gethostname(), language)))
                for name, route in routes.made.items()
            )
        )
    finally:
        await routes.close()
    known = {one.route: one for one in tried} | {
        name: Tried(name, None, 0.0, why) for name, why in routes.refused.items()
    }
    return [known[one.name] for one in settings.all_routes if one.name in known], tried


def _keep(settings: Settings, tried: Sequence[Tried]) -> bool:
    """What a test has shown is shown by `status`, too. With a full disk it is shown here alone. Whether an
    alert waits for one that has shown to work.
    """
    now = SystemClock().now()
    with closing(SqliteOutbox(database_path(settings))) as outbox:
        address(outbox, settings, now)
        for one in tried:
            if one.receipt is not None:
                outbox.proved(one.route, Proof.TEST, now)
            else:
                outbox.complained(one.route, one.why, now)
        return any(outbox.waiting(one.route) for one in tried if one.receipt is not None)


async def _try(route: Route, message: Message) -> Tried:
    begun = time.monotonic()
    receipt, why = None, ""
    try:
        async with asyncio.timeout(LONGEST_S):
            receipt = await route.send(message)
    except RouteError as error:
        why = str(error)
    except TimeoutError:
        why = f"cannot tell {route.name}: not done in {LONGEST_S:.0f} s"
    return Tried(route.name, receipt, time.monotonic() - begun, why)


def _message(mark: str, issue: str, title: str, rest: str) -> Message:
    about = Issue(issue, title, is_open=False)
    return Message(mark, mark, Severity.INFO, title, f"{title}\n{rest}", issues=(about,))


def _issue_key(settings: Settings) -> str:
    """Tests of one host go into one issue, which stays closed."""
    named = f"{socket.gethostname()} {settings.state_dir}".encode()
    return f"test-{hashlib.sha256(named).hexdigest()[:22]}"
