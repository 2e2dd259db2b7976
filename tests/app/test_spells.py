"""Who begins to watch ends the spell in which nobody did, before anything else is told."""

from contextlib import closing
from pathlib import Path

from tests.app.residents import observing
from tests.store.steps import at

from selfheal.app.own_service import RESIDENT
from selfheal.app.places import DATABASE
from selfheal.core.alert import AlertKind, Notify
from selfheal.store.outbox import SqliteOutbox


def test_a_resident_that_begins_ends_the_spell(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    with closing(SqliteOutbox(state / DATABASE)) as outbox:
        outbox.put(RESIDENT, Notify(AlertKind.UNWATCHED, 0, (), number=5), at(5))
        with observing(tmp_path) as process:
            assert process.stderr is not None
            said = next(line for line in process.stderr if "started" in line)
            assert outbox.last_number(RESIDENT, AlertKind.WATCHED) == 5, said
