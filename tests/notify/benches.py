"""For each route what stands at its other end, what it may show there, and how that can fail."""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from enum import StrEnum
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tests.notify import github
from tests.notify.mailbox import PASSWORD, Mailbox
from tests.notify.standin import (
    NOWHERE,
    Authority,
    Heard,
    Manner,
    Reply,
    StandIn,
    closed_port,
    reach_to,
)

from selfheal.notify.apprise_url import AppriseUrl
from selfheal.notify.desktop import Desktop
from selfheal.notify.discord_bot import DiscordBot
from selfheal.notify.discord_webhook import DiscordWebhook
from selfheal.notify.github import GitHub
from selfheal.notify.https import Reach
from selfheal.notify.issue_body import MOST_TEXT
from selfheal.notify.limits import octets, units
from selfheal.notify.mail import Mail, Security
from selfheal.notify.ntfy import Ntfy
from selfheal.notify.route import LaterError, RefusedError, Route, RouteError, UnsureError
from selfheal.notify.slack import Slack
from selfheal.notify.telegram import Telegram
from selfheal.notify.webhook import Webhook
from selfheal.ports.commands import Outcome

SECRET = "s3cret-Token_of-ours"
WAIT = timedelta(seconds=7)
PATIENCE_S = 1.5
"""Until a silent service is given up: enough for a handshake on a busy machine."""


class Fault(StrEnum):
    RATE_LIMITED = "rate limited"
    BROKEN = "broken"
    SILENT = "silent after the message"
    RESET = "reset after the message"
    UNAUTHORISED = "unauthorised"
    MISSING = "missing"
    UNRESOLVED = "unresolved"
    UNREACHABLE = "unreachable"
    UNTRUSTED = "untrusted"


MEANS: Mapping[Fault, type[RouteError]] = {
    Fault.RATE_LIMITED: LaterError,
    Fault.BROKEN: LaterError,
    Fault.SILENT: UnsureError,
    Fault.RESET: UnsureError,
    Fault.UNAUTHORISED: RefusedError,
    Fault.MISSING: RefusedError,
    Fault.UNRESOLVED: LaterError,
    Fault.UNREACHABLE: LaterError,
    Fault.UNTRUSTED: LaterError,
}
STATUS = {
    Fault.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    Fault.BROKEN: HTTPStatus.INTERNAL_SERVER_ERROR,
    Fault.UNAUTHORISED: HTTPStatus.UNAUTHORIZED,
    Fault.MISSING: HTTPStatus.NOT_FOUND,
}


class Bench(ABC):
    """`waits`: the route hears how long it shall wait. `most`: of what is shown, as `size` measures it."""

    most: int
    size: Callable[[str], int] = staticmethod(len)
    waits = False
    faults: frozenset[Fault] = frozenset(Fault)
    receipt = "incident-7-open"

    @abstractmethod
    def route(self) -> Route: ...

    @abstractmethod
    def fail(self, fault: Fault) -> None:
        """To be called before `route`. Once, where it is an answer of the service."""

    @abstractmethod
    def texts(self) -> list[str]:
        """What has been shown so far."""

    @abstractmethod
    def close(self) -> None:
        """What stands at the other end."""


@dataclass(frozen=True)
class Service:
    """`make`: a route, of how the network is reached and where a service without a fixed name is."""

    make: Callable[[Reach, str], Route]
    text: Callable[[Heard], str]
    usual: Reply
    receipt: str
    most: int
    fixed: bool = True
    size: Callable[[str], int] = len
    waits: bool = True
    answer: Callable[[Heard], Reply] | None = None
    shows: Callable[[Heard], bool] = lambda heard: True  # noqa: ARG005


