"""What a person answers comes into the inbox once, counts, and is said to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from tests.notify.chats import CHANNEL, CHAT, DiscordChannel, TelegramChat
from tests.notify.messages import go, message, sent
from tests.notify.standin import Authority, Manner, Reply, StandIn, closed_port, reach_to
from tests.store.steps import IN_TROUBLE, TARGET, WELL, step

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.alerting import acknowledged
from selfheal.core.instants import Monotonic, Now, Until, Wall
from selfheal.core.levels import Request
from selfheal.core.observations import OperatorAsked, TimePassed
from selfheal.core.reasons import Cause
from selfheal.core.requests import obey
from selfheal.core.state import AlertingPart, State
from selfheal.notify.discord_bot import DiscordBot
from selfheal.notify.discord_ear import DiscordEar
from selfheal.notify.hearing import FOR_MOST_S, FOR_S, REFUSED_S, Ear, Listener, Press, Verdict, tag
from selfheal.notify.https import Reach
from selfheal.notify.limits import units
from selfheal.notify.route import Choice, Route
from selfheal.notify.telegram import Telegram
from selfheal.notify.telegram_ear import TelegramEar
from selfheal.ports.hearing import Wish
from selfheal.ports.outbox import Addressee
from selfheal.ports.store import Commit, StoreError
from selfheal.store.hearing import SqliteEars
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.sqlite import SqliteStore

TOKEN = "12345:token"
DOOR = "door"
BEGUN = IN_TROUBLE.incident.opened if IN_TROUBLE.incident else Wall(0.0)
TURN_S = 5.0
OPEN = replace(IN_TROUBLE, alerting=AlertingPart(opened=1, cause=Cause.PROCESS_GONE))


def said(verdict: Verdict, press: Press) -> str:
    return f"{verdict} {press.incident} {press.for_s} {press.who}"


@dataclass
class Case:
    """A host whose resident takes from its inbox while somebody sleeps, unless it is dead."""

    folder: Path
    service: StandIn
    reach: Reach
    alive: bool = True
    time_s: float = 100.0
    complaints: list[str] = field(default_factory=list)
    state: State = OPEN

    def __post_init__(self) -> None:
        self.store = SqliteStore(self.folder / "selfheal.db")
        self.ears = SqliteEars(self.folder / "selfheal.db")
        self.outbox = SqliteOutbox(self.folder / "selfheal.db")
        self.commit(OPEN, Notify(AlertKind.OPENED, 1, ()))

    def close(self) -> None:
        for each in (self.store, self.ears, self.outbox):
            each.close()

    def now(self) -> Now:
        return Now(Monotonic(self.time_s), Wall(BEGUN + self.time_s), "boot-a")

    def commit(self, state: State, *alerts: Notify) -> None:
        self.state = state
        self.store.commit(Commit(TARGET, TimePassed(), self.now(), step(state, *alerts)))

    async def sleep(self, seconds: float) -> None:
        self.time_s += seconds
        if self.alive:
            self.resident()

    def resident(self) -> None:
        for item in self.store.inbox([TARGET]):
            self.state, notes = obey(self.state, item.asked, self.now())
            self.store.commit(Commit(TARGET, item.asked, self.now(), step(self.state, notes=notes), item.id))

    def asked(self) -> list[OperatorAsked]:
        return [item.asked for item in self.store.inbox([TARGET])]

    def deliver(self, route: Route, number: int = 0) -> str:
        """The alert is on the route, with its buttons; the service's name of the message."""
        named = tag("here", TARGET, 1)
        choices = (Choice("ack", "✅", f"ack 1 0 {named}"), Choice("4h", "🕓", f"ack 1 240 {named}"))
        (receipt,) = sent(route, replace(message("down"), choices=choices))
        self.outbox.address({"chat": Addressee(DOOR, frozenset(AlertKind))}, self.now())
        waiting = self.outbox.waiting("chat")[number:]
        claimed = self.outbox.claim("chat", waiting, Until(Monotonic(9e9), Wall(9e9), "b"))
        self.outbox.taken("chat", claimed, receipt, self.now())
        return receipt.id

    def listen(self, ear: Ear, turn_s: float = TURN_S) -> float | None:
        listener = Listener(
            self.ears,
            lambda target, incident: tag("here", target, incident),
            said,
            self.now,
            self.complaints.append,
            lambda: 0.0,
            self.sleep,
        )

        async def serve() -> float | None:
            try:
                return await listener.serve(ear, DOOR, Monotonic(self.time_s + turn_s))
            finally:
                await ear.close()

        return go(serve())


