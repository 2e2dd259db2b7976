"""`selfheal run` over a real gateway: the document's scenarios, and whom it must leave alone.

One gateway and one resident for all, in this order, so that few cold starts are needed. Each test leaves a
gateway that is well, and takes it as the one before has left it.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.acceptance.real import (
    END_S,
    SOON_S,
    House,
    Resident,
    assert_only_one_gateway,
    await_that,
    serves,
    small_environment,
    supervised,
    user_config,
)

from selfheal.gateway.sandbox import Sandbox, gateway_environment, prepare_sandbox
from selfheal.gateway.sandbox_install import Installation
from selfheal.gateway.sandbox_programs import SYSTEM_PATH

UNCLEAN_WINDOW_S = 30
SETTINGS = f"""
[watchdog]
sweep_interval_s = 10
[healthcheck]
heartbeat_interval_s = 3
heartbeat_timeout_s = 2.5
heartbeat_retry_s = 1
full_check_interval_s = 15
deep_check_interval_s = 20
[restart]
restart_gap_s = 1
last_wait_s = 5
retry_after_escalation_s = 5
stability_window_s = 4
[startup]
startup_probe_s = 0.5
[stop]
hang_term_grace_s = 2
[limits]
unclean_window_s = {UNCLEAN_WINDOW_S}
restarts_per_hour_max = 100
recheck_hold_s = 1
settle_after_resume_s = 2
"""
"""The document's times, shortened. Two unclean starts within the window stay the limit."""

BLOCKER = """\
// Blocks the gateway's event loop for as many milliseconds as the file says, once.
const { isMainThread } = require("node:worker_threads");
const fs = require("node:fs");
const order = process.env.BLOCK_ORDER;
if (isMainThread && order) {
  setInterval(() => {
    if (process.title !== "openclaw-gateway" || !fs.existsSync(order)) return;
    const end = Date.now() + Number(fs.readFileSync(order, "utf8"));
    fs.unlinkSync(order);
    while (Date.now() < end);
  }, 100).unref();
}
"""
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
ALERT_KO = """\
상태:
- Level 1 (Watchdog) ➖ (실행 안 됨)
- Level 2 (Health Check) ➖ (실행 안 됨)
- Level 3 (Claude Recovery) ➖ (실행 안 됨)
수동 개입 필요합니다.
로그:
- ~/openclaw/memory/emergency-recovery-*.log
- ~/openclaw/memory/claude-session-*.log
- ~/openclaw/memory/emergency-recovery-report-*.md (Claude 생성)
"""
ALERT_EN = """\
State:
- Level 1 (Watchdog) ❌
- Level 2 (Health Check) ❌
- Level 3 (Claude Recovery) ➖ (not run)
A person is needed.
"""
SHORT_BLOCK_MS, LONG_BLOCK_MS = 4_000, 60_000
STILL_S = 6.0
"""Long enough for several sweeps, probes and holds of these settings, in which nothing may happen."""
WATCHED_S = 40.0
"""Two deep checks, and several of everything else: what takes ten minutes with the times of the document."""
PORT_S = 400.0
"""Three starts that fail after 17 s each on an idle machine, and the waits between them."""
LOOK_S = 0.02


@dataclass(frozen=True)
class World:
    house: House
    resident: Resident
    sandbox: Sandbox

    @property
    def block_order(self) -> Path:
        return self.house.home / "block-order"

    def block(self, duration_ms: int) -> None:
        """Whole or not at all: the gateway looks at it ten times a second."""
        fresh = self.block_order.with_suffix(".new")
        fresh.write_text(str(duration_ms), "ascii")
        fresh.replace(self.block_order)
        await_that("the gateway takes the order", lambda: not self.block_order.exists(), SOON_S)

    def starts(self) -> int:
        """How often a start was ordered, in all."""
        return self.resident.said().count(": starting the gateway")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, installation: Installation) -> Iterator[World]:
    root = tmp_path_factory.mktemp("faults")
    sandbox = prepare_sandbox(root, installation)
    house = House(sandbox.home, small_environment(sandbox.home, SYSTEM_PATH, root / "unused"))
    blocker = sandbox.home / "blocker.cjs"
    blocker.write_text(BLOCKER, "utf-8")
    env = {"NODE_OPTIONS": f"--require={blocker}", "BLOCK_ORDER": str(house.home / "block-order")}
    config = house.home / ".config" / "selfheal" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(user_config(sandbox, SETTINGS, env), "utf-8")
    config.chmod(0o600)
    with supervised(house, root / "resident.log") as resident:
        world = World(house, resident, sandbox)
        house.await_well()
        yield world


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
    assert "starting the gateway" in watchdog
    assert "healed" in watchdog
    (today,) = (world.house.home / "openclaw" / "memory").glob("healthcheck-*.log")
    assert today.name in {
        f"healthcheck-{time.strftime('%Y-%m-%d', time.localtime(at))}.log" for at in now_and_before()
    }
    assert "the full check passed" in world.house.memory("healthcheck-*.log")


