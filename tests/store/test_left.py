"""What goes on from an outbox that can only be read has the same to tell as one that goes on in it."""

from contextlib import closing
from pathlib import Path

import pytest
from tests.store.history import History, Seen

from selfheal.core.alert import AlertKind
from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.ports.outbox import Addressee, Outbox
from selfheal.store.left import read_left
from selfheal.store.memory_outbox import MemoryOutbox
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.schema import MIGRATIONS, open_for_writing

SEEDS = range(20)


def in_memory(path: Path) -> MemoryOutbox:
    outbox = MemoryOutbox(may_live=lambda _: False)
    outbox.go_on(read_left(path))
    return outbox


def goes_on(history: History, outbox: Outbox) -> tuple[Seen, Seen]:
    """At first, and once its routes were shown to work."""
    outbox.address(history.routes, history.now)
    first = history.seen(outbox)
    history.works(outbox)
    return first, history.seen(outbox)


@pytest.mark.parametrize("changes", [False, True], ids=["as it was", "with other settings"])
def test_it_has_the_same_to_tell_whatever_came_before(tmp_path: Path, changes: bool) -> None:
    for seed in SEEDS:
        path = tmp_path / f"{seed}.db"
        history = History(path, seed)
        history.live()
        memory = in_memory(path)
        with closing(SqliteOutbox(path, "me", lambda _: False)) as outbox:
            if changes:
                history.settings_change(outbox)
            assert goes_on(history, memory) == goes_on(history, outbox), f"seed {seed}"


def of_version(path: Path, version: int) -> None:
    """With an incident that is open, of which nobody has been told."""
    with closing(open_for_writing(path, MIGRATIONS[:version])) as connection:
        connection.execute(
            "INSERT INTO incident (target, id, cause, level, opened, detail) "
            "VALUES ('main', 1, 'process_gone', 'watchdog', 1000.0, 'pid 7')"
        )
        connection.execute(
            "INSERT INTO outbox (target, incident, kind, action_id, failed_levels, ordered) "
            "VALUES ('main', 1, 'opened', 0, '[]', 1000.0)"
        )


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_what_waits_is_told_too_where_an_upgrade_came_with_the_full_disk(
    tmp_path: Path, version: int
) -> None:
    path = tmp_path / "selfheal.db"
    of_version(path, version)
    before = path.read_bytes()
    memory = in_memory(path)
    now = Now(Monotonic(60.0), Wall(1060.0), "boot")
    memory.address({"phone": Addressee("door", frozenset(AlertKind))}, now)
    assert [one.alert.named for one in memory.waiting("phone")] == [(1, AlertKind.OPENED, 0)]
    assert path.read_bytes() == before
