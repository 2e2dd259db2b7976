"""`selfheal run` over a real gateway: the document's scenarios, and whom it must leave alone.

One gateway and one resident for all, in this order, so that few cold starts are needed. Each test leaves a
gateway that is well, and takes it as the one before has left it.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.acceptance.fault_world import UNCLEAN_WINDOW_S, World, made_world
from tests.acceptance.mounts import in_own_mounts, need_mounts
from tests.acceptance.real import END_S, SOON_S, assert_only_one_gateway, await_that, serves

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.facts import ExitCause
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.core.reasons import Reason
from selfheal.gateway.sandbox import gateway_environment
from selfheal.gateway.sandbox_install import Installation
from selfheal.texts.describe import describe
from selfheal.texts.language import Language

SQUATTER = """
import http.server, sys
class Yes(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"ok":true}')
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Yes).serve_forever()
"""
SHORT_BLOCK_MS, LONG_BLOCK_MS = 4_000, 60_000
STILL_S = 6.0
"""Long enough for several sweeps, probes and holds of these settings, in which nothing may happen."""
WATCHED_S = 28.0
"""Two deep checks, and several of everything else: what takes ten minutes with the times of the document."""
PORT_S = 400.0
"""Three starts that fail after 17 s each on an idle machine, and the waits between them."""
LOOK_S = 0.02


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, installation: Installation) -> Iterator[World]:
    with made_world(tmp_path_factory.mktemp("faults"), installation) as made:
        made.house.await_well()
        yield made


@pytest.fixture(autouse=True)
def well(world: World) -> Iterator[None]:
    """Before each test and after it: one gateway, well, and nothing left over."""
    world.house.await_well()
    yield
    pid = world.house.await_well()
    assert_only_one_gateway(world.house, pid, world.resident.process.pid)
    assert serves(world.sandbox.port)


def only_gateway(world: World) -> psutil.Process:
    (gateway,) = world.house.gateways()
    return gateway


# -- the document's scenario 1 -----------------------------------------------------------------------


def test_a_killed_gateway_serves_again(world: World) -> None:
    before = len(world.house.incidents())
    killed = only_gateway(world).pid
    os.kill(killed, signal.SIGKILL)
    await_that("an incident opens", lambda: len(world.house.incidents()) == before + 1, SOON_S)
    assert world.house.await_well() != killed
    incident = world.house.incidents()[0]
    assert (incident["cause"], incident["level"]) == ("process_gone", "watchdog")
    assert incident["outcome"] == "healed"
    reasons = world.house.reasons(incident["id"])
    assert [one for one in reasons if one in {"start", "gateway_serves", "stabilising", "healed"}] == [
        "start",
        "gateway_serves",
        "stabilising",
        "healed",
    ]


def test_the_document_s_log_files_tell_of_it(world: World) -> None:
    watchdog = world.house.memory("watchdog.log")
    assert sentence(Reason.START) in watchdog
    assert sentence(Reason.HEALED) in watchdog
    (today,) = (world.house.home / "openclaw" / "memory").glob("healthcheck-*.log")
    assert today.name in {
        f"healthcheck-{time.strftime('%Y-%m-%d', time.localtime(at))}.log" for at in now_and_before()
    }
    assert sentence(Reason.CHECK_PASSED) in world.house.memory("healthcheck-*.log")


def sentence(reason: Reason) -> str:
    return describe(Note(reason), Language.EN)


def now_and_before() -> tuple[float, float]:
    """The file's day, should midnight pass in between."""
    return time.time(), time.time() - 3600


# -- scenario 2: it hangs ----------------------------------------------------------------------------


def test_a_halted_gateway_is_ended_and_started_again(world: World) -> None:
    halted = only_gateway(world).pid
    before = len(world.house.incidents())
    os.kill(halted, signal.SIGSTOP)
    is_cured(world, halted, before)


def test_a_short_block_is_forgiven(world: World) -> None:
    gateway, starts, incidents = only_gateway(world), world.starts(), world.house.incidents()
    world.block(SHORT_BLOCK_MS)
    time.sleep(SHORT_BLOCK_MS / 1000 + STILL_S)
    assert only_gateway(world) == gateway
    assert (world.starts(), world.house.incidents()) == (starts, incidents)


def test_a_blocked_gateway_is_ended_and_started_again(world: World) -> None:
    blocked = only_gateway(world).pid
    before = len(world.house.incidents())
    world.block(LONG_BLOCK_MS)
    is_cured(world, blocked, before)


