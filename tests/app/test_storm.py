"""A storm on each route's unmodified client, the outbox on a disk: few messages, and nothing left out."""

import re
from pathlib import Path

import pytest
from benchmarks.mortal import LeapingClock, closing, opening
from tests.notify.mailbox import PASSWORD, USER
from tests.notify.standin import Authority, reach_to
from tests.notify.world import MARKED, UNMARKED, Fate, Letters, Services, settings_for

from selfheal.app.given import Given
from selfheal.app.places import database_path
from selfheal.app.post import deliver
from selfheal.config.load import load
from selfheal.core.observations import TimePassed
from selfheal.ports.store import Commit
from selfheal.store.sqlite import SqliteStore

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # Apprise asks for it
ALERTS, MINUTE_S = 500, 60.0
MOST_MESSAGES = 5
EVERY = 25  # alerts the delivery process is called, as the resident does it
COUNT = re.compile(r"OpenClaw: (\d+) incidents")
OVER = "Incident: #"


def test_500_alerts_in_a_minute_are_at_most_five_messages_on_each_route(tmp_path: Path) -> None:
    authority, fate = Authority(tmp_path), Fate()
    services, letters = Services(authority, fate), Letters(authority, fate, 1.0)
    config = tmp_path / "config.toml"
    config.write_text(settings_for(services.port, letters.port, USER, PASSWORD), encoding="utf-8")
    config.chmod(0o600)
    environ = {"HOME": str(tmp_path)}
    settings, clock = load(config, environ), LeapingClock()
    reach = reach_to(services.port, authority.bundle)

    def told(linger_s: float) -> float | None:
        given = Given()
        return deliver(
            settings, environ, given, reach=reach, linger_s=linger_s, clock=clock, sleep=clock.sleep
        ).waiting_s

    store = SqliteStore(database_path(settings))
    try:
        for number in range(1, ALERTS // 2 + 1):
            for step in (opening(number, clock.now()), closing(number)):
                store.commit(Commit("main", TimePassed(), clock.now(), step))
                clock.leap(MINUTE_S / ALERTS)
            if number == 1 or number % EVERY == 0:
                told(0.0)
        assert told(2 * MINUTE_S) is None
    finally:
        store.close()
        services.close()
        letters.close()
    shown = fate.record.shown
    assert set(shown) == {*MARKED, *UNMARKED}
    assert max(map(len, shown.values())) <= MOST_MESSAGES
    told_of = {route: sum(map(incidents_in, texts)) for route, texts in shown.items()}
    assert told_of == dict.fromkeys(shown, ALERTS // 2)


def incidents_in(text: str) -> int:
    """A message about one names its end alone: its opening is told before."""
    many = COUNT.search(text)
    return int(many[1]) if many else OVER in text
