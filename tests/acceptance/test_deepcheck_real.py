"""The deep check and the restart handoff against the real gateway: one for all tests, in this order."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.real import await_that

from selfheal.gateway.handoff import HandoffStatus, consume_handoff
from selfheal.gateway.sandbox import Sandbox, gateway_command, gateway_environment, prepare_sandbox
from selfheal.gateway.sandbox_install import Installation
from selfheal.services.commands import run

START_S = 180.0
"""A cold first start on a busy machine; an idle one takes 6 to 12 s."""
END_S = 60.0
HEALTH_S = 30.0
RUNS = 20
BEST_S = 1.0
"""Of so many checks the quickest; an idle machine takes 0.1 s."""
DEVICE_WORDS = ("pair", "device", "presence")


@dataclass
class Lent:
    """One sandbox, and its gateway while it runs: a cold start is the dearest thing here."""

    sandbox: Sandbox
    process: subprocess.Popen[bytes] | None = None

    def serving(self) -> subprocess.Popen[bytes]:
        """The one that the test before has left, else a fresh one."""
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(
                gateway_command(self.sandbox),
                env=gateway_environment(self.sandbox),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            await_start(self.sandbox.port, self.process)
        return self.process

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture(scope="module")
def lent(tmp_path_factory: pytest.TempPathFactory, installation: Installation) -> Iterator[Lent]:
    made = Lent(prepare_sandbox(tmp_path_factory.mktemp("deep") / "sandbox", installation))
    yield made
    made.end()


@pytest.fixture
def sandbox(lent: Lent) -> Sandbox:
    return lent.sandbox


def await_start(port: int, process: subprocess.Popen[bytes]) -> None:
    await_that("started, or ended", lambda: process.poll() is not None or is_started(port), START_S)
    assert process.poll() is None, f"the gateway ended with {process.returncode}"


def is_started(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/startupz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def check(sandbox: Sandbox, *, timeout_s: float = 10.0, **more: str) -> dict[str, Any]:
    question = {
        "port": sandbox.port,
        "config_path": str(sandbox.config_path),
        "state_dir": str(sandbox.state_dir),
        "timeout_s": timeout_s,
    } | more
    command = [sys.executable, "-m", "selfheal.gateway.deepcheck"]
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_gateway_that_is_gone_is_refused(lent: Lent) -> None:
    lent.end()
    assert check(lent.sandbox)["outcome"] == "refused"


def test_a_well_gateway_is_ok_and_nothing_is_left_in_its_state(lent: Lent, sandbox: Sandbox) -> None:
    process = lent.serving()
    first = check(sandbox)
    assert (first["outcome"], first["pid"], first["suppressed"]) == ("ok", process.pid, [])
    before = device_rows(sandbox)
    answers = [check(sandbox) for _ in range(RUNS)]
    assert {answer["outcome"] for answer in answers} == {"ok"}
    assert min(answer["latency_s"] for answer in answers) < BEST_S
    assert device_rows(sandbox) == before


def test_a_wrong_token_is_our_trouble_and_locks_nobody_out(lent: Lent, sandbox: Sandbox) -> None:
    lent.serving()
    assert {check(sandbox, token="wrong")["outcome"] for _ in range(3)} == {"auth"}
    assert check(sandbox)["outcome"] == "ok"


def test_a_stopped_process_is_a_timeout(lent: Lent, sandbox: Sandbox) -> None:
    process = lent.serving()
    os.kill(process.pid, signal.SIGSTOP)
    try:
        assert check(sandbox, timeout_s=3.0)["outcome"] == "timeout"
    finally:
        os.kill(process.pid, signal.SIGCONT)


def test_a_suspended_gateway_is_busy_until_it_is_resumed(lent: Lent, sandbox: Sandbox) -> None:
    """The wait: it refuses while work of its own start goes on."""
    lent.serving()
    told = json.loads(command_line(sandbox, "suspend", "--wait", "60", "--json"))
    assert check(sandbox)["outcome"] == "busy"
    command_line(sandbox, "resume", told["suspensionId"])
    assert check(sandbox)["outcome"] == "ok"


def command_line(sandbox: Sandbox, *words: str) -> str:
    done = subprocess.run(
        (*gateway_command(sandbox)[:2], "gateway", *words),
        env=gateway_environment(sandbox),
        capture_output=True,
        text=True,
        timeout=2 * END_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_restart_request_ends_with_0_and_a_handoff_that_can_be_taken_once(
    lent: Lent, sandbox: Sandbox
) -> None:
    process = lent.serving()
    process.send_signal(signal.SIGUSR2)
    assert process.wait(END_S) == 0
    assert consume(sandbox, process.pid + 1) is HandoffStatus.REJECTED
    assert consume(sandbox, process.pid) is HandoffStatus.ACCEPTED
    assert consume(sandbox, process.pid) is HandoffStatus.NONE


def test_a_plain_stop_leaves_no_handoff(lent: Lent, sandbox: Sandbox) -> None:
    process = lent.serving()
    process.terminate()
    assert process.wait(END_S) == 0
    assert consume(sandbox, process.pid) is HandoffStatus.NONE


def test_a_corrupt_database_is_found_while_liveness_stays_green(lent: Lent, sandbox: Sandbox) -> None:
    """The last: nothing can be done with this sandbox afterwards."""
    lent.serving()
    assert check(sandbox)["outcome"] == "ok"
    spoil_database(sandbox.state_dir / "state" / "openclaw.sqlite")
    found = {"rpc_error", "timeout"}  # not at once: what the gateway still has in its own cache is whole
    await_that("a request fails", lambda: check(sandbox)["outcome"] in found, 2 * END_S)
    with urllib.request.urlopen(f"http://127.0.0.1:{sandbox.port}/health", timeout=HEALTH_S) as answer:
        assert answer.status == 200


def consume(sandbox: Sandbox, pid: int) -> HandoffStatus:
    command = gateway_command(sandbox)[:2]
    handoff = asyncio.run(consume_handoff(run, command, gateway_environment(sandbox), pid, END_S))
    return handoff.status


def device_rows(sandbox: Sandbox) -> dict[str, list[str]]:
    """What the gateway remembers of its clients, read from a copy: the live file belongs to the gateway."""
    source = sandbox.state_dir / "state" / "openclaw.sqlite"
    copy = sandbox.home / "copy.sqlite"
    for suffix in ("", "-wal"):
        Path(f"{copy}{suffix}").write_bytes(Path(f"{source}{suffix}").read_bytes())
    with closing(sqlite3.connect(copy)) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        about_clients = [name for name in tables if any(word in name for word in DEVICE_WORDS)]
        assert about_clients
        return {name: rows_of(database, name) for name in about_clients}


def rows_of(database: sqlite3.Connection, table: str) -> list[str]:
    return sorted(repr(row) for row in database.execute(f'SELECT * FROM "{table}"'))  # noqa: S608 - its own name


def spoil_database(path: Path) -> None:
    """Noise over the pages, and no write-ahead log to read them from instead."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
