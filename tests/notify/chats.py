"""Telegram's and Discord's side of a chat, as far as a person answers there. Both remember what they show."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from tests.notify.forms import parts_of
from tests.notify.standin import Heard, Reply

CHAT = -1001234
BOT = 12345
CHANNEL = "1468429321738911947"


def _ok(result: object) -> Reply:
    return Reply(body=json.dumps({"ok": True, "result": result}).encode())


def _refused(status: int, why: str) -> Reply:
    return Reply(status, json.dumps({"ok": False, "error_code": status, "description": why}).encode())


@dataclass
class TelegramChat:
    """An update is kept until a later offset is asked for. `status`: what getUpdates fails with; `poll_s`: so
    long it holds a request for which it has nothing.
    """

    status: int = 200
    poll_s: float = 0.0
    shown: dict[int, dict[str, Any]] = field(default_factory=dict)
    updates: list[dict[str, Any]] = field(default_factory=list)
    toasts: list[str] = field(default_factory=list)
    polls: int = 0
    kind: str = "supergroup"
    now: Callable[[], float] = time.time
    deleted: list[int] = field(default_factory=list)
    _number: int = 700
    _newest: int = 39
    _change: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, heard: Heard) -> Reply:
        method = heard.path.rpartition("/")[2]
        if method == "sendDocument":
            name, _ = parts_of(heard)["document"]
            return _ok(self._told(self.come({"document": {"file_name": name}})))
        asked = json.loads(heard.body) if heard.headers.get("content-type") == "application/json" else {}
        reply: Reply = getattr(self, f"_{method}")(asked)
        return reply

    def press(self, message: int, button: int = 0, chat: int = CHAT, kind: str = "supergroup") -> None:
        markup = self.shown[message]["reply_markup"]["inline_keyboard"]
        self.press_data(message, markup[0][button]["callback_data"], chat, kind)

    def press_data(self, message: int, data: str, chat: int = CHAT, kind: str = "supergroup") -> None:
        shown = {"message_id": message, "chat": {"id": chat, "type": kind}, "date": 1}
        shown["text"] = self.shown.get(message, {}).get("text", "")
        sender = {"id": 1, "is_bot": False, "first_name": "Kim", "username": "kim"}
        self._come(
            {"callback_query": {"id": f"q{self._number}", "from": sender, "message": shown, "data": data}}
        )

    def write(self, text: str, date: float, chat: int = CHAT) -> None:
        sender = {"id": 1, "is_bot": False, "first_name": "김\n수"}
        where = {"id": chat, "type": "supergroup"}
        self._come(
            {"message": {"message_id": 90, "chat": where, "date": int(date), "text": text, "from": sender}}
        )

    def _come(self, update: dict[str, Any]) -> None:
        with self._change:
            self._number += 1
            self.updates.append({"update_id": self._number, **update})
            self._change.notify_all()

    def _getUpdates(self, asked: dict[str, Any]) -> Reply:  # noqa: N802 -- Telegram's names
        with self._change:
            self.polls += 1
            if self.status != 200:
                return _refused(self.status, "Conflict: terminated by other getUpdates request")
            self.updates = [one for one in self.updates if one["update_id"] >= asked.get("offset", 0)]
            self._change.wait_for(lambda: self.updates, self.poll_s)
            return _ok(self.updates[: asked["limit"]])

    def come(self, shown: dict[str, Any], sender: int = BOT) -> int:
        """The number of a message, which anybody may have written."""
        with self._change:
            self._newest += 1
            self.shown[self._newest] = {**shown, "from": sender, "date": int(self.now())}
            return self._newest

    def texts(self) -> list[str]:
        """As a person reads them, oldest first."""
        with self._change:
            return [one["text"] for one in self.shown.values() if "text" in one]

    def _told(self, number: int) -> dict[str, Any]:
        """A message as the Bot API has it."""
        shown = self.shown[number]
        told = {"message_id": number, "chat": {"id": CHAT, "type": self.kind}, "date": shown["date"]}
        if self.kind != "channel":
            told["from"] = {"id": shown["from"], "is_bot": shown["from"] == BOT, "first_name": "somebody"}
        return told | {key: shown[key] for key in ("text", "document") if key in shown}

    def _sendMessage(self, asked: dict[str, Any]) -> Reply:  # noqa: N802
        with self._change:
            told = self._told(self.come(asked))
            of = asked.get("reply_parameters", {}).get("message_id")
            return _ok(told | {"reply_to_message": self._told(of)} if of in self.shown else told)

    def _deleteMessages(self, asked: dict[str, Any]) -> Reply:  # noqa: N802
        with self._change:
            for number in asked["message_ids"]:
                self.deleted += [number] if self.shown.pop(number, None) else []
            return _ok(True)

    def _deleteMessage(self, asked: dict[str, Any]) -> Reply:  # noqa: N802
        return self._deleteMessages({"message_ids": [asked["message_id"]]})

    def _answerCallbackQuery(self, asked: dict[str, Any]) -> Reply:  # noqa: N802
        self.toasts.append(asked["text"])
        return _ok(True)

    def _editMessageText(self, asked: dict[str, Any]) -> Reply:  # noqa: N802
        shown = self.shown.get(asked["message_id"])
        if shown is None:
            return _refused(400, "Bad Request: message to edit not found")
        if shown["from"] != BOT or "text" not in shown:
            return _refused(400, "Bad Request: message can't be edited")
        if all(shown.get(key) == asked.get(key) for key in ("text", "reply_markup")):
            return _refused(400, "Bad Request: message is not modified")
        shown |= asked
        return _ok(self._told(asked["message_id"]))

    def _editMessageReplyMarkup(self, asked: dict[str, Any]) -> Reply:  # noqa: N802
        shown = self.shown.get(asked["message_id"])
        if shown is None or shown.get("reply_markup") in (None, asked["reply_markup"]):
            return _refused(400, "Bad Request: message is not modified")
        shown |= asked
        return _ok(True)

    def buttons(self, message: int) -> list[Any]:
        found: list[Any] = self.shown[message].get("reply_markup", {}).get("inline_keyboard", [])
        return found


@dataclass
class DiscordChannel:
    """`reactions`: by message and sign, the names of those who set it; the bot itself is «»."""

    shown: dict[str, dict[str, Any]] = field(default_factory=dict)
    reactions: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def __call__(self, heard: Heard) -> Reply:
        match heard.method, unquote(heard.path).partition("?")[0].split("/messages")[1].strip("/").split("/"):
            case "POST", _:
                return self._post(heard)
            case "PUT", [message, "reactions", sign, "@me"]:
                self.react(message, sign, "")
                return Reply(204)
            case "GET", [message] if message in self.gone:
                return Reply(404, b'{"message": "Unknown Message", "code": 10008}')
            case "GET", [message]:
                return self._said({"id": message, "reactions": self._counts(message)})
            case "GET", [message, "reactions", sign]:
                names = self.reactions.get((message, sign), [])
                return self._said([{"id": "1", "username": name, "bot": not name} for name in names])
        return Reply(405)

    def react(self, message: str, sign: str, who: str = "kim") -> None:
        self.reactions.setdefault((message, sign), []).append(who)

    def _post(self, heard: Heard) -> Reply:
        number = str(40 + len(self.shown))
        is_form = heard.headers["content-type"].startswith("multipart/")
        self.shown[number] = json.loads(parts_of(heard)["payload_json"][1] if is_form else heard.body)
        return self._said({"id": number, "channel_id": CHANNEL})

    def _counts(self, message: str) -> list[dict[str, Any]]:
        return [
            {"count": len(names), "me": "" in names, "emoji": {"id": None, "name": sign}}
            for (of, sign), names in self.reactions.items()
            if of == message
        ]

    def _said(self, value: object) -> Reply:
        return Reply(body=json.dumps(value).encode())