@pytest.fixture
def case(tmp_path: Path, authority: Authority, stand_in: StandIn) -> Iterator[Case]:
    made = Case(tmp_path, stand_in, reach_to(stand_in.port, authority.bundle))
    yield made
    made.close()


@pytest.fixture
def chat(case: Case) -> TelegramChat:
    made = TelegramChat()
    case.service.answers = made
    return made


@pytest.fixture
def channel(case: Case) -> DiscordChannel:
    made = DiscordChannel()
    case.service.answers = made
    return made


def telegram(case: Case) -> int:
    route = Telegram("chat", TOKEN, str(CHAT), reach=case.reach)
    route.asks = True
    return int(case.deliver(route))


def discord(case: Case) -> str:
    route = DiscordBot("chat", "token", CHANNEL, case.reach)
    route.asks = True
    return case.deliver(route)


def telegram_ear(case: Case) -> TelegramEar:
    return TelegramEar("chat", TOKEN, str(CHAT), case.reach)


def discord_ear(case: Case) -> DiscordEar:
    return DiscordEar("chat", "token", CHANNEL, case.reach, case.sleep)


def by(case: Case) -> str | None:
    known = case.state.alerting.acknowledged
    return known.by if known else None


def test_a_press_acknowledges_and_the_message_says_so(case: Case, chat: TelegramChat) -> None:
    number = telegram(case)
    labels = [button["text"] for button in chat.buttons(number)[0]]
    assert labels == ["✅ ack", "🕓 4h"]
    chat.press(number)
    assert case.listen(telegram_ear(case)) is None
    assert by(case) == "chat: @kim"
    assert case.state.alerting.remind_at is None
    assert chat.toasts == ["taken 1 None @kim"]
    assert chat.shown[number]["text"] == "down\n\ntaken 1 None @kim"
    assert chat.buttons(number) == []


def test_a_message_that_is_too_old_to_be_quoted_loses_its_buttons(case: Case, chat: TelegramChat) -> None:
    number = telegram(case)
    chat.press(number)
    del chat.updates[0]["callback_query"]["message"]["text"]
    case.listen(telegram_ear(case))
    assert (chat.shown[number]["text"], chat.buttons(number)) == ("down", [])


def test_what_is_said_below_a_long_message_is_said_whole(case: Case, chat: TelegramChat) -> None:
    number = telegram(case)
    chat.shown[number]["text"] = "🚨" * 2048
    chat.press(number)
    case.listen(telegram_ear(case))
    text = chat.shown[number]["text"]
    assert units(text) <= 4096
    assert text.endswith("…\n\ntaken 1 None @kim")


def test_for_four_hours(case: Case, chat: TelegramChat) -> None:
    chat.press(telegram(case), 1)
    case.listen(telegram_ear(case))
    remind_at = case.state.alerting.remind_at
    assert remind_at is not None
    assert FOR_S - 10 < remind_at.left_s(case.now()) <= FOR_S


@pytest.mark.parametrize(
    ("text", "for_s"),
    [
        ("/ack 1", None),
        ("/ack@some_bot #1 30m", 1800.0),
        ("/ack 1 for 4h", 4 * 3600.0),
        ("/ack 1 2시간", 7200.0),
        ("/ack 1 99999d", FOR_MOST_S),
        ("/ack 1 0m", 60.0),
    ],
)
def test_a_command_does_too_within_bounds(
    case: Case, chat: TelegramChat, text: str, for_s: float | None
) -> None:
    case.alive = False
    chat.write(text, BEGUN + 100.0)
    case.listen(telegram_ear(case))
    (asked,) = case.asked()
    assert asked == OperatorAsked(Request.ACKNOWLEDGE, for_s=for_s, incident=1, by="chat: 김 수")


@pytest.mark.parametrize(
    "text", ["/ack", "/ack one", "/ack 1 4 parsecs", "/ack 99999999999", "/ack 1; reboot", "/ack １"]
)
def test_what_is_not_understood_is_said_and_does_nothing(case: Case, chat: TelegramChat, text: str) -> None:
    chat.write(text, BEGUN + 100.0)
    case.listen(telegram_ear(case))
    assert by(case) is None
    assert [one["text"] for one in chat.shown.values()] == ["how None None 김 수"]


def test_nobody_is_answered_who_did_not_ask(case: Case, chat: TelegramChat) -> None:
    chat.write("how are you? /ack 1", BEGUN + 100.0)
    chat.write("/acknowledge 1", BEGUN + 100.0)
    case.listen(telegram_ear(case))
    assert (by(case), chat.shown) == (None, {})


