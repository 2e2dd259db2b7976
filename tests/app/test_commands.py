"""What the command line is told of a resident that lives."""

import os
from pathlib import Path

from selfheal.app import commands
from selfheal.app.places import lock_path
from selfheal.config.load import load
from selfheal.core.instants import Wall
from selfheal.store.lock import Holder, ResidentLock


def test_since_when_a_resident_lives(tmp_path: Path) -> None:
    settings = load(None, {"HOME": str(tmp_path)})
    me = Holder(os.getpid(), Wall(1000.0), "1", "selfheal run", ("main",))
    assert commands.resident_since(settings) is None
    with ResidentLock(lock_path(settings)).held_by(me):
        assert commands.resident_since(settings) == me.started
        assert (commands.resident_pid(settings), commands.resident_targets(settings)) == (me.pid, me.targets)
    assert commands.resident_since(settings) is None