class HttpBench(Bench):
    def __init__(self, service: Service, ours: Authority, theirs: Authority) -> None:
        self._service = service
        self._theirs = theirs
        self.stand_in = StandIn(ours.server_context(), service.usual, service.answer)
        self._host = "localhost"
        self._port = self.stand_in.port
        self._bundle = ours.bundle
        self._patience_s = 20.0
        self.most, self.size = service.most, service.size
        self.waits, self.receipt = service.waits, service.receipt

    def route(self) -> Route:
        if self._service.fixed:
            reach = reach_to(self._port, self._bundle, self._patience_s, self._host)
        else:
            reach = Reach(self._bundle, self._patience_s)
        return self._service.make(reach, f"{self._host}:{self._port}")

    def fail(self, fault: Fault) -> None:
        match fault:
            case Fault.SILENT:
                self._patience_s = PATIENCE_S
                self.stand_in.replies.append(Manner.SILENT)
            case Fault.RESET:
                self.stand_in.replies.append(Manner.RESET)
            case Fault.UNRESOLVED:
                self._host = NOWHERE
            case Fault.UNREACHABLE:
                self._port = closed_port()
            case Fault.UNTRUSTED:
                self._bundle = self._theirs.bundle
            case _:
                # Many services repeat what they were asked.
                said = f"no /{SECRET}/ here, nor Bot {SECRET}".encode()
                self.stand_in.replies.append(Reply(STATUS[fault], said, {"retry-after": "7"}))

    def texts(self) -> list[str]:
        return [self._service.text(heard) for heard in self.stand_in.heard if self._service.shows(heard)]

    def close(self) -> None:
        self.stand_in.close()


def _json(heard: Heard) -> Any:
    return json.loads(heard.body)


TELEGRAM_TAKEN = b'{"ok":true,"result":{"message_id":42,"chat":{"id":-1001234,"type":"supergroup"},"date":1}}'
DISCORD = partial(
    Service,
    text=lambda heard: str(_json(heard)["content"]),
    usual=Reply(body=b'{"id":"42","channel_id":"7"}'),
    receipt="42",
    most=2000,
    size=units,
)
SERVICES: Mapping[str, Service] = {
    "discord-webhook": DISCORD(
        lambda reach, _: DiscordWebhook("chat", f"https://discord.com/api/webhooks/1/{SECRET}", reach)
    ),
    "discord-bot": DISCORD(lambda reach, _: DiscordBot("chat", SECRET, "1468429321738911947", reach)),
    "telegram": Service(
        lambda reach, _: Telegram("chat", f"12345:{SECRET}", "-1001234", reach=reach),
        lambda heard: str(_json(heard)["text"]),
        Reply(body=TELEGRAM_TAKEN),
        "42",
        most=4096,
        size=units,
    ),
    "slack": Service(
        lambda reach, _: Slack("chat", f"https://hooks.slack.com/services/T0/B0/{SECRET}", reach),
        lambda heard: str(_json(heard)["text"]),
        Reply(body=b"ok"),
        "incident-7-open",
        most=4000,
    ),
    "ntfy": Service(
        lambda reach, at: Ntfy("chat", f"topic-{SECRET}", f"https://{at}", SECRET, reach),
        lambda heard: f"{_json(heard)['title']}\n{_json(heard)['message']}",
        Reply(body=b'{"id":"42","time":1,"event":"message","topic":"t"}'),
        "42",
        fixed=False,
        most=4096 + 250 + 1,
        size=octets,
    ),
    "webhook": Service(
        lambda reach, at: Webhook("chat", f"https://{at}/{SECRET}?key={SECRET}-2", SECRET, reach=reach),
        lambda heard: str(_json(heard)["body"]),
        Reply(204),
        "incident-7-open",
        fixed=False,
        most=100_000,
    ),
    "apprise": Service(
        lambda reach, at: AppriseUrl(
            "chat", f"jsons://{at}/{SECRET}?:key={SECRET}-2", reach.ca, reach.timeout_s
        ),
        lambda heard: f"{_json(heard)['title']}\n{_json(heard)['message']}",
        Reply(),
        "incident-7-open",
        fixed=False,
        most=30_000 + 250,
        waits=False,
    ),
    "github": Service(
        lambda reach, _: GitHub("chat", github.REPOSITORY, github.TOKEN, ("selfheal",), reach),
        lambda heard: github.text_in(_json(heard)["body"]),
        Reply(),
        "1",
        most=MOST_TEXT,
        size=units,
        answer=github.GitHub(forgets=True).answer,
        shows=lambda heard: heard.method == "POST",
    ),
}


