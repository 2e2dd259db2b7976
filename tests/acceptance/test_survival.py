"""The installed program on a gateway's double: what it does in one life, and on a person's word."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.host import END_S, LIMIT_S, LOCKED, NOT_WELL, QUICK, Host, hang, hosted, kill
from tests.doubles.service_bench import eventually
from tests.runtime.homes import COMMAND

from selfheal.texts.describe import say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    with hosted(tmp_path / "home") as made:
        yield made


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


def test_where_its_state_folder_is_anothers_by_now_it_ends(host: Host) -> None:
    first = host.resident()
    pid = host.well()
    hang(first)
    host.home.state.rename(host.home.path / "removed")
    second = host.resident()
    host.until(resident=True)
    first.send_signal(signal.SIGCONT)
    assert first.wait(LIMIT_S) == LOCKED
    host.said(f"another selfheal already watches (pid {second.pid}")
    assert second.poll() is None
    assert host.home.living() == [pid]


def test_a_pause_outlives_its_state_folder(host: Host) -> None:
    resident = host.resident()
    pid = host.well()
    host.call("pause")
    host.noted("paused")
    host.home.state.rename(host.home.path / "removed")
    host.said("locked anew")
    kill(pid)
    host.until(phase="absent", hold="paused", resident=True)
    assert host.call("run").returncode == LOCKED
    assert resident.poll() is None
    assert host.home.living() == []


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
    assert host.end(resident) < END_S
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


def test_stopped_by_a_person_while_nobody_watched_it_stays_down(host: Host) -> None:
    resident = host.resident()
    pid = host.well()
    host.end(resident)
    kill(pid, signal.SIGTERM)
    eventually(lambda: not host.home.living())
    host.resident()
    assert host.until(phase="stopped", resident=True)["incident"] is None
    assert host.home.starts() == [pid]


def test_a_slow_start_is_left_alone(host: Host) -> None:
    """Longer than many probes, within its grace: not one signal, not one second start."""
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


def test_a_check_that_only_observes_starts_nothing(host: Host) -> None:
    pid = host.home.start_gateway()
    assert host.call("check").returncode == 0
    kill(pid)
    assert host.call("check", "--observe").returncode == NOT_WELL
    assert host.home.starts() == [pid]
    assert host.call("check").returncode == 0
    host.started(2)


def test_check_without_a_resident(host: Host) -> None:
    host.home.start_gateway()
    assert host.call("check").returncode == 0
    assert host.call("check").returncode == 0  # at once, not when the next check would be due
    host.call("pause")
    kill(host.home.living()[0])
    assert host.call("check").returncode == NOT_WELL
    assert host.home.living() == []


def test_check_takes_the_place_of_a_resident_that_is_stuck(host: Host) -> None:
    stuck = host.resident()
    pid = host.well()
    hang(stuck)
    kill(pid)
    checked = host.call("check")
    assert checked.returncode == 0, checked.stderr
    assert stuck.wait(LIMIT_S) == -signal.SIGKILL
    host.started(2)
    assert say(Label.STUCK_ENDED, Language.EN, pid=stuck.pid) in checked.stderr


def test_a_check_that_only_observes_leaves_a_stuck_resident(host: Host) -> None:
    """And the gateway that is its child."""
    stuck = host.resident()
    pid = host.started(1)
    host.well()
    hang(stuck)
    assert host.call("check", "--observe").returncode == NOT_WELL
    assert stuck.poll() is None
    stuck.send_signal(signal.SIGCONT)
    assert host.well() == pid
    hang(stuck)
    assert host.call("check").returncode == 0
    assert stuck.wait(LIMIT_S) == -signal.SIGKILL
    assert host.home.living() == [pid]
