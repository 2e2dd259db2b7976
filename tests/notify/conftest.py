"""A CA and a service for the tests of one route."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.notify.standin import Authority, Reply, StandIn, standing_in


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def stand_in(authority: Authority) -> Iterator[StandIn]:
    with standing_in(authority.server_context(), Reply()) as made:
        yield made
