"""launchd's words, in the shapes of public captures, and the job over a made-up launchctl."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.doubles import fake_manager
from tests.doubles.service_bench import Bench, eventually

from selfheal.core.actions import Signal
from selfheal.core.facts import ManagerState
from selfheal.services.launchd import LaunchdJob
from selfheal.services.launchd_status import is_disabled, is_not_loaded, parse_print

LABEL = "ai.openclaw.gateway"
RUNNING = """\
gui/501/ai.openclaw.gateway = {
\tactive count = 1
\tpath = /Users/eve/Library/LaunchAgents/ai.openclaw.gateway.plist
\ttype = LaunchAgent
\tstate = running

\tprogram = /bin/sh
\targuments = {
\t\t/bin/sh
\t\t-c
\t\tif true; then {
  pid = 99
\tstate of things
}
\t}

\tdomain = gui/501 [100026]
\tasid = 100026
\tminimum runtime = 10
\texit timeout = 20
\truns = 3
\tpid = 65747
\timmediate reason = semaphore
\tforks = 2
\texecs = 1
\tinitialized = 1
\tlast terminating signal = Killed: 9

\tresource coalition = {
\t\tID = 777
\t\tstate = active
\t\tpid = 1
\t}

\tspawn type = interactive (4)
\tproperties = keepalive | runatload | inferred program
}
"""


def shaped(state: str, last: str, properties: str = "keepalive | runatload") -> str:
    head = f"gui/501/{LABEL} = {{\n\tactive count = 0\n\tstate = {state}\n\n\truns = 87\n"
    tail = f"\tjetsam coalition = {{\n\t\tstate = active\n\t}}\n\tproperties = {properties}\n}}\n"
    return f"{head}\t{last}\n\n{tail}"


def test_the_jobs_own_fields_are_read_and_not_those_below() -> None:
    job = parse_print(RUNNING)
    assert (job.state, job.pid, job.runs, job.exit_code) == ("running", 65747, 3, 137)
    assert job.keeps_alive
    assert job.path.endswith("ai.openclaw.gateway.plist")
    assert job.manager is ManagerState.RUNNING


@pytest.mark.parametrize(
    ("text", "state", "code"),
    [
        (shaped("spawn scheduled", "last exit code = 1"), ManagerState.RESTARTING, 1),
        (shaped("xpcproxy", "last terminating signal = Hangup: 1"), ManagerState.RESTARTING, 129),
        (shaped("waiting", "last exit code = 0"), ManagerState.RESTARTING, 0),
        (shaped("not running", "last exit code = 78: EX_CONFIG"), ManagerState.FAILED, 78),
        (shaped("not running", "last exit code = 0"), ManagerState.FAILED, 0),
        (shaped("not running", "last exit code = 0", "runatload"), ManagerState.STOPPED, 0),
        (shaped("not running", "last exit code = (never exited)"), ManagerState.FAILED, None),
        (shaped("not running", "last terminating signal = nonsense"), ManagerState.FAILED, None),
        (shaped("a word of a later macOS", "last exit code = 0"), ManagerState.UNKNOWN, 0),
        ("", ManagerState.UNKNOWN, None),
    ],
)
def test_what_a_job_means(text: str, state: ManagerState, code: int | None) -> None:
    job = parse_print(text)
    assert job.manager is state
    assert job.exit_code == code


def test_words_for_a_job_that_is_not_there() -> None:
    assert is_not_loaded('Could not find service "ai.openclaw.gateway" in domain for user gui: 501')
    assert not is_not_loaded("Could not find domain for user gui: 501")


@pytest.mark.parametrize(("word", "verdict"), [("disabled", True), ("true", True), ("enabled", False)])
def test_whether_a_job_is_disabled(word: str, *, verdict: bool) -> None:
    text = f'disabled services = {{\n\t\t"com.other" => disabled\n\t\t"{LABEL}" => {word}\n\t}}\n'
    assert is_disabled(text, LABEL) is verdict
    assert not is_disabled("", LABEL)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def job_of(bench: Bench) -> LaunchdJob:
    fake_manager.install(bench.folder / "bin", "launchctl", bench.command)
    plist = bench.folder / "job.plist"
    plist.write_text("", encoding="utf-8")
    env = {"PATH": f"{bench.folder / 'bin'}:/usr/bin:/bin"}
    return LaunchdJob(domain="gui/501", plist=plist, env=env)


def remember(bench: Bench, **fields: object) -> None:
    memory = bench.folder / "bin" / "job.json"
    memory.write_text(json.dumps(json.loads(memory.read_text("utf-8")) | fields), encoding="utf-8")


def state(job: LaunchdJob) -> ManagerState:
    return asyncio.run(job.state())


def test_a_job_that_was_booted_out_was_stopped_by_a_person(bench: Bench) -> None:
    job = job_of(bench)
    assert state(job) is ManagerState.STOPPED
    (bench.folder / "job.plist").unlink()
    assert state(job) is ManagerState.NONE


def test_a_job_that_is_disabled_was_stopped_by_a_person_and_can_be_started(bench: Bench) -> None:
    job = job_of(bench)
    asyncio.run(job.start(10))
    identity = bench.one()
    asyncio.run(job.signal(*identity, Signal.KILL))
    eventually(lambda: not bench.gateways())
    assert state(job) is ManagerState.FAILED
    remember(bench, disabled=None)  # launchd does not say
    assert state(job) is ManagerState.UNKNOWN
    remember(bench, disabled=True)
    assert state(job) is ManagerState.STOPPED
    assert asyncio.run(job.start(10)).succeeded
    assert bench.one() != identity


def test_no_launchctl_is_unknown_and_not_tried_again(tmp_path: Path) -> None:
    job = LaunchdJob(domain="gui/501", plist=tmp_path / "none", env={"PATH": str(tmp_path)})
    assert state(job) is ManagerState.UNKNOWN
    done = asyncio.run(job.start(5))
    assert not done.succeeded
    assert not done.retryable
