"""Who else is at work on the host: package managers, doctor, update, another supervisor; and a full disk."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.doubles.gateway_bench import GatewayBench, double_bench
from tests.doubles.process_table import MadeTable

from selfheal.core.facts import Upkeep
from selfheal.gateway.inspect import Inspector, is_full
from selfheal.gateway.package import package_folder
from selfheal.gateway.process import ProcessFinder
from selfheal.gateway.proctable import host_table
from selfheal.gateway.site import Site
from selfheal.gateway.upkeep import MARKER_MAX_AGE_S, UpkeepWatch

TITLE, COMM = "openclaw-gateway", "openclaw-gatewa"
OWN_PID = 99
LIMIT_S = 60.0
SUPERVISOR = """
import ctypes, subprocess, sys, time
ctypes.CDLL(None).prctl(15, b"supervisord")
subprocess.Popen(sys.argv[1:])
time.sleep(600)
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    state_dir = tmp_path / ".openclaw"
    package = tmp_path / "lib" / "node_modules" / "openclaw"
    package.mkdir(parents=True)
    (package / "openclaw.mjs").touch()
    link = tmp_path / "bin" / "openclaw"
    link.parent.mkdir()
    link.symlink_to(package / "openclaw.mjs")
    made = Site("default", tmp_path, state_dir, state_dir / "openclaw.json", 18789, 0, (str(link),))
    made.lock_path.parent.mkdir(parents=True)
    return made


def upkeep(site: Site, table: MadeTable) -> Upkeep | None:
    return UpkeepWatch(site, table, ProcessFinder(site, table)).look()


@pytest.mark.parametrize(("port_is_set", "pid"), [(False, 12), (True, 11)])
def test_the_port_that_must_be_free_is_the_one_of_the_next_start(
    site: Site, *, port_is_set: bool, pid: int
) -> None:
    table = MadeTable()
    table.add(11, "sleep", comm="sleep", ports=[18789])
    table.add(12, "sleep", comm="sleep", ports=[28942])
    site.config_path.write_text('{"gateway": {"port": 18789}}')
    inspector = Inspector(replace(site, port_is_set=port_is_set), table, OWN_PID)
    inspector.look(0.0)
    site.config_path.write_text('{"gateway": {"port": 28942 }}')
    owner = inspector.look(1.0).inspection.port_owner
    assert owner is not None
    assert owner.pid == pid


def test_the_package_is_found_through_links(site: Site) -> None:
    assert package_folder(site.command) == site.home / "lib" / "node_modules" / "openclaw"


@pytest.mark.parametrize(
    ("comm", "argv", "expected"),
    [
        ("npm install -g ", ("npm install -g openclaw@latest",), Upkeep.PACKAGE_MANAGER),
        (
            "node",
            ("node", "/usr/lib/node_modules/npm/bin/npm-cli.js", "update", "-g"),
            Upkeep.PACKAGE_MANAGER,
        ),
        ("node", ("node", "/opt/pnpm.cjs", "add", "-g", "openclaw"), Upkeep.PACKAGE_MANAGER),
        ("bun", ("bun", "add", "--global", "openclaw"), Upkeep.PACKAGE_MANAGER),
        ("npm", ("npm install -g typescript",), None),
        ("npm", ("npm view openclaw",), None),
        ("npm", ("npm install openclaw",), None),  # into another project's folder
        ("openclaw-update", ("openclaw-update",), Upkeep.UPDATE),
        ("MainThread", ("node", "/x/openclaw.mjs", "update", "--yes"), Upkeep.UPDATE),
        ("openclaw-gatewa", ("openclaw-gateway",), None),
        ("vim", ("vim", "npm", "install", "-g", "openclaw"), None),
    ],
)
def test_who_works_on_the_installation(
    site: Site, comm: str, argv: tuple[str, ...], expected: Upkeep | None
) -> None:
    table = MadeTable()
    table.add(30, *argv, comm=comm)
    assert upkeep(site, table) is expected


@pytest.mark.parametrize(("cwd", "expected"), [("lib", Upkeep.PACKAGE_MANAGER), ("elsewhere", None)])
def test_a_project_of_its_own_is_touched_only_from_its_folder(
    site: Site, cwd: str, expected: Upkeep | None
) -> None:
    (site.home / "lib" / "package.json").touch()
    table = MadeTable()
    table.add(30, "npm ci", comm="npm ci", cwd=str(site.home / cwd))
    table.add(31, "npm install -g openclaw", comm="npm install -g ")
    assert upkeep(site, table) is expected


@pytest.mark.parametrize(("home", "expected"), [("{home}", Upkeep.DOCTOR), ("/home/somebody", None)])
def test_doctor_counts_where_it_works_on_our_state(site: Site, home: str, expected: Upkeep | None) -> None:
    table = MadeTable()
    environment = {"HOME": home.format(home=site.home)}
    table.add(30, "openclaw-doctor", comm="openclaw-doctor", environment=environment)
    assert upkeep(site, table) is expected


@pytest.mark.parametrize(("age_s", "expected"), [(1.0, Upkeep.PACKAGE_MANAGER), (MARKER_MAX_AGE_S + 1, None)])
def test_a_package_that_is_being_moved_in(site: Site, age_s: float, expected: Upkeep | None) -> None:
    marker = site.home / "lib" / "node_modules" / ".openclaw-Zx81"
    marker.mkdir()
    os.utime(marker, (time.time() - age_s,) * 2)
    assert upkeep(site, MadeTable()) is expected


