"""What any program hears, and how it knows that it is ours."""

import base64
import json

import pytest
from tests.notify.messages import FILE, go, message, sent
from tests.notify.standin import Authority, Reply, StandIn

from selfheal.notify.https import Reach
from selfheal.notify.route import LaterError
from selfheal.notify.webhook import Webhook, signature
from selfheal.ports.outbox import Receipt

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = base64.b64decode(SECRET.removeprefix("whsec_"))
NOW = 1614265330


def test_it_signs_as_the_standards_own_libraries_do() -> None:
    """The example of standard-webhooks/standard-webhooks, libraries/go/webhook_test.go."""
    signed = signature(KEY, "msg_p5jXN8AQM9LWM0D4loKWxJek", str(NOW), b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.fixture
def webhook(authority: Authority, stand_in: StandIn) -> Webhook:
    return Webhook("hook", f"{stand_in.base}/hook?a=b", SECRET, lambda: NOW + 0.9, Reach(authority.bundle))


def test_what_it_says_and_that_it_is_signed(webhook: Webhook, stand_in: StandIn) -> None:
    sent(webhook, message("hello\nbody", attachments=(FILE,)), earlier=Receipt("first"))
    (heard,) = stand_in.heard
    assert heard.path == "/hook?a=b"
    assert heard.headers["webhook-id"] == "incident-7-open"
    assert heard.headers["webhook-timestamp"] == str(NOW)
    assert heard.headers["webhook-signature"] == signature(KEY, "incident-7-open", str(NOW), heard.body)
    assert json.loads(heard.body) == {
        "id": "incident-7-open",
        "thread": "incident-7",
        "in_reply_to": "first",
        "again": False,
        "severity": "critical",
        "silent": False,
        "title": "hello",
        "body": "hello\nbody",
        "attachments": [
            {"name": FILE.name, "media_type": "text/plain", "base64": base64.b64encode(FILE.content).decode()}
        ],
    }


def test_a_repeat_has_the_same_id_and_says_that_it_is_one(webhook: Webhook, stand_in: StandIn) -> None:
    async def twice() -> None:
        await webhook.send(message())
        await webhook.send(message(), again=True)
        await webhook.close()

    go(twice())
    assert [heard.headers["webhook-id"] for heard in stand_in.heard] == ["incident-7-open"] * 2
    assert [json.loads(heard.body)["again"] for heard in stand_in.heard] == [False, True]


@pytest.mark.parametrize(
    ("body", "receipt"),
    [
        (b'{"id":"theirs"}', "theirs"),
        (b"", "incident-7-open"),
        (b"thanks", "incident-7-open"),
        (b'{"id":1}', "incident-7-open"),
    ],
)
def test_the_receivers_own_id_is_the_receipt_if_it_gives_one(
    webhook: Webhook, stand_in: StandIn, body: bytes, receipt: str
) -> None:
    stand_in.replies.append(Reply(202, body))
    assert sent(webhook, message())[0].id == receipt


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><html><body>Sign in</body></html>",
        b"\xef\xbb\xbf\r\n<HTML lang=en>",
        b"<!doctype html>",
    ],
)
def test_a_page_is_no_answer_of_a_program(webhook: Webhook, stand_in: StandIn, page: bytes) -> None:
    stand_in.usual = Reply(200, page)

    async def both() -> None:
        with pytest.raises(LaterError, match="HTTP 200"):
            await webhook.send(message())
        with pytest.raises(LaterError, match="HTTP 200"):
            await webhook.prove(message())
        await webhook.close()

    go(both())


@pytest.mark.parametrize("body", [b"ok", b"<ok/>", b"<p>thanks</p>", b"<htmlish>", b'"<html>"'])
def test_what_is_no_page_is_an_answer_whatever_its_type(
    webhook: Webhook, stand_in: StandIn, body: bytes
) -> None:
    stand_in.replies.append(Reply(200, body, {"content-type": "text/html; charset=utf-8"}))
    assert sent(webhook, message())[0].id == "incident-7-open"


@pytest.mark.parametrize("secret", ["", "whsec_no=base=64"])
def test_a_secret_that_is_none_is_not_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match=r"^cannot sign for the webhook: ") as caught:
        Webhook("hook", "https://host.example", secret)
    assert "no=base" not in str(caught.value)
