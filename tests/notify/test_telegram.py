"""What Telegram hears."""

import json

import pytest
from tests.notify.forms import parts_of
from tests.notify.messages import FILE, message, sent
from tests.notify.standin import Authority, Reply, StandIn, reach_to

from selfheal.notify.route import LaterError, RefusedError
from selfheal.notify.telegram import Telegram
from selfheal.ports.outbox import Receipt

TOKEN = "12345:token"


def taken(chat: str = '{"id":-1001234,"type":"supergroup","title":"ops"}') -> Reply:
    return Reply(body=f'{{"ok":true,"result":{{"message_id":42,"date":1,"chat":{chat}}}}}'.encode())


MIGRATED = Reply(
    400,
    b'{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat",'
    b'"parameters":{"migrate_to_chat_id":-1009876}}',
)


@pytest.fixture
def telegram(authority: Authority, stand_in: StandIn) -> Telegram:
    stand_in.usual = taken()
    return Telegram("chat", TOKEN, "-1001234", reach=reach_to(stand_in.port, authority.bundle))


def test_the_text_is_said_as_it_is(telegram: Telegram, stand_in: StandIn) -> None:
    (receipt,) = sent(telegram, message("hello *_[<"))
    assert receipt == Receipt("42", "https://t.me/c/1234/42")
    (heard,) = stand_in.heard
    assert heard.path == f"/bot{TOKEN}/sendMessage"
    assert heard.headers["host"] == "api.telegram.org"
    assert json.loads(heard.body) == {
        "chat_id": "-1001234",
        "text": "hello *_[<",
        "disable_notification": False,
        "link_preview_options": {"is_disabled": True},
    }


def test_silent_threaded_and_in_a_topic(authority: Authority, stand_in: StandIn) -> None:
    stand_in.usual = taken()
    route = Telegram("chat", TOKEN, "@ops", 5, reach_to(stand_in.port, authority.bundle))
    sent(route, message(silent=True), earlier=Receipt("41"))
    said = json.loads(stand_in.heard[0].body)
    assert said["disable_notification"] is True
    assert (said["chat_id"], said["message_thread_id"]) == ("@ops", 5)
    assert said["reply_parameters"] == {"message_id": 41, "allow_sending_without_reply": True}


@pytest.mark.parametrize(
    ("chat", "url"),
    [
        ('{"id":-1001234,"username":"ops"}', "https://t.me/ops/42"),
        ('{"id":77,"username":"me"}', ""),  # with a person there are no links
        ('{"id":-55}', ""),
    ],
)
def test_where_a_person_can_look(telegram: Telegram, stand_in: StandIn, chat: str, url: str) -> None:
    stand_in.replies.append(taken(chat))
    assert sent(telegram, message())[0].url == url


def test_files_follow_as_quiet_answers(telegram: Telegram, stand_in: StandIn) -> None:
    (receipt,) = sent(telegram, message(attachments=(FILE,)))
    assert receipt.lacks == ()
    document = stand_in.heard[1]
    assert document.path == f"/bot{TOKEN}/sendDocument"
    parts = parts_of(document)
    assert parts["document"] == (FILE.name, FILE.content)
    assert (parts["chat_id"][1], parts["disable_notification"][1]) == (b"-1001234", b"true")
    assert json.loads(parts["reply_parameters"][1])["message_id"] == 42


def test_a_file_that_is_not_taken_does_not_undo_the_message(telegram: Telegram, stand_in: StandIn) -> None:
    stand_in.replies.extend([taken(), Reply(500)])
    (receipt,) = sent(telegram, message(attachments=(FILE,)))
    assert (receipt.id, receipt.lacks) == ("42", (FILE.name,))


def test_a_group_that_became_a_supergroup_is_followed(telegram: Telegram, stand_in: StandIn) -> None:
    stand_in.replies.append(MIGRATED)
    sent(telegram, message(), message())
    assert [json.loads(heard.body)["chat_id"] for heard in stand_in.heard] == ["-1001234", -1009876, -1009876]


def test_a_group_that_is_sent_from_place_to_place_is_not_followed_for_ever(
    telegram: Telegram, stand_in: StandIn
) -> None:
    stand_in.usual = MIGRATED
    with pytest.raises(RefusedError, match="supergroup"):
        sent(telegram, message())
    assert len(stand_in.heard) == 2


def test_a_chat_that_is_not_there_is_refused(telegram: Telegram, stand_in: StandIn) -> None:
    said = b'{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}'
    stand_in.replies.append(Reply(400, said))
    with pytest.raises(RefusedError, match="chat not found"):
        sent(telegram, message())


@pytest.mark.parametrize("body", [b'{"ok":false}', b'{"ok":true}', b"ok"])
def test_a_success_without_a_receipt_is_none(telegram: Telegram, stand_in: StandIn, body: bytes) -> None:
    stand_in.replies.append(Reply(200, body))
    with pytest.raises(LaterError, match="HTTP 200"):
        sent(telegram, message())


@pytest.mark.parametrize(
    ("token", "chat"),
    [
        ("abc", "7"),
        ("12345", "7"),
        (":token", "7"),
        ("12345:to ken", "7"),
        (TOKEN, "xyz"),
        (TOKEN, "-1001234,foo=bar"),
        (TOKEN, "@"),
        (TOKEN, "@my-channel"),
        (TOKEN, "-"),
        (TOKEN, "12.5"),
        (TOKEN, "0"),
    ],
)
def test_what_telegram_never_takes_is_refused_early(token: str, chat: str) -> None:
    with pytest.raises(ValueError, match="Telegram") as caught:
        Telegram("chat", token, chat)
    assert token not in str(caught.value)
