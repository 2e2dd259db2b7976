"""Where made-up disks are."""

import tempfile
from pathlib import Path

import pytest

from selfheal.sim import place
from selfheal.sim.place import base, one_folder

USUAL = tempfile.gettempdir()


NONE_HAS = 1 << 60


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", USUAL)


def test_they_are_in_memory_where_that_has_room(tmp_path: Path) -> None:
    assert base({}, tmp_path, 1) == str(tmp_path)


def test_a_folder_that_a_person_has_set_goes_before(tmp_path: Path) -> None:
    assert base({"TMPDIR": "/mine"}, tmp_path, 1) == USUAL


def test_a_memory_without_room_is_left_alone(tmp_path: Path) -> None:
    """A container has 64 MB of it, for all that runs there."""
    assert base({}, tmp_path, NONE_HAS) == USUAL


def test_a_host_without_such_a_folder_has_the_usual_one(tmp_path: Path) -> None:
    assert base({}, tmp_path / "none", 1) == USUAL


def test_all_disks_of_a_process_are_in_one_folder_that_goes() -> None:
    with one_folder():
        whole = Path(tempfile.gettempdir())
        kept = place.folder()
        assert Path(kept.name).parent == whole
    assert not whole.exists()
    kept.cleanup()
    assert tempfile.gettempdir() == USUAL