class MailBench(Bench):
    receipt = "<incident-7-open@example.com>"
    most = 100_000

    def __init__(self, security: Security, ours: Authority, theirs: Authority) -> None:
        self.mailbox = Mailbox(ours.server_context(), security)
        self._theirs = theirs
        self._host = "localhost"
        self._port = self.mailbox.port
        self._bundle = ours.bundle
        self._patience_s = 20.0

    def route(self) -> Route:
        server = self.mailbox.server(self._host, self._port)
        sender = "selfheal <selfheal@example.com>"
        return Mail("chat", server, sender, ("ops@example.com",), self._bundle, self._patience_s)

    def fail(self, fault: Fault) -> None:
        match fault:
            case Fault.RATE_LIMITED:
                self.mailbox.at["MAIL"] = f"451 4.7.1 slow down, {PASSWORD}"
            case Fault.BROKEN:
                self.mailbox.at["DATA"] = "451 4.3.0 broken"
            case Fault.SILENT:
                self._patience_s = PATIENCE_S
                self.mailbox.hold = True
            case Fault.RESET:
                self.mailbox.cut = True
            case Fault.UNAUTHORISED:
                self.mailbox.at["AUTH"] = "535"
            case Fault.MISSING:
                self.mailbox.at["RCPT"] = "550 5.1.1 nobody here"
            case Fault.UNRESOLVED:
                self._host = NOWHERE
            case Fault.UNREACHABLE:
                self._port = closed_port()
            case Fault.UNTRUSTED:
                self._bundle = self._theirs.bundle

    def texts(self) -> list[str]:
        return [body_of(letter) for letter in self.mailbox.letters]

    def close(self) -> None:
        self.mailbox.close()


def body_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n").rstrip("\n")


@dataclass
class Screen:
    """Runs nothing, and keeps the commands that reached the desktop."""

    outcome: Outcome = field(default_factory=lambda: Outcome(0))
    commands: list[tuple[str, ...]] = field(default_factory=list)

    async def __call__(self, command: Any, *, env: Mapping[str, str], timeout_s: float) -> Outcome:
        del env, timeout_s
        self.commands.append(tuple(command))
        return self.outcome


class DesktopBench(Bench):
    most = 120 + 400 + 1
    faults = frozenset({Fault.MISSING, Fault.BROKEN, Fault.SILENT})
    outcomes: Mapping[Fault, Outcome] = {
        Fault.MISSING: Outcome(127, problem="cannot run osascript: No such file or directory"),
        Fault.BROKEN: Outcome(1, stderr="execution error: connection is invalid"),
        Fault.SILENT: Outcome(None),
    }

    def __init__(self) -> None:
        self.screen = Screen()

    def route(self) -> Route:
        return Desktop("chat", self.screen, {}, "darwin")

    def fail(self, fault: Fault) -> None:
        self.screen.outcome = self.outcomes[fault]

    def texts(self) -> list[str]:
        return ["\n".join(command[-2:]) for command in self.screen.commands]

    def close(self) -> None:
        """Nothing was opened."""


KINDS = (*SERVICES, "mail-starttls", "mail-tls", "desktop")
HIDDEN = (SECRET, PASSWORD, f"topic-{SECRET}")


def make_bench(kind: str, folder: Path) -> Bench:
    if kind == "desktop":
        return DesktopBench()
    ours = Authority(folder)
    (folder / "other").mkdir()
    theirs = Authority(folder / "other")
    if kind in SERVICES:
        return HttpBench(SERVICES[kind], ours, theirs)
    return MailBench(Security(kind.removeprefix("mail-")), ours, theirs)
