"""What the adapter makes of its own failures."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.doubles.process_table import MadeTable

from selfheal.core.facts import ConfigState
from selfheal.gateway.openclaw import OpenClawGateway
from selfheal.gateway.site import Site


class BrokenTable(MadeTable):
    """A host whose process list cannot be read."""

    broken = True

    def ids(self) -> Iterator[int]:
        if self.broken:
            raise OSError(24, "Too many open files")
        return super().ids()


def gateway(folder: Path, table: MadeTable) -> OpenClawGateway:
    site = Site("main", folder, folder, folder / "openclaw.json", 18789, 0)
    return OpenClawGateway(site, table=table)


def test_a_first_look_that_fails_does_not_claim_that_nothing_runs(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Too many open files"):
        asyncio.run(gateway(tmp_path, BrokenTable()).inspect())


def test_a_later_look_that_fails_leaves_the_one_before_standing(tmp_path: Path) -> None:
    table = BrokenTable()
    table.broken = False
    watched = gateway(tmp_path, table)

    async def twice() -> tuple[object, object, ConfigState]:
        first = await watched.inspect()
        table.broken = True
        second = await watched.inspect()
        return first.process, second.process, second.config

    first, second, config = asyncio.run(twice())
    assert first == second
    assert config is ConfigState.UNKNOWN
