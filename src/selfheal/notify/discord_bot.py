"""Discord by a bot's token and a channel. What is sent again within minutes is not shown twice: Discord holds
the mark against the bot's last messages and gives the first one back. It forgets the mark sooner than a
network comes back, so what may have arrived is looked for first, where the bot may read the channel.

Source: discord/discord-api-docs, resources/message (Get Channel Messages, Create Message).
"""

import asyncio
from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote

import msgspec

from selfheal.notify.discord import (
    AGENT,
    MOST_CHARACTERS,
    MOST_OF_EMBEDS,
    channel_url,
    login_of,
    post,
    prove,
    rest_s,
    words,
)
from selfheal.notify.https import Ask, Https, Reach
from selfheal.notify.limits import divided, units
from selfheal.notify.route import Choice, Message, RefusedError, RouteError
from selfheal.ports.outbox import Receipt

LOOKED_AT = 50  # messages
OF_CHOICES = 100  # UTF-16 units that the line of choices takes, at most
OF_AGE = 500  # by which the text of another age may be longer, that line included
LOOKED_AT_BYTES = 4 * 1024 * 1024  # of 8,000 characters each, with room for how JSON spells them


class _Author(msgspec.Struct):
    bot: bool = False


class _Embed(msgspec.Struct):
    description: str | None = None


class _Shown(msgspec.Struct):
    id: str
    content: str
    author: _Author
    embeds: tuple[_Embed, ...] = ()

    @property
    def text(self) -> str:
        return "\n".join((self.content, *(one.description or "" for one in self.embeds)))


class DiscordBot:
    """route.Route. `channel`: its id, for which the bot needs «Send Messages» and «Attach Files», and «Embed
    Links» for what is longer than a message.

    With «View Channel» and «Read Message History», too, nothing is shown twice that is among the last
    LOOKED_AT messages. It is known by all of its lasting lines; where Discord has dropped the embeds, or the
    text was cut, by those of its start.

    `asks`: somebody looks at the reactions below its messages. For that the bot needs «Read Message History»,
    and «Add Reactions» to set the signs of which a person then touches one.
    """

    def __init__(self, name: str, token: str, channel: str, reach: Reach | None = None) -> None:
        self.name = name
        self.asks = False
        self._login = login_of(token)
        self._url = channel_url(channel)
        self._https = Https(name, (token,), reach or Reach())

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        choices = message.choices if self.asks else ()
        receipt = (await self._shown(message) if again else None) or await self._post(
            message, earlier, choices
        )
        await self._offer(receipt, choices)
        return receipt

    async def _post(self, message: Message, earlier: Receipt | None, choices: tuple[Choice, ...]) -> Receipt:
        below = f"\n{_line(choices)}" if choices else ""
        said = words(message, below) | {"nonce": message.mark, "enforce_nonce": True}
        if earlier:
            # A message that a person has deleted in the meantime does not stop the next one.
            said["message_reference"] = {"message_id": earlier.id, "fail_if_not_exists": False}
        return await post(self._https, self._url, said, message, self._login)

    async def _shown(self, message: Message) -> Receipt | None:
        """Whether it has arrived before. None also where it may not look: the mark has to do."""
        headers = AGENT | {"authorization": self._login}
        url = f"{self._url}?limit={LOOKED_AT}"
        try:
            answer = await self._https.send(
                Ask(url, headers=headers, method="GET", most_bytes=LOOKED_AT_BYTES)
            )
        except RefusedError:
            return None
        for one in answer.read(list[_Shown]) or ():
            if one.author.bot and _as_shown(message, one).is_in(one.text):
                return Receipt(one.id)
        return None

    async def prove(self, message: Message) -> None:
        said: dict[str, object] = {"nonce": message.mark, "enforce_nonce": True}
        await prove(self._https, self._url, said, message, lambda key: f"{self._url}/{key}", self._login)

    async def close(self) -> None:
        await self._https.close()

    async def _offer(self, receipt: Receipt, choices: tuple[Choice, ...]) -> None:
        """Without them a person sets the sign: their failure is no reason to repeat the message."""
        headers = AGENT | {"authorization": self._login}
        for choice in choices:
            url = f"{self._url}/{receipt.id}/reactions/{quote(choice.sign)}/@me"
            with suppress(RouteError):
                answer = await self._https.send(Ask(url, headers=headers, content=b"", method="PUT"))
                await asyncio.sleep(rest_s(answer))


def _as_shown(message: Message, one: _Shown) -> Message:
    """What can be looked for in it: not what was in the embeds where it has none, nor what was cut off."""
    most = MOST_CHARACTERS + (MOST_OF_EMBEDS if one.embeds else 0)
    if units(message.body) <= most - OF_CHOICES:
        return message
    start, _ = divided(message.body, most - OF_AGE, units)
    lines = {line.strip() for line in start.splitlines()}
    return replace(message, lasting=tuple(line for line in message.lasting if line.strip() in lines))


def _line(choices: tuple[Choice, ...]) -> str:
    return " · ".join(f"{choice.sign} {choice.label}" for choice in choices)
