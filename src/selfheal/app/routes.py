"""The routes to a person, made of their settings. Loads what speaks to the outside: for short processes."""

import asyncio
import hashlib
import os
import sys
from collections.abc import Callable, Container, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from selfheal.config.fault import Fault, Problem
from selfheal.config.route_fields import RouteKind
from selfheal.config.routes import RouteSettings
from selfheal.config.settings import Settings
from selfheal.notify.desktop import Desktop
from selfheal.notify.discord_bot import DiscordBot
from selfheal.notify.discord_webhook import DiscordWebhook
from selfheal.notify.github import GitHub
from selfheal.notify.given import given_number, given_url
from selfheal.notify.https import Reach
from selfheal.notify.mail import Mail, MailServer, Security
from selfheal.notify.ntfy import Ntfy
from selfheal.notify.route import Route, Severity
from selfheal.notify.slack import Slack
from selfheal.notify.telegram import Telegram
from selfheal.notify.webhook import Webhook
from selfheal.services import commands

PORTS = {Security.STARTTLS: 587, Security.TLS: 465}
DESKTOP_ENV = (
    "PATH",
    "HOME",
    "LANG",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
)
DOOR_CHARS = 16
_WORK = {
    "n": 2**12,
    "r": 8,
    "p": 1,
}  # some 10 ms: a short password is not found again from what the store keeps


class Routes(NamedTuple):
    """`made`: by name, in the order of the settings. `refused`: why one cannot be made of its settings."""

    made: Mapping[str, Route]
    refused: Mapping[str, str]

    async def close(self) -> None:
        for route in self.made.values():
            await route.close()


def routes_of(
    settings: Settings,
    environ: Mapping[str, str],
    reach: Reach | None = None,
    only: Iterable[str] | None = None,
    asking: Container[str] = (),
) -> Routes:
    """All, or `only` those of these names. `reach`: how the network is reached, else as usual.

    `asking`: those that may offer what a person can answer, for somebody hears it.
    """
    wanted = set(only) if only is not None else None
    made: dict[str, Route] = {}
    refused: dict[str, str] = {}
    for one in settings.all_routes:
        if wanted is None or one.name in wanted:
            try:
                made[one.name] = _MAKERS[one.kind](one, environ, reach or Reach())
            except ValueError as error:
                refused[one.name] = str(error)
    for route in made.values():
        if isinstance(route, Telegram | DiscordBot):
            route.asks = route.name in asking
    return Routes(made, refused)


def doors(settings: Settings) -> Mapping[str, str]:
    """For each route a fingerprint of its settings: others are another door. It gives no secret away."""
    return {route.name: _fingerprint(route) for route in settings.all_routes}


def severity_of(settings: Settings, route: str) -> Severity:
    """The least severe that it is told. Raises KeyError."""
    return {one.name: Severity(one.severity) for one in settings.all_routes}[route]


def refusals(settings: Settings, environ: Mapping[str, str]) -> list[Fault]:
    """What the config's own check cannot see: an address or a token that no service could take."""
    made = routes_of(settings, environ)
    asyncio.run(made.close())
    keys = {route.name: route.key for route in settings.all_routes}
    return [_fault(settings, keys[name], why) for name, why in made.refused.items()]


def _fault(settings: Settings, key: str, why: str) -> Fault:
    origin = settings.origins.get(key) or settings.origins.get(f"{key}.kind")
    variable, line = (origin.variable, origin.line) if origin else ("", None)
    return Fault(variable or key, line, Problem.REFUSED, (why,))


def _fingerprint(route: RouteSettings) -> str:
    files = {f"{name}_file" for name, _ in route.files}
    told = [(name, value) for name, value in route.values() if name not in {"severity", *files}]
    said = msgspec.json.encode(told)
    return hashlib.scrypt(said, salt=route.name.encode(), **_WORK).hex()[:DOOR_CHARS]


def _discord_webhook(one: RouteSettings, environ: Mapping[str, str], reach: Reach) -> Route:
    del environ
    return DiscordWebhook(one.name, one.url, reach)


def _discord_bot(one: RouteSettings, environ: Mapping[str, str], reach: Reach) -> Route:
    del environ
    return DiscordBot(one.name, one.token, one.channel, reach)


def _telegram(one: RouteSettings, environ: Mapping[str, str], reach: Reach) -> Route:
    del environ
    topic = int(given_number(one.topic, "the Telegram topic")) if one.topic else None
    return Telegram(one.name, one.token, one.chat, topic, reach)


def _slack(one: RouteSettings, environ: Mapping[str, str], reach: Reach) -> Route:
    del environ
    return Slack(one.name, one.url, reach)


def _email(one: RouteSettings, environ: Mapping[str, str], reach: Reach) -> Route:
    del environ
    security = Security(one.security)
    port = one.port if one.port is not None else PORTS[security]
    if bool(one.user) != bool(one.password):
        raise ValueError("cannot log in at the mail server: user and password go together")
    server = MailServer(one.host, port, security, one.user, one.password)
    return Mail(one.name, server, one.sender, one.to, reach.ca, reach.timeout_s)


def _ntfy(one: RouteSettings, environ: Mapping[str, str], reach: Reach) -> Route:
    del environ
    if given_url(one.server, "the ntfy server").username:
        raise ValueError("cannot use the ntfy server: a login in its address would be shown, write a token")
    return Ntfy(one.name, one.topic, one.server, one.token, reach)


def _apprise(one: RouteSettings, environ: Mapping[str, str], reach: Reach) -> Route:
    del environ
    from selfheal.notify.apprise_url import AppriseUrl  # noqa: PLC0415 - the heaviest, and seldom used

    return AppriseUrl(one.name, one.url, reach.ca)


def _webhook(one: RouteSettings, environ: Mapping[str, str], reach: Reach) -> Route:
    del environ
    return Webhook(one.name, one.url, one.secret, reach=reach)


def _desktop(one: RouteSettings, environ: Mapping[str, str], reach: Reach) -> Route:
    del reach
    env = {name: environ[name] for name in DESKTOP_ENV if name in environ}
    return Desktop(one.name, commands.run, _with_bus(env), sys.platform)


def _github(one: RouteSettings, environ: Mapping[str, str], reach: Reach) -> Route:
    del environ
    return GitHub(one.name, one.repository, one.token, one.labels, reach)


def _with_bus(env: dict[str, str]) -> dict[str, str]:
    """A service that was started without a session finds that of its user where systemd has it."""
    folder = Path(env.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}")
    if "DBUS_SESSION_BUS_ADDRESS" in env or not (folder / "bus").exists():
        return env
    return env | {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder / 'bus'}"}


_MAKERS: Mapping[RouteKind, Callable[[RouteSettings, Mapping[str, str], Reach], Route]] = {
    RouteKind.DISCORD_WEBHOOK: _discord_webhook,
    RouteKind.DISCORD_BOT: _discord_bot,
    RouteKind.TELEGRAM: _telegram,
    RouteKind.SLACK: _slack,
    RouteKind.EMAIL: _email,
    RouteKind.NTFY: _ntfy,
    RouteKind.APPRISE: _apprise,
    RouteKind.WEBHOOK: _webhook,
    RouteKind.DESKTOP: _desktop,
    RouteKind.GITHUB: _github,
}
