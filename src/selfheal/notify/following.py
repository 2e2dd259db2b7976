"""Files that follow a message, for services that take them apart from it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

from selfheal.notify.route import Attachment, RouteError, UnsureError

FOLLOW_S = 30.0  # for all of them


async def follow(
    files: Iterable[Attachment], send: Callable[[Attachment], Awaitable[object]]
) -> Mapping[str, RouteError]:
    """The names of those that were not taken, or not in time, and why.

    The message has arrived: that they fail, or are slow, is no reason to repeat it.
    """
    left, end = dict[str, RouteError](), asyncio.get_running_loop().time() + FOLLOW_S
    for file in files:
        try:
            async with asyncio.timeout_at(end):
                await send(file)
        except RouteError as error:
            left[file.name] = error
        except TimeoutError:
            left[file.name] = UnsureError(f"cannot send {file.name}: not done in {FOLLOW_S:.0f} s")
    return left
