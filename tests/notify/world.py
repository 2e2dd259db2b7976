"""Every service at once, as a person sees it: what is shown on each route, while requests fail by the dice.

A service that knows marks shows a message once however often it takes it, as its documentation says; one that
knows none shows all that it takes.
"""

import asyncio
import json
import random
import socket
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum
from typing import Any, cast
from urllib.parse import urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session
from tests.notify.benches import body_of
from tests.notify.chats import TelegramChat
from tests.notify.forms import parts_of
from tests.notify.mailbox import Mailbox
from tests.notify.standin import Authority, Heard, Manner, Reply, StandIn

from selfheal.notify.mail import Security

BOT = "discord-bot"
MARKED = (BOT, "ntfy", "webhook", "email")
"""Routes whose services show what is sent again once."""
DOOR = "any"
"""Of a connection that ends before anybody knows for which route it is."""
UNMARKED = ("discord-webhook", "telegram", "slack", "apprise")
NONCE_S = 300.0
"""Discord holds a nonce against «the past few minutes»."""


HISTORY_MOST = 50
SETTLE_S = 30.0


class Failure(StrEnum):
    LIMITED = "429 with Retry-After"
    BROKEN = "500"
    CUT = "reset after the message, not taken"
    CUT_TAKEN = "reset after the message, taken"
    SILENT = "no answer, not taken"
    SILENT_TAKEN = "no answer, taken"
    REFUSED = "connection refused"


ODDS: Mapping[Failure, int] = {
    Failure.LIMITED: 7,
    Failure.BROKEN: 7,
    Failure.CUT: 3,
    Failure.CUT_TAKEN: 5,
    Failure.SILENT: 1,
    Failure.SILENT_TAKEN: 1,
    Failure.REFUSED: 6,
}
"""Of a hundred requests, with a rate of 30 in a hundred."""
TAKEN = frozenset({None, Failure.CUT_TAKEN, Failure.SILENT_TAKEN})


@dataclass
class Record:
    """`shown`: by route, oldest first. `failures`: (route, how) and how often; `requests`: by route."""

    shown: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    requests: Counter[str] = field(default_factory=Counter)
    failures: Counter[tuple[str, Failure]] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)


@dataclass
class Fate:
    """`rate`: of the requests that fail. `now`: seconds, as the people live who look."""

    rate: float = 0.0
    seed: int = 1
    now: Callable[[], float] = lambda: 0.0
    record: Record = field(default_factory=Record)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 -- chance that can be drawn again
        self._known: dict[tuple[str, str], tuple[int, float]] = {}
        self._lock = threading.Lock()

    def draw(self, route: str) -> Failure | None:
        """What befalls a request that has come. Refused ones do not come."""
        with self._lock:
            self.record.requests[route] += 1
            odds: dict[Failure, int] = {how: odd for how, odd in ODDS.items() if how is not Failure.REFUSED}
            how = self._drawn(odds)
            if how is not None:
                self.record.failures[route, how] += 1
            return how

    def refuses(self, route: str) -> bool:
        with self._lock:
            refused = self._drawn({Failure.REFUSED: ODDS[Failure.REFUSED]}) is not None
            if refused:
                self.record.requests[route] += 1
                self.record.failures[route, Failure.REFUSED] += 1
            return refused

    def show(self, route: str, text: str, mark: str = "", kept_s: float | None = None) -> int:
        """The number of the message, from 1 on. With a `mark` that is known still, of the first one."""
        with self._lock:
            known = self._known.get((route, mark)) if mark else None
            if known and (kept_s is None or self.now() - known[1] < kept_s):
                return known[0]
            shown = self.record.shown[route]
            shown.append(text)
            if mark:
                self._known[route, mark] = (len(shown), self.now())
            return len(shown)

    def _drawn(self, odds: Mapping[Failure, int]) -> Failure | None:
        draw = self._dice.random() * sum(ODDS.values()) / self.rate if self.rate else sum(odds.values())
        for how, odd in odds.items():
            if draw < odd:
                return how
            draw -= odd
        return None


