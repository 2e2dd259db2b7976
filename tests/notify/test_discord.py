"""What Discord hears from its two routes."""

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.notify.discord_limits import broken_limits
from tests.notify.forms import parts_of
from tests.notify.messages import FILE, go, message, sent
from tests.notify.standin import Authority, Heard, Reply, StandIn, reach_to
from tests.notify.world import said_in, shown_by_discord

from selfheal.notify.discord import (
    MOST_BYTES,
    MOST_CHARACTERS,
    MOST_FILES,
    MOST_OF_EMBED,
    MOST_OF_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    words,
)
from selfheal.notify.discord_bot import DiscordBot
from selfheal.notify.discord_webhook import DiscordWebhook
from selfheal.notify.limits import CUT, units
from selfheal.notify.route import Attachment, LaterError, RefusedError
from selfheal.ports.outbox import Receipt

CHANNEL = "1468429321738911947"
URL = "https://discord.com/api/webhooks/1/token"
TAKEN = Reply(body=b'{"id":"42","type":0,"content":"x","channel_id":"7","author":{"id":"1"}}')


@pytest.fixture
def webhook(authority: Authority, stand_in: StandIn) -> DiscordWebhook:
    stand_in.usual = TAKEN
    return DiscordWebhook("chat", URL, reach_to(stand_in.port, authority.bundle))


@pytest.fixture
def bot(authority: Authority, stand_in: StandIn) -> DiscordBot:
    stand_in.usual = TAKEN
    return DiscordBot("chat", "token", CHANNEL, reach_to(stand_in.port, authority.bundle))


def test_the_webhook_waits_and_mentions_nobody(webhook: DiscordWebhook, stand_in: StandIn) -> None:
    sent(webhook, message("hello @everyone"))
    (heard,) = stand_in.heard
    assert (heard.method, heard.path) == ("POST", "/api/webhooks/1/token?wait=true")
    assert heard.headers["host"] == "discord.com"
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["user-agent"].startswith("DiscordBot (")
    assert json.loads(heard.body) == {"content": "hello @everyone", "allowed_mentions": {"parse": []}}


def test_a_webhook_into_a_thread_of_discords_keeps_it(authority: Authority, stand_in: StandIn) -> None:
    stand_in.usual = TAKEN
    sent(DiscordWebhook("chat", f"{URL}?thread_id=9", reach_to(stand_in.port, authority.bundle)), message())
    assert stand_in.heard[0].path == "/api/webhooks/1/token?thread_id=9&wait=true"


def test_a_silent_message_rings_nowhere(webhook: DiscordWebhook, stand_in: StandIn) -> None:
    sent(webhook, message(silent=True))
    assert json.loads(stand_in.heard[0].body)["flags"] == SUPPRESS_NOTIFICATIONS


def test_files_come_with_the_message(webhook: DiscordWebhook, stand_in: StandIn) -> None:
    many = tuple(Attachment(f"{number}.log", b"x") for number in range(MOST_FILES))
    large = Attachment("large.log", b"x" * (MOST_BYTES + 1))
    (receipt,) = sent(webhook, message("hello", attachments=(large, FILE, *many)))
    assert receipt.lacks == ("large.log", "9.log")
    (heard,) = stand_in.heard
    parts = parts_of(heard)
    assert len(parts) == MOST_FILES + 1
    assert parts["files[0]"] == (FILE.name, FILE.content)
    assert json.loads(parts["payload_json"][1])["content"] == "hello"


def test_the_bot_says_the_mark_so_that_a_repeat_is_shown_once(bot: DiscordBot, stand_in: StandIn) -> None:
    sent(bot, message("hello"))
    (heard,) = stand_in.heard
    assert heard.path == f"/api/v10/channels/{CHANNEL}/messages"
    assert heard.headers["authorization"] == "Bot token"
    said = json.loads(heard.body)
    assert (said["nonce"], said["enforce_nonce"]) == ("incident-7-open", True)
    assert len(said["nonce"]) <= 25
    assert "message_reference" not in said


def test_the_bot_answers_the_threads_first_message(bot: DiscordBot, stand_in: StandIn) -> None:
    sent(bot, message(), earlier=Receipt("41"))
    reference = json.loads(stand_in.heard[0].body)["message_reference"]
    assert reference == {"message_id": "41", "fail_if_not_exists": False}


LASTING = ("🚨 down", "Time: 2026-02-05-1930", "Host: mac-mini")
ARRIVED = "🚨 down\nTime: 2026-02-05-1930 \n\nSince: 19:18 (for 2m)\nHost: mac-mini"


