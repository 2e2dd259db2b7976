"""Who hears, who does not and why, and that one alone listens."""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.notify.chats import CHANNEL, CHAT, TelegramChat
from tests.notify.standin import Authority, Heard, Manner, Reply, StandIn, reach_to, standing_in
from tests.store.steps import IN_TROUBLE, TARGET, WELL, opening, step

from selfheal.app.given import Given
from selfheal.app.hearing import Deaf, hearing
from selfheal.app.listen import BUSY_S, Listened, listen
from selfheal.app.places import database_path
from selfheal.app.post import deliver
from selfheal.app.routes import doors
from selfheal.config.load import load
from selfheal.config.settings import Settings
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.observations import TimePassed
from selfheal.core.reasons import Cause
from selfheal.core.state import AlertingPart
from selfheal.ports.store import Commit
from selfheal.runtime.clock import SystemClock
from selfheal.store.hearing import SqliteEars
from selfheal.store.sqlite import SqliteStore

TOKEN = "1234567890:AAE-token_of_selfheal_0123456789ab"
OPENED = Notify(AlertKind.OPENED, 1, (), Cause.PROCESS_GONE)
OPEN = replace(IN_TROUBLE, alerting=AlertingPart(opened=1))


class Place:
    def __init__(self, folder: Path, service: StandIn, authority: Authority) -> None:
        self.folder = folder
        self.service = service
        self.chat = TelegramChat()
        service.answers = self.chat
        self.reach = reach_to(service.port, authority.bundle)
        self.environ = {"HOME": str(folder)}
        self.config = folder / "config.toml"
        self.write(telegram())

    def write(self, text: str) -> None:
        self.config.write_text(f'[selfheal]\nlanguage = "ko"\n{text}')
        self.config.chmod(0o600)

    @property
    def settings(self) -> Settings:
        return load(self.config, self.environ)

    def alert(self) -> None:
        with closing(SqliteStore(database_path(self.settings))) as store:
            for each in (opening(), step(OPEN, OPENED)):
                store.commit(Commit(TARGET, TimePassed(), SystemClock().now(), each))
        deliver(self.settings, self.environ, Given(), reach=self.reach, linger_s=0.0)

    def listen(self) -> Listened:
        return listen(self.settings, self.environ, reach=self.reach, turn_s=0.5)

    def hearing(self) -> Mapping[str, Deaf | None]:
        return hearing(self.settings, self.environ)


def telegram(chat: str = str(CHAT)) -> str:
    return f'[routes.phone]\nkind = "telegram"\ntoken = "{TOKEN}"\nchat = "{chat}"\n'


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    authority = Authority(tmp_path)
    with standing_in(authority.server_context(), Reply()) as service:
        yield Place(tmp_path, service, authority)


def test_an_alert_has_buttons_and_a_press_is_in_the_inbox(place: Place) -> None:
    place.alert()
    (number,) = place.chat.shown
    labels = [button["text"] for button in place.chat.buttons(number)[0]]
    assert labels == ["✅ 확인", "🕓 4시간 동안"]
    place.chat.press(number, 1)
    place.listen()
    with closing(SqliteStore(database_path(place.settings))) as store:
        (item,) = store.inbox([TARGET])
    assert (item.asked.incident, item.asked.for_s, item.asked.by) == (1, 4 * 3600.0, "phone: @kim")
    assert place.chat.toasts == ["⏳ #1: 접수됨 (@kim). selfheal이 다시 실행되면 반영됩니다."]


