"""The gateway's process, found for certain among look-alikes."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.doubles.half_dead import half_dead
from tests.doubles.process_table import MadeTable

from selfheal.core.facts import GatewayProcess, PortOwner, ProcessState
from selfheal.gateway.process import (
    PARKED_AFTER_S,
    Found,
    ProcessFinder,
    is_gateway,
    openclaw_words,
)
from selfheal.gateway.proctable import GONE, LinuxTable, ProcessTable, host_table
from selfheal.gateway.site import Site
from selfheal.gateway.statelock import read_lock

TITLE = "openclaw-gateway"
COMM = "openclaw-gatewa"
RUN = ("/usr/bin/node", "/opt/openclaw/openclaw.mjs", "gateway", "run")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    state_dir = tmp_path / ".openclaw"
    made = Site("default", tmp_path, state_dir, state_dir / "openclaw.json", 18789, 1000)
    made.lock_path.parent.mkdir(parents=True)
    return made


def lock(site: Site, pid: int, started: float | None = 100.0, **more: object) -> None:
    start = {} if started is None else {"startTime": round(started * 100)}
    text = json.dumps({"pid": pid, "port": 18789, **start, **more})
    site.lock_path.write_text(text + "\n\t \t  {not json}")


def state_file(site: Site) -> str:
    return str(site.database_path)


def find(site: Site, table: ProcessTable) -> Found:
    return ProcessFinder(site, table).find(0.0)


def test_the_locks_holder_that_listens_is_the_gateway(site: Site) -> None:
    table = MadeTable()
    table.add(10, TITLE, comm=COMM, ports=[18789], files=[state_file(site)])
    lock(site, 10)
    found = find(site, table)
    assert found.process is not None
    assert (found.process.pid, found.process.started, found.process.listening) == (10, 100.0, True)
    assert (found.process.age_s, found.others, found.port_owner) == (900.0, (), None)


@pytest.mark.parametrize(("slept_s", "within"), [(300.0, 300.0), (5000.0, 900.0)])
def test_of_a_processs_age_the_host_may_have_slept_some(site: Site, slept_s: float, within: float) -> None:
    table = MadeTable()
    table.slept = slept_s
    table.add(10, TITLE, comm=COMM, ports=[18789], files=[state_file(site)])
    lock(site, 10)
    process = find(site, table).process
    assert process is not None
    assert (process.age_s, process.slept_s) == (900.0, within)


def test_the_lock_says_on_which_port_it_serves(site: Site) -> None:
    """Started by hand with `--port`: what has our port is nobody's business then."""
    table = MadeTable()
    table.add(10, TITLE, comm=COMM, ports=[19999], files=[state_file(site)])
    table.add(11, "sleep", comm="sleep", ports=[18789])
    lock(site, 10, port=19999)
    found = find(site, table)
    assert found.process is not None
    assert (found.port, found.process.listening, found.port_owner) == (19999, True, None)


@pytest.mark.parametrize("port", [None, "19999", 0, 70_000, True])
def test_a_lock_that_names_no_port_leaves_the_one_that_is_known(site: Site, port: object) -> None:
    table = MadeTable()
    table.add(10, TITLE, comm=COMM, ports=[18789], files=[state_file(site)])
    lock(site, 10, port=port)
    found = find(site, table)
    assert found.process is not None
    assert (found.port, found.process.listening) == (18789, True)


@pytest.mark.parametrize(("ports", "port"), [([18789], 18789), ([], None)])
def test_without_a_lock_only_who_listens_tells_the_port(
    site: Site, ports: list[int], port: int | None
) -> None:
    table = MadeTable()
    table.add(10, *RUN, ports=ports, environment={"HOME": str(site.home)})
    found = find(site, table)
    assert found.process is not None
    assert found.port == port


@pytest.mark.parametrize(("letter", "state"), [("T", ProcessState.STOPPED), ("t", ProcessState.STOPPED)])
def test_a_halted_process_is_there(site: Site, letter: str, state: ProcessState) -> None:
    table = MadeTable()
    table.add(10, TITLE, comm=COMM, state=letter, ports=[18789])
    lock(site, 10)
    found = find(site, table)
    assert found.process is not None
    assert found.process.state is state


