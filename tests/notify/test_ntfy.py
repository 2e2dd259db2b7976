"""What an ntfy server hears."""

import json
from dataclasses import replace

import pytest
from tests.notify.messages import FILE, go, message, sent
from tests.notify.standin import Authority, Reply, StandIn

from selfheal.notify.handover import Patience, hand_over
from selfheal.notify.https import Reach
from selfheal.notify.ntfy import MOST_BYTES, QUIET, Ntfy
from selfheal.notify.route import Attachment, LaterError, PartlyError
from selfheal.ports.outbox import Receipt

TAKEN = Reply(body=b'{"id":"xE73Iyuabi","time":1,"event":"message","topic":"topic"}')


@pytest.fixture
def ntfy(authority: Authority, stand_in: StandIn) -> Ntfy:
    stand_in.usual = TAKEN
    return Ntfy("chat", "topic", f"{stand_in.base}/", "token", Reach(authority.bundle))


def test_the_mark_is_its_sequence_so_that_a_repeat_changes_it(ntfy: Ntfy, stand_in: StandIn) -> None:
    sent(ntfy, message("제목\nbody"))
    (heard,) = stand_in.heard
    assert (heard.method, heard.path) == ("POST", "/")
    assert heard.headers["authorization"] == "Bearer token"
    assert json.loads(heard.body) == {
        "topic": "topic",
        "title": "제목",
        "message": "body",
        "priority": 5,
        "sequence_id": "incident-7-open",
    }


def test_silent_makes_no_sound(ntfy: Ntfy, stand_in: StandIn) -> None:
    sent(ntfy, message(silent=True))
    assert json.loads(stand_in.heard[0].body)["priority"] == QUIET


def test_without_an_account_nothing_is_said_of_one(authority: Authority, stand_in: StandIn) -> None:
    stand_in.usual = TAKEN
    sent(Ntfy("chat", "topic", stand_in.base, reach=Reach(authority.bundle)), message())
    assert "authorization" not in stand_in.heard[0].headers


def test_files_follow_as_quiet_messages(ntfy: Ntfy, stand_in: StandIn) -> None:
    large = Attachment("large.log", b"x" * (MOST_BYTES + 1))
    korean = Attachment("복구 기록.log", b"x")
    (receipt,) = sent(ntfy, message(attachments=(large, FILE, korean)))
    assert receipt.lacks == ("large.log",)
    first, second = stand_in.heard[1:]
    assert (first.method, first.path) == ("PUT", "/topic?filename=recovery.log&priority=1")
    assert (first.body, first.headers["x-sequence-id"]) == (FILE.content, "incident-7-open-1")
    assert second.headers["x-sequence-id"] == "incident-7-open-2"


def test_a_server_that_takes_no_files_has_the_message(ntfy: Ntfy, stand_in: StandIn) -> None:
    stand_in.replies.extend(
        [TAKEN, Reply(400, b'{"code":40014,"http":400,"error":"attachments disallowed"}')]
    )
    (receipt,) = sent(ntfy, message(attachments=(FILE,)))
    assert (receipt.id, receipt.lacks) == ("xE73Iyuabi", (FILE.name,))


class Twice:
    """A message with two files, the first of which a server with a fault does not take."""

    said = replace(
        message("title\nwords", attachments=(FILE, Attachment("b.log", b"b"))), unfiled="they lie in logs"
    )

    def __init__(self, ntfy: Ntfy, stand_in: StandIn) -> None:
        stand_in.replies.extend([TAKEN, Reply(500), TAKEN])
        self._ntfy, self._stand_in = ntfy, stand_in
        self.receipt = go(self._closed())

    async def _closed(self) -> Receipt:
        try:
            return await self._both()
        finally:
            await self._ntfy.close()

    async def _both(self) -> Receipt:
        with pytest.raises(PartlyError) as caught:
            await hand_over(self._ntfy, self.said, None, again=False, patience=Patience.of(1))
        assert caught.value.receipt == Receipt("xE73Iyuabi", lacks=(FILE.name,))
        self.first, self._stand_in.heard = self._stand_in.heard, []
        left = replace(self.said, only=caught.value.receipt.lacks)
        self._again()
        return await hand_over(self._ntfy, left, None, again=False, patience=Patience.of(2))

    def _again(self) -> None:
        """The server is well again."""


class Still(Twice):
    def _again(self) -> None:
        self._stand_in.replies.append(Reply(500))


def test_a_file_that_a_server_fails_at_is_tried_again_alone(ntfy: Ntfy, stand_in: StandIn) -> None:
    case = Twice(ntfy, stand_in)
    (heard,) = stand_in.heard
    assert (heard.method, heard.body) == ("PUT", FILE.content)
    assert heard.headers["x-sequence-id"] == case.first[1].headers["x-sequence-id"] == "incident-7-open-1"
    assert case.receipt.lacks == ()


def test_if_it_fails_again_the_message_says_in_silence_where_it_lies(ntfy: Ntfy, stand_in: StandIn) -> None:
    case = Still(ntfy, stand_in)
    _, heard = stand_in.heard
    said = json.loads(heard.body)
    assert (said["message"], said["priority"]) == ("they lie in logs\nwords", QUIET)
    assert said["sequence_id"] == json.loads(case.first[0].body)["sequence_id"]
    assert FILE.name in case.receipt.lacks


def test_a_success_without_a_receipt_is_none(ntfy: Ntfy, stand_in: StandIn) -> None:
    stand_in.replies.append(Reply(200, b"hello"))
    with pytest.raises(LaterError, match="hello"):
        sent(ntfy, message())


@pytest.mark.parametrize("topic", ["my topic", "my.topic", "경보", "a/b", "t?x=1", "a" * 65, "topic\n", ""])
def test_a_topic_that_no_server_takes_is_refused_early_and_not_repeated(topic: str) -> None:
    with pytest.raises(ValueError, match=r"^cannot use the ntfy topic: ") as caught:
        Ntfy("chat", topic)
    assert not topic or topic not in str(caught.value)


@pytest.mark.parametrize("topic", ["a", "-_Az9", "a" * 64])
def test_a_topic_that_servers_take_is_taken(topic: str) -> None:
    Ntfy("chat", topic)