@pytest.mark.parametrize(
    ("parents", "expected"),
    [
        ([("bash", 1)], ""),
        ([("systemd", 1)], ""),
        ([("supervisord", 1)], "supervisord"),
        ([("sh", 51), ("runsv", 1)], "runit"),
        ([("PM2 v5.3.0: God", 1)], "pm2"),
        ([("python", OWN_PID)], ""),
    ],
)
def test_another_supervisor_is_named(site: Site, parents: list[tuple[str, int]], expected: str) -> None:
    table = MadeTable()
    table.add(10, TITLE, comm=COMM, ppid=50, ports=[18789], files=[str(site.database_path)])
    for pid, (comm, ppid) in enumerate(parents, start=50):
        table.add(pid, comm, comm=comm, ppid=ppid)
    table.add(OWN_PID, "selfheal", comm="selfheal", ppid=98)
    table.add(98, "supervisord", comm="supervisord")  # ours, not the gateway's
    assert Inspector(site, table, OWN_PID).look(0.0).inspection.foreign_supervisor == expected


def supervised(site: Site, *, comm: str = "supervisord") -> MadeTable:
    """The gateway has the pid 10, its parent 50."""
    table = MadeTable()
    table.add(50, comm, comm=comm)
    table.add(10, TITLE, comm=COMM, ppid=50, ports=[18789], files=[str(site.database_path)])
    return table


def supervisor_in(inspector: Inspector) -> str:
    return inspector.look(0.0).inspection.foreign_supervisor


def test_a_supervisor_is_named_as_long_as_it_lives_itself(site: Site) -> None:
    table = supervised(site)
    inspector = Inspector(site, table, OWN_PID)
    assert supervisor_in(inspector) == "supervisord"
    del table.made[10]  # it is about to be started again, and not by us
    assert supervisor_in(inspector) == "supervisord"
    assert supervisor_in(Inspector(site, table, OWN_PID)) == ""
    del table.made[50]
    assert supervisor_in(inspector) == ""
    table.add(50, "supervisord", comm="supervisord")
    assert supervisor_in(inspector) == ""


@pytest.mark.parametrize(("state", "started"), [("Z", 100.0), ("S", 500.0)])
def test_a_supervisor_that_ended_is_not_taken_for_who_has_its_pid(
    site: Site, state: str, started: float
) -> None:
    table = supervised(site)
    inspector = Inspector(site, table, OWN_PID)
    inspector.look(0.0)
    del table.made[10]
    table.add(50, "supervisord", comm="supervisord", state=state, started=started)
    assert supervisor_in(inspector) == ""


def test_the_last_gateway_that_was_seen_tells_whose_it_is(site: Site) -> None:
    table = supervised(site)
    inspector = Inspector(site, table, OWN_PID)
    inspector.look(0.0)
    del table.made[10]
    table.add(11, TITLE, comm=COMM, ports=[18789], files=[str(site.database_path)])  # a person's own
    assert supervisor_in(inspector) == ""
    del table.made[11]
    assert supervisor_in(inspector) == ""


@pytest.mark.parametrize("recorded", [10, 60])
def test_our_own_child_that_outlived_us_is_not_the_first_process_s(site: Site, recorded: int) -> None:
    table = MadeTable()
    table.add(1, "supervisord", comm="supervisord", ppid=0)
    table.add(60, "openclaw", comm="openclaw", ppid=1)  # the launcher, which waits
    table.add(10, TITLE, comm=COMM, ppid=60, ports=[18789], files=[str(site.database_path)])
    assert supervisor_in(Inspector(site, table, OWN_PID)) == "supervisord"
    ours = Inspector(site, table, OWN_PID, lambda: frozenset({recorded}))
    assert supervisor_in(ours) == ""
    del table.made[10]
    assert supervisor_in(ours) == ""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[GatewayBench]:
    made = double_bench(tmp_path / "bench")
    yield made
    made.close()


def wait_for(come_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not come_true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="a process is renamed by prctl")
def test_a_real_supervisor_is_named_after_its_gateway_s_death(bench: GatewayBench) -> None:
    inspector = Inspector(bench.site, host_table(), OWN_PID)
    command = (sys.executable, "-c", SUPERVISOR, *bench.command)
    with subprocess.Popen(command, env=dict(bench.environment)) as parent:
        bench.started.append(parent)
        wait_for(lambda: inspector.find(0.0) is not None)
        assert supervisor_in(inspector) == "supervisord"
        gateway = inspector.find(0.0)
        assert gateway is not None
        os.kill(gateway.pid, signal.SIGKILL)
        wait_for(lambda: inspector.find(0.0) is None)
        assert supervisor_in(inspector) == "supervisord"
        parent.kill()
    assert supervisor_in(inspector) == ""


def test_upkeep_is_seen_by_every_look_though_the_gateway_listens(site: Site) -> None:
    table = MadeTable()
    table.add(10, TITLE, comm=COMM, ports=[18789], files=[str(site.database_path)])
    inspector = Inspector(site, table, OWN_PID)
    inspector.look(0.0)
    table.add(30, "npm install -g openclaw", comm="npm install -g ")
    assert inspector.look(1.0).inspection.upkeep is Upkeep.PACKAGE_MANAGER
    del table.made[30]
    assert inspector.look(2.0).inspection.upkeep is None


def test_a_disk_is_full_below_the_limit(tmp_path: Path) -> None:
    assert not is_full(str(tmp_path))
    assert not is_full(str(tmp_path / "none"))
    assert is_full(str(tmp_path), 1 << 60)
