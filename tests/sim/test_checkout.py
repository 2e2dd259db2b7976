"""The commit is named where the program runs from its own checkout, and nowhere else."""

import re
import subprocess
from pathlib import Path

import pytest

from selfheal.sim.checkout import commit

NAMED = re.compile(r"[0-9a-f]{12,}(-dirty)?")


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    subprocess.run(("git", "-C", str(folder), *who, *words), check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init")
    (tmp_path / "file").write_text("one", "utf-8")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "--message", "first")
    return tmp_path


def package_in(folder: Path, place: str) -> Path:
    package = folder / place / "selfheal"
    package.mkdir(parents=True)
    return package


def test_a_checkout_names_its_commit_and_whether_files_differ(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = package_in(repository, "src")
    monkeypatch.setenv("GIT_DIR", "/nowhere")  # as a hook has it
    named = commit(package)
    assert named is not None
    assert NAMED.fullmatch(named)
    (repository / "file").write_text("other", "utf-8")
    assert commit(package) == f"{named}-dirty"


@pytest.mark.parametrize("place", [".venv/lib/python3.11/site-packages", "vendor/src", "."])
def test_one_installed_in_another_project_names_nothing(repository: Path, place: str) -> None:
    assert commit(package_in(repository, place)) is None


def test_without_a_repository_or_without_git_there_is_no_commit(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = package_in(repository, "src")
    assert commit(tmp_path / "no" / "such") is None
    monkeypatch.setenv("PATH", "")
    assert commit(package) is None
