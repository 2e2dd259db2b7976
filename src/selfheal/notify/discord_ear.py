"""Reactions below our own messages on Discord, looked at now and then over REST.

A button's press comes only over the gateway's WebSocket or to a public address; a reaction can be asked for.
One request a message tells whether there are any, and who only asks so takes nothing away from another
program of the same bot.

Source: discord/discord-api-docs, resources/message (get message, get reactions, create reaction) and
topics/rate-limits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import quote

import msgspec

from selfheal.notify.discord import AGENT, SUPPRESS_NOTIFICATIONS, channel_url, login_of, rest_s
from selfheal.notify.hearing import SIGNS, WHO_CHARACTERS, Heard, Press
from selfheal.notify.https import Answer, Ask, Https, Reach
from selfheal.notify.limits import one_line, shorten
from selfheal.notify.route import RefusedError
from selfheal.ports.hearing import Shown

MESSAGES = 3  # of those that ask, the newest: a person looks at the last one
USERS = 25  # of a reaction that are looked at


class _Emoji(msgspec.Struct):
    name: str | None = None


class _Reaction(msgspec.Struct):
    count: int
    emoji: _Emoji
    me: bool = False


class _Message(msgspec.Struct):
    id: str
    reactions: list[_Reaction] = []


class _User(msgspec.Struct):
    id: str
    username: str = ""
    global_name: str | None = None
    bot: bool = False


class DiscordEar:
    """hearing.Ear. The bot needs «Read Message History», too."""

    pace_s = 10.0

    def __init__(
        self,
        name: str,
        token: str,
        channel: str,
        reach: Reach | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._headers = AGENT | {"authorization": login_of(token)}
        self._url = channel_url(channel)
        self._https = Https(name, (token,), reach or Reach())
        self._sleep = sleep

    async def hear(self, place: int | None, shown: Sequence[Shown], before: frozenset[str]) -> Heard:
        del place  # a reaction stays where it is
        presses: list[Press] = []
        refused: list[RefusedError] = []
        asked = shown[:MESSAGES]
        for one in asked:
            try:
                presses += await self._below(one, before)
            except RefusedError as error:  # somebody has deleted it
                refused.append(error)
        if refused and len(refused) == len(asked):
            raise refused[0]
        return Heard(presses)

    async def reply(self, press: Press, text: str, *, done: bool) -> None:
        del done
        said = {
            "content": text,
            "allowed_mentions": {"parse": []},
            "flags": SUPPRESS_NOTIFICATIONS,
            "message_reference": {"message_id": press.message, "fail_if_not_exists": False},
        }
        await self._ask(Ask(self._url, payload=said, headers=self._headers))

    async def settle(self, message: str) -> None:
        """Its signs stay, as what a person has set."""

    async def close(self) -> None:
        await self._https.close()

    async def _below(self, shown: Shown, before: frozenset[str]) -> list[Press]:
        answer = await self._get(shown.message)
        message = answer.read(_Message)
        if message is None:
            raise self._https.unknown(answer)
        found = {one.emoji.name or "": one.count - one.me for one in message.reactions}
        pressed = []
        for sign, for_s in SIGNS.items():
            mark = f"{shown.message} {sign}"
            if found.get(sign, 0) > 0 and mark not in before:
                who = await self._who(shown.message, sign)
                if who is not None:
                    pressed.append(Press(mark, who, shown.incident, for_s, of=shown, message=shown.message))
        return pressed

    async def _who(self, message: str, sign: str) -> str | None:
        """None: only programs."""
        answer = await self._get(f"{message}/reactions/{quote(sign)}?limit={USERS}")
        users = answer.read(list[_User])
        if users is None:
            raise self._https.unknown(answer)
        names = (one.global_name or one.username for one in users if not one.bot)
        return next((shorten(one_line(name), WHO_CHARACTERS) for name in names), None)

    async def _get(self, path: str) -> Answer:
        return await self._ask(Ask(f"{self._url}/{path}", headers=self._headers, method="GET"))

    async def _ask(self, ask: Ask) -> Answer:
        answer = await self._https.send(ask)
        await self._sleep(rest_s(answer))
        return answer