def test_a_gateway_that_hangs_after_each_start_is_told_of_and_healed_once_it_can_be(world: World) -> None:
    """The restarts, the last wait, the escalation, a person told; then the next try finds it curable."""
    world.house.await_status("its start is over", lambda told: told["well"] and at_rest(told))
    with world.blocked_at_each_start():
        seen_until_told(world, Level.HEALTHCHECK)
        incident = world.house.incidents()[0]
        assert (incident["cause"], incident["closed"]) == ("not_answering", None)
        assert is_within_budget(world, incident["id"])
        assert {"attempt_failed", "last_wait", "escalated", "told"} <= set(
            world.house.reasons(incident["id"])
        )
    world.house.await_well()
    assert world.house.incidents()[0]["outcome"] == "healed"
    world.resident.await_said(world.alert_part(Notify(AlertKind.OVER, incident["id"], ()), Language.EN))


def at_rest(told: dict[str, Any]) -> bool:
    return {level["status"] for level in told["levels"] if level["level"] in ("watchdog", "healthcheck")} == {
        "ok"
    }


def is_cured(world: World, hung: int, before: int) -> None:
    """Detected, asked to stop, killed, started, healed."""
    await_that("an incident opens", lambda: len(world.house.incidents()) == before + 1, SOON_S)
    assert world.house.await_well() != hung
    incident = world.house.incidents()[0]
    assert (incident["cause"], incident["level"]) == ("not_answering", "healthcheck")
    assert incident["outcome"] == "healed"
    expected = ["ask_to_stop", "kill_no_answer", "gateway_lost", "start", "gateway_serves", "healed"]
    reasons = world.house.reasons(incident["id"])
    assert [reason for reason in reasons if reason in expected] == expected
    assert not psutil.pid_exists(hung)


# -- whom it leaves alone ----------------------------------------------------------------------------


def test_a_restart_by_handoff_is_not_a_crash(world: World) -> None:
    """In external mode the gateway ends with 0 and leaves a note that it wants to be started again."""
    asking, incidents = only_gateway(world).pid, world.house.incidents()
    unclean = world.house.status()["budget"]["unclean"]
    os.kill(asking, signal.SIGUSR2)
    await_that("it has ended", lambda: not psutil.pid_exists(asking), SOON_S)
    assert world.house.await_well() != asking
    assert world.house.status()["budget"]["unclean"] <= unclean
    ends = [line for line in world.resident.decided() if line.get("reason") == Reason.EXIT_EXAMINED]
    assert ends[-1]["detail"].startswith(ExitCause.RESTART_REQUESTED)
    assert world.house.incidents() == incidents


def test_a_gateway_that_a_person_stopped_stays_down(world: World) -> None:
    starts = world.starts()
    only_gateway(world).terminate()
    stays_down(world, starts)
    assert world.house.call("resume").returncode == 0


def test_a_gateway_stopped_by_its_own_command_line_stays_down(world: World) -> None:
    """And a config that was broken while it was down costs no start, is named, and told of in Korean."""
    world.resident.restart("--lang", "ko")
    starts = world.starts()
    stop_by_command_line(world)
    stays_down(world, starts)
    with broken_config(world):
        assert world.house.call("resume").returncode == 0
        told = world.house.await_status("it is held", lambda told: told["hold"] is not None, SOON_S)
        assert told["hold"] == "config_unloadable"
        assert told["incident"]["cause"] == "config_unloadable"
        assert "line 1" in told["incident"]["detail"]
        incident = told["incident"]["id"]
        opened = Notify(AlertKind.OPENED, incident, ())
        world.resident.await_said(world.alert_part(opened, Language.KO))
        assert world.starts() == starts
    world.house.await_well()
    world.resident.await_said(world.alert_part(Notify(AlertKind.OVER, incident, ()), Language.KO))
    world.resident.restart()


def stays_down(world: World, starts: int) -> None:
    told = world.house.await_status("it is seen as stopped", lambda told: told["phase"] == "stopped", SOON_S)
    assert told["incident"] is None
    time.sleep(STILL_S)
    assert world.house.gateways() == []
    assert world.starts() == starts


@contextmanager
def broken_config(world: World) -> Iterator[None]:
    path = world.sandbox.config_path
    good = path.read_bytes()
    path.write_bytes(b"} no config {" + good)
    try:
        yield
    finally:
        path.write_bytes(good)