def test_without_a_disk_what_may_have_arrived_is_looked_for_and_it_has_its_buttons(place: Place) -> None:
    """So that it is shown once: only who is heard may leave a trace to look by."""
    alert = (TARGET, OPENED, SystemClock().now().wall)

    def breaks(heard: Heard) -> Reply | Manner:
        place.service.answers = place.chat
        place.chat(heard)
        return Manner.RESET

    place.service.answers = breaks
    first = deliver(place.settings, place.environ, Given((alert,)), reach=place.reach, linger_s=0.0)
    given = Given((alert,), doubts=first.doubts)
    second = deliver(place.settings, place.environ, given, reach=place.reach, linger_s=0.0)
    (number,) = place.chat.shown
    assert len(place.chat.buttons(number)[0]) == 2
    assert [one.route for one in second.taken] == ["phone"]


def test_the_gateways_own_bot_is_never_polled_and_has_no_buttons(place: Place) -> None:
    config = place.folder / ".openclaw" / "openclaw.json"
    config.parent.mkdir()
    config.write_text(json.dumps({"channels": {"telegram": {"botToken": TOKEN}}}))
    place.alert()
    (number,) = place.chat.shown
    assert place.chat.buttons(number) == []
    assert place.listen() == Listened(None)
    assert (place.chat.polls, place.hearing()) == (0, {"phone": Deaf.GATEWAYS})


def test_who_was_cut_off_has_no_buttons_any_more(place: Place) -> None:
    place.alert()
    place.chat.status = 409
    (why,) = place.listen().why
    assert "another program" in why
    assert (place.listen(), place.chat.polls) == (Listened(None), 1)
    assert place.hearing() == {"phone": Deaf.CONFLICT}


def test_it_ends_with_who_has_called_it(place: Place) -> None:
    place.alert()
    place.chat.poll_s = 2.0
    caller, our_end = os.pipe()
    with os.fdopen(caller, "rb"), os.fdopen(our_end, "wb") as ours:

        def ends_meanwhile(heard: Heard) -> Reply:
            if heard.path.endswith("getUpdates"):
                ours.close()
            return place.chat(heard)

        place.service.answers = ends_meanwhile
        heard = listen(place.settings, place.environ, reach=place.reach, caller=caller)
    assert (heard, place.chat.polls) == (Listened(None), 1)


def test_who_only_looks_at_who_is_heard_writes_nothing(place: Place) -> None:
    """On a full disk nothing can be: here another one holds the database."""
    place.alert()
    place.chat.status = 409
    place.listen()
    with closing(sqlite3.connect(database_path(place.settings), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert place.hearing() == {"phone": Deaf.CONFLICT}


def test_a_public_chat_and_a_webhook_are_not_heard(place: Place) -> None:
    hook = '[routes.hook]\nkind = "discord-webhook"\nurl = "https://discord.com/api/webhooks/1/x"\n'
    bot = f'[routes.bot]\nkind = "discord-bot"\ntoken = "x"\nchannel = "{CHANNEL}"\n'
    place.write(telegram("@everybody") + hook + bot)
    assert place.hearing() == {"phone": Deaf.PUBLIC, "bot": None}
    assert not database_path(place.settings).exists(), "who only looks makes nothing"


def test_one_alone_listens(place: Place) -> None:
    place.alert()
    with (place.settings.state_dir / "listen.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert place.listen() == Listened(BUSY_S)
    assert place.chat.polls == 0
    assert place.listen().again_s is not None
    assert place.chat.polls == 1


def test_it_ends_where_nothing_is_open(place: Place) -> None:
    place.alert()
    with closing(SqliteStore(database_path(place.settings))) as store:
        store.commit(Commit(TARGET, TimePassed(), SystemClock().now(), step(WELL)))
    assert place.listen() == Listened(None)
    assert place.chat.polls == 0
    (number,) = place.chat.shown
    assert place.chat.buttons(number) == []


def test_by_another_door_it_is_listened_to_again(place: Place) -> None:
    place.alert()
    place.chat.status = 409
    place.listen()
    place.write(telegram().replace("AAE", "AAF"))
    assert place.hearing() == {"phone": None}
    with closing(SqliteEars(database_path(place.settings))) as ears:
        assert ears.deaf("phone", doors(place.settings)["phone"]) == ""
