"""What is pressed below our messages on Telegram, or written as /ack, by long polling.

Telegram gives each update to one reader: whoever polls with the token of somebody else's bot takes its
messages away. So this is for a bot that nobody else reads, and a 409 is the end of it.

Source: Telegram's Bot API, getUpdates, Update, CallbackQuery, answerCallbackQuery, editMessageText,
editMessageReplyMarkup.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from http import HTTPStatus

import msgspec

from selfheal.core.instants import Wall
from selfheal.notify.given import given_word
from selfheal.notify.hearing import WHO_CHARACTERS, ConflictError, Heard, Press
from selfheal.notify.https import Ask, Https, Reach
from selfheal.notify.limits import one_line, shorten, units
from selfheal.notify.telegram import API, MOST_CHARACTERS
from selfheal.ports.hearing import Shown

POLL_S = 25.0  # that Telegram holds a request for which it has nothing
ANSWER_S = 15.0  # beyond it
AT_ONCE = 20  # updates; each may hold a message, and the one that it answers
MOST_BYTES = (
    4 * 1024 * 1024
)  # of an answer: 20 times two messages of 4,096 signs, each six bytes as JSON has it
TOAST_CHARACTERS = 200  # of the answer to a press

BUTTON = re.compile(r"ack ([0-9]{1,9}) ([0-9]{1,5}) ([0-9a-f]{16})")
WORDS = re.compile(r"/ack(?:@\w+)?\s+#?([0-9]{1,9})(?:\s+(?:for\s+)?([0-9]{1,5})\s*(m|h|d|분|시간|일))?\s*")
COMMAND = re.compile(r"/ack(?:@\w+)?(?:\s|$)")
UNITS_S = {"m": 60.0, "분": 60.0, "h": 3600.0, "시간": 3600.0, "d": 86_400.0, "일": 86_400.0}


class _User(msgspec.Struct):
    first_name: str = ""
    username: str = ""
    is_bot: bool = False


class _Chat(msgspec.Struct):
    id: int
    type: str = ""
    username: str = ""


class _Message(msgspec.Struct, rename={"sender": "from"}):
    message_id: int
    chat: _Chat
    date: int = 0
    text: str = ""
    sender: _User | None = None


class _Query(msgspec.Struct, rename={"sender": "from"}):
    id: str
    sender: _User
    message: _Message | None = None
    data: str = ""


class _Update(msgspec.Struct):
    update_id: int
    message: _Message | None = None
    callback_query: _Query | None = None


class _Number(msgspec.Struct):
    update_id: int


class _Answer(msgspec.Struct):
    ok: bool
    result: list[msgspec.Raw] = []


class TelegramEar:
    """hearing.Ear. `chat`: as the route has it; what comes from another one does not count."""

    pace_s = 1.0  # an answer that comes at once, again and again, must not keep us busy

    def __init__(self, name: str, token: str, chat: str, reach: Reach | None = None) -> None:
        self.name = name
        self._bot = f"{API}/bot{given_word(token, 'the Telegram bot token')}"
        self._chat = chat
        patient = replace(reach or Reach(), timeout_s=POLL_S + ANSWER_S)
        self._https = Https(name, (token, token.rpartition(":")[2]), patient)

    async def hear(self, place: int | None, shown: Sequence[Shown], before: frozenset[str]) -> Heard:
        del shown, before  # Telegram itself leaves out what was read
        wanted = {"timeout": int(POLL_S), "limit": AT_ONCE, "allowed_updates": ["message", "callback_query"]}
        since = {} if place is None else {"offset": place}
        ask = Ask(f"{self._bot}/getUpdates", payload=wanted | since, most_bytes=MOST_BYTES)
        answer = await self._https.exchange(ask)
        if answer.status == HTTPStatus.CONFLICT:
            raise ConflictError(f"cannot hear {self.name}: another program reads this bot's messages")
        heard = self._https.judged(answer).read(_Answer)
        if heard is None or not heard.ok:
            raise self._https.unknown(answer)
        try:
            numbers = [msgspec.json.decode(raw, type=_Number).update_id for raw in heard.result]
        except msgspec.DecodeError as error:
            raise self._https.unknown(answer) from error
        presses = [press for raw in heard.result for press in self._presses(raw)]
        return Heard(presses, max(numbers) + 1 if numbers else None)

    async def reply(self, press: Press, text: str, *, done: bool) -> None:
        if not press.query:
            await self._call("sendMessage", text=text, reply_parameters=_answering(press), chat_id=self._chat)
            return
        toast = {"callback_query_id": press.query, "text": shorten(text, TOAST_CHARACTERS, units)}
        await self._call("answerCallbackQuery", **toast)
        if not done:
            return
        if not press.text:  # Telegram gives no text of a message that is too old for it
            await self.settle(press.message)
        else:
            most = MOST_CHARACTERS - units(text) - 2
            said = f"{shorten(press.text, most, units)}\n\n{text}"
            await self._edit("editMessageText", press.message, text=said)

    async def settle(self, message: str) -> None:
        await self._edit("editMessageReplyMarkup", message)

    async def close(self) -> None:
        await self._https.close()

    async def _edit(self, method: str, message: str, **said: object) -> None:
        quiet = {"link_preview_options": {"is_disabled": True}} if "text" in said else {}
        where = {"chat_id": self._chat, "message_id": int(message) if message.isdigit() else 0}
        await self._call(method, **where, **said, **quiet, reply_markup={"inline_keyboard": []})

    async def _call(self, method: str, **said: object) -> None:
        await self._https.send(Ask(f"{self._bot}/{method}", payload=said))

    def _presses(self, raw: msgspec.Raw) -> Iterator[Press]:
        """What we cannot read is nothing that we have asked for."""
        try:
            update = msgspec.json.decode(raw, type=_Update)
        except msgspec.DecodeError:
            return
        query, message = update.callback_query, update.message
        if query is not None and query.message is not None and self._is_ours(query.message.chat):
            yield from _pressed(update.update_id, query, query.message)
        elif message is not None and self._is_ours(message.chat):
            yield from _written(update.update_id, message)

    def _is_ours(self, chat: _Chat) -> bool:
        """Whoever only reads a channel may press there, too: that does not count."""
        if chat.type == "channel":
            return False
        named = chat.username and self._chat.lower() == f"@{chat.username}".lower()
        return bool(named) or self._chat == str(chat.id)


def _pressed(number: int, query: _Query, message: _Message) -> Iterator[Press]:
    found = BUTTON.fullmatch(query.data)
    if found is not None and not query.sender.is_bot:
        minutes = int(found[2])
        yield Press(
            mark=str(number),
            who=_name(query.sender),
            incident=int(found[1]),
            for_s=minutes * 60.0 if minutes else None,
            tag=found[3],
            place=number + 1,
            message=str(message.message_id),
            query=query.id,
            text=message.text,
        )


def _written(number: int, message: _Message) -> Iterator[Press]:
    sender = message.sender or _User()
    if COMMAND.match(message.text) is None or sender.is_bot:
        return
    found = WORDS.fullmatch(message.text)
    yield Press(
        mark=str(number),
        who=_name(sender),
        incident=int(found[1]) if found else None,
        for_s=int(found[2]) * UNITS_S[found[3]] if found and found[2] else None,
        said=Wall(float(message.date)),
        place=number + 1,
        message=str(message.message_id),
    )


def _name(user: _User) -> str:
    name = f"@{user.username}" if user.username else one_line(user.first_name)
    return shorten("".join(sign for sign in name if sign.isprintable()), WHO_CHARACTERS)


def _answering(press: Press) -> dict[str, object]:
    return {"message_id": int(press.message), "allow_sending_without_reply": True}
