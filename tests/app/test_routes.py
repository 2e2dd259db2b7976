"""The routes to a person, made of settings, against services on loopback."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.notify.benches import TELEGRAM_TAKEN
from tests.notify.mailbox import PASSWORD, USER, Mailbox
from tests.notify.standin import Authority, Reply, StandIn, closed_port, reach_to, standing_in

from selfheal.app.commands import check_settings
from selfheal.app.notify_test import Tried, try_routes
from selfheal.app.routes import DESKTOP_ENV, doors, refusals, routes_of, severity_of
from selfheal.config.fault import ConfigFaults, Problem
from selfheal.config.load import load
from selfheal.config.route_fields import SHAPES, RouteKind
from selfheal.config.settings import Settings
from selfheal.notify.apprise_url import AppriseUrl
from selfheal.notify.desktop import Desktop
from selfheal.notify.discord_bot import DiscordBot
from selfheal.notify.discord_webhook import DiscordWebhook
from selfheal.notify.github import GitHub
from selfheal.notify.https import Reach
from selfheal.notify.mail import Mail, Security
from selfheal.notify.ntfy import Ntfy
from selfheal.notify.slack import Slack
from selfheal.notify.telegram import Telegram
from selfheal.notify.webhook import Webhook

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # Apprise asks for it

HOME = {"HOME": "/home/ann"}
VALUES = {
    "channel": '"1468429321738911947"',
    "chat": '"-1001234"',
    "token": '"12345:hush-hush"',
    "topic": '"77"',
    "server": '"https://ntfy.example"',
    "secret": '"hush-hush"',
    "host": '"smtp.example.com"',
    "port": "2525",
    "security": '"tls"',
    "user": '"ann"',
    "password": '"hush-hush"',
    "sender": '"selfheal <selfheal@example.com>"',
    "to": '["ops@example.com"]',
    "repository": '"ann/claw"',
    "labels": '["selfheal", "night"]',
}
URLS = {
    RouteKind.DISCORD_WEBHOOK: "https://discord.com/api/webhooks/1/hush-hush",
    RouteKind.SLACK: "https://hooks.slack.com/services/hush-hush",
    RouteKind.APPRISE: "jsons://example.com/hush-hush",
    RouteKind.WEBHOOK: "https://example.com/hush-hush",
}
CLASSES = {
    RouteKind.DISCORD_WEBHOOK: DiscordWebhook,
    RouteKind.DISCORD_BOT: DiscordBot,
    RouteKind.TELEGRAM: Telegram,
    RouteKind.SLACK: Slack,
    RouteKind.EMAIL: Mail,
    RouteKind.NTFY: Ntfy,
    RouteKind.APPRISE: AppriseUrl,
    RouteKind.WEBHOOK: Webhook,
    RouteKind.DESKTOP: Desktop,
    RouteKind.GITHUB: GitHub,
}


def table(kind: RouteKind, **other: str) -> str:
    """[routes.KIND] with all that it may have; `other` instead of what is usual."""
    values = VALUES | ({"url": f'"{URLS[kind]}"'} if kind in URLS else {}) | other
    given = "".join(f"{name} = {values[name]}\n" for name in SHAPES[kind].all if values[name])
    return f'[routes.{kind}]\nkind = "{kind}"\n{given}'


def settings_of(folder: Path, text: str, environ: Mapping[str, str] = HOME) -> Settings:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return load(file, {"SELFHEAL_STATE_DIR": str(folder / "state"), **environ})


@pytest.mark.parametrize("kind", RouteKind)
def test_each_kind_has_its_class(tmp_path: Path, kind: RouteKind) -> None:
    made = routes_of(settings_of(tmp_path, table(kind)), HOME)
    assert made.refused == {}
    assert [(name, type(route), route.name) for name, route in made.made.items()] == [
        (kind, CLASSES[kind], kind)
    ]


def test_only_those_that_are_asked_for_are_made(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, table(RouteKind.SLACK) + table(RouteKind.DESKTOP))
    assert list(routes_of(settings, HOME, only=["desktop"]).made) == ["desktop"]


@pytest.mark.parametrize(
    ("kind", "other", "why"),
    [
        (RouteKind.DISCORD_WEBHOOK, {"url": '"https://discord.com/hush"'}, "/webhooks/"),
        (RouteKind.DISCORD_BOT, {"channel": '"#health"'}, "not a number"),
        (RouteKind.DISCORD_BOT, {"token": '"hush hush"'}, "Discord bot token"),
        (RouteKind.TELEGRAM, {"topic": '"general"'}, "not a number"),
        (RouteKind.SLACK, {"url": '"http://elsewhere.example/hush"'}, "needs https"),
        (RouteKind.EMAIL, {"sender": '"selfheal"'}, "e-mail address"),
        (RouteKind.EMAIL, {"password": ""}, "go together"),
        (RouteKind.NTFY, {"topic": '"hush hush"'}, "ntfy topic"),
        (RouteKind.NTFY, {"server": '"https://ann:hush@ntfy.example"'}, "write a token"),
        (RouteKind.APPRISE, {"url": '"hush://nobody/knows"'}, "does not understand"),
        (RouteKind.WEBHOOK, {"secret": '"whsec_hush!"'}, "not base64"),
        (RouteKind.GITHUB, {"token": '"hush hush"'}, "GitHub token"),
    ],
)
def test_what_no_service_could_take_is_a_fault_of_the_config(
    tmp_path: Path, kind: RouteKind, other: dict[str, str], why: str
) -> None:
    text = f"{table(RouteKind.DESKTOP)}{table(kind, **other)}[watchdog]\nsweep = 3\n"
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigFaults) as raised:
        check_settings(tmp_path / "config.toml", HOME)
    refused, ours = raised.value.faults
    assert (refused.key, refused.line, refused.problem) == (f"routes.{kind}", 4, Problem.REFUSED)
    assert why in refused.message
    assert ours.problem is Problem.UNKNOWN_KEY, "all that is wrong is said at once"
    assert "hush" not in refused.full("en") + refused.full("ko")


def test_a_refused_variable_is_named(tmp_path: Path) -> None:
    environ = HOME | {"DISCORD_WEBHOOK_URL": "https://discord.com/hush"}
    (fault,) = refusals(settings_of(tmp_path, "", environ), environ)
    assert (fault.key, fault.line) == ("DISCORD_WEBHOOK_URL", None)


def test_a_refused_route_does_not_stand_in_the_others_way(tmp_path: Path) -> None:
    text = table(RouteKind.SLACK, url='"x"') + table(RouteKind.DESKTOP)
    made = routes_of(settings_of(tmp_path, text), HOME)
    assert (list(made.made), list(made.refused)) == (["desktop"], ["slack"])


def test_a_door_changes_with_the_settings_and_gives_nothing_away(tmp_path: Path) -> None:
    def door(text: str) -> str:
        found = doors(settings_of(tmp_path, text))
        assert list(found) == ["slack"]
        return found["slack"]

    usual = door(table(RouteKind.SLACK))
    assert usual == door(table(RouteKind.SLACK))
    assert usual == door(table(RouteKind.SLACK) + 'severity = "critical"\n'), "it is the same door"
    assert usual != door(table(RouteKind.SLACK, url='"https://hooks.slack.com/services/other"'))
    assert "hush" not in usual
    assert len(usual) == 16
    file = tmp_path / "url"
    file.write_text(URLS[RouteKind.SLACK], encoding="ascii")
    file.chmod(0o600)
    assert usual == door(f'[routes.slack]\nkind = "slack"\nurl_file = "{file}"\n')


def test_who_is_told_what(tmp_path: Path) -> None:
    text = table(RouteKind.DESKTOP) + 'severity = "warning"\n' + table(RouteKind.SLACK)
    settings = settings_of(tmp_path, text)
    assert (severity_of(settings, "desktop"), severity_of(settings, "slack")) == ("warning", "info")


def test_the_desktop_of_a_service_is_that_of_its_user(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, table(RouteKind.DESKTOP))
    env = {"XDG_RUNTIME_DIR": str(tmp_path), "SECRET": "hush", "PATH": "/bin"}

    def seen(environ: Mapping[str, str]) -> Mapping[str, str]:
        route = routes_of(settings, environ).made["desktop"]
        assert isinstance(route, Desktop)
        return route._env

    assert seen(env) == {"XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/bin"}
    (tmp_path / "bus").touch()
    assert seen(env)["DBUS_SESSION_BUS_ADDRESS"] == f"unix:path={tmp_path / 'bus'}"
    assert seen(env | {"DBUS_SESSION_BUS_ADDRESS": "mine"})["DBUS_SESSION_BUS_ADDRESS"] == "mine"
    assert set(seen(env)) <= set(DESKTOP_ENV)


# -- a test message through each


def tried(settings: Settings, reach: Reach, *names: str) -> dict[str, Tried]:
    return {one.route: one for one in try_routes(settings, HOME, names, reach)}


@pytest.fixture
def everything(tmp_path: Path) -> Iterator[tuple[StandIn, StandIn, Authority]]:
    """A service that answers as Discord and ntfy do, and one that does as Telegram."""
    authority = Authority(tmp_path)
    context = authority.server_context()
    with (
        standing_in(context, Reply(body=b'{"id":"42","channel_id":"7"}')) as first,
        standing_in(context, Reply(body=TELEGRAM_TAKEN)) as second,
    ):
        yield first, second, authority


def test_each_route_sends_and_shows_its_receipt(
    tmp_path: Path, everything: tuple[StandIn, StandIn, Authority]
) -> None:
    service, _, authority = everything
    text = (
        '[selfheal]\nlanguage = "en"\n'
        + table(RouteKind.DISCORD_BOT)
        + table(RouteKind.DISCORD_WEBHOOK)
        + table(RouteKind.NTFY, server=f'"{service.base}"')
        + table(RouteKind.WEBHOOK, url=f'"{service.base}/hook"')
        + table(RouteKind.APPRISE, url=f'"jsons://localhost:{service.port}/hush"')
    )
    found = tried(settings_of(tmp_path, text), reach_to(service.port, authority.bundle))
    assert list(found) == ["discord-bot", "discord-webhook", "ntfy", "webhook", "apprise"]
    receipts = {name: one.receipt.id if one.receipt else one.why for name, one in found.items()}
    mark = receipts.pop("apprise")
    assert receipts == {"discord-bot": "42", "discord-webhook": "42", "ntfy": "42", "webhook": "42"}
    assert mark.startswith("test-")
    assert len(mark) <= 25
    assert len(service.heard) == 5
    bodies = [json.loads(heard.body) for heard in service.heard]
    said = [body.get("content") or body.get("message") or body.get("body") for body in bodies]
    assert all("Nothing is to be done" in words for words in said)
    assert all(0 <= one.seconds < 60 for one in found.values())


def test_the_words_are_in_the_language_of_the_settings(
    tmp_path: Path, everything: tuple[StandIn, StandIn, Authority]
) -> None:
    _, service, authority = everything
    text = '[selfheal]\nlanguage = "ko"\n' + table(RouteKind.TELEGRAM, topic="")
    found = tried(settings_of(tmp_path, text), reach_to(service.port, authority.bundle))
    receipt = found["telegram"].receipt
    assert receipt is not None
    assert (receipt.id, receipt.url) == ("42", "https://t.me/c/1234/42")
    (heard,) = service.heard
    assert "시험 메시지" in json.loads(heard.body)["text"]


def test_what_is_not_taken_says_why_and_the_others_are_sent(
    tmp_path: Path, everything: tuple[StandIn, StandIn, Authority]
) -> None:
    service, _, authority = everything
    service.replies.append(Reply(401, b"no such hook: hush-hush"))
    text = table(RouteKind.DISCORD_WEBHOOK) + table(RouteKind.SLACK, url='"x"')
    text += table(RouteKind.NTFY, server=f'"https://localhost:{closed_port()}"')
    settings = settings_of(tmp_path, text)
    found = tried(settings, reach_to(service.port, authority.bundle), "discord-webhook", "slack")
    assert list(found) == ["discord-webhook", "slack"], "only those that were named"
    assert [one.receipt for one in found.values()] == [None, None]
    assert "HTTP 401" in found["discord-webhook"].why
    assert "hush" not in found["discord-webhook"].why
    assert "not a URL" in found["slack"].why
    (unreached,) = tried(settings, Reach(authority.bundle), "ntfy").values()
    assert "no connection to localhost" in unreached.why


@pytest.mark.parametrize("security", Security)
def test_a_letter_reaches_the_mail_server(tmp_path: Path, security: Security) -> None:
    authority = Authority(tmp_path)
    mailbox = Mailbox(authority.server_context(), security)
    try:
        text = table(
            RouteKind.EMAIL,
            host='"localhost"',
            port=str(mailbox.port),
            security=f'"{security}"',
            user=f'"{USER}"',
            password=f'"{PASSWORD}"',
        )
        (one,) = tried(settings_of(tmp_path, text), Reach(authority.bundle)).values()
        assert one.receipt is not None, one.why
        (letter,) = mailbox.letters
        assert letter["Message-ID"] == one.receipt.id
    finally:
        mailbox.close()
