"""Whether Telegram has shown a message already, for one whose sending nobody answered.

The Bot API lists no messages, and whoever heard no answer knows no id. But the ids of a chat grow, and who
sends a reply is given the message that it replies to. So a placeholder that rings nowhere tells the newest
id, and silent replies to the ids before it tell what is there. Each is deleted before the next one: whoever
dies over it leaves one behind, which the next look takes away.

Nothing that is there is changed. To edit the ids before it until one can be edited would be fewer requests,
but an edit hits whatever the bot has written: an answer to a press, a test, the alert of another host.

Source: Telegram's Bot API, Message (reply_to_message), ReplyParameters, deleteMessages; that the message is
given whole also where the server did not know it yet: tdlib/telegram-bot-api, Client::check_reply_parameters.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from selfheal.notify.route import LaterError, Message, RefusedError, RouteError, UnsureError

LOOKED_AT = 10  # ids; a group may write no more than 20 messages a minute
LOOK_S = 60.0  # for all of it; what is not found by then is sent
CLEAR_S = 15.0
TRIES = 4  # of each request
PAUSE_S = 0.25  # before the second of them, and then twice as long each time
AGE_ROOM_S = 30.0  # by which the host's clock may have been set since the alert
PLACEHOLDER = "↻"


class Chat(msgspec.Struct):
    id: int
    username: str = ""


class Sender(msgspec.Struct):
    id: int


class File(msgspec.Struct):
    file_name: str = ""


class Shown(msgspec.Struct, rename={"sender": "from"}):
    """A message as Telegram has it. `date`: seconds, by Telegram's clock."""

    message_id: int
    chat: Chat
    date: int = 0
    text: str = ""
    sender: Sender | None = None
    document: File | None = None
    reply_to_message: "Shown | None" = None


class Found(NamedTuple):
    """`files`: names of those that have followed it."""

    message: Shown
    files: frozenset[str]


def reply_to(message_id: str) -> dict[str, object]:
    number = int(message_id) if message_id.isdigit() else 0  # 0 is no message's: sent without being an answer
    return {"message_id": number, "allow_sending_without_reply": True}


@dataclass
class Past:
    """One look at a chat. `say` sends a message there, `delete` takes some back; both raise RouteError.

    `sleep`: takes seconds.
    """

    say: Callable[[Mapping[str, object]], Awaitable[Shown]]
    delete: Callable[[Chat, list[int]], Awaitable[None]]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _chat: Chat | None = None
    _me: Sender | None = None
    _ours: set[int] = field(default_factory=set)
    _doubtful: list[int] = field(default_factory=list)  # ids that may be placeholders, too

    async def find(self, message: Message) -> Found | None:
        """None: it is not there, or nobody can tell. Raises LaterError and UnsureError where nothing can be
        sent now, the message as little as a placeholder.
        """
        began_s = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(LOOK_S):
                newest = await self._place()
                age_s = None if message.age_s is None else message.age_s + _since(began_s) + AGE_ROOM_S
                return await self._sought(message, newest, age_s)
        except (TimeoutError, RefusedError):
            return None
        finally:
            with suppress(TimeoutError, RefusedError):
                async with asyncio.timeout(CLEAR_S):
                    await self._clear()

    async def _sought(self, message: Message, newest: Shown, age_s: float | None) -> Found | None:
        """In a channel whatever is there may be anybody's, and no sender is named."""
        if self._me is None:
            return None
        files: set[str] = set()
        for number in range(newest.message_id - 1, max(0, newest.message_id - 1 - LOOKED_AT), -1):
            try:
                seen = await self._at(number)
            except LaterError as error:
                if error.after is not None:  # it asked us to wait: the message, too
                    raise
                return None
            except RouteError:
                return None
            if seen is None:
                continue
            if age_s is not None and newest.date - seen.date > age_s:
                return None  # from before there was anything to say
            if seen.sender == self._me and message.is_in(seen.text):
                return Found(seen, frozenset(files))
            if seen.sender == self._me and seen.document:
                files.add(seen.document.file_name)
        return None

    async def _at(self, number: int) -> Shown | None:
        """What is there; None where there is nothing, or a placeholder of an earlier look."""
        seen = (await self._place(reply_parameters=reply_to(str(number)))).reply_to_message
        with suppress(RouteError):
            await self._take_away()
        if seen is None or seen.sender != self._me or seen.text != PLACEHOLDER:
            return seen
        self._ours.add(seen.message_id)
        return None

    async def _place(self, **said: object) -> Shown:
        """A placeholder, or a reply that is one. Raises RouteError, at once where we are asked to wait."""
        placed, is_doubtful = await self._said({"text": PLACEHOLDER, "disable_notification": True, **said})
        self._chat, self._me = placed.chat, placed.sender
        self._ours.add(placed.message_id)
        if is_doubtful:
            self._doubtful.append(placed.message_id - 1)
        return placed

    async def _said(self, said: Mapping[str, object]) -> tuple[Shown, bool]:
        """And whether it may be there twice."""
        is_doubtful, tried = False, 0
        while True:
            tried += 1
            try:
                return await self.say(said), is_doubtful
            except LaterError as error:
                if tried == TRIES or error.after is not None:
                    raise
            except UnsureError:
                is_doubtful = True
                if tried == TRIES:
                    raise
            await self.sleep(_pause_s(tried))

    async def _clear(self) -> None:
        """What is left in spite of it, the next look takes away where it comes by."""
        with suppress(RouteError):
            for number in self._doubtful:
                await self._at(number)
        tried = 0
        while self._ours and tried < TRIES:
            tried += 1
            try:
                await self._take_away()
            except LaterError as error:
                await self.sleep(error.after.total_seconds() if error.after else _pause_s(tried))
            except UnsureError:
                await self.sleep(_pause_s(tried))

    async def _take_away(self) -> None:
        if self._chat is not None and self._ours:
            await self.delete(self._chat, sorted(self._ours))
            self._ours.clear()


def _pause_s(tried: int) -> float:
    return PAUSE_S * 2.0 ** (tried - 1)


def _since(began_s: float) -> float:
    return asyncio.get_running_loop().time() - began_s
