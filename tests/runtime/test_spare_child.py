"""A start while the state folder cannot be written, and never a second gateway because of it."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.doubles.service_bench import eventually

from selfheal.app.spare import SpareChild, can_be_written, spare_folder
from selfheal.core.actions import Signal
from selfheal.ports.service import Done
from selfheal.services.child import OwnChild

COMMAND = ("/bin/sleep", "600")
ENV = {"PATH": os.defpath}


class Rooms:
    """`usual` cannot be used while a folder lies in the place of its log."""

    def __init__(self, folder: Path) -> None:
        self.usual = OwnChild(COMMAND, ENV, folder, folder / "usual" / "log")
        self.spare = OwnChild(COMMAND, ENV, folder, folder / "spare" / "log")
        (folder / "usual").mkdir()
        self.obstacle = folder / "usual" / "log"
        self.obstacle.mkdir()
        self.gone = folder / "no such folder"  # cannot be written, for root too
        self.service = SpareChild(self.usual, self.spare, self.gone)

    def start(self) -> Done:
        return asyncio.run(self.service.start(10.0))

    def close(self) -> None:
        for child in (self.usual.child(), self.spare.child()):
            if child is not None:
                os.kill(child.pid, signal.SIGKILL)


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[Rooms]:
    made = Rooms(tmp_path)
    yield made
    made.close()


def test_it_is_started_from_the_second_place(rooms: Rooms) -> None:
    assert rooms.start().succeeded
    assert rooms.usual.child() is None
    assert rooms.spare.child() is not None


def test_while_that_one_lives_no_other_is_started(rooms: Rooms) -> None:
    first = rooms.start()
    rooms.obstacle.rmdir()  # the disk can be used again
    again = rooms.start()
    assert (again.succeeded, again.detail) == (True, f"runs already as {first.detail}")
    assert rooms.usual.child() is None


def test_where_the_disk_can_be_written_a_failure_is_a_failure(rooms: Rooms, tmp_path: Path) -> None:
    done = asyncio.run(SpareChild(rooms.usual, rooms.spare, tmp_path).start(10.0))
    assert not done.succeeded
    assert rooms.spare.child() is None


def test_the_end_of_either_is_known(rooms: Rooms) -> None:
    rooms.start()
    child = rooms.spare.child()
    assert child is not None
    asyncio.run(rooms.service.signal(child.pid, child.started, Signal.KILL))
    assert eventually(lambda: rooms.service.exit_code(child.pid)) == 128 + signal.SIGKILL


def test_what_can_be_written(tmp_path: Path) -> None:
    assert can_be_written(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert not can_be_written(tmp_path / "nowhere")
    assert not can_be_written(Path("/proc"))


def test_each_state_folder_has_its_own_second_place(tmp_path: Path) -> None:
    environ = {"XDG_RUNTIME_DIR": str(tmp_path)}
    one, other = (spare_folder(Path(name), environ) for name in ("/", "/proc"))
    assert one is not None
    assert other is not None
    assert one != other
    assert one == spare_folder(Path("/"), environ)


def test_a_state_folder_that_is_not_there_has_its_own_second_place_too(tmp_path: Path) -> None:
    environ = {"XDG_RUNTIME_DIR": str(tmp_path)}
    names = ("/proc", "/proc/one", "/proc/other", "/proc/one/state")
    places = [spare_folder(Path(name), environ) for name in names]
    assert None not in places
    assert len(set(places)) == len(names)


def test_a_second_place_that_others_may_write_is_refused(tmp_path: Path) -> None:
    (tmp_path / "selfheal").mkdir()
    (tmp_path / "selfheal").chmod(0o777)
    assert spare_folder(Path("/"), {"XDG_RUNTIME_DIR": str(tmp_path)}) is None


def test_a_link_in_the_second_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "selfheal").symlink_to(tmp_path / "elsewhere")
    assert spare_folder(Path("/"), {"XDG_RUNTIME_DIR": str(tmp_path)}) is None
