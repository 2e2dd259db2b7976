"""`[routes.NAME]`: what each kind of route to a person needs, and what it may have besides."""

from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from selfheal.config.field import Field, Kind, Value

ROUTES_TABLE = "routes"
ROUTES_MAX = 16  # each is asked for every message; whoever needs more wants a mailing list
FILE = "_file"
"""Ending of a setting that names a file: what stands in it is the value of the setting without the ending."""

SEVERITIES = ("critical", "warning", "info")


class RouteKind(StrEnum):
    DISCORD_WEBHOOK = "discord-webhook"
    DISCORD_BOT = "discord-bot"
    TELEGRAM = "telegram"
    SLACK = "slack"
    EMAIL = "email"
    NTFY = "ntfy"
    APPRISE = "apprise"
    WEBHOOK = "webhook"
    DESKTOP = "desktop"
    GITHUB = "github"


HEARING = frozenset({RouteKind.TELEGRAM, RouteKind.DISCORD_BOT})
"""Those on which a person can answer without an address of ours that anybody can reach."""


class Shape(NamedTuple):
    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.needs, *self.may_have)


SHAPES = MappingProxyType(
    {
        RouteKind.DISCORD_WEBHOOK: Shape(("url",)),
        RouteKind.DISCORD_BOT: Shape(("token", "channel")),
        RouteKind.TELEGRAM: Shape(("token", "chat"), ("topic",)),
        RouteKind.SLACK: Shape(("url",)),
        RouteKind.EMAIL: Shape(("host", "sender", "to"), ("port", "security", "user", "password")),
        RouteKind.NTFY: Shape(("topic",), ("server", "token")),
        RouteKind.APPRISE: Shape(("url",)),
        RouteKind.WEBHOOK: Shape(("url", "secret")),
        RouteKind.DESKTOP: Shape(),
        RouteKind.GITHUB: Shape(("repository", "token"), ("labels",)),
    }
)

_NOT_GUESSED = "Nobody but you knows it."


def _field(
    name: str,
    kind: Kind,
    text: str,
    why: str = _NOT_GUESSED,
    default: Value = "",
    *,
    secret: bool = False,
    unset: str = "not used",
) -> Field:
    return Field(f"{ROUTES_TABLE}.NAME", name, kind, default, text, why, secret=secret, unset=unset)


_COMMON = (
    _field(
        "kind",
        Kind.CHOICE,
        "What the route is: see the table below.",
        unset="it has to be said",
    )._replace(choices=tuple(RouteKind)),
    _field(
        "severity",
        Kind.CHOICE,
        "The least severe that it is told.",
        "Whoever hears of the outage wants to hear of its end.",
        "info",
    )._replace(choices=SEVERITIES),
)

_OWN = (
    _field("url", Kind.TEXT, "The webhook's address, or Apprise's URL of a service.", secret=True),
    _field(
        "token",
        Kind.TEXT,
        "The bot's token; with ntfy that of an account, with GitHub one that may write issues.",
        secret=True,
    ),
    _field("channel", Kind.TEXT, 'Discord channel for the bot, in quotes: "1468429321738911947".'),
    _field("chat", Kind.TEXT, "Telegram chat: its number in quotes, or @name of a channel."),
    _field(
        "topic",
        Kind.TEXT,
        "ntfy: the topic, as good as a password. Telegram: the number of a group's topic, in quotes.",
        secret=True,
    ),
    _field(
        "server",
        Kind.TEXT,
        "The ntfy server.",
        "Most use the public one.",
        "https://ntfy.sh",
        unset="not used",
    ),
    _field(
        "secret",
        Kind.TEXT,
        "What the generic webhook is signed with (Standard Webhooks: whsec_ and base64, or any text).",
        secret=True,
    ),
    _field("host", Kind.TEXT, "The mail server that takes our letters."),
    _field(
        "port",
        Kind.COUNT,
        "Its port.",
        "It follows from security.",
        None,
        unset='587; 465 with security = "tls"',
    )._replace(unit="port", low=1, high=65535),
    _field(
        "security",
        Kind.CHOICE,
        "How the letter is encrypted: from the first byte (tls), or once the server has said that it can.",
        "Most servers want it so; without encryption nothing is sent.",
        "starttls",
    )._replace(choices=("starttls", "tls")),
    _field("user", Kind.TEXT, "Login at the mail server.", "Some servers need none.", unset="no login"),
    _field(
        "password", Kind.TEXT, "Password of user.", "Some servers need none.", secret=True, unset="no login"
    ),
    _field("sender", Kind.TEXT, 'Sender of the letters: "selfheal <selfheal@example.com>".'),
    _field("to", Kind.ADDRESSES, "Who gets them, all in one letter.", default=()),
    _field("repository", Kind.REPOSITORY, "GitHub repository in which an issue is kept of each cause."),
    _field(
        "labels",
        Kind.LABELS,
        "Labels of each issue, as github_labels in [notify].",
        "As there.",
        ("selfheal",),
    ),
)

_FILES = tuple(
    _field(
        f"{one.name}{FILE}",
        Kind.PATH,
        f"File that holds {one.name}, readable for you alone; instead of {one.name}.",
        "A config without secrets can be passed on.",
    )
    for one in _OWN
    if one.secret
)

ROUTE = (*_COMMON, *_OWN, *_FILES)
SECRETS = frozenset(one.name for one in _OWN if one.secret)


def fields_of(kind: RouteKind) -> tuple[str, ...]:
    """The settings that a route of this kind may have, those that name files included."""
    files = (f"{name}{FILE}" for name in SHAPES[kind].all if name in SECRETS)
    return ("kind", "severity", *SHAPES[kind].all, *files)