def test_what_comes_from_another_chat_or_a_channels_readers_does_not_count(
    case: Case, chat: TelegramChat
) -> None:
    number = telegram(case)
    chat.press(number, chat=CHAT - 1)
    chat.press(number, kind="channel")
    chat.write("/ack 1", BEGUN + 100.0, chat=77)
    assert case.listen(telegram_ear(case)) is not None
    assert (by(case), chat.toasts, len(chat.shown)) == (None, [], 1)
    assert (case.ears.place("chat", DOOR), chat.updates) == (704, []), "it is read, and not read again"


@pytest.mark.parametrize("data", ["ack 1 0 0123456789abcdef", "ack 2 0 0123456789abcdef"])
def test_a_button_of_another_installation_means_nothing_here(
    case: Case, chat: TelegramChat, data: str
) -> None:
    chat.press_data(telegram(case), data)
    case.listen(telegram_ear(case))
    assert by(case) is None
    assert chat.toasts[0].startswith("not_open")


def test_a_command_from_before_the_incident_means_an_earlier_one(case: Case, chat: TelegramChat) -> None:
    chat.write("/ack 1", BEGUN - 3600.0)
    case.listen(telegram_ear(case))
    assert by(case) is None


def test_a_press_while_nobody_watched_is_found_later(case: Case, chat: TelegramChat) -> None:
    number = telegram(case)
    chat.press(number)
    case.alive = False
    assert case.listen(telegram_ear(case)) is not None
    assert chat.toasts == ["later 1 None @kim"]
    assert len(chat.buttons(number)) == 1, "it does not count yet"
    case.resident()
    assert by(case) == "chat: @kim"
    assert case.listen(telegram_ear(case)) is None
    assert chat.buttons(number) == []


class Killed(Exception):  # noqa: N818 -- no error, an end
    """As SIGKILL would."""


