"""The installed program on a gateway's double: what it survives, and what it never touches."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.doubles.service_bench import eventually
from tests.runtime.homes import COMMAND, Home

from selfheal.ports.store import StoreError
from selfheal.store.reader import Reader

SELFHEAL = str(Path(sys.executable).with_name("selfheal"))
LIMIT_S = 20.0
END_S = 2.0  # the promise of SIGTERM
LOCKED, NOT_WELL, STORE = 4, 1, 74
QUICK = """\
[watchdog]
sweep_interval_s = 5
[healthcheck]
heartbeat_interval_s = 0.5
heartbeat_timeout_s = 0.4
heartbeat_retry_s = 0.1
full_check_timeout_s = 2
[restart]
restart_gap_s = 0.5
stability_window_s = 0.5
[startup]
startup_probe_s = 0.2
[stop]
hang_term_grace_s = 0.3
[limits]
recheck_hold_s = 0.3
"""
Wrap = Callable[[Sequence[str]], Sequence[str]]


@dataclass
class Host:
    """One home and the residents that run in it."""

    home: Home
    wrap: Wrap = tuple
    residents: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.home.path / "resident.log"

    def resident(self, *options: str) -> subprocess.Popen[str]:
        with self.log.open("a", encoding="utf-8") as log:
            process = subprocess.Popen(
                [*self.wrap((SELFHEAL, "--config", str(self.home.config), "run", *options))],
                env=self.home.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                text=True,
            )
        self.residents.append(process)
        return process

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = self.wrap((SELFHEAL, "--config", str(self.home.config), *words))
        return subprocess.run(
            command,
            env=self.home.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def status(self) -> dict[str, Any]:
        """Of the one target; empty while nothing is known."""
        answer = self.call("status", "--json")
        if not answer.stdout:
            return {}
        document: dict[str, Any] = json.loads(answer.stdout)
        target: dict[str, Any] = document["targets"][0]
        return target | {"resident": document["resident"]["running"]}

    def reasons(self) -> list[str]:
        """Of the journal, oldest first."""
        try:
            with Reader(self.home.state / "selfheal.db") as reader:
                return [note.reason for entry in reader.recent(100_000) for note in entry.notes]
        except StoreError:  # nothing has been kept yet
            return []

    def until(self, **wanted: Any) -> dict[str, Any]:
        """Waits until the status has these values, and no incident where none is wanted."""

        def look() -> dict[str, Any]:
            seen = self.status()
            return seen if all(seen.get(name) == value for name, value in wanted.items()) else {}

        seen: dict[str, Any] = self._eventually(look)
        return seen

    def well(self) -> int:
        """Waits until the gateway is well and not under repair; its pid."""
        pid: int = self.until(phase="well", incident=None, resident=True)["process"]["pid"]
        return pid

    def said(self, text: str) -> None:
        self._eventually(lambda: text in self.log.read_text(encoding="utf-8"))

    def noted(self, reason: str, times: int = 1) -> None:
        self._eventually(lambda: self.reasons().count(reason) >= times)

    def started(self, count: int) -> int:
        """Waits until so many gateways were started in all and the last of them lives; its pid."""
        self._eventually(lambda: len(self.home.starts()) >= count and len(self.home.living()) == 1)
        assert len(self.home.starts()) == count
        assert self.home.never_two()
        return self.home.starts()[-1]

    def _eventually(self, look: Callable[[], Any]) -> Any:
        try:
            return eventually(look, LIMIT_S)
        except AssertionError as error:
            log = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
            raise AssertionError(f"{error}\n{log}\n{self.call('status').stdout}") from None

    def end(self, process: subprocess.Popen[str]) -> float:
        """SIGTERM; it must end well. The time it took."""
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) == 0
        return time.monotonic() - begun

    def close(self) -> None:
        for process in self.residents:
            process.kill()
            process.wait(LIMIT_S)
        self.home.close()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    made = Host(Home(tmp_path / "home"))
    made.home.configure(QUICK)
    yield made
    made.close()


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    os.kill(pid, number)


# -- one resident, from its start to its end --------------------------------------------------------


def test_a_gateway_that_runs_already_is_adopted(host: Host) -> None:
    pid = host.home.start_gateway()
    host.resident()
    assert host.well() == pid
    assert host.home.starts() == [pid]
    assert host.status()["incident"] is None
    assert "start" not in host.reasons()


def test_a_gateway_that_is_not_there_is_started_and_a_killed_one_again(host: Host) -> None:
    host.resident()
    first = host.started(1)
    assert host.well() == first
    kill(first)
    second = host.started(2)
    assert host.well() == second


def test_the_second_resident_names_the_first_and_ends(host: Host) -> None:
    first = host.resident()
    host.well()
    second = host.call("run")
    assert second.returncode == LOCKED
    assert f"pid {first.pid}" in second.stderr
    assert first.poll() is None
    assert host.home.starts() == host.home.living()


def test_its_end_is_quick_and_leaves_the_gateway_alone(host: Host) -> None:
    resident = host.resident()
    pid = host.well()
    assert host.end(resident) < END_S
    assert host.home.living() == [pid]
    assert host.status()["resident"] is False


def test_its_end_is_quick_while_a_look_hangs(host: Host) -> None:
    """A file that never answers, as on a network disk that is gone, holds a thread of ours for ever."""
    resident = host.resident()
    pid = host.well()
    lock = next((host.home.path / ".openclaw").rglob("gateway.state.lock"))
    lock.unlink()
    os.mkfifo(lock)
    before = host.status()["as_of"]
    host.call("disable", "healthcheck")  # not even a probe may hurry the next look
    eventually(lambda: host.status()["as_of"] != before, LIMIT_S)
    eventually(lambda: any(one["kind"] == "InspectHost" for one in host.status()["pending"]), LIMIT_S)
    assert host.end(resident) < END_S + 0.5
    assert host.home.living() == [pid]


def test_a_bad_reload_keeps_the_old_settings_and_a_good_one_is_taken(host: Host) -> None:
    resident = host.resident()
    pid = host.well()
    host.home.configure(QUICK + "bananas = 3\n")
    resident.send_signal(signal.SIGHUP)
    host.said("the old one stays")
    host.said("bananas")
    assert resident.poll() is None
    host.home.configure("observe = true\n" + QUICK)  # of the target's table, where it is not known
    resident.send_signal(signal.SIGHUP)
    eventually(lambda: host.log.read_text(encoding="utf-8").count("the old one stays") == 2, LIMIT_S)
    host.home.configure("policy.observe = true\n" + QUICK)
    resident.send_signal(signal.SIGHUP)
    host.said("config reloaded")
    kill(pid)
    host.noted("would_start")
    assert host.home.living() == []
    host.home.configure(QUICK)
    resident.send_signal(signal.SIGHUP)
    host.started(2)
    host.well()


def test_a_gateway_that_dies_at_once_leaves_its_exit_code_and_its_last_words(host: Host) -> None:
    script = "echo token=hunter2hunter2; echo node: bad option: --x >&2; exit 9"
    command = json.dumps(["/bin/sh", "-c", script, "sh", "gateway", "run"])
    settings = host.home.config.read_text(encoding="utf-8").replace(json.dumps(COMMAND), command)
    host.home.config.write_text(settings, encoding="utf-8")
    host.resident()
    host.noted("attempt_failed")
    told = host.call("incidents", "show", "1").stdout
    assert "exit code 9: token=*** / node: bad option: --x" in told
    assert "hunter2" not in told


# -- a person's word --------------------------------------------------------------------------------


def test_observing_it_says_what_it_would_do_and_does_nothing(host: Host) -> None:
    host.resident("--observe")
    host.noted("would_start")
    pid = host.home.start_gateway()
    assert host.well() == pid
    kill(pid)
    host.noted("would_start", 2)
    assert host.home.starts() == [pid]


def test_paused_it_touches_nothing_until_it_is_resumed(host: Host) -> None:
    host.resident()
    pid = host.well()
    assert host.call("pause", "--why", "moving house").returncode == 0
    host.noted("paused")
    kill(pid)
    seen = host.until(phase="absent", hold="paused")
    assert seen["pause"]["why"] == "moving house"
    assert host.home.living() == []
    assert host.call("resume").returncode == 0
    host.started(2)
    host.well()


def test_a_pause_outlives_the_resident(host: Host) -> None:
    resident = host.resident()
    pid = host.well()
    host.call("pause")
    host.noted("paused")
    kill(resident.pid)
    resident.wait(LIMIT_S)
    kill(pid)
    host.resident()
    host.until(phase="absent", hold="paused", resident=True)
    assert host.home.living() == []


def test_a_pause_that_was_asked_for_while_nobody_ran_comes_first(host: Host) -> None:
    resident = host.resident()
    pid = host.well()
    host.end(resident)
    kill(pid)
    starts = host.home.starts()
    host.call("pause")
    host.resident()
    host.noted("paused")
    host.until(phase="absent", hold="paused", resident=True)
    assert host.home.starts() == starts


def test_a_disabled_watchdog_starts_nothing(host: Host) -> None:
    host.resident()
    pid = host.well()
    assert host.call("disable", "watchdog").returncode == 0
    host.noted("level_disabled")
    kill(pid)
    host.until(phase="absent", hold="level_disabled")
    assert host.home.living() == []
    host.call("enable", "watchdog")
    host.started(2)


def test_stopped_by_a_person_it_stays_down(host: Host) -> None:
    host.resident()
    pid = host.well()
    kill(pid, signal.SIGTERM)
    seen = host.until(phase="stopped")
    assert seen["incident"] is None
    host.noted("exit_examined")
    assert host.home.living() == []
    assert "incident_opened" not in host.reasons()[host.reasons().index("exit_examined") :]
    assert host.call("resume").returncode == 0
    host.started(2)


def test_a_slow_start_is_left_alone(host: Host) -> None:
    """Longer than its usual start, within its grace: not one signal, not one second start."""
    host.home.wish(start_s=8.0)
    host.resident()
    pid = host.started(1)
    host.until(phase="starting")
    assert host.well() == pid
    assert host.home.starts() == [pid]
    assert "ask_to_stop" not in host.reasons()


# -- check ------------------------------------------------------------------------------------------


def test_check_beside_a_resident(host: Host) -> None:
    host.resident()
    pid = host.well()
    assert host.call("check").returncode == 0
    host.call("pause")
    host.noted("paused")
    kill(pid)
    host.until(phase="absent")
    assert host.call("check").returncode == NOT_WELL


def test_check_without_a_resident(host: Host) -> None:
    host.home.start_gateway()
    assert host.call("check").returncode == 0
    assert host.call("check").returncode == 0  # at once, not when the next check would be due
    host.call("pause")
    kill(host.home.living()[0])
    assert host.call("check").returncode == NOT_WELL
    assert host.home.living() == []


# -- bad disks --------------------------------------------------------------------------------------


def in_own_mounts(script: str) -> Wrap:
    """The command in a mount namespace of its own, after `script` as root in it."""
    return lambda command: ("unshare", "-m", "sh", "-c", f'{script} && exec "$@"', "sh", *command)


def need_mounts() -> None:
    can = os.geteuid() == 0 and shutil.which("unshare")
    if not can or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        pytest.skip("unprivileged")


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
    need_mounts()
    host.home.state.mkdir(mode=0o700)
    fill = (
        f"mount -t tmpfs -o size=256k none {host.home.state} && ! cat /dev/zero >{host.home.state}/full 2>&-"
    )
    host.wrap = in_own_mounts(fill)
    survives_without_a_disk(host, "the disk is full")


def test_a_state_folder_that_can_only_be_read_costs_the_gateway_nothing(host: Host) -> None:
    need_mounts()
    host.home.state.mkdir(mode=0o700)
    bind = f"mount --bind {host.home.state} {host.home.state}"
    host.wrap = in_own_mounts(f"{bind} && mount -o remount,ro,bind {host.home.state}")
    survives_without_a_disk(host, "ead-only")


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