def now_and_before() -> tuple[float, float]:
    """The file's day, should midnight pass in between."""
    return time.time(), time.time() - 3600


# -- scenario 2: it hangs ----------------------------------------------------------------------------


def test_a_halted_gateway_is_ended_and_started_again(world: World) -> None:
    halted = only_gateway(world).pid
    os.kill(halted, signal.SIGSTOP)
    is_cured(world, halted)


def test_a_short_block_is_forgiven(world: World) -> None:
    gateway, starts, incidents = only_gateway(world), world.starts(), world.house.incidents()
    world.block(SHORT_BLOCK_MS)
    time.sleep(SHORT_BLOCK_MS / 1000 + STILL_S)
    assert only_gateway(world) == gateway
    assert (world.starts(), world.house.incidents()) == (starts, incidents)


def test_a_blocked_gateway_is_ended_and_started_again(world: World) -> None:
    blocked = only_gateway(world).pid
    world.block(LONG_BLOCK_MS)
    is_cured(world, blocked)


def is_cured(world: World, hung: int) -> None:
    """Detected, asked to stop, killed, started, healed."""
    world.house.await_status("it counts as ill", lambda told: told["phase"] == "ill", SOON_S)
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
    asking = only_gateway(world).pid
    unclean = world.house.status()["budget"]["unclean"]
    os.kill(asking, signal.SIGUSR2)
    await_that("it has ended", lambda: not psutil.pid_exists(asking), SOON_S)
    assert world.house.await_well() != asking
    assert world.house.status()["budget"]["unclean"] <= unclean
    timeline = world.house.timeline(world.house.incidents()[0]["id"])
    (ended,) = [moment for moment in timeline if moment["reason"] == "exit_examined"]
    assert ended["detail"].startswith("restart_requested")


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
        world.resident.await_said(ALERT_KO)
        assert world.starts() == starts
    world.house.await_well()
    world.resident.await_said("✅ 해결: OpenClaw 게이트웨이 정상", SOON_S)
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
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare here")
    passwd = world.house.home / "passwd"
    passwd.write_text(f"root:x:0:0:root:{world.house.home}:/bin/sh\n", "ascii")
    script = 'mount --bind "$1" /etc/passwd || exit 75; exec "$2" gateway stop --force'
    done = subprocess.run(
        [unshare, "--mount", "/bin/sh", "-c", script, "sh", passwd, "openclaw"],
        env={"HOME": str(world.house.home), "PATH": gateway_environment(world.sandbox)["PATH"]},
        capture_output=True,
        text=True,
        timeout=SOON_S,
        check=False,
    )
    if done.returncode == 75 or "unshare failed" in done.stderr:
        pytest.skip("no mount namespace of our own here")
    assert done.returncode == 0, done.stderr


def test_under_pause_a_killed_gateway_is_left_alone(world: World) -> None:
    starts = world.starts()
    killed_under_pause(world)
    time.sleep(STILL_S)
    assert world.house.gateways() == []
    assert world.starts() == starts
    told = world.house.status()
    assert (told["pause"]["why"], told["hold"]) == ("moving house", "paused")
    assert world.house.call("resume").returncode == 0


def killed_under_pause(world: World) -> None:
    killed = only_gateway(world)
    assert world.house.call("pause", "--why", "moving house").returncode == 0
    world.house.await_status("it is paused", lambda told: told["pause"] is not None, SOON_S)
    killed.kill()
    world.house.await_status("its end is seen", lambda told: told["phase"] == "absent", SOON_S)


# -- scenario 2: another program has the port ----------------------------------------------------------


def test_another_program_on_the_port(world: World) -> None:
    """Answers 200 to everything: not taken for the gateway, not killed; a person is told; and it heals."""
    killed_under_pause(world)
    with squatter(world.sandbox.port) as stranger:
        assert world.house.call("resume").returncode == 0
        seen = seen_until_told(world)
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
    world.resident.await_said("✅ Resolved: the OpenClaw gateway is well", SOON_S)


def seen_until_told(world: World) -> list[dict[str, Any]]:
    """Every status that a person could have seen until the alert."""
    seen = []

    def is_told() -> bool:
        seen.append(world.house.status())
        return ALERT_EN in world.resident.said()

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