@pytest.mark.parametrize("when", ["before the inbox", "after it"])
def test_killed_between_hearing_and_telling_loses_nothing_and_does_nothing_twice(
    case: Case, chat: TelegramChat, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.press(telegram(case))
    case.alive = False
    keep = case.ears.hear

    def dies(*given: Any) -> bool:
        if when == "after it":
            keep(*given)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(case.ears, "hear", dies)
        with pytest.raises(Killed):
            case.listen(telegram_ear(case))
    assert len(case.asked()) == (0 if when == "before the inbox" else 1)
    case.listen(telegram_ear(case))
    assert len(case.asked()) == 1


def test_a_full_inbox_loses_no_press(case: Case, chat: TelegramChat) -> None:
    chat.press(telegram(case))
    case.alive = False
    for _ in range(100):
        case.ears.hear("other", str(_), None, [_wish()], case.now())
    with pytest.raises(StoreError, match="wait already"):
        case.listen(telegram_ear(case))
    case.resident()
    case.commit(OPEN)
    case.alive = True
    case.listen(telegram_ear(case))
    assert by(case) == "chat: @kim"


def _wish() -> Wish:
    return Wish(TARGET, OperatorAsked(Request.ACKNOWLEDGE, incident=5))


def test_another_reader_is_left_alone_for_good(case: Case, chat: TelegramChat) -> None:
    telegram(case)
    chat.status = 409
    assert case.listen(telegram_ear(case)) is None
    chat.status = 200
    assert case.listen(telegram_ear(case)) is None
    assert chat.polls == 1
    assert case.complaints == ["cannot hear chat: another program reads this bot's messages"]
    case.ears.know("chat", "another bot's door")
    assert case.ears.deaf("chat", "another bot's door") == ""


def test_a_revoked_token_is_said_and_tried_now_and_then(case: Case, chat: TelegramChat) -> None:
    telegram(case)
    chat.status = 401
    assert case.listen(telegram_ear(case)) == REFUSED_S
    assert chat.polls == 1
    assert "HTTP 401" in case.complaints[0]
    assert "token" not in case.complaints[0]


def test_a_network_that_comes_back_is_found(case: Case, chat: TelegramChat) -> None:
    number = telegram(case)
    chat.press(number)
    case.service.replies.extend([Manner.RESET, Reply(502), Reply(429, headers={"retry-after": "20"})])
    begun = case.time_s
    assert case.listen(telegram_ear(case), 60.0) is None
    assert by(case) == "chat: @kim"
    assert case.time_s - begun > 20, "who asks for time gets it"


def test_without_a_network_it_ends_with_its_turn(
    case: Case, chat: TelegramChat, authority: Authority
) -> None:
    assert chat.shown == {}
    telegram(case)
    ear = TelegramEar("chat", TOKEN, str(CHAT), reach_to(closed_port(), authority.bundle))
    wait_s = case.listen(ear)
    assert wait_s is not None
    assert wait_s > 0


def test_what_is_acknowledged_elsewhere_or_over_loses_its_buttons(case: Case, chat: TelegramChat) -> None:
    number = telegram(case)
    part, _ = acknowledged(case.state.alerting, 1, None, case.now())
    case.commit(replace(case.state, alerting=part))
    assert case.listen(telegram_ear(case)) is None
    assert (chat.buttons(number), chat.polls) == ([], 0)
    requests = len(case.service.heard)
    assert case.listen(telegram_ear(case)) is None
    assert len(case.service.heard) == requests, "once"


def test_without_an_open_incident_nothing_is_asked(case: Case, chat: TelegramChat) -> None:
    case.commit(WELL)
    assert case.listen(telegram_ear(case)) is None
    assert chat.polls == 0


def test_an_update_that_we_cannot_read_stops_nothing(case: Case, chat: TelegramChat) -> None:
    number = telegram(case)
    chat.updates.append({"update_id": 1, "message": "of another kind"})
    chat.press(number)
    case.listen(telegram_ear(case))
    assert by(case) == "chat: @kim"


def test_an_answer_that_says_not_how_far_it_goes_is_asked_for_again(case: Case, chat: TelegramChat) -> None:
    telegram(case)
    chat.updates.append({"update_id": 0.5})
    assert case.listen(telegram_ear(case), 1.0) is not None
    assert by(case) is None


def test_a_reaction_acknowledges(case: Case, channel: DiscordChannel) -> None:
    number = discord(case)
    assert channel.shown[number]["content"].endswith("\n✅ ack · 🕓 4h")
    assert channel.reactions == {(number, "✅"): [""], (number, "🕓"): [""]}
    channel.react(number, "✅")
    assert case.listen(discord_ear(case), 60.0) is None
    assert by(case) == "chat: kim"
    (answer,) = list(channel.shown.values())[1:]
    assert answer["content"] == "taken 1 None kim"
    assert answer["message_reference"]["message_id"] == number


def test_a_reaction_counts_once(case: Case, channel: DiscordChannel) -> None:
    """It stays where it is, and would silence the reminder that follows."""
    number = discord(case)
    channel.react(number, "🕓")
    case.listen(discord_ear(case))
    assert case.state.alerting.remind_at is not None
    case.commit(replace(case.state, alerting=replace(case.state.alerting, acknowledged=None)))
    assert case.listen(discord_ear(case)) is not None
    assert by(case) is None
    assert _looked_who(case) == 1


def test_a_reaction_while_nobody_watches_is_asked_for_once(case: Case, channel: DiscordChannel) -> None:
    channel.react(discord(case), "✅")
    case.alive = False
    case.listen(discord_ear(case), 60.0)
    assert (_looked_who(case), len(case.asked()), len(channel.shown)) == (1, 1, 2)


def _looked_who(case: Case) -> int:
    return sum(heard.method == "GET" and "/reactions/" in heard.path for heard in case.service.heard)


def test_reactions_of_programs_and_others_do_not_count(case: Case, channel: DiscordChannel) -> None:
    number = discord(case)
    case.listen(discord_ear(case))
    assert _looked_who(case) == 0, "our own are known without asking"
    channel.react(number, "👍")
    channel.reactions[number, "✅"].append("")
    assert case.listen(discord_ear(case)) is not None
    assert by(case) is None


def test_a_message_that_somebody_deleted_is_a_refusal(case: Case, channel: DiscordChannel) -> None:
    channel.gone.add(discord(case))
    assert case.listen(discord_ear(case)) == REFUSED_S
    assert "HTTP 404" in case.complaints[0]


def test_discord_is_asked_as_often_as_it_allows(case: Case, channel: DiscordChannel) -> None:
    discord(case)
    begun, before = case.time_s, len(case.service.heard)
    limits = {"x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "25.5"}
    usual: Callable[[Any], Reply] = channel
    case.service.answers = lambda heard: replace(usual(heard), headers=limits)
    case.listen(discord_ear(case), 60.0)
    asked = len(case.service.heard) - before
    assert asked <= (case.time_s - begun) / 25.5 + 1
