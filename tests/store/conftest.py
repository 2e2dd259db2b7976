import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach: pytest's own are closed to all but us."""
    with tempfile.TemporaryDirectory(prefix="selfheal-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
