"""The real gateway: installed once into the cache of `selfheal up`, and each test with its own home."""

import os
from pathlib import Path

import pytest

from selfheal.gateway.sandbox import Sandbox, prepare_sandbox
from selfheal.gateway.sandbox_install import Installation, ensure_installed
from selfheal.gateway.sandbox_progress import Stage

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.acceptance)


def cache_folder() -> Path:
    """Outside the clone, so that the next run need not download a gigabyte again."""
    outer = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("SELFHEAL_CACHE_DIR") or Path(outer) / "selfheal").absolute()


@pytest.fixture(scope="session")
def installation() -> Installation:
    return ensure_installed(cache_folder(), progress=show_nothing)


@pytest.fixture
def sandbox(tmp_path: Path, installation: Installation) -> Sandbox:
    return prepare_sandbox(tmp_path / "sandbox", installation)


def show_nothing(stage: Stage, done_bytes: int, total_bytes: int | None) -> None:
    """Pytest holds back what is printed."""