def stop_by_command_line(world: World) -> None:
    """It stops only the gateway of the account's own home: for this one process the account lives there."""
    need_mounts("a stop by the gateway's own command line is left alone")
    passwd = world.house.home / "passwd"
    passwd.write_text(f"me:x:{os.geteuid()}:{os.getegid()}::{world.house.home}:/bin/sh\n", "ascii")
    done = subprocess.run(
        in_own_mounts(f"mount --bind {passwd} /etc/passwd", ["openclaw", "gateway", "stop", "--force"]),
        env={"HOME": str(world.house.home), "PATH": gateway_environment(world.sandbox)["PATH"]},
        capture_output=True,
        text=True,
        timeout=SOON_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# -- scenario 2: another program has the port ----------------------------------------------------------


def test_another_program_on_the_port_of_a_gateway_that_was_killed_under_pause(world: World) -> None:
    """Paused, it is left alone. Resumed, what answers 200 to everything in its place is neither taken for the
    gateway nor killed; a person is told; and it heals.
    """
    is_left_alone_under_pause(world)
    with squatter(world.sandbox.port) as stranger:
        assert world.house.call("resume").returncode == 0
        seen = seen_until_told(world, Level.WATCHDOG)
        assert stranger.poll() is None
        assert {told["well"] for told in seen} == {False}
        assert {told["phase"] for told in seen} <= {"absent", "starting", "suspect", "ill"}
        incident = world.house.incidents()[0]
        assert incident["closed"] is None
        assert is_within_budget(world, incident["id"])
        assert {"attempt_failed", "last_wait", "escalated", "told"} <= set(
            world.house.reasons(incident["id"])
        )
    world.house.await_well()
    assert world.house.incidents()[0]["outcome"] == "healed"
    world.resident.await_said(world.alert_part(Notify(AlertKind.OVER, incident["id"], ()), Language.EN))


def is_left_alone_under_pause(world: World) -> None:
    starts = world.starts()
    killed = only_gateway(world)
    assert world.house.call("pause", "--why", "moving house").returncode == 0
    world.house.await_status("it is paused", lambda told: told["pause"] is not None, SOON_S)
    killed.kill()
    world.house.await_status("its end is seen", lambda told: told["phase"] == "absent", SOON_S)
    time.sleep(STILL_S)
    assert world.house.gateways() == []
    assert world.starts() == starts
    told = world.house.status()
    assert (told["pause"]["why"], told["hold"]) == ("moving house", "paused")


def seen_until_told(world: World, *acted: Level) -> list[dict[str, Any]]:
    """Every status that a person could have seen until the alert, which tells of the levels that `acted`."""
    seen: list[dict[str, Any]] = []

    def is_told() -> bool:
        seen.append(world.house.status())
        running = seen[-1]["incident"]
        if running is None:
            return False
        opened = Notify(AlertKind.OPENED, running["id"], acted)
        return world.alert_part(opened, Language.EN) in world.resident.said()

    await_that("a person is told", is_told, PORT_S, world.resident.said)
    return seen


@contextmanager
def squatter(port: int) -> Iterator[subprocess.Popen[bytes]]:
    stranger = subprocess.Popen([sys.executable, "-c", SQUATTER, str(port)], stdin=subprocess.DEVNULL)
    try:
        await_that("the other program listens", lambda: answers(port), END_S)
        yield stranger
    finally:
        stranger.kill()
        stranger.wait()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def is_within_budget(world: World, incident: int) -> bool:
    """No three starts within the window: each of these ends uncleanly."""
    moments = [one for one in world.house.timeline(incident) if one["reason"] == "start"]
    at = [datetime.fromisoformat(moment["time"]).timestamp() for moment in moments]
    return len(at) >= 3 and all(
        later - first > UNCLEAN_WINDOW_S for first, later in zip(at, at[2:], strict=False)
    )


# -- while all is well ---------------------------------------------------------------------------------


def test_no_node_process_is_started_while_the_gateway_is_well(world: World) -> None:
    """Only Python's own, for the deep check: every child of the resident is looked at, 50 times a second."""
    gateway = only_gateway(world).pid
    programs = set(spawned(world.resident.process.pid, gateway, WATCHED_S))
    assert {Path(program).name[:6] for program, _ in programs} == {"python"}
    assert any("selfheal.gateway.deepcheck" in words for _, words in programs)


def spawned(resident: int, gateway: int, duration_s: float) -> Iterator[tuple[str, str]]:
    end = time.monotonic() + duration_s
    while time.monotonic() < end:
        for pid in offspring(resident) - {gateway}:
            with suppress(OSError):
                process = Path(f"/proc/{pid}")
                yield str((process / "exe").readlink()), (process / "cmdline").read_text("utf-8", "replace")
        time.sleep(LOOK_S)


def offspring(pid: int) -> set[int]:
    """Its children, by whichever of its threads."""
    found: set[int] = set()
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found.update(map(int, children.read_text("ascii").split()))
    return found
