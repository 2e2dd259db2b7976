"""SystemdUnit on a real systemd: what a person does, what systemd does by itself, what cannot be done."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.doubles.service_bench import Bench, eventually
from tests.doubles.systemd_box import BoxRefusedError, SystemdBox, obstacle

from selfheal.core.actions import Signal
from selfheal.core.facts import ManagerState
from selfheal.services.systemd import SystemdUnit
from selfheal.services.systemd_units import Sought, find_units

UNIT = "openclaw-gateway.service"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def box(shared: Path) -> Iterator[SystemdBox]:
    if obstacle():
        pytest.skip(obstacle())
    try:
        made = SystemdBox(shared)
    except BoxRefusedError as refused:
        pytest.skip(str(refused))
    yield made
    made.close()


@pytest.fixture
def bench(box: SystemdBox, shared: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    folder = shared / request.node.name
    folder.mkdir()
    made = Bench(folder)
    yield made
    box.run("systemctl", "kill", "--signal=KILL", UNIT)
    box.run("systemctl", "stop", UNIT)
    box.run("systemctl", "reset-failed", UNIT)
    made.close()


def unit_of(box: SystemdBox, bench: Bench, *settings: str, command: str = "") -> SystemdUnit:
    lines = ("[Service]", f"ExecStart={command or ' '.join(bench.command)}", *settings)
    box.write_unit(UNIT, "\n".join(lines) + "\n")
    box.run("systemctl", "daemon-reload")
    return SystemdUnit(UNIT, user=False, prefix=box.prefix)


def state(unit: SystemdUnit) -> ManagerState:
    return asyncio.run(unit.state())


def becomes(unit: SystemdUnit, wanted: ManagerState) -> None:
    eventually(lambda: state(unit) is wanted)


def test_a_stop_by_a_person_is_seen_as_that(box: SystemdBox, bench: Bench) -> None:
    unit = unit_of(box, bench, "Restart=always")
    assert asyncio.run(unit.start(10)).succeeded
    bench.ready()
    box.run("systemctl", "stop", UNIT)
    assert state(unit) is ManagerState.STOPPED


def test_a_stop_by_a_person_that_ends_badly_is_one_too(box: SystemdBox, bench: Bench) -> None:
    (bench.folder / "exit_on_term").write_text("1", encoding="ascii")
    unit = unit_of(box, bench, "Restart=always")
    asyncio.run(unit.start(10))
    bench.ready()
    box.run("systemctl", "stop", UNIT)
    status = asyncio.run(unit.status())
    assert status is not None
    assert (status.active, status.result) == ("failed", "exit-code")
    assert state(unit) is ManagerState.STOPPED
    assert asyncio.run(unit.start(10)).succeeded


def test_its_own_restart_is_seen_as_under_way(box: SystemdBox, bench: Bench) -> None:
    unit = unit_of(box, bench, "Restart=always", "RestartSec=600")
    asyncio.run(unit.start(10))
    identity = bench.one()
    asyncio.run(unit.signal(*identity, Signal.KILL))
    becomes(unit, ManagerState.RESTARTING)
    done = asyncio.run(unit.start(0.2))
    assert done.succeeded
    assert "auto-restart" in done.detail


def test_a_unit_that_gave_up_is_started_again(box: SystemdBox, bench: Bench) -> None:
    limits = ("Restart=always", "RestartSec=0", "[Unit]", "StartLimitBurst=3", "StartLimitIntervalSec=600")
    broken = unit_of(box, bench, *limits, command="/bin/false")
    asyncio.run(broken.start(5))
    becomes(broken, ManagerState.FAILED)
    mended = unit_of(box, bench, *limits)
    done = asyncio.run(mended.start(10))
    assert done.succeeded, done.detail
    bench.ready()


def test_a_slow_stop_is_seen_as_stopping(box: SystemdBox, bench: Bench) -> None:
    unit = unit_of(box, bench, "KillSignal=SIGCONT", "TimeoutStopSec=600")
    asyncio.run(unit.start(10))
    bench.ready()
    box.run("systemctl", "stop", "--no-block", UNIT)
    becomes(unit, ManagerState.STOPPING)


def test_a_unit_whose_start_takes_long_counts_once_its_process_is_there(
    box: SystemdBox, bench: Bench
) -> None:
    unit = unit_of(box, bench, "Type=notify", "TimeoutStartSec=600")
    done = asyncio.run(unit.start(10))
    assert done.succeeded, done.detail
    assert state(unit) is ManagerState.RUNNING


def test_a_unit_that_cannot_start_says_why(box: SystemdBox, bench: Bench) -> None:
    unit = unit_of(box, bench, command="/no/such/openclaw")
    done = asyncio.run(unit.start(5))
    assert not done.succeeded
    assert done.detail.startswith(f"cannot start {UNIT}: failed/failed")


def test_a_masked_unit_is_not_tried_again(box: SystemdBox, bench: Bench) -> None:
    unit = unit_of(box, bench)
    box.run("rm", f"/etc/systemd/system/{UNIT}")
    box.run("systemctl", "mask", UNIT)
    assert state(unit) is ManagerState.STOPPED
    done = asyncio.run(unit.start(5))
    assert "masked" in done.detail
    assert not done.retryable
    box.run("systemctl", "unmask", UNIT)


def test_a_unit_is_found_by_its_gateway(box: SystemdBox, bench: Bench) -> None:
    command = " ".join((*bench.command[:2], str(bench.folder)))
    extra = "Environment=OPENCLAW_GATEWAY_PORT=19001 HOME=/home/eve X=openclaw"
    unit_of(box, bench, extra, command=f"/usr/bin/env openclaw={bench.folder} {command}")
    home = Path("/home/eve")
    sought = Sought(port=19001, state_dir=home / ".openclaw", home=home)
    found = asyncio.run(find_units(sought, prefix=box.prefix))
    assert [(one.unit, one.user) for one in found] == [(UNIT, False)]
    other = Sought(port=19001, state_dir=home / ".openclaw-work", home=home)
    assert asyncio.run(find_units(other, prefix=box.prefix)) == ()


def test_no_systemctl_is_unknown_and_not_tried_again() -> None:
    unit = SystemdUnit(UNIT, user=True, prefix=("/no/such/enter",))
    assert state(unit) is ManagerState.UNKNOWN
    done = asyncio.run(unit.start(5))
    assert not done.succeeded
    assert not done.retryable


def test_no_bus_is_unknown(tmp_path: Path) -> None:
    env = {"XDG_RUNTIME_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    unit = SystemdUnit(UNIT, user=True, env=env)
    assert state(unit) is ManagerState.UNKNOWN
    assert not asyncio.run(unit.start(5)).succeeded


def test_a_systemctl_that_hangs_is_unknown_in_time(tmp_path: Path) -> None:
    fake = tmp_path / "systemctl"
    fake.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    fake.chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    unit = SystemdUnit(UNIT, user=False, env=env, look_timeout_s=0.2)
    begun = time.monotonic()
    assert state(unit) is ManagerState.UNKNOWN
    assert not asyncio.run(unit.start(0.2)).succeeded
    assert time.monotonic() - begun < 30
