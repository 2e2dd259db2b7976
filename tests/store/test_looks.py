"""The outbox's own watch, and what an older program's outbox becomes by it."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from tests.store.steps import at

from selfheal.core.alert import AlertKind
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.ports.outbox import Addressee
from selfheal.store.looks import BOOT_MOST_S, passed_s
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.schema import MIGRATIONS

BEFORE = at(100)
YEAR_S = 365 * 86_400.0
CHAT = {"chat": Addressee("door", frozenset(AlertKind))}
OF_VERSION_9 = """
INSERT INTO route (name, door, since) VALUES ('chat', 'door', 1.0);
INSERT INTO outbox (target, incident, kind, action_id, failed_levels, ordered) VALUES
('main', 1, 'opened', 1, '[]', 10.0), ('main', 1, 'over', 2, '[]', 11.0),
('main', 2, 'opened', 3, '[]', 900.0), ('main', 2, 'over', 4, '[]', 901.0);
INSERT INTO delivery (outbox, route, status) VALUES (2, 'chat', 'sent');
PRAGMA user_version = 9;
"""


@pytest.mark.parametrize(
    ("now", "passed"),
    [
        (at(130), 30.0),
        (replace(at(130), wall=Wall(at(130).wall + YEAR_S)), 30.0),
        (replace(at(130), wall=Wall(0.0)), 30.0),
        (Now(Monotonic(5.0), Wall(BEFORE.wall + 3600.0), "boot-b"), 3600.0),
        (Now(Monotonic(5.0), Wall(BEFORE.wall + YEAR_S), "boot-b"), BOOT_MOST_S),
        (Now(Monotonic(5.0), Wall(0.0), "boot-b"), 0.0),
    ],
    ids=["as it goes", "set forward", "set back", "a reboot", "a reboot and a year", "a reboot into 1970"],
)
def test_no_clock_that_is_set_makes_time_pass(now: Now, passed: float) -> None:
    assert passed_s(BEFORE, now) == passed


def test_an_outbox_of_an_older_program_is_no_news_and_what_it_had_not_addressed_is(tmp_path: Path) -> None:
    path = tmp_path / "selfheal.db"
    connection = sqlite3.connect(path)
    for migration in MIGRATIONS[:9]:
        connection.executescript(migration.script)
    connection.executescript(OF_VERSION_9)
    connection.close()
    outbox = SqliteOutbox(path)
    outbox.address(CHAT, at(5_000))
    told = [(one.alert.notify.incident, one.alert.notify.kind) for one in outbox.waiting("chat")]
    outbox.close()
    assert told == [(2, AlertKind.OPENED), (2, AlertKind.OVER)]