@pytest.mark.parametrize("letter", ["Z", "X"])
def test_a_zombie_is_gone(site: Site, letter: str) -> None:
    table = MadeTable()
    table.add(10, comm=COMM, state=letter)
    lock(site, 10)
    assert find(site, table) == Found()


def test_a_recycled_pid_is_not_the_gateway(site: Site) -> None:
    table = MadeTable()
    table.add(10, "/usr/bin/node", "server.js", started=100.01)
    lock(site, 10)
    assert find(site, table) == Found()


def test_a_lock_that_names_a_stranger_with_its_start_time_proves_nothing(site: Site) -> None:
    table = MadeTable()
    table.add(10, "sleep", "600", comm="sleep")
    lock(site, 10)
    assert find(site, table).process is None


def test_a_lock_without_a_start_time_needs_a_gateways_argv(site: Site) -> None:
    table = MadeTable()
    table.add(10, "/usr/bin/node", "server.js")
    lock(site, 10, started=None)
    assert find(site, table).process is None
    table.add(10, *RUN)
    found = find(site, table)
    assert found.process is not None


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"pid":"10"}', '{"pid":0}', '{"pid":true}'])
def test_a_lock_that_cannot_be_read_names_nobody(site: Site, text: str) -> None:
    site.lock_path.write_text(text)
    assert read_lock(site.lock_path, 100) is None


def test_doctor_holds_the_lock(site: Site) -> None:
    table = MadeTable()
    table.add(10, "openclaw-doctor", comm="openclaw-doctor")
    lock(site, 10, role="sqlite-maintenance")
    assert find(site, table) == Found(maintenance=True)


def test_a_young_process_without_a_lock_is_starting(site: Site) -> None:
    table = MadeTable()
    table.add(10, *RUN, started=999.5, environment={"HOME": str(site.home)})
    found = find(site, table)
    assert found.process is not None
    assert (found.process.pid, found.process.listening) == (10, False)


@pytest.mark.parametrize("title", ["openclaw", TITLE])
def test_a_starting_gateway_is_not_lost_behind_its_title(site: Site, title: str) -> None:
    table = MadeTable()
    table.add(10, *RUN, environment={"HOME": str(site.home)})
    finder = ProcessFinder(site, table)
    finder.find(0.0)
    table.add(10, title, comm=title[:15], environment={"HOME": str(site.home)})
    found = finder.find(1.0)
    assert found.process is not None
    assert found.process.pid == 10
    table.add(10, title, comm=title[:15], environment={"HOME": str(site.home)}, started=101.0)
    assert finder.find(2.0) == Found()


def test_a_starting_gateway_is_recognised_after_our_own_restart(site: Site) -> None:
    """Nobody has seen its argv: it is known as the one that was seen before, or as our child."""
    table = MadeTable()
    table.add(10, "openclaw", comm="openclaw", environment={"HOME": str(site.home)})
    assert find(site, table) == Found()
    told = ProcessFinder(site, table)
    told.recognise(GatewayProcess(10, 100.0))
    assert told.find(0.0).process is not None
    mine = ProcessFinder(site, table, ours=lambda: frozenset({10}))
    assert mine.find(0.0).process is not None
    recycled = ProcessFinder(site, table)
    recycled.recognise(GatewayProcess(10, 99.0))
    assert recycled.find(0.0) == Found()


def test_our_child_is_known_before_it_has_become_the_gateway(site: Site) -> None:
    """A person's own script, which works for a while and then makes way for the gateway."""
    table = MadeTable()
    table.add(10, "/bin/bash", "start-gateway.sh", comm="start-gateway.s")
    finder = ProcessFinder(site, table, ours=lambda: frozenset({10}))
    for _ in range(3):
        found = finder.find(0.0)
        assert found.process is not None
        assert (found.process.pid, found.others) == (10, ())
        table.now += PARKED_AFTER_S
    table.add(10, *RUN, environment={"HOME": str(site.home)})
    assert finder.find(0.0).process is not None
    table.now += PARKED_AFTER_S
    assert finder.find(0.0).process is None


