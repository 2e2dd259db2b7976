"""Ways to reach a person, as they were set. What is made of them is the app's affair."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from selfheal.config.field import Pairs, Value
from selfheal.config.hours import hours
from selfheal.config.route_fields import FILE, ROUTES_TABLE, RouteKind, fields_of

if TYPE_CHECKING:  # a status compares no times
    from datetime import time


class Notify(NamedTuple):
    """Of the table [notify]. An empty text: it is not set. An interval of 0: it never comes."""

    discord_webhook_url: str = ""
    discord_bot_token: str = ""
    discord_channel_id: str = ""
    telegram_bot_token: str = ""
    telegram_chat_id: str = ""
    slack_webhook_url: str = ""
    quiet_hours: str = ""
    canary_interval_s: float = 86_400.0
    dead_man_url: str = ""
    dead_man_interval_s: float = 300.0
    dashboard_url: str = ""
    github_repo: str = ""
    github_token: str = ""
    github_token_file: str = ""
    github_labels: tuple[str, ...] = ("selfheal",)

    def quiet_s(self, now: "time") -> float:
        """For how many seconds what is not critical wakes nobody; 0: it may. `now`: local time."""
        quiet = hours(self.quiet_hours)
        return 0.0 if quiet is None else quiet.left_s(now)


class RouteSettings(NamedTuple):
    """One route; of the fields only those of its `kind` count. `key`: what names it in a fault.

    `files`: by field, the file from which its value was read.
    """

    key: str
    name: str
    kind: RouteKind
    severity: str = "info"
    url: str = ""
    token: str = ""
    channel: str = ""
    chat: str = ""
    topic: str = ""
    server: str = "https://ntfy.sh"
    secret: str = ""
    host: str = ""
    port: int | None = None
    security: str = "starttls"
    user: str = ""
    password: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()
    repository: str = ""
    labels: tuple[str, ...] = ("selfheal",)
    files: Pairs = ()

    def values(self) -> Iterator[tuple[str, Value]]:
        """What was set or is the default, by the field's name; files that are not used are left out."""
        files = dict(self.files)
        for name in fields_of(self.kind):
            base = name.removesuffix(FILE)
            if base == name:
                yield name, getattr(self, name)
            elif base in files:
                yield name, files[base]


def fixed_routes(notify: Notify) -> Iterator[RouteSettings]:
    """Of the single settings in [notify], under names that never change."""
    table = "notify"
    if notify.discord_webhook_url:
        key, kind = f"{table}.discord_webhook_url", RouteKind.DISCORD_WEBHOOK
        yield RouteSettings(key, "discord", kind, url=notify.discord_webhook_url)
    if notify.discord_bot_token and notify.discord_channel_id:
        token, channel = notify.discord_bot_token, notify.discord_channel_id
        key = f"{table}.discord_bot_token"
        yield RouteSettings(key, "discord-bot", RouteKind.DISCORD_BOT, token=token, channel=channel)
    if notify.telegram_bot_token and notify.telegram_chat_id:
        token, chat = notify.telegram_bot_token, notify.telegram_chat_id
        key = f"{table}.telegram_bot_token"
        yield RouteSettings(key, "telegram", RouteKind.TELEGRAM, token=token, chat=chat)
    if notify.slack_webhook_url:
        key = f"{table}.slack_webhook_url"
        yield RouteSettings(key, "slack", RouteKind.SLACK, url=notify.slack_webhook_url)
    if notify.github_repo and notify.github_token:
        yield RouteSettings(
            f"{table}.github_repo",
            "github",
            RouteKind.GITHUB,
            severity="critical",  # an issue that is open needs no reminders
            repository=notify.github_repo,
            token=notify.github_token,
            labels=notify.github_labels,
        )


def own_key(name: str) -> str:
    return f"{ROUTES_TABLE}.{name}"
