"""What waits in an outbox that takes nothing more, and can be read: told from memory, each once."""

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.app.test_monitor import Place, names, placed, took
from tests.app.test_own_service import Manager
from tests.notify.standin import Manner, Reply

from selfheal.app.given import Given
from selfheal.app.monitor import Monitored
from selfheal.app.own_service import Care, Cared
from selfheal.app.places import database_path, lock_path
from selfheal.app.post import deliver
from selfheal.core.facts import ManagerState
from selfheal.core.instants import Wall
from selfheal.ports.service import Done
from selfheal.store.lock import Holder, ResidentLock

FULL = "CREATE TRIGGER full BEFORE UPDATE ON look BEGIN SELECT raise(ABORT, 'full'); END"
NO_RECEIPT = (
    "CREATE TRIGGER full BEFORE UPDATE ON delivery WHEN new.status = 'sent' OR new.leased < old.leased "
    "BEGIN SELECT raise(ABORT, 'full'); END"
)
NO_ALERT = "CREATE TRIGGER no_alert BEFORE INSERT ON outbox BEGIN SELECT raise(ABORT, 'full'); END"
LATER = Reply(429, headers={"retry-after": "770"})


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with placed(tmp_path) as made:
        made.add_route("desk")
        yield made


def change(place: Place, how: str) -> None:
    with closing(sqlite3.connect(database_path(place.settings), isolation_level=None)) as connection:
        connection.execute(how)


def heard(place: Place) -> list[tuple[str, bool]]:
    """Where, and whether it was said to have come perhaps before."""
    said = [(one.path, json.loads(one.body)) for one in place.service.heard]
    return sorted((path, one["again"]) for path, one in said if "again" in one)  # a canary says nothing of it


def waits_while_full(place: Place) -> None:
    place.service.usual = LATER
    place.write()
    place.monitor()
    change(place, "UPDATE delivery SET ready = NULL")
    change(place, "UPDATE route SET held = NULL")
    change(place, FULL)
    place.service.usual = Reply()
    place.service.heard.clear()


def test_what_waits_is_told_once_though_nothing_can_be_kept(place: Place) -> None:
    waits_while_full(place)
    assert "full" in place.monitor().unkept
    assert "full" in place.monitor().unkept
    assert heard(place) == [("/desk", False), ("/hook", False)]
    change(place, "DROP TRIGGER full")
    assert place.monitor().unkept == ""
    assert [path for path, _ in heard(place)] == ["/desk", "/hook"]


def test_whoever_delivers_from_the_disk_again_knows_what_was_told_without(place: Place) -> None:
    waits_while_full(place)
    place.monitor()
    change(place, "DROP TRIGGER full")
    deliver(place.settings, place.home, Given(), reach=place.reach)
    assert heard(place) == [("/desk", False), ("/hook", False)]


def test_what_is_not_due_yet_waits_though_nothing_can_be_kept(place: Place) -> None:
    place.service.usual = LATER
    place.write()
    place.monitor()
    change(place, FULL)
    place.service.usual = Reply()
    place.service.heard.clear()
    again_s = place.monitor().again_s
    assert again_s is not None
    assert again_s > 600
    assert heard(place) == []


def test_what_was_just_sent_is_told_no_second_time_where_its_receipt_cannot_be_kept(place: Place) -> None:
    place.monitor()
    change(place, NO_RECEIPT)
    path = place.write()
    seen = place.monitor()
    assert (names(seen), took(seen)) == ([path.name], [(("desk", "phone"), ())])
    place.monitor()
    change(place, "DROP TRIGGER full")
    place.monitor()
    assert heard(place) == [("/desk", False), ("/hook", False)]


def test_what_was_begun_may_have_arrived_and_is_said_to(place: Place) -> None:
    place.monitor()
    change(place, NO_RECEIPT)
    place.service.at["/desk"] = Manner.RESET
    place.write()
    place.monitor()
    del place.service.at["/desk"]
    place.service.heard.clear()
    place.monitor()
    assert heard(place) == [("/desk", True)]