@pytest.mark.parametrize("locked", [True, False])
def test_a_script_that_stays_above_the_gateway_is_no_second_one(site: Site, *, locked: bool) -> None:
    table = MadeTable()
    table.add(10, "/bin/bash", "start-gateway.sh", comm="start-gateway.s")
    table.add(11, "openclaw", comm="openclaw", ppid=10)
    table.add(12, TITLE, comm=COMM, ppid=11, ports=[18789], files=[state_file(site)])
    if locked:
        lock(site, 12)
    found = ProcessFinder(site, table, ours=lambda: frozenset({10})).find(0.0)
    assert found.process is not None
    assert (found.process.pid, found.others) == (12, ())


def test_a_process_without_a_lock_is_parked_after_a_while(site: Site) -> None:
    table = MadeTable()
    table.add(10, TITLE, comm=COMM, files=[state_file(site)])
    finder = ProcessFinder(site, table)
    assert finder.find(0.0).process is not None
    table.now += PARKED_AFTER_S
    found = finder.find(0.0)
    assert found.process is None
    assert [other.pid for other in found.others] == [10]


def test_who_serves_without_a_lock_is_still_the_gateway(site: Site) -> None:
    table = MadeTable()
    table.add(10, TITLE, comm=COMM, files=[state_file(site)], ports=[18789])
    finder = ProcessFinder(site, table)
    finder.find(0.0)
    table.now += 10 * PARKED_AFTER_S
    found = finder.find(0.0)
    assert found.process is not None
    assert found.process.listening


def test_a_half_dead_second_instance_is_one_of_the_others(site: Site) -> None:
    table = MadeTable()
    table.add(10, TITLE, comm=COMM, ports=[18789], files=[state_file(site)])
    table.add(11, TITLE, comm=COMM, files=[state_file(site)], started=50.0)
    lock(site, 10)
    found = find(site, table)
    assert found.process is not None
    assert (found.process.pid, [other.pid for other in found.others]) == (10, [11])


def test_the_launcher_of_the_gateway_is_no_second_instance(site: Site) -> None:
    table = MadeTable()
    table.add(9, *RUN, environment={"HOME": str(site.home)})
    table.add(10, TITLE, comm=COMM, ppid=9, ports=[18789], files=[state_file(site)])
    lock(site, 10)
    assert find(site, table).others == ()


def test_a_command_with_the_gateways_title_is_nobody(site: Site) -> None:
    table = MadeTable()
    table.add(10, TITLE, comm=COMM, environment={"HOME": str(site.home)})
    assert find(site, table) == Found()


@pytest.mark.parametrize(
    "environment",
    [
        {"HOME": "/home/somebody"},
        {"HOME": "{home}", "OPENCLAW_PROFILE": "work"},
        {"HOME": "{home}", "OPENCLAW_STATE_DIR": "/elsewhere"},
        {"HOME": "{home}", "OPENCLAW_HOME": "/elsewhere"},
        None,
    ],
)
def test_the_gateway_of_another_place_is_not_ours(site: Site, environment: dict[str, str] | None) -> None:
    theirs = (
        {name: text.format(home=site.home) for name, text in environment.items()} if environment else None
    )
    table = MadeTable()
    table.add(10, *RUN, environment=theirs, started=999.0)
    table.add(11, TITLE, comm=COMM, environment=theirs, files=["/elsewhere/state/openclaw.sqlite"])
    assert find(site, table) == Found()


def test_a_profile_in_the_argv_is_another_place(site: Site) -> None:
    table = MadeTable()
    table.add(10, *RUN, "--profile", "work", environment={"HOME": str(site.home)}, started=999.0)
    assert find(site, table) == Found()


def test_a_container_is_another_world(site: Site) -> None:
    table = MadeTable()
    table.add(10, TITLE, comm=COMM, files=[state_file(site)], same_world=False)
    assert find(site, table) == Found()