class Services(StandIn):
    """All that speak HTTPS, at one port: told apart by their host and path."""

    def __init__(self, authority: Authority, fate: Fate) -> None:
        self._fate = fate
        self._clients = self._newest = 0
        self._changed = threading.Condition()
        self.chat = TelegramChat(now=fate.now)
        super().__init__(authority.server_context(), Reply())

    def settle(self) -> None:
        """Waits until all that clients have sent is dealt with, those that have died among them."""
        with socket.create_connection(("127.0.0.1", self.port)) as last:  # who came before is admitted before
            self._wait_for(lambda: self._newest == last.getsockname()[1])
        self._wait_for(lambda: self._clients == 0)

    def _wait_for(self, look: Callable[[], bool]) -> None:
        with self._changed:
            self._changed.wait_for(look, SETTLE_S)

    def admits(self, port: int) -> bool:
        with self._changed:
            self._clients += 1
            self._newest = port
            self._changed.notify_all()
        return not self._fate.refuses(DOOR)

    def parted(self) -> None:
        with self._changed:
            self._clients -= 1
            self._changed.notify_all()

    def answer(self, heard: Heard) -> Reply | Manner:
        self.heard.append(heard)
        route = route_of(heard)
        how = self._fate.draw(route)
        taken = self._take(route, heard) if how in TAKEN else Reply(500)
        match how:
            case None:
                return taken
            case Failure.LIMITED:
                return Reply(429, b"{}", {"retry-after": "7"})
            case Failure.BROKEN:
                return Reply(500)
            case Failure.CUT | Failure.CUT_TAKEN:
                return Manner.RESET
            case _:
                return Manner.SILENT

    def _take(self, route: str, heard: Heard) -> Reply:
        if route == "telegram":
            return self._take_chat(heard)
        if heard.method == "PUT":
            self._fate.record.files[route] += 1
            return Reply(body=b'{"id":"1"}')
        if heard.method == "GET":
            return Reply(body=json.dumps(self._history(route)).encode())
        said = said_in(heard)
        self._fate.record.files[route] += files_in(heard)
        match route:
            case "discord-webhook":
                number = self._fate.show(route, shown_by_discord(said))
            case "discord-bot":
                number = self._fate.show(route, shown_by_discord(said), said["nonce"], NONCE_S)
            case "slack" if not said["text"]:
                return Reply(400, b"no_text")  # as Slack says it: what proves that a webhook lives
            case "slack":
                self._fate.show(route, said["text"])
                return Reply(body=b"ok")
            case "ntfy":
                text = f"{said['title']}\n{said['message']}"
                number = self._fate.show(route, text, said["sequence_id"])
            case "webhook":
                number = self._fate.show(route, said["body"], heard.headers["webhook-id"])
            case _:
                number = self._fate.show(route, f"{said['title']}\n{said['message']}")
        return Reply(body=b'{"id":"%d"}' % number)

    def _take_chat(self, heard: Heard) -> Reply:
        """What is deleted is not shown any longer."""
        reply = self.chat(heard)
        self._fate.record.files["telegram"] += heard.path.endswith("/sendDocument")
        self._fate.record.shown["telegram"] = self.chat.texts()
        return reply

    def _history(self, route: str) -> list[dict[str, object]]:
        """As Discord lists a channel's messages: the newest first."""
        shown = list(enumerate(self._fate.record.shown[route], 1))[-HISTORY_MOST:]
        listed = [{"id": str(number), "content": text} for number, text in reversed(shown)]
        return [{**one, "author": {"bot": True}} for one in listed]


class Letters(Mailbox):
    """A person's mailbox, whose program shows letters of one Message-ID once."""

    def __init__(self, authority: Authority, fate: Fate, patience_s: float) -> None:
        self._fate = fate
        self._patience_s = patience_s
        super().__init__(authority.server_context(), Security.STARTTLS)

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._fate.refuses("email"):
            cast("asyncio.Transport", server.transport).abort()
        return await super().handle_MAIL(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        how = self._fate.draw("email")
        if how in TAKEN:
            await super().handle_DATA(server, session, envelope)
            self._show(self.letters[-1])
        match how:
            case Failure.LIMITED:
                return "451 4.7.1 slow down"
            case Failure.BROKEN:
                return "451 4.3.0 broken"
            case Failure.SILENT | Failure.SILENT_TAKEN:
                await asyncio.sleep(2 * self._patience_s)
            case Failure.CUT | Failure.CUT_TAKEN:
                cast("asyncio.Transport", server.transport).abort()
        return "250 OK"

    def _show(self, letter: EmailMessage) -> None:
        self._fate.record.files["email"] += len(list(letter.iter_attachments()))
        self._fate.show("email", f"{letter['Subject']}\n{body_of(letter)}", str(letter["Message-ID"]))


def route_of(heard: Heard) -> str:
    host, path = heard.headers["host"].partition(":")[0], urlsplit(heard.path).path
    match host:
        case "discord.com":
            return "discord-webhook" if "/webhooks/" in path else BOT
        case "api.telegram.org":
            return "telegram"
        case "hooks.slack.com":
            return "slack"
    return {"/hook": "webhook", "/apprise": "apprise"}.get(path, "ntfy")


def said_in(heard: Heard) -> Any:
    """The JSON of a body, or of the part of a form in which Discord takes it."""
    if heard.headers["content-type"].startswith("multipart/"):
        return json.loads(parts_of(heard)["payload_json"][1])
    return json.loads(heard.body)


def shown_by_discord(said: Mapping[str, Any]) -> str:
    """As a person reads it, from the top."""
    return "\n".join((said["content"], *(one["description"] for one in said.get("embeds", ()))))


def files_in(heard: Heard) -> int:
    if heard.headers["content-type"].startswith("multipart/"):
        return sum(name.startswith("files[") for name in parts_of(heard))
    return len(json.loads(heard.body).get("attachments", ()))


def settings_for(port: int, mail_port: int, user: str, password: str, language: str = "en") -> str:
    """A config with each kind of route that leads to the world, the desktop's left out."""
    return f"""\
[selfheal]
language = "{language}"
[routes.discord-webhook]
kind = "discord-webhook"
url = "https://discord.com/api/webhooks/1468429321738911947/webhook-token"
[routes.discord-bot]
kind = "discord-bot"
token = "discord-bot-token"
channel = "1468429321738911947"
[routes.telegram]
kind = "telegram"
token = "1234567890:telegram-token"
chat = "-1001234"
[routes.slack]
kind = "slack"
url = "https://hooks.slack.com/services/T0/B0/slack-token"
[routes.ntfy]
kind = "ntfy"
topic = "topic-of-ours"
server = "https://localhost:{port}"
[routes.webhook]
kind = "webhook"
url = "https://localhost:{port}/hook"
secret = "webhook-secret"
[routes.apprise]
kind = "apprise"
url = "jsons://localhost:{port}/apprise?cto=2&rto=2"
[routes.email]
kind = "email"
host = "localhost"
port = {mail_port}
user = "{user}"
password = "{password}"
sender = "selfheal <selfheal@example.com>"
to = ["ops@example.com"]
"""
