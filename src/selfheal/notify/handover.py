"""One try of one message on one route, in smaller and smaller forms: whole, without its files, its title.

Rules
  * The words matter more than the files. Whoever refuses a message with files is handed it without them at
    once; whoever fails with them for the second time, too, or breaks off for the second time: a log may be
    what a service breaks at, or what takes longer than it waits. What then arrives says which files are
    missing, and where they lie.
  * Whoever takes everything else, and breaks at this one for some minutes, is handed its title.
  * What nothing but a title passes for is refused for another reason than its size, and is believed.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from typing import Self

from selfheal.notify.limits import one_line
from selfheal.notify.route import LaterError, Message, RefusedError, Route, RouteError, UnsureError
from selfheal.ports.outbox import Receipt

FILES_S = 90.0  # for a message with all its files; the words alone are to have their turn within the same try


class Patience(Enum):
    """With a service that fails and does not say that it refuses."""

    WHOLE = "whole"  # the first time: it may have had a bad moment
    WORDS = "words"  # its files may be why
    NONE = "none"  # it takes everything else: the message is why, and its title is better than nothing

    @classmethod
    def of(cls, attempts: int) -> Self:
        """`attempts`: with the one that is to come."""
        return cls.WHOLE if attempts == 1 else cls.WORDS


async def hand_over(
    route: Route, message: Message, earlier: Receipt | None, *, again: bool, patience: Patience
) -> Receipt:
    """Raises what a route does. `again`: as in Route.send."""
    unsure, failed = False, RouteError(f"cannot tell {route.name}")
    for form, answered in _forms(message, earlier):
        try:
            receipt = await _send(route, form, answered, again=again or unsure)
        except RouteError as error:
            failed, unsure = error, unsure or isinstance(error, UnsureError)
            if not _goes_on(error, form, patience, again=again):
                break
        else:
            left = () if form.attachments else tuple(file.name for file in message.attachments)
            return replace(receipt, lacks=(*left, *receipt.lacks))
    raise UnsureError(str(failed), failed.after) if unsure and isinstance(failed, LaterError) else failed


def _forms(message: Message, earlier: Receipt | None) -> Iterator[tuple[Message, Receipt | None]]:
    """Only the whole answers something: what it would answer to may be what is refused."""
    yield message, earlier
    if message.attachments or earlier is not None:
        yield without_files(message), None
    yield bare(message), None


async def _send(route: Route, form: Message, answered: Receipt | None, *, again: bool) -> Receipt:
    try:
        async with asyncio.timeout(FILES_S if form.attachments else None):
            return await route.send(form, answered, again=again)
    except TimeoutError:
        raise UnsureError(f"cannot tell {route.name}: not done in {FILES_S:.0f} s") from None


def _goes_on(error: RouteError, form: Message, patience: Patience, *, again: bool) -> bool:
    """`again`: the message says that it may have arrived, as what goes on after a doubt has to."""
    if isinstance(error, RefusedError):
        return True
    asks_to_wait = isinstance(error, LaterError) and error.after is not None
    known = isinstance(error, LaterError) or (isinstance(error, UnsureError) and again)
    if asks_to_wait or patience is Patience.WHOLE or not known:
        return False
    return patience is Patience.NONE or bool(form.attachments)


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
