"""`down` ends the sandbox's gateway, wherever its record lies, and never the user's own."""

import asyncio
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.doubles.service_bench import eventually

from selfheal.app.down import bring_down
from selfheal.app.places import gateway_log, sandbox_dir
from selfheal.app.spare import spare_folder
from selfheal.config.load import load
from selfheal.config.settings import Settings, Target
from selfheal.services.child import OwnChild
from selfheal.services.identity import lives
from selfheal.services.record import Child

COMMAND = ("/bin/sleep", "600")


class Rooms:
    def __init__(self, folder: Path) -> None:
        self.settings: Settings = load(None, {"HOME": str(folder)})
        (self.user,) = self.settings.targets
        inside = sandbox_dir(self.settings) / "home" / ".openclaw"
        inside.mkdir(parents=True)
        self.sandbox: Target = replace(self.user, state_dir=inside)
        self.started: list[tuple[OwnChild, Child]] = []

    def start(self, target: Target, folder: Path | None = None) -> Child:
        own = OwnChild(COMMAND, {"PATH": os.defpath}, Path("/"), gateway_log(self.settings, target, folder))
        assert asyncio.run(own.start(10.0)).succeeded
        child = own.child()
        assert child is not None
        self.started.append((own, child))
        return child

    def living(self) -> list[Child]:
        for own, child in self.started:
            own.exit_code(child.pid)  # takes its end, as its parent
        return [child for _, child in self.started if lives(child.pid, child.started)]


@pytest.fixture
def rooms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rooms]:
    (tmp_path / "run").mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    made = Rooms(tmp_path)
    yield made
    for child in made.living():
        os.kill(child.pid, signal.SIGKILL)


def test_the_users_own_child_is_left_alone_beside_an_old_sandbox(rooms: Rooms) -> None:
    own = rooms.start(rooms.user)
    assert bring_down(rooms.settings) == 0
    assert rooms.living() == [own]


@pytest.mark.parametrize("second", [False, True], ids=["first place", "second place"])
def test_the_sandboxs_child_is_ended(rooms: Rooms, *, second: bool) -> None:
    folder = spare_folder(rooms.settings.state_dir, os.environ) if second else None
    assert second is (folder is not None)
    own = rooms.start(rooms.user, folder)
    rooms.start(rooms.sandbox, folder)
    assert bring_down(rooms.settings) == 0
    assert eventually(lambda: rooms.living() == [own])
