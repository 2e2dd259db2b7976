"""Rules of the house that no linter knows."""

import os
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
LOCKS = (
    ROOT / "requirements" / "run.txt",
    ROOT / "requirements" / "dev.txt",
    ROOT / "src" / "selfheal" / "gateway" / "node-requirements.txt",
)
MOST_LINES = 400


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def requirements(path: Path) -> list[str]:
    """The logical lines of a requirements file: continued lines joined, comments gone."""
    joined = path.read_text("utf-8").replace("\\\n", " ")
    return [
        line.strip() for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]


def test_there_are_sources() -> None:
    assert SOURCES


def test_no_file_is_too_long() -> None:
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_room_for_odds_and_ends() -> None:
    assert [name(path) for path in SOURCES if path.name in {"utils.py", "helpers.py", "common.py"}] == []


def test_inner_init_files_are_empty() -> None:
    inner = [path for path in SOURCES if path.name == "__init__.py" and path.parent.name != "selfheal"]
    assert [name(path) for path in inner if path.read_bytes()] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_names_no_address(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert [
        mark for mark in ("://", "--index-url", "--extra-index", "--find-links", " @ ") if mark in text
    ] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_pin_has_a_hash(lock: Path) -> None:
    pins = requirements(lock)
    assert pins
    assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


def test_locks_agree_on_what_runs() -> None:
    run, dev = (set(requirements(lock)) for lock in LOCKS[:2])
    assert run - dev == set()


def test_what_is_locked_is_what_the_package_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = set(requirements(ROOT / "requirements" / "run.in"))
    assert set(project["dependencies"]) - asked == set()


def test_ci_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
