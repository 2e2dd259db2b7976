"""Telegram by a bot's token and a chat.

Telegram knows no marks: what may have arrived is looked for in the chat before it is sent again
(`telegram_past`), where the bot is ours alone. Any other bot sends it anew, and it can be seen twice.

Source: Telegram's Bot API, sendMessage, deleteMessage, sendDocument, ResponseParameters.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress

import msgspec

from selfheal.notify.following import follow
from selfheal.notify.given import given_form
from selfheal.notify.https import Answer, Ask, Https, Reach
from selfheal.notify.limits import fitting, shorten, units
from selfheal.notify.route import Attachment, Choice, Message, RouteError
from selfheal.notify.telegram_past import Chat, Found, Past, Shown, reply_to
from selfheal.ports.outbox import Receipt

API = "https://api.telegram.org"
MOST_CHARACTERS = 4096
MOST_BYTES = 50 * 1024 * 1024 - 64 * 1024  # of a file that a bot sends, with room for the form around it
SUPERGROUP = "-100"
"""The beginning of the chat ids to whose messages there is a link for members."""

BOT, BOT_LIKE = re.compile(r"[0-9]+:[A-Za-z0-9_-]+"), "987654321:letters-and-digits"
CHAT, CHAT_LIKE = re.compile(r"-?[1-9][0-9]*|@[A-Za-z][A-Za-z0-9_]+"), "-1001234567890 or @channel"


class _Parameters(msgspec.Struct):
    migrate_to_chat_id: int | None = None


class _Answer(msgspec.Struct):
    ok: bool
    result: Shown | None = None
    parameters: _Parameters | None = None


class Telegram:
    """route.Route. `chat`: its number, or @name of a channel. `topic`: the part of a group with topics.

    `asks`: its bot is ours alone, and somebody hears which button is pressed below its messages.
    `sleep`: takes seconds.
    """

    def __init__(
        self,
        name: str,
        token: str,
        chat: str,
        topic: int | None = None,
        reach: Reach | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self.asks = False
        self._bot = f"{API}/bot{given_form(token, 'the Telegram bot token', BOT, BOT_LIKE)}"
        self._chat: str | int = given_form(chat, "the Telegram chat", CHAT, CHAT_LIKE)
        self._topic = topic
        self._sleep = sleep
        self._https = Https(name, (token, token.rpartition(":")[2]), reach or Reach())

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        found = await self._found(message) if again else None
        taken = await self._say(self._said(message, earlier)) if found is None else found.message
        files, left = fitting(message.attachments, MOST_BYTES)
        missing = [file for file in files if found is None or file.name not in found.files]
        return Receipt(str(taken.message_id), _link(taken), left + await self._add(missing, taken))

    async def _found(self, message: Message) -> Found | None:
        if not self.asks or not message.lasting:
            return None
        return await Past(self._say, self._delete, self._sleep).find(message)

    def _said(self, message: Message, earlier: Receipt | None) -> dict[str, object]:
        # No parse mode: the text is shown as it is, and no odd sign in it makes Telegram refuse it.
        said: dict[str, object] = {
            "text": shorten(message.body, MOST_CHARACTERS, units),
            "disable_notification": message.silent,
            "link_preview_options": {"is_disabled": True},
        }
        if earlier:
            said["reply_parameters"] = reply_to(earlier.id)
        if self.asks and message.choices:
            said["reply_markup"] = {"inline_keyboard": [[_button(choice) for choice in message.choices]]}
        return said

    async def prove(self, message: Message) -> None:
        """What an alert goes through, all of it: a message that rings nowhere and is taken back at once."""
        taken = await self._say(
            {"text": shorten(message.body, MOST_CHARACTERS, units), "disable_notification": True}
        )
        where = {"chat_id": taken.chat.id, "message_id": taken.message_id}
        with suppress(RouteError):  # it has arrived all the same
            await self._https.send(Ask(f"{self._bot}/deleteMessage", payload=where))

    async def close(self) -> None:
        await self._https.close()

    async def _delete(self, chat: Chat, numbers: list[int]) -> None:
        where = {"chat_id": chat.id, "message_ids": numbers}
        await self._https.send(Ask(f"{self._bot}/deleteMessages", payload=where))

    async def _say(self, said: Mapping[str, object]) -> Shown:
        answer = await self._exchange(said)
        heard = answer.read(_Answer)
        if heard and heard.parameters and heard.parameters.migrate_to_chat_id:
            # The group became a supergroup and has a new id. Nothing was taken yet.
            self._chat = heard.parameters.migrate_to_chat_id
            answer = await self._exchange(said)
        return self._taken(answer)

    async def _exchange(self, said: Mapping[str, object]) -> Answer:
        return await self._https.exchange(Ask(f"{self._bot}/sendMessage", payload={**said, **self._place()}))

    def _taken(self, answer: Answer) -> Shown:
        heard = self._https.judged(answer).read(_Answer)
        if heard is None or not heard.ok or heard.result is None:
            raise self._https.unknown(answer)
        return heard.result

    def _place(self) -> dict[str, object]:
        place: dict[str, object] = {"chat_id": self._chat}
        return place | {"message_thread_id": self._topic} if self._topic else place

    async def _add(self, files: Iterable[Attachment], to: Shown) -> tuple[str, ...]:
        """Files follow as quiet answers."""
        fields = {key: str(value) for key, value in self._place().items()} | {
            "disable_notification": "true",
            "reply_parameters": msgspec.json.encode(reply_to(str(to.message_id))).decode(),
        }

        async def send(file: Attachment) -> None:
            ask = Ask(f"{self._bot}/sendDocument", fields=fields, files=(("document", file),))
            self._taken(await self._https.exchange(ask))

        return tuple(await follow(files, send))


def _button(choice: Choice) -> dict[str, object]:
    return {"text": f"{choice.sign} {choice.label}", "callback_data": choice.said}


def _link(taken: Shown) -> str:
    chat = str(taken.chat.id)
    if taken.chat.username and chat.startswith("-"):
        return f"https://t.me/{taken.chat.username}/{taken.message_id}"
    if chat.startswith(SUPERGROUP):
        return f"https://t.me/c/{chat.removeprefix(SUPERGROUP)}/{taken.message_id}"
    return ""
