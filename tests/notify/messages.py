"""Messages as delivery hands them to a route, and how to run what is asynchronous."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from selfheal.notify.route import Attachment, Message, Route, Severity
from selfheal.ports.outbox import Receipt

T = TypeVar("T")
BODY = "🚨 게이트웨이가 멈췄습니다\nThe gateway is down since 03:12.\n<!channel> @everyone & *more*"
FILE = Attachment("recovery.log", b"03:12 down\n")


def message(body: str = BODY, *, silent: bool = False, attachments: tuple[Attachment, ...] = ()) -> Message:
    title = body.partition("\n")[0]
    return Message("incident-7-open", "incident-7", Severity.CRITICAL, title, body, silent, attachments)


def go(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def sent(route: Route, *messages: Message, earlier: Receipt | None = None) -> list[Receipt]:
    """All of them by one route, which is closed then, also when one of them fails."""

    async def send() -> list[Receipt]:
        try:
            return [await route.send(one, earlier) for one in messages]
        finally:
            await route.close()

    return go(send())