def listed(*contents: str, bot: bool = True) -> Reply:
    messages = [
        {"id": str(9 - at), "content": one, "author": {"bot": bot}} for at, one in enumerate(contents)
    ]
    return Reply(body=json.dumps(messages).encode())


def sent_again(bot: DiscordBot) -> Receipt:
    """Ten minutes later, with what age changes."""
    late = message("🚨 down\n↻ again\nTime: 2026-02-05-1930\n\nSince: 19:18 (for 12m)\nHost: mac-mini")

    async def send() -> Receipt:
        try:
            return await bot.send(replace(late, lasting=LASTING), again=True)
        finally:
            await bot.close()

    return go(send())


def test_what_the_bot_finds_to_have_arrived_is_not_said_again(bot: DiscordBot, stand_in: StandIn) -> None:
    stand_in.replies.append(listed("something else", ARRIVED, "older"))
    assert sent_again(bot) == Receipt("8")
    (heard,) = stand_in.heard
    assert (heard.method, heard.path) == ("GET", f"/api/v10/channels/{CHANNEL}/messages?limit=50")


@pytest.mark.parametrize(
    "found",
    [
        listed(ARRIVED.replace("1930", "1931")),  # another outage
        listed(ARRIVED.replace("mac-mini", "nas")),
        listed(ARRIVED, bot=False),  # a person quotes it
        listed(),
        Reply(403),  # the bot may not read: the mark has to do
        Reply(body=b"<html>"),
    ],
)
def test_what_the_bot_does_not_find_is_said_again(bot: DiscordBot, stand_in: StandIn, found: Reply) -> None:
    stand_in.replies.append(found)
    assert sent_again(bot) == Receipt("42")
    assert [one.method for one in stand_in.heard] == ["GET", "POST"]


def test_while_nobody_can_look_nothing_is_said_again(bot: DiscordBot, stand_in: StandIn) -> None:
    stand_in.replies.append(Reply(500))
    with pytest.raises(LaterError):
        sent_again(bot)
    assert len(stand_in.heard) == 1


def test_a_long_history_is_read_whole(bot: DiscordBot, stand_in: StandIn) -> None:
    stand_in.replies.append(listed(*(f"{at} {'멈춤' * 900}" for at in range(40)), ARRIVED))
    assert sent_again(bot).id == str(9 - 40)


@pytest.mark.parametrize("unit", ["x", "멈춤 ", "🚨", "👩‍👩‍👧"])
@pytest.mark.parametrize("files", [0, 12])
def test_what_is_said_keeps_discords_published_limits(
    bot: DiscordBot, webhook: DiscordWebhook, stand_in: StandIn, unit: str, files: int
) -> None:
    many = tuple(Attachment(f"{number}.log", b"x" * 1024 * 1024) for number in range(files))
    long = message("title\n" + unit * 5000, silent=True, attachments=many)
    sent(bot, long, earlier=Receipt("41"))
    sent(webhook, long)
    assert [broken_limits(heard) for heard in stand_in.heard] == [[], []]


def test_what_breaks_a_limit_of_discords_is_seen() -> None:
    fields = [{"name": "n", "value": "v"}] * 25
    embeds: list[dict[str, Any]] = [{"title": "t" * 257}, {"description": "d" * 4097}, {"text": "t"}]
    embeds += [{"description": "멈" * 2000, "fields": [*fields, {"name": "", "value": "v" * 1025}]}]
    said: dict[str, Any] = {"content": "🚨" * 1001, "nonce": "n" * 26, "embeds": embeds, "mark": 1}
    heard = Heard("POST", "/api/v10/", {"content-type": "application/json"}, json.dumps(said).encode())
    assert broken_limits(heard) == [
        "content",
        "nonce",
        "embeds",
        "embed fields",
        "embed title",
        "embed description",
        "embed field value",
        "an empty embed field name",
        "unknown field text of an embed",
        "unknown field mark",
    ]


ROW = f"게이트웨이가 멈췄습니다 @everyone {'…' * 60}"
LONG = "\n".join(["🚨 긴급: 멈춤", *(f"{number}. {ROW}" for number in range(70))])


@pytest.mark.parametrize("attachments", [(), (FILE,)])
def test_what_is_too_long_for_a_message_goes_on_in_embeds(
    bot: DiscordBot, webhook: DiscordWebhook, stand_in: StandIn, attachments: tuple[Attachment, ...]
) -> None:
    long = message(LONG, attachments=attachments)
    sent(bot, long)
    sent(webhook, long)
    assert MOST_CHARACTERS + MOST_OF_EMBED < units(LONG) < MOST_CHARACTERS + MOST_OF_EMBEDS
    for heard in stand_in.heard:
        assert broken_limits(heard) == []
        assert [
            line for line in shown_by_discord(said_in(heard)).splitlines() if line != CUT
        ] == LONG.splitlines()
        said = said_in(heard)
        assert said["content"].splitlines()[0] == LONG.splitlines()[0], "what a phone rings with"
        assert said["allowed_mentions"] == {"parse": []}


