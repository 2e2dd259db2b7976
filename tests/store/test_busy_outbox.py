"""The outbox while somebody else writes for long, as a resident on a slow disk does."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Monotonic, Now, Until, Wall
from selfheal.ports.outbox import Addressee, Receipt
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.schema import BUSY_TIMEOUT_S

NOW = Now(Monotonic(0.0), Wall(1_000.0), "boot")
HELD_S = 1.5 * BUSY_TIMEOUT_S


def test_a_receipt_is_kept_once_the_other_is_done(tmp_path: Path) -> None:
    path = tmp_path / "selfheal.db"
    with closing(SqliteOutbox(path)) as outbox:
        outbox.put("main", Notify(AlertKind.OPENED, 1, ()), NOW)
        outbox.address({"chat": Addressee("door", frozenset(AlertKind))}, NOW)
        lease = Until(Monotonic(60.0), Wall(1_060.0), "boot")
        claimed = outbox.claim("chat", outbox.waiting("chat"), lease)
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(HELD_S, other.execute, ("COMMIT",))
        timer.start()
        outbox.taken("chat", claimed, Receipt("42"), NOW)
        timer.join()
        other.close()
        assert outbox.waiting("chat") == []