def test_what_may_have_arrived_from_memory_is_said_to_once_there_is_a_disk(place: Place) -> None:
    waits_while_full(place)
    place.service.at["/desk"] = Manner.RESET
    place.monitor()
    del place.service.at["/desk"]
    place.service.heard.clear()
    change(place, "DROP TRIGGER full")
    place.monitor()
    assert heard(place) == [("/desk", True)]


def test_what_was_refused_or_told_before_is_told_nowhere_again(place: Place) -> None:
    place.add_route("away")
    place.service.at |= {"/desk": Reply(404), "/away": Reply(500)}
    place.write()
    place.monitor()
    change(place, "UPDATE delivery SET ready = NULL")
    change(place, FULL)
    place.service.at.clear()
    place.service.heard.clear()
    place.monitor()
    assert {path for path, _ in heard(place)} == {"/away"}, "of the log, and of the route that refuses"


def test_what_waits_for_long_is_told_too(place: Place) -> None:
    """Each route was there all the time."""
    waits_while_full(place)
    change(place, "UPDATE outbox SET ordered = ordered - 3600")
    place.monitor()
    assert heard(place) == [("/desk", False), ("/hook", False)]


REMIND = (
    "INSERT INTO outbox (target, incident, kind, action_id, failed_levels, ordered) "
    "VALUES ('main', 1, 'reminder', 0, '[]', 0)"
)
WAITS = "INSERT INTO delivery (outbox, route) SELECT max(id), 'desk' FROM outbox"
CLOSED = "INSERT INTO incident VALUES ('main', 1, '', 'watchdog', 0, 60, '', '', NULL, 0)"
ACKNOWLEDGED = (
    "INSERT INTO state (target, wall, body) "
    """VALUES ('main', 0, '{"alerting": {"acknowledged": {"incident": 1}}}')"""
)


@pytest.mark.parametrize("since", [CLOSED, ACKNOWLEDGED], ids=["over", "acknowledged"])
def test_nobody_is_reminded_of_what_is_over_or_acknowledged(place: Place, since: str) -> None:
    place.monitor()
    for step in (REMIND, WAITS, since, FULL):
        change(place, step)
    place.service.heard.clear()
    place.monitor()
    assert heard(place) == []


def fails(place: Place) -> Monitored:
    return place.monitor(Manager(ManagerState.FAILED, done=Done(succeeded=False, detail="exit code 78")))


def lives(place: Place) -> Monitored:
    me = Holder(os.getpid(), Wall(time.time()), "1", "")
    with ResidentLock(lock_path(place.settings)).held_by(me):
        return place.monitor()


def test_a_spell_that_began_before_nothing_could_be_kept_is_told_once_and_its_end_once(place: Place) -> None:
    fails(place)
    for nothing in (FULL, NO_ALERT):
        change(place, nothing)
    for happens in (fails, fails, lives, lives, lives):
        happens(place)
    assert [path for path, _ in heard(place)] == ["/desk"] * 2 + ["/hook"] * 2
    for nothing in ("full", "no_alert"):
        change(place, f"DROP TRIGGER {nothing}")
    assert [lives(place).again_s for _ in range(2)] == [None] * 2
    assert len(heard(place)) == 4
    assert fails(place).again_s is not None, "another spell is told, too: a third message in a minute"


def test_that_it_is_missed_is_known_to_the_next_pass_though_nothing_can_be_kept(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def gone(*_: object, missed: bool) -> Cared:
        seen.append(missed)
        return Cared(Care.FAILED, detail="gone")

    place.monitor()
    change(place, NO_ALERT)
    monkeypatch.setattr("selfheal.app.monitor.keep_alive", gone)
    place.monitor()
    place.monitor()
    assert seen == [False, True]
