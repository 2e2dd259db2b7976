"""What may have arrived on Telegram is looked for before it is said again."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.notify.chats import BOT, CHAT, TelegramChat
from tests.notify.messages import FILE, go, message
from tests.notify.standin import Authority, Heard, Manner, Reply, StandIn, reach_to

from selfheal.notify.route import Attachment, LaterError, Message, RouteError, UnsureError
from selfheal.notify.telegram import Telegram
from selfheal.notify.telegram_past import LOOKED_AT, PLACEHOLDER, TRIES
from selfheal.ports.outbox import Receipt

PERSON = 7
LATE_S = 600.0
LASTING = ("🚨 down", "Time: 2026-02-05-1930", "Host: mac-mini")
FIRST = "🚨 down\nTime: 2026-02-05-1930\n\nSince: 19:18 (for 2m)\nHost: mac-mini"
AGAIN = "🚨 down\n↻ again\nTime: 2026-02-05-1930\n\nSince: 19:18 (for 12m)\nHost: mac-mini"
OTHERS = AGAIN.replace("mac-mini", "nas")
OTHER = Attachment("watchdog.log", b"19:18 gone\n")


class Case:
    """A chat in which a first attempt may have arrived, `LATE_S` before it is looked at."""

    def __init__(self, stand_in: StandIn, authority: Authority) -> None:
        self.time_s, self.slept_s = 1_000_000.0, 0.0
        self.service = stand_in
        self.chat = TelegramChat(now=lambda: self.time_s)
        stand_in.answers = self.chat
        self._reach = reach_to(stand_in.port, authority.bundle)

    async def sleep(self, for_s: float) -> None:
        self.slept_s += for_s

    def first(self, *files: Attachment) -> int:
        """Arrives, and its answer gets lost."""
        self.service.replies.append(Manner.RESET)
        with pytest.raises(UnsureError):
            self.send(replace(message(FIRST, attachments=files), lasting=LASTING), again=False)
        number = max(self.chat.shown)
        self.service.heard.clear()
        self.time_s += LATE_S
        return number

    def again(self, *files: Attachment, age_s: float | None = LATE_S, asks: bool = True) -> Receipt:
        late = replace(message(AGAIN, attachments=files), lasting=LASTING, age_s=age_s)
        return self.send(late, again=True, asks=asks)

    def send(self, said: Message, *, again: bool, asks: bool = True) -> Receipt:
        route = Telegram("chat", f"{BOT}:token", str(CHAT), reach=self._reach, sleep=self.sleep)
        route.asks = asks

        async def send() -> Receipt:
            try:
                return await route.send(said, again=again)
            finally:
                await route.close()

        return go(send())

    def said(self, method: str) -> list[dict[str, object]]:
        return [json.loads(one.body) for one in self.service.heard if one.path.endswith(f"/{method}")]

    def rang(self) -> list[object]:
        return [said["text"] for said in self.said("sendMessage") if not said["disable_notification"]]


@pytest.fixture
def case(stand_in: StandIn, authority: Authority) -> Case:
    return Case(stand_in, authority)


def test_what_has_arrived_is_not_said_again(case: Case) -> None:
    number = case.first()
    assert case.again() == Receipt(str(number), f"https://t.me/c/1234/{number}")
    assert case.chat.texts() == [FIRST]
    assert case.rang() == []


def test_what_has_not_arrived_is_said_once_and_loudly(case: Case) -> None:
    receipt = case.again()
    assert case.chat.texts() == [AGAIN]
    assert case.rang() == [AGAIN]
    assert case.chat.shown[int(receipt.id)]["text"] == AGAIN


def test_what_is_said_for_the_first_time_is_not_looked_for(case: Case) -> None:
    case.send(replace(message(FIRST), lasting=LASTING), again=False)
    assert len(case.service.heard) == 1


def test_a_bot_that_is_not_ours_alone_looks_for_nothing(case: Case) -> None:
    case.first()
    case.again(asks=False)
    assert case.chat.texts() == [FIRST, AGAIN]
    assert len(case.service.heard) == 1


def test_what_a_person_has_answered_by_a_button_is_known_still(case: Case) -> None:
    number = case.first()
    case.chat.shown[number]["text"] += "\n\n✅ acknowledged by @kim"
    assert case.again().id == str(number)


@pytest.mark.parametrize(
    ("text", "sender"), [(FIRST, PERSON), (OTHERS, BOT), ("✅ acknowledged by @kim", BOT), ("hello", PERSON)]
)
def test_what_else_is_there_is_no_proof_and_stays_as_it_is(case: Case, text: str, sender: int) -> None:
    case.chat.come({"text": text}, sender)
    case.again()
    assert case.chat.texts() == [text, AGAIN]
    assert case.said("editMessageText") == []


def test_it_is_found_behind_what_was_written_since(case: Case) -> None:
    number = case.first()
    for text, sender in (("what is it?", PERSON), (OTHERS, BOT)):
        case.chat.come({"text": text}, sender)
    assert case.again().id == str(number)


def test_a_number_of_another_chat_is_passed_over(case: Case) -> None:
    number = case.first()
    del case.chat.shown[case.chat.come({"text": "elsewhere"})]
    assert case.again().id == str(number)


@pytest.mark.parametrize("behind", [LOOKED_AT - 1, LOOKED_AT])
def test_it_is_not_looked_for_without_end(case: Case, behind: int) -> None:
    case.first()
    for _ in range(behind):
        case.chat.come({"text": "what is it?"}, PERSON)
    case.again()
    assert (AGAIN in case.chat.texts()) == (behind == LOOKED_AT)
    assert len(case.said("sendMessage")) <= 1 + LOOKED_AT + 1


def test_what_is_older_than_the_alert_ends_the_search(case: Case) -> None:
    for _ in range(LOOKED_AT):
        case.chat.come({"text": OTHERS})
    case.time_s += LATE_S + 60
    case.again()
    assert len(case.said("sendMessage")) == 3  # the placeholder, one reply, and the message


def test_in_a_channel_it_is_said_again(case: Case) -> None:
    case.first()
    case.chat.kind = "channel"
    case.again()
    assert case.chat.texts() == [FIRST, AGAIN]
    assert len(case.said("sendMessage")) == 2


def test_only_the_files_that_have_not_arrived_follow(case: Case) -> None:
    number = case.first()
    case.chat.come({"document": {"file_name": FILE.name}})
    assert case.again(FILE, OTHER).id == str(number)
    names = [one["document"]["file_name"] for one in case.chat.shown.values() if "document" in one]
    assert names == [FILE.name, OTHER.name]


def test_a_look_that_was_cut_off_leaves_nothing_behind_for_good(case: Case) -> None:
    number = case.first()
    case.chat.come({"text": PLACEHOLDER})
    assert case.again().id == str(number)
    assert case.chat.texts() == [FIRST]


@pytest.mark.parametrize("before", range(2))
def test_a_placeholder_without_an_answer_is_taken_away_too(case: Case, before: int) -> None:
    number = case.first()
    case.service.replies.extend([*[None] * before, Manner.RESET])
    assert case.again().id == str(number)
    assert case.chat.texts() == [FIRST]


@pytest.mark.parametrize("fault", [Reply(500), Manner.RESET])
@pytest.mark.parametrize("before", range(3))
def test_each_request_is_tried_again(case: Case, before: int, fault: Reply | Manner) -> None:
    number = case.first()
    case.service.replies.extend([*[None] * before, fault])
    assert case.again().id == str(number)
    assert case.chat.texts() == [FIRST]
    assert (case.slept_s > 0) == (before < 2)  # the deleting is tried again in any case


@pytest.mark.parametrize("before", range(2))
def test_who_is_asked_to_wait_waits_with_the_message(case: Case, before: int) -> None:
    case.first()
    case.service.replies.extend([*[None] * before, Reply(429, b"{}", {"retry-after": "7"})])
    with pytest.raises(LaterError) as caught:
        case.again()
    assert caught.value.after == timedelta(seconds=7)
    assert case.chat.texts() == [FIRST]
    assert case.rang() == []


@pytest.mark.parametrize(("fault", "means"), [(Reply(500), LaterError), (Manner.RESET, UnsureError)])
def test_where_not_even_a_placeholder_goes_the_message_waits(
    case: Case, fault: Reply | Manner, means: type[RouteError]
) -> None:
    case.service.replies.extend([fault] * TRIES)
    with pytest.raises(means):
        case.again()
    assert case.rang() == []


@pytest.mark.parametrize(
    "faults", [[Reply(500)] * TRIES, [Manner.RESET] * TRIES, [Reply(400, b'{"ok":false,"description":"no"}')]]
)
def test_who_cannot_look_says_it_again(case: Case, faults: list[Reply | Manner]) -> None:
    case.first()
    case.service.replies.extend([None, *faults])
    case.again()
    assert case.chat.texts()[0] == FIRST
    assert case.chat.texts()[-1] == AGAIN


def test_a_placeholder_that_is_refused_refuses_no_message(case: Case) -> None:
    case.service.replies.append(Reply(400, b'{"ok":false,"description":"no"}'))
    case.again()
    assert case.chat.texts() == [AGAIN]


@pytest.mark.parametrize("status", [400, 500])
def test_what_cannot_be_deleted_stops_nothing(case: Case, status: int) -> None:
    number = case.first()
    case.service.answers = refusing("deleteMessages", status, case.chat)
    assert case.again().id == str(number)
    assert case.chat.texts() == [FIRST, PLACEHOLDER, PLACEHOLDER]


def test_each_placeholder_is_gone_before_the_next(case: Case) -> None:
    """Whoever dies over it leaves no more than the last of them."""
    number = case.first()
    for _ in range(3):
        case.chat.come({"text": "what is it?"}, PERSON)
    there: list[int] = []

    def answers(heard: Heard) -> Reply:
        there.append(case.chat.texts().count(PLACEHOLDER))
        return case.chat(heard)

    case.service.answers = answers
    assert case.again().id == str(number)
    assert max(there) == 2  # the first, and the reply that shows whether it was needed
    assert max(there[3:]) == 1


def refusing(method: str, status: int, chat: TelegramChat) -> Callable[..., Reply]:
    return lambda heard: Reply(status) if heard.path.endswith(method) else chat(heard)
