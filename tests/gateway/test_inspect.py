"""Who else is at work on the host: package managers, doctor, update, another supervisor; and a full disk."""

import os
import time
from pathlib import Path

import pytest
from tests.doubles.process_table import MadeTable

from selfheal.core.facts import Upkeep
from selfheal.gateway import inspect
from selfheal.gateway.inspect import Inspector, is_full
from selfheal.gateway.process import ProcessFinder
from selfheal.gateway.site import Site
from selfheal.gateway.upkeep import MARKER_MAX_AGE_S, UpkeepWatch, package_folder

TITLE, COMM = "openclaw-gateway", "openclaw-gatewa"
OWN_PID = 99


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
    made.lock_dir.mkdir(parents=True)
    return made


def upkeep(site: Site, table: MadeTable) -> Upkeep | None:
    return UpkeepWatch(site, table, ProcessFinder(site, table)).look()


def test_the_package_is_found_through_links(site: Site) -> None:
    assert package_folder(site) == site.home / "lib" / "node_modules" / "openclaw"


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


def test_upkeep_is_looked_for_seldom_while_the_gateway_serves(site: Site) -> None:
    table = MadeTable()
    table.add(10, TITLE, comm=COMM, ports=[18789], files=[str(site.database_path)])
    inspector = Inspector(site, table, OWN_PID)
    inspector.look(0.0)
    table.add(30, "npm install -g openclaw", comm="npm install -g ")
    assert inspector.look(30.0).inspection.upkeep is None
    assert inspector.look(61.0).inspection.upkeep is Upkeep.PACKAGE_MANAGER
    del table.made[10], table.made[30]
    assert inspector.look(62.0).inspection.upkeep is None


def test_a_disk_is_full_below_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_full(str(tmp_path))
    assert not is_full(str(tmp_path / "none"))
    monkeypatch.setattr(inspect, "DISK_FULL_BYTES", 1 << 60)
    assert is_full(str(tmp_path))