@pytest.mark.parametrize(
    ("argv", "shown"),
    [
        ("python3 server.py 18789", "python3 server.py 18789"),
        ("python3 -m http.server 18789", "python3"),
        ("python3 block.py --password=hunter2secret", "python3 block.py"),
        ("mysqld -p hunter2secret", "mysqld"),
        ("relay tcp://ann:hunter2secret@host token=hunter2secret", "relay tcp://ann:***@host token=***"),
        ("-bash", "-bash"),
        ("", ""),
    ],
)
def test_a_stranger_on_the_port_is_named_without_what_it_hides(site: Site, argv: str, shown: str) -> None:
    table = MadeTable()
    table.add(20, *argv.split(), comm="python3", ports=[18789])
    assert find(site, table).port_owner == PortOwner(20, shown)


def test_another_users_gateway_is_believed_by_its_lock(site: Site) -> None:
    """Its open files are not ours to see; the port is taken, and the lock names it."""
    table = MadeTable()
    table.add(10, TITLE, comm=COMM)
    table.add(20, "hidden", ports=[18789])
    lock(site, 10)
    found = find(site, table)
    assert found.process is not None
    assert (found.process.listening, found.port_owner) == (True, None)


def test_beside_a_serving_gateway_the_host_is_searched_seldom(site: Site) -> None:
    table = MadeTable()
    table.add(10, TITLE, comm=COMM, ports=[18789], files=[state_file(site)])
    lock(site, 10)
    finder = ProcessFinder(site, table)
    for now in (0.0, 10.0, 59.0):
        finder.find(now)
    assert table.searches == 1
    finder.find(61.0)
    assert table.searches == 2


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ((TITLE,), True),
        (RUN, True),
        ((*RUN[:3],), True),
        (("/usr/bin/openclaw", "gateway", "--port", "1", "run"), True),
        (
            ("node", "--max-old-space-size=500", "/x/dist/index.js", "--profile", "work", "gateway", "run"),
            True,
        ),
        (("/usr/bin/node", "/opt/openclaw/openclaw.mjs", "gateway", "status"), False),
        (("/usr/bin/node", "/opt/openclaw/openclaw.mjs", "doctor"), False),
        (("/bin/sh", "-c", "openclaw gateway run"), False),
        (("vim", "openclaw-gateway"), False),
        ((), False),
    ],
)
def test_what_an_argv_says(argv: tuple[str, ...], expected: bool) -> None:
    assert is_gateway(argv) is expected


def test_words_of_a_command() -> None:
    assert openclaw_words(("openclaw", "--profile", "a", "doctor", "--fix")) == ("doctor",)
    assert openclaw_words(("python3", "server.py")) == ()


def test_the_hosts_own_table_knows_this_process() -> None:
    table = host_table()
    row = table.read(os.getpid())
    assert row is not None
    assert (row.ppid, row.state in "RS") == (os.getppid(), True)
    assert 0 < table.age_s(row) < 100_000
    assert "pytest" in " ".join(table.argv(os.getpid()))
    assert os.getpid() in set(table.ids())
    assert table.cwd(os.getpid()) == str(Path.cwd())
    assert table.same_world(os.getpid())
    assert table.read(2**22 + 1) is None


def test_a_name_with_spaces_and_brackets_is_read_right(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    fields = " ".join(["S", "1", *["0"] * 17, "4200", *["0"] * 30])
    (tmp_path / "7" / "stat").write_text(f"7 (a) S (b) c) {fields}\n")
    row = LinuxTable(str(tmp_path)).read(7)
    assert row is not None
    assert (row.comm, row.state, row.ppid, row.started) == ("a) S (b) c", "S", 1, 42.0)


@pytest.mark.skipif(sys.platform != "linux", reason="threads that outlive the first one are seen in /proc")
def test_a_killed_gateway_that_still_holds_its_port_is_not_gone(site: Site) -> None:
    """Otherwise its port looks taken by nobody that can be named."""
    with half_dead() as (pid, port):
        row = LinuxTable().read(pid)
        assert row is not None
        lock(site, pid, row.started)
        found = find(replace(site, port=port), LinuxTable())
        assert found.process is not None
        assert (found.process.pid, found.port_owner) == (pid, None)
    assert row.state not in GONE
