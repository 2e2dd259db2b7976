"""Who begins to watch ends the spell in which nobody did, before anything else is told."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.app.test_reload import CONFIG
from tests.store.steps import at

from selfheal.app.own_service import RESIDENT
from selfheal.app.places import DATABASE
from selfheal.core.alert import AlertKind, Notify
from selfheal.store.outbox import SqliteOutbox


def test_a_resident_that_begins_ends_the_spell(tmp_path: Path) -> None:
    state, config = tmp_path / "state", tmp_path / "config.toml"
    state.mkdir(mode=0o700)
    config.write_text(CONFIG.format(state=state, path=tmp_path / "openclaw.json"), encoding="utf-8")
    with closing(SqliteOutbox(state / DATABASE)) as outbox:
        outbox.put(RESIDENT, Notify(AlertKind.UNWATCHED, 0, (), number=5), at(5))
        with subprocess.Popen(
            (sys.executable, "-m", "selfheal", "--config", str(config), "run", "--observe"),
            env={"HOME": str(tmp_path), "PATH": os.defpath},
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert process.stderr is not None
                said = next(line for line in process.stderr if "started" in line)
                assert outbox.last_number(RESIDENT, AlertKind.WATCHED) == 5, said
            finally:
                process.kill()
