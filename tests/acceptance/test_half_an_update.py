"""The package is gone from under a living gateway, as after half an update: it is left alone until then."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.acceptance.fault_world import World, made_world
from tests.acceptance.real import SOON_S, assert_only_one_gateway, await_that

from selfheal.gateway.sandbox_install import Installation

STILL_S = 10.0
"""Several sweeps, probes and holds of these settings, in which nothing may happen."""


@pytest.fixture
def world(tmp_path: Path, installation: Installation) -> Iterator[World]:
    """Its package is a copy: what it needs besides is everybody's."""
    package, own = installation.openclaw.parent, tmp_path / "openclaw" / "node_modules"
    shutil.copytree(package, own / package.name, symlinks=True)
    for needed in package.parent.iterdir():
        if needed != package:
            (own / needed.name).symlink_to(needed)
    with made_world(
        tmp_path / "world", replace(installation, openclaw=own / package.name / "openclaw.mjs")
    ) as made:
        yield made
    shutil.rmtree(own)


def test_what_could_not_be_started_again_is_not_ended(world: World) -> None:
    pid, starts = world.house.await_well(), world.starts()
    dist = world.sandbox.installation.openclaw.with_name("dist")
    dist.rename(dist.with_name("dist.away"))
    told = world.house.await_status("it is held", lambda told: told["hold"] is not None, SOON_S)
    assert told["hold"] == "package_broken"
    incident = told["incident"]
    assert incident["cause"] == "package_broken"
    assert str(dist / "entry.js") in incident["detail"]
    await_that("a person is told", lambda: "told" in world.house.reasons(incident["id"]), SOON_S)
    time.sleep(STILL_S)
    assert {gateway.pid for gateway in world.house.gateways()} <= {
        pid
    }  # it may end by itself, to be restarted
    assert "ask_to_stop" not in world.house.reasons(incident["id"])
    assert world.starts() == starts
    dist.with_name("dist.away").rename(dist)
    now = world.house.await_well()
    assert_only_one_gateway(world.house, now, world.resident.process.pid)
    assert world.starts() <= starts + 1
