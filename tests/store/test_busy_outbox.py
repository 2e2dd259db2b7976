"""The outbox while somebody else writes for long, as a resident on a slow disk does."""

import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Monotonic, Now, Until, Wall
from selfheal.ports.outbox import Addressee, Receipt, Told
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.reader import Reader
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


def test_what_is_put_together_is_seen_by_others_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    """What was told on a full disk was free for a second delivery, until its receipt was noted, too."""
    path, alert = tmp_path / "selfheal.db", Notify(AlertKind.RECOVERY, 0, (), number=5)
    chat = {"chat": Addressee("door", frozenset(AlertKind))}
    told = Told("chat", "main", 0, AlertKind.RECOVERY, 5, Receipt("42"))
    with closing(SqliteOutbox(path)) as ours, closing(SqliteOutbox(path)) as other:
        ours.address(chat, NOW)
        with suppress(KeyError), ours.together():
            ours.put("main", alert, NOW)
            raise KeyError
        assert ours.last_number("main", alert.kind) is None
        with ours.together():
            ours.put("main", alert, NOW)
            ours.address(chat, NOW)
            assert len(ours.waiting("chat")) == 1
            assert other.waiting("chat") == []
            ours.note(told, NOW)
        assert other.waiting("chat") == []
    with Reader(path) as reader:
        assert reader.routes_of("main", alert.kind, alert.number) == {"chat": True}
