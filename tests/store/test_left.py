"""What goes on from an outbox that can only be read has the same to tell as one that goes on in it."""

from contextlib import closing
from pathlib import Path

import pytest
from tests.store.history import History, Seen

from selfheal.ports.outbox import Outbox
from selfheal.store.left import read_left
from selfheal.store.memory_outbox import MemoryOutbox
from selfheal.store.outbox import SqliteOutbox

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
