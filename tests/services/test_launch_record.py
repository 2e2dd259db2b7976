"""No crash of ours leads to a second gateway, and no stranger is taken for ours."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.doubles.service_bench import Bench, eventually

from selfheal.services import record
from selfheal.services.child import OwnChild
from selfheal.services.identity import boot_id, started_of

ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
DRIVER = """
import asyncio, sys
from pathlib import Path
from selfheal.services.child import OwnChild
folder = Path(sys.argv[1])
service = OwnChild(sys.argv[2:], {"PATH": "/usr/local/bin:/usr/bin:/bin"}, folder, folder / "log")
sys.stdout.write("now\\n")
sys.stdout.flush()
asyncio.run(service.start(30))
"""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def child_of(bench: Bench) -> OwnChild:
    return OwnChild(bench.command, ENV, bench.folder, bench.folder / "log")


def parent_of(bench: Bench) -> subprocess.Popen[bytes]:
    """Another run of ours, at the very point where it starts a gateway."""
    command = [sys.executable, "-c", DRIVER, str(bench.folder), *bench.command]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": "src"})
    assert parent.stdout is not None
    parent.stdout.readline()
    return parent


def end(parent: subprocess.Popen[bytes]) -> None:
    parent.kill()
    parent.wait(10)
    assert parent.stdout is not None
    parent.stdout.close()


def launchers(bench: Bench) -> list[int]:
    path = str(bench.folder / "log.pid")
    lines = psutil.process_iter(["cmdline"])
    return [p.pid for p in lines if (p.info["cmdline"] or [])[3:5] == ["selfheal-launch", path]]


def test_the_parent_dies_between_the_fork_and_the_record(bench: Bench) -> None:
    """A pipe in the place of the record holds the child just there."""
    path = bench.folder / "log.pid"
    os.mkfifo(path)
    parent = parent_of(bench)
    eventually(lambda: launchers(bench))
    end(parent)

    waiting = asyncio.run(child_of(bench).start(0.2))
    assert not waiting.succeeded
    assert waiting.retryable
    assert "another start" in waiting.detail

    written = path.read_bytes()
    path.unlink()
    path.write_bytes(written)
    done = asyncio.run(child_of(bench).start(10))
    assert done.succeeded
    assert done.detail == f"runs already as pid {bench.one()[0]}"


def test_the_parent_dies_at_any_time(bench: Bench) -> None:
    chance = random.Random(7)  # noqa: S311 -- spreads the kills, no secret
    for _ in range(8):
        parent = parent_of(bench)
        time.sleep(chance.uniform(0, 0.012))  # the moment of death is the subject
        end(parent)
        done = asyncio.run(child_of(bench).start(10))
        assert done.succeeded, done.detail
        bench.ready()
        bench.close()


def test_a_launcher_that_dies_leaves_the_way_free(bench: Bench) -> None:
    os.mkfifo(bench.folder / "log.pid")
    parent = parent_of(bench)
    (launcher,) = eventually(lambda: launchers(bench))
    psutil.Process(launcher).kill()
    end(parent)
    (bench.folder / "log.pid").unlink()
    assert asyncio.run(child_of(bench).start(10)).succeeded
    bench.ready()


def lines_of(pid: int, boot: str, stat: str) -> str:
    return f"{pid}\n{boot}\n{stat}\n"


def own_stat() -> str:
    return Path("/proc/self/stat").read_text(encoding="utf-8").strip()


def test_a_true_record_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    path.write_text(lines_of(os.getpid(), boot_id(), own_stat()), encoding="utf-8")
    child = record.living_child(path)
    assert child == record.Child(os.getpid(), started_of(os.getpid()) or 0.0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12",
        "x\ny\nz\n",
        lines_of(os.getpid(), "another boot", own_stat()),
        lines_of(1, boot_id(), own_stat()),
        lines_of(os.getpid(), boot_id(), ""),
        lines_of(os.getpid(), boot_id(), own_stat()[:20]),
        "9" * 5000,
    ],
    ids=["empty", "torn", "nonsense", "other-boot", "recycled", "no-start", "half-start", "endless"],
)
def test_a_record_that_is_not_true_tells_of_nobody(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pid"
    path.write_text(text, encoding="utf-8")
    assert record.living_child(path) is None


def test_no_record_tells_of_nobody(tmp_path: Path) -> None:
    assert record.living_child(tmp_path / "none") is None
    assert record.living_child(tmp_path) is None


def test_the_lock_is_had_once(tmp_path: Path) -> None:
    first = record.take_lock(tmp_path / "pid")
    assert first is not None
    assert record.take_lock(tmp_path / "pid") is None
    os.close(first)
    second = record.take_lock(tmp_path / "pid")
    assert second is not None
    os.close(second)