def test_what_fits_into_a_message_is_no_embed(webhook: DiscordWebhook, stand_in: StandIn) -> None:
    sent(webhook, *(message("x" * most) for most in (MOST_CHARACTERS, MOST_CHARACTERS + 1)))
    assert ["embeds" in said_in(heard) for heard in stand_in.heard] == [False, True]


def test_what_is_too_long_for_embeds_is_cut_at_its_end(webhook: DiscordWebhook, stand_in: StandIn) -> None:
    sent(webhook, message("\n".join(["title", *map(str, range(5000))])))
    (heard,) = stand_in.heard
    assert broken_limits(heard) == []
    assert shown_by_discord(said_in(heard)).endswith(CUT)
    assert sum(units(one["description"]) for one in said_in(heard)["embeds"]) > MOST_OF_EMBEDS - 10


@pytest.mark.parametrize("made", ["bot", "webhook"])
def test_where_embeds_are_refused_the_text_is_cut(
    made: str, request: pytest.FixtureRequest, stand_in: StandIn
) -> None:
    stand_in.replies.append(Reply(403, b'{"message": "Missing Permissions", "code": 50013}'))
    assert sent(request.getfixturevalue(made), message(LONG)) == [Receipt("42")]
    first, second = map(said_in, stand_in.heard)
    assert "embeds" in first
    assert second == {key: value for key, value in first.items() if key != "embeds"}
    assert second["content"].endswith(CUT)


@pytest.mark.parametrize("body", ["short", LONG])
def test_who_is_refused_without_embeds_too_is_refused(
    webhook: DiscordWebhook, stand_in: StandIn, body: str
) -> None:
    stand_in.replies += [Reply(404), Reply(404)]
    with pytest.raises(RefusedError):
        sent(webhook, message(body))
    assert len(stand_in.heard) == 1 + (body is LONG)


def test_what_arrived_is_known_again_by_its_embeds(bot: DiscordBot, stand_in: StandIn) -> None:
    first, *rest = ARRIVED.split("\n\n")
    one = {"content": f"{first}\n…", "embeds": [{"description": "\n".join(rest)}, {"type": "link"}]}
    listed_one = [{"id": "8", "author": {"bot": True}, **one}]
    stand_in.replies.append(Reply(body=json.dumps(listed_one).encode()))
    assert sent_again(bot) == Receipt("8")


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"id":42}', b"[]"])
def test_a_success_without_a_receipt_is_none(webhook: DiscordWebhook, stand_in: StandIn, body: bytes) -> None:
    stand_in.replies.append(Reply(200, body))
    with pytest.raises(LaterError, match="HTTP 200"):
        sent(webhook, message())


def test_what_is_no_webhook_or_channel_is_refused_early() -> None:
    with pytest.raises(ValueError, match="webhooks"):
        DiscordWebhook("chat", "https://discord.com/channels/1/2")
    with pytest.raises(ValueError, match="channel id"):
        DiscordBot("chat", "token", "#jarvis-health")


@pytest.mark.parametrize("number", [25, 60, 200], ids=["in the content", "in the embeds", "cut off"])
@pytest.mark.parametrize("dropped", [False, True], ids=["with embeds", "embeds dropped"])
@pytest.mark.parametrize("other", [False, True], ids=["the same", "another"])
def test_what_has_arrived_is_known_by_what_discord_shows_of_it(
    number: int, dropped: bool, other: bool, bot: DiscordBot, stand_in: StandIn
) -> None:
    """A bot without «Embed Links»: Discord takes the message and shows its content alone."""
    lines = tuple(f"incident #{each} of gateway main: {'x' * 30}" for each in range(number))
    told = replace(message("\n".join(("3 alerts, 12 min ago", *lines))), lasting=lines)
    shown = words(replace(told, body="\n".join(("3 alerts, now", *lines))))
    if other:
        shown["content"] = str(shown["content"]).replace("#3 of", "#4711 of")
    embeds = [] if dropped else shown.get("embeds", [])
    entry = {"id": "77", "content": shown["content"], "author": {"bot": True}, "embeds": embeds}
    stand_in.replies.append(Reply(body=json.dumps([entry]).encode()))

    async def send() -> Receipt:
        try:
            return await bot.send(told, again=True)
        finally:
            await bot.close()

    assert go(send()).id == ("42" if other else "77")
    assert [heard.method for heard in stand_in.heard] == (["GET", "POST"] if other else ["GET"])
