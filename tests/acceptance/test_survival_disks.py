"""The installed program on a gateway's double: bad disks, and databases that are of no use."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.host import END_S, NOT_WELL, STORE, Host, Wrap, hosted, kill
from tests.acceptance.mounts import in_own_mounts, need_mounts

from selfheal.store.standin import stand_in


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with hosted(tmp_path / "home") as made:
        yield made


def mounting(script: str) -> Wrap:
    return lambda command: in_own_mounts(script, command)


def survives_without_a_disk(host: Host, complaint: str) -> None:
    pid = host.home.start_gateway()
    resident = host.resident()
    host.said(complaint)
    host.said("gateway")
    kill(pid)
    second = host.started(2)
    host.said(f"gateway found, pid {second}")
    kill(second)
    third = host.started(3)
    assert host.end(resident) < END_S
    assert host.home.living() == [third]


def test_a_full_disk_under_our_state_costs_the_gateway_nothing(host: Host) -> None:
    need_mounts("what our storage refuses costs the gateway nothing, and a check its word")
    host.home.state.mkdir(mode=0o700)
    fill = (
        f"mount -t tmpfs -o size=256k none {host.home.state} && ! cat /dev/zero >{host.home.state}/full 2>&-"
    )
    host.wrap = mounting(fill)
    survives_without_a_disk(host, "the disk is full")


def test_a_state_folder_that_can_only_be_read_costs_the_gateway_nothing(host: Host) -> None:
    need_mounts("what our storage refuses costs the gateway nothing, and a check its word")
    host.home.state.mkdir(mode=0o700)
    bind = f"mount --bind {host.home.state} {host.home.state}"
    host.wrap = mounting(f"{bind} && mount -o remount,ro,bind {host.home.state}")
    survives_without_a_disk(host, "ead-only")


def test_a_check_says_what_it_saw_where_nothing_can_be_kept(host: Host) -> None:
    need_mounts("what our storage refuses costs the gateway nothing, and a check its word")
    host.home.state.mkdir(mode=0o700)
    bind = f"mount --bind {host.home.state} {host.home.state}"
    host.wrap = mounting(f"{bind} && mount -o remount,ro,bind {host.home.state}")
    kill(host.home.start_gateway())
    gone = host.call("check", "--observe")
    assert (gone.returncode, gone.stdout.partition(":")[2].strip()) == (NOT_WELL, "not well: not running")
    host.home.start_gateway()
    well = host.call("check")
    assert (well.returncode, well.stdout) == (0, "main: well\n")


def test_a_check_says_what_it_saw_beside_a_database_of_a_newer_version(host: Host) -> None:
    before = newer_database(host)
    well = host.call("check")
    assert (well.returncode, well.stdout) == (0, "main: well\n")
    assert "Install selfheal 9.9" in well.stderr
    assert (host.home.state / "selfheal.db").read_bytes() == before


def test_a_state_folder_that_cannot_be_made_costs_the_gateway_nothing(host: Host) -> None:
    need_mounts("what our storage refuses costs the gateway nothing, and a check its word")
    closed = host.home.path / "closed"
    closed.mkdir()
    config = host.home.config.read_text(encoding="utf-8")
    host.home.config.write_text(config.replace(str(host.home.state), f"{closed}/state"), encoding="utf-8")
    bind = f"mount --bind {closed} {closed}"
    host.wrap = mounting(f"{bind} && mount -o remount,ro,bind {closed}")
    lock = stand_in(closed / "state" / "resident.lock")
    try:
        survives_without_a_disk(host, "Read-only file system")
    finally:
        lock.unlink(missing_ok=True)


def test_a_damaged_database_is_moved_aside_and_the_watch_goes_on(host: Host) -> None:
    resident = host.resident()
    pid = host.well()
    host.end(resident)
    database = host.home.state / "selfheal.db"
    rubbish = b"not a database at all " * 500
    database.write_bytes(rubbish)
    host.resident()
    host.said("the database was damaged")
    (aside,) = host.home.state.glob("selfheal.db.corrupt-*[0-9]")
    host.said(str(aside))
    assert aside.read_bytes() == rubbish
    assert host.well() == pid
    kill(pid)
    host.started(2)


def test_a_state_that_cannot_be_read_does_not_end_the_watch(host: Host) -> None:
    resident = host.resident()
    pid = host.well()
    host.end(resident)
    with sqlite3.connect(host.home.state / "selfheal.db") as connection:
        connection.execute("UPDATE state SET body = 'of another time'")
    connection.close()
    resident = host.resident()
    host.said("cannot read the state of main")
    assert host.well() == pid
    kill(pid)
    host.started(2)
    assert host.end(resident) < END_S


def newer_database(host: Host) -> bytes:
    """What a later version of us has left, a pause in it."""
    resident = host.resident()
    host.well()
    host.call("pause", "--why", "later")
    host.noted("paused")
    host.end(resident)
    path = host.home.state / "selfheal.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.execute("UPDATE about SET value = '9.9' WHERE key = 'program'")
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path.read_bytes()


def test_a_database_of_a_newer_version_is_not_written_and_its_pause_is_obeyed(host: Host) -> None:
    before = newer_database(host)
    resident = host.resident()
    host.said("Install selfheal 9.9")
    kill(host.home.living()[0])
    host.said("paused")
    assert host.call("status").returncode == STORE
    assert host.end(resident) < END_S
    assert host.home.living() == []
    assert (host.home.state / "selfheal.db").read_bytes() == before


def test_a_gateway_is_watched_beside_a_database_of_a_newer_version(host: Host) -> None:
    newer_database(host)
    path = host.home.state / "selfheal.db"
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM state")
    connection.close()
    before = path.read_bytes()
    pid = host.home.living()[0]
    resident = host.resident()
    host.said("Install selfheal 9.9")
    kill(pid)
    host.started(2)
    assert host.end(resident) < END_S
    assert path.read_bytes() == before
