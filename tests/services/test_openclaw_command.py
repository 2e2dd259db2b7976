"""`openclaw gateway start` is believed only when the service manager says that the gateway runs."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.doubles import fake_manager
from tests.doubles.service_bench import Bench

from selfheal.ports.service import Done
from selfheal.services.openclaw_cli import OpenClawCommand, running_pid

ENV = {"PATH": "/usr/bin:/bin"}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def start(bench: Bench, mood: str = "", timeout_s: float = 10) -> Done:
    executable = fake_manager.install(bench.folder / "bin", "openclaw", bench.command)
    if mood:
        (bench.folder / "bin" / mood).touch()
    return asyncio.run(OpenClawCommand((str(executable),), ENV).start(timeout_s))


def test_a_refusal_is_passed_on_in_its_own_words(bench: Bench) -> None:
    done = start(bench, "refuses")
    assert done == Done(False, "cannot start the gateway: No supported service manager detected.", False)


def test_an_exit_code_of_0_alone_is_not_believed(bench: Bench) -> None:
    done = start(bench, "lies", timeout_s=0.5)
    assert not done.succeeded
    assert done.retryable
    assert "nothing runs" in done.detail


def test_a_command_that_hangs_is_ended_in_time(tmp_path: Path) -> None:
    script = tmp_path / "openclaw"
    script.write_text('#!/bin/sh\n[ "$2" = status ] && exit 0\nsleep 60 & wait\n', encoding="utf-8")
    script.chmod(0o755)
    begun = time.monotonic()
    done = asyncio.run(OpenClawCommand((str(script),), ENV).start(0.3))
    assert not done.succeeded
    assert "no answer in time" in done.detail
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize(
    ("said", "pid"),
    [
        ('{"service": {"runtime": {"status": "running", "pid": 42}}}', 42),
        ('{"service": {"runtime": {"status": "running"}}}', 0),
        ('a warning\n{"service": {"runtime": {"status": "stopped"}}}', None),
        ('{"service": {"runtime": {"status": "unknown"}}, "port": {"status": "busy"}}', None),
        ('{"service": []}', None),
        ("{", None),
        ("", None),
    ],
)
def test_what_the_status_says(said: str, pid: int | None) -> None:
    assert running_pid(said) == pid
