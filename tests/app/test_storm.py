"""A storm on each route's unmodified client, the outbox on a disk: few messages, and nothing left out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from benchmarks.mortal import LeapingClock, closing, opening
from tests.notify.mailbox import PASSWORD, USER
from tests.notify.standin import Authority, closed_port, reach_to
from tests.notify.world import BOT, MARKED, UNMARKED, Fate, Letters, Services, settings_for

from selfheal.app.given import Given
from selfheal.app.places import database_path
from selfheal.app.post import deliver
from selfheal.config.load import load
from selfheal.config.settings import Settings
from selfheal.core.notes import Step
from selfheal.core.observations import TimePassed
from selfheal.notify.delivery import LONGEST_WAIT_S
from selfheal.notify.turns import STUCK_TRIES
from selfheal.ports.store import Commit
from selfheal.store.sqlite import SqliteStore

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # Apprise asks for it
ALERTS, MINUTE_S, HOUR_S = 500, 60.0, 3600.0
FAR = (BOT, "discord-webhook", "telegram", "slack")  # what no port of this host is
OUTAGES = 4  # of a night; the last one goes on
MOST_MESSAGES = 5
EVERY = 25  # alerts the delivery process is called, as the resident does it
COUNT = re.compile(r"OpenClaw: (\d+) incidents")
OVER = "Incident: #"


@dataclass
class Storm:
    """`shown`: what a person sees, by route."""

    folder: Path
    store: SqliteStore
    settings: Settings
    clock: LeapingClock
    fate: Fate
    ports: tuple[int, int]  # of the services, and of nobody
    bundle: Path

    @property
    def shown(self) -> Mapping[str, list[str]]:
        return self.fate.record.shown

    def told(self, linger_s: float, *, reached: bool = True) -> float | None:
        environ, clock = {"HOME": str(self.folder)}, self.clock
        reach = reach_to(self.ports[0 if reached else 1], self.bundle)
        return deliver(
            self.settings, environ, Given(), reach=reach, linger_s=linger_s, clock=clock, sleep=clock.sleep
        ).waiting_s

    def happens(self, step: Step) -> None:
        self.store.commit(Commit("main", TimePassed(), self.clock.now(), step))


@pytest.fixture
def storm(tmp_path: Path) -> Iterator[Storm]:
    authority, fate = Authority(tmp_path), Fate()
    services, letters = Services(authority, fate), Letters(authority, fate, 1.0)
    config = tmp_path / "config.toml"
    config.write_text(settings_for(services.port, letters.port, USER, PASSWORD), encoding="utf-8")
    config.chmod(0o600)
    settings = load(config, {"HOME": str(tmp_path)})
    store = SqliteStore(database_path(settings))
    ports = services.port, closed_port()
    try:
        yield Storm(tmp_path, store, settings, LeapingClock(), fate, ports, authority.bundle)
    finally:
        store.close()
        services.close()
        letters.close()


def test_500_alerts_in_a_minute_are_at_most_five_messages_on_each_route(storm: Storm) -> None:
    for number in range(1, ALERTS // 2 + 1):
        for step in (opening(number, storm.clock.now()), closing(number)):
            storm.happens(step)
            storm.clock.leap(MINUTE_S / ALERTS)
        if number == 1 or number % EVERY == 0:
            storm.told(0.0)
    assert storm.told(2 * MINUTE_S) is None
    shown = storm.shown
    assert set(shown) == {*MARKED, *UNMARKED}
    assert max(map(len, shown.values())) <= MOST_MESSAGES
    told_of = {route: sum(map(incidents_in, texts)) for route, texts in shown.items()}
    assert told_of == dict.fromkeys(shown, ALERTS // 2)


def test_after_a_night_without_a_network_what_is_still_open_is_told_whole(storm: Storm) -> None:
    storm.told(0.0)
    for number in range(1, OUTAGES):
        storm.happens(opening(number, storm.clock.now()))
        storm.told(0.0, reached=False)
        storm.clock.leap(MINUTE_S)
        storm.happens(closing(number))
        storm.told(0.0, reached=False)
        storm.clock.leap(HOUR_S)
    storm.happens(opening(OUTAGES, storm.clock.now()))
    storm.clock.leap(HOUR_S)
    for _ in range(2 * STUCK_TRIES):
        storm.told(0.0, reached=False)
        storm.clock.leap(LONGEST_WAIT_S)
    while storm.told(2 * MINUTE_S) is not None:
        storm.clock.leap(MINUTE_S)
    for route in FAR:
        texts = storm.shown[route]
        (whole,) = (text for text in texts if f"selfheal ack {OUTAGES}" in text)
        assert not COUNT.search(whole), route
        assert "⏳" in whole, route
        assert not any(f"#{OUTAGES} still open" in text for text in texts), route
        assert sum(incidents_in(text) for text in texts) == OUTAGES - 1, route


def incidents_in(text: str) -> int:
    """A message about one names its end alone: its opening is told before."""
    many = COUNT.search(text)
    return int(many[1]) if many else OVER in text
