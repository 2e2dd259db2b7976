"""What lasts by a database that is not as it should be."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.store.steps import TARGET, WELL, at, step

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.observations import TimePassed
from selfheal.ports.outbox import Addressee
from selfheal.ports.store import Commit
from selfheal.store.known_routes import FRESH_S
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.sqlite import SqliteStore


def test_a_state_that_cannot_be_read_only_watches_and_keeps_no_alert_back(tmp_path: Path) -> None:
    path, distrust = tmp_path / "selfheal.db", Notify(AlertKind.DISTRUST, 1, ())
    with closing(SqliteStore(path)) as store:
        store.commit(Commit(TARGET, TimePassed(), at(1), step(WELL, distrust)))
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("UPDATE state SET body = '{'")
    with closing(SqliteOutbox(path)) as outbox:
        outbox.address({}, at(2))
        outbox.address({"chat": Addressee("door", frozenset(AlertKind))}, at(3 + 2 * FRESH_S))
        assert [one.alert.notify for one in outbox.waiting("chat")] == [distrust]
