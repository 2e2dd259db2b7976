"""Whether the program is whole that runs, or that would be started. In doubt it is."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.doubles.process_table import MadeTable

from selfheal.core.facts import GatewayProcess
from selfheal.gateway.package import SEARCHES_MAX, PackageWatch, missing_file

GATEWAY = GatewayProcess(10, 100.0)


def installed(folder: Path) -> Path:
    """OpenClaw as npm lays it out."""
    package = folder / "lib" / "node_modules" / "openclaw"
    (package / "dist").mkdir(parents=True)
    for name in ("openclaw.mjs", "dist/entry.js", "dist/index.js"):
        (package / name).write_text("//")
    link = folder / "bin" / "openclaw"
    link.parent.mkdir()
    link.symlink_to("../lib/node_modules/openclaw/openclaw.mjs")
    return package


def test_a_whole_package_lacks_nothing(tmp_path: Path) -> None:
    package = installed(tmp_path)
    assert missing_file((str(tmp_path / "bin" / "openclaw"),)) is None
    assert missing_file(("/usr/bin/node", str(package / "openclaw.mjs"))) is None
    (package / "dist" / "entry.js").rename(package / "dist" / "entry.mjs")
    assert missing_file(("/usr/bin/node", str(package / "openclaw.mjs"))) is None


def test_another_version_has_another_mark(tmp_path: Path) -> None:
    package = installed(tmp_path)
    watch = PackageWatch((str(package / "openclaw.mjs"),), MadeTable())
    assert watch.mark() == ""
    (package / "package.json").write_text("{}")
    before = watch.mark()
    assert watch.mark() == before != ""
    (package / "other.json").write_text("{}")
    (package / "other.json").replace(package / "package.json")
    assert watch.mark() not in ("", before)


def empty(file: Path) -> None:
    file.write_text("")


@pytest.mark.parametrize("lose", [Path.unlink, empty])
@pytest.mark.parametrize("name", ["openclaw.mjs", "dist/entry.js"])
def test_what_the_launcher_needs_is_missed(tmp_path: Path, name: str, lose: Callable[[Path], None]) -> None:
    package = installed(tmp_path)
    lose(package / name)
    assert missing_file((str(tmp_path / "bin" / "openclaw"),)) == package / name


def test_a_unit_that_names_a_part_of_the_package_needs_that(tmp_path: Path) -> None:
    package = installed(tmp_path)
    command = ("/usr/bin/node", str(package / "dist" / "index.js"))
    (package / "dist" / "entry.js").unlink()
    assert missing_file(command) is None
    (package / "dist" / "index.js").unlink()
    assert missing_file(command) == package / "dist" / "index.js"


def test_the_whole_package_may_be_gone(tmp_path: Path) -> None:
    package = installed(tmp_path)
    package.rename(package.with_name(".openclaw-Zx81"))
    assert missing_file((str(tmp_path / "bin" / "openclaw"),)) == package / "openclaw.mjs"


@pytest.mark.parametrize(
    "command",
    [(), ("openclaw",), ("/nonexistent/openclaw",), ("/srv/mine/dist/index.js",), ("/bin/sh", "-c", "x")],
)
def test_of_a_persons_own_program_we_know_nothing(command: tuple[str, ...]) -> None:
    assert missing_file(command) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
def test_where_we_may_not_look_nothing_is_missing(tmp_path: Path) -> None:
    package = installed(tmp_path)
    (package / "dist").chmod(0)
    assert missing_file((str(package / "openclaw.mjs"),)) is None


@pytest.mark.parametrize("by_child", [True, False])
def test_what_runs_may_lie_elsewhere_than_what_we_would_start(tmp_path: Path, *, by_child: bool) -> None:
    """A gateway hides its argv behind a title. A child of it does not."""
    package, table = installed(tmp_path), MadeTable()
    table.add(9, "node", "/other/openclaw/dist/process/spawn-broker/worker.js", ppid=8)
    if by_child:
        table.add(10, "openclaw-gateway")
        table.add(11, "node", f"{package}/dist/process/spawn-broker/worker.js", ppid=10)
    else:
        table.add(10, "node", str(package / "openclaw.mjs"), "gateway")
    watch = PackageWatch((), table)
    assert watch.look(GATEWAY) == ""
    (package / "dist" / "entry.js").unlink()
    assert watch.look(GATEWAY) == str(package / "dist" / "entry.js")
    assert watch.look(None) == ""
    assert table.searches <= 1


@pytest.mark.parametrize("ours", [10, 60])
def test_a_child_of_ours_is_started_anew_by_our_command_wherever_it_lay(tmp_path: Path, ours: int) -> None:
    """A package manager may keep each version in a folder of its own, and has removed the old one."""
    table = MadeTable()
    table.add(10, "node", "/pruned/openclaw/openclaw.mjs", "gateway", ppid=60)
    command = (str(installed(tmp_path) / "openclaw.mjs"),)
    assert PackageWatch(command, table).look(GATEWAY) == "/pruned/openclaw/openclaw.mjs"
    assert PackageWatch(command, table, lambda: frozenset({ours})).look(GATEWAY) == ""


def test_the_search_for_a_child_ends(tmp_path: Path) -> None:
    table = MadeTable()
    table.add(10, "openclaw-gateway")
    watch = PackageWatch((str(installed(tmp_path) / "openclaw.mjs"),), table)
    for _ in range(SEARCHES_MAX * 2):
        assert watch.look(GATEWAY) == ""
    assert table.searches == SEARCHES_MAX
