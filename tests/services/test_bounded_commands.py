"""A command of the system ends in time, whole, and says no more than we keep."""

import asyncio
import os
import time
from pathlib import Path

import psutil
import pytest
from tests.doubles.service_bench import eventually

from selfheal.ports.commands import Outcome
from selfheal.services import commands

ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin"}


def sh(script: str, timeout_s: float = 10) -> Outcome:
    return asyncio.run(commands.run(("sh", "-c", script), env=ENV, timeout_s=timeout_s))


def test_its_words_and_its_code() -> None:
    outcome = sh("echo out; echo err >&2; exit 3")
    assert outcome == Outcome(3, "out\n", "err\n")
    assert outcome.why() == "exit code 3: err"


def test_death_by_a_signal_is_told_as_a_shell_tells_it() -> None:
    assert sh("kill -9 $$").exit_code == 137


def test_the_environment_is_what_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    assert sh("echo ${SECRET-none}").stdout == "none\n"


def test_a_command_that_is_missing() -> None:
    outcome = asyncio.run(commands.run(("/no/such/thing",), env=ENV, timeout_s=5))
    assert not outcome.succeeded
    assert not outcome.timed_out
    assert outcome.why().startswith("cannot run /no/such/thing: ")


def test_at_the_deadline_the_whole_group_ends(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    outcome = sh(f"sleep 60 & echo $! >{pids}; echo $$ >>{pids}; wait", timeout_s=1.0)
    assert outcome.timed_out
    assert outcome.why() == "no answer in time"
    numbers = [int(line) for line in pids.read_text(encoding="ascii").split()]
    eventually(lambda: not any(_lives(pid) for pid in numbers))


def test_a_grandchild_that_holds_the_output_open_does_not_hold_us() -> None:
    begun = time.monotonic()
    outcome = sh("sleep 60 & echo done")
    assert outcome == Outcome(0, "done\n", "")
    assert time.monotonic() - begun < 30


def test_endless_output_is_cut_and_does_not_block_the_command() -> None:
    outcome = sh("head -c 2000000 /dev/zero; exit 4")
    assert outcome.exit_code == 4
    assert len(outcome.stdout) == commands.OUTPUT_BYTES


def test_a_cancelled_call_ends_its_command(tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    async def cancel() -> None:
        work = asyncio.create_task(
            commands.run(("sh", "-c", f"echo $$ >{pids}; exec sleep 60"), env=ENV, timeout_s=60)
        )
        while not pids.exists() or not pids.read_text(encoding="ascii"):  # noqa: ASYNC110 -- a file has no event
            await asyncio.sleep(0.01)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    asyncio.run(cancel())
    pid = int(pids.read_text(encoding="ascii"))
    eventually(lambda: not _lives(pid))


def test_no_descriptor_is_lost() -> None:
    sh("exit 0")
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 -- numbers, not paths
    for _ in range(5):
        sh("echo x")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
