"""Files that follow a message, for services that take them apart from it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from selfheal.notify.route import Attachment, RouteError

FOLLOW_S = 30.0  # for all of them


async def follow(
    files: Iterable[Attachment], send: Callable[[Attachment], Awaitable[object]]
) -> tuple[str, ...]:
    """The names of those that were not taken, or not in time.

    The message has arrived: that they fail, or are slow, is no reason to repeat it.
    """
    left, end = [], asyncio.get_running_loop().time() + FOLLOW_S
    for file in files:
        try:
            async with asyncio.timeout_at(end):
                await send(file)
        except (RouteError, TimeoutError):
            left.append(file.name)
    return tuple(left)
