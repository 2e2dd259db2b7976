"""One try of one message on one route, in smaller and smaller forms: whole, without its files, its title.

Rules
  * The words matter more than the files. Whoever refuses a message with files is handed it without them at
    once; whoever fails with them for the second time, too: a log may be what a service breaks at, or what
    takes longer than it waits. What then arrives says which files are missing, and where they lie.
  * What nothing but a title passes for is refused for another reason than its size, and is believed.
"""

import asyncio
from dataclasses import replace

from selfheal.notify.limits import one_line
from selfheal.notify.route import LaterError, Message, RefusedError, Route, RouteError, UnsureError
from selfheal.ports.outbox import Receipt

FILES_S = 90.0  # for a message with all its files; the words alone are to have their turn within the same try


async def hand_over(
    route: Route, message: Message, earlier: Receipt | None, *, again: bool, attempts: int
) -> Receipt:
    """Raises RouteError's three kinds. `again`: as in Route.send. `attempts`: with this one."""
    unsure = False
    try:
        return await _whole(route, message, earlier, again=again)
    except RefusedError:
        if not message.attachments and earlier is None:
            return await route.send(bare(message), None, again=again)
    except (LaterError, UnsureError) as error:
        if not message.attachments or attempts == 1 or _asked_to_wait(error):
            raise
        unsure = isinstance(error, UnsureError)
    try:
        return await _words(route, message, again=again or unsure)
    except LaterError as error:
        raise (UnsureError(str(error)) if unsure else error) from None


async def _whole(route: Route, message: Message, earlier: Receipt | None, *, again: bool) -> Receipt:
    try:
        async with asyncio.timeout(FILES_S if message.attachments else None):
            return await route.send(message, earlier, again=again)
    except TimeoutError:
        raise UnsureError(f"cannot tell {route.name}: not done in {FILES_S:.0f} s") from None


async def _words(route: Route, message: Message, *, again: bool) -> Receipt:
    """It answers nothing: what it would answer to may be what was refused."""
    try:
        receipt = await route.send(without_files(message), None, again=again)
    except RefusedError:
        return await route.send(bare(message), None, again=again)
    return replace(receipt, lacks=(*(file.name for file in message.attachments), *receipt.lacks))


def _asked_to_wait(error: RouteError) -> bool:
    return isinstance(error, LaterError) and error.after is not None


def without_files(message: Message) -> Message:
    """All its words, and below the title where the files lie."""
    if not message.attachments:
        return message
    title, line, rest = message.body.partition("\n")
    below = f"\n{message.unfiled}" if message.unfiled else ""
    return replace(message, body=f"{title}{below}{line}{rest}", attachments=())


def bare(message: Message) -> Message:
    """What no service has a reason to refuse, unless it refuses us."""
    title = one_line(message.title)
    return replace(message, title=title, body=title, attachments=(), timeline=None)
