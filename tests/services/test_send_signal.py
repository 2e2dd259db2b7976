"""A signal goes to exactly one process, and to nobody else whatever was asked."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import psutil
import pytest
from tests.doubles.service_bench import Bench, eventually

from selfheal.core.actions import Signal
from selfheal.ports.service import Done
from selfheal.services import signals
from selfheal.services.identity import is_zombie, started_of

AS_NOBODY = """
import os, sys
from selfheal.core.actions import Signal
from selfheal.services import signals
os.setuid(65534)
done = signals.send(int(sys.argv[1]), float(sys.argv[2]), Signal.TERM)
sys.stdout.write(f"{done.succeeded} {done.retryable} {done.detail}")
"""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait(10)


def start_of(pid: int) -> float:
    started = started_of(pid)
    assert started is not None
    return started


@pytest.mark.parametrize("signal", list(Signal))
def test_init_and_this_program_are_never_signalled(signal: Signal) -> None:
    for pid, send in product((0, 1, os.getpid(), -1), (signals.send, signals.send_alone)):
        done = send(pid, started_of(pid) or 0.0, signal)
        assert not done.succeeded
        assert not done.retryable


def test_another_process_with_that_pid_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    done = signals.send(sleeper.pid, start_of(sleeper.pid) + 0.01, Signal.KILL)
    assert not done.succeeded
    assert "another process" in done.detail
    assert sleeper.poll() is None


def test_a_zombie_is_gone(sleeper: subprocess.Popen[bytes]) -> None:
    started = start_of(sleeper.pid)
    assert signals.send(sleeper.pid, started, Signal.KILL).succeeded
    eventually(lambda: is_zombie(sleeper.pid))
    done = signals.send(sleeper.pid, started, Signal.TERM)
    assert done.succeeded
    assert "gone" in done.detail


def test_no_process_is_gone(sleeper: subprocess.Popen[bytes]) -> None:
    started = start_of(sleeper.pid)
    sleeper.kill()
    sleeper.wait(10)
    assert signals.send(sleeper.pid, started, Signal.KILL).succeeded


@pytest.mark.parametrize(
    ("send", "signal"),
    [(signals.send, Signal.TERM), (signals.send_alone, Signal.TERM), (signals.send_alone, Signal.KILL)],
)
def test_what_is_not_to_kill_the_tree_leaves_the_children(
    bench: Bench, send: Callable[[int, float, Signal], Done], signal: Signal
) -> None:
    (bench.folder / "helpers").write_text("1", encoding="ascii")
    parent = subprocess.Popen(bench.command)
    helpers = eventually(bench.helpers)
    pid, started = bench.one()
    assert send(pid, started, signal).succeeded
    parent.wait(10)
    assert bench.helpers() == helpers


def test_kill_spares_this_program_when_it_is_a_descendant(bench: Bench) -> None:
    """As when an agent inside the gateway calls us."""
    text = (
        "import os, sys\n"
        "from selfheal.core.actions import Signal\n"
        "from selfheal.services import signals\n"
        "from selfheal.services.identity import started_of\n"
        "parent = os.getppid()\n"
        "signals.send(parent, started_of(parent), Signal.KILL)\n"
        f"open({str(bench.folder / 'survived')!r}, 'w').write('yes')\n"
    )
    script = bench.folder / "inner.py"
    script.write_text(text, encoding="utf-8")
    outer = f"import subprocess, sys; subprocess.run([sys.executable, {str(script)!r}])"
    process = subprocess.Popen([sys.executable, "-c", outer], env={**os.environ, "PYTHONPATH": "src"})
    assert process.wait(20) == -9
    eventually((bench.folder / "survived").exists)


@pytest.mark.skipif(os.geteuid() != 0, reason="not root")
def test_a_right_that_is_missing_is_said_and_not_tried_again(sleeper: subprocess.Popen[bytes]) -> None:
    command = [sys.executable, "-c", AS_NOBODY, str(sleeper.pid), str(start_of(sleeper.pid))]
    env = {**os.environ, "PYTHONPATH": "src"}
    done = subprocess.run(command, capture_output=True, text=True, env=env, check=True)
    assert done.stdout.startswith("False False ")
    assert "not permitted" in done.stdout
    assert psutil.pid_exists(sleeper.pid)
