"""The real runner, the lock and the measuring, on small real processes and folders."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep

import pytest

from selfheal.gateway.sandbox_faults import SandboxError, SandboxFault
from selfheal.gateway.sandbox_lock import held_lock
from selfheal.gateway.sandbox_programs import LINE_CHARS, TAIL_LINES, Outcome, Program, run_program
from selfheal.gateway.sandbox_progress import GrowingFolders


def ignore() -> None:
    pass


def python(code: str, cwd: Path, limit_s: float = 20.0) -> Program:
    return Program((sys.executable, "-c", code), {"PATH": os.defpath}, cwd, limit_s)


def test_exit_code_and_both_streams(tmp_path: Path) -> None:
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
    assert run_program(python(code, tmp_path), ignore) == Outcome(3, ("out", "err"))


def test_death_by_signal_is_told_as_a_shell_does(tmp_path: Path) -> None:
    assert run_program(python("import os; os.kill(os.getpid(), 9)", tmp_path), ignore).exit_code == 137


def test_tail_is_bounded(tmp_path: Path) -> None:
    outcome = run_program(python("for i in range(500): print('x' * 5000)", tmp_path), ignore)
    assert len(outcome.tail) == TAIL_LINES
    assert {len(line) for line in outcome.tail} == {LINE_CHARS}


def test_time_limit_ends_the_program_and_its_children(tmp_path: Path) -> None:
    code = "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); p.wait()"
    ticks: list[float] = []
    outcome = run_program(python(code, tmp_path, limit_s=1.0), lambda: ticks.append(monotonic()))
    assert outcome.exit_code is None
    assert len(ticks) >= 4
    assert_gone(int(outcome.tail[0]))


def test_interrupt_ends_the_program(tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    began = monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_program(python("import time; time.sleep(60)", tmp_path), interrupt)
    assert monotonic() - began < 10


def test_an_interrupt_is_told_before_the_program_is_ended(tmp_path: Path) -> None:
    """One that does not listen to SIGTERM takes its time."""
    file = tmp_path / "pid"
    deaf = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    code = f"{deaf}open({str(file)!r}, 'w').write(str(os.getpid()))"
    states: list[str] = []

    def interrupt() -> None:
        if file.exists() and file.read_text():
            raise KeyboardInterrupt

    def told() -> None:
        states.append(state_of(int(file.read_text())))

    with pytest.raises(KeyboardInterrupt):
        run_program(replace(python(code + "; time.sleep(60)", tmp_path), interrupted=told), interrupt)
    assert [state for state in states if state not in {"", "Z"}]
    assert_gone(int(file.read_text()))


ENDED_IN_AN_INSTALL = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from selfheal.gateway.sandbox_install import ensure_installed
from selfheal.gateway.sandbox_programs import run_program

def runner(program, tick):
    code = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    code += f"open({sys.argv[2]!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    return run_program(replace(program, argv=(sys.executable, "-c", code)), tick)

def progress(stage, done_bytes, total_bytes):
    print(stage, flush=True)

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what runs behind
try:
    ensure_installed(Path(sys.argv[1]), progress=progress, runner=runner)
except KeyboardInterrupt:
    os._exit(130)  # Python itself would end with 120 where its output is heard by nobody
"""


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("heard", [True, False], ids=["heard", "nobody hears"])
def test_what_ends_us_ends_the_installer_first(tmp_path: Path, number: signal.Signals, heard: bool) -> None:
    """A terminal that is closed takes the output with it."""
    cache, file = tmp_path / "cache", tmp_path / "pid"
    script = [sys.executable, "-c", ENDED_IN_AN_INSTALL, str(cache), str(file)]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as installing:
        assert installing.stdout is not None
        until = monotonic() + 20
        while monotonic() < until and not (file.exists() and file.read_text()):
            sleep(0.02)
        if not heard:
            installing.stdout.close()
        for _ in range(2):  # the second while the first is being obeyed
            installing.send_signal(number)
            sleep(0.05)
        said = installing.stdout.read() if heard else "ending ended"
        assert installing.wait(20) == 130
    assert_gone(int(file.read_text()))
    assert list(cache.glob(".partial-*")) == []
    assert "ending" in said
    assert "ended" in said


def test_a_hangup_that_a_person_has_had_ignored_stays_so(tmp_path: Path) -> None:
    """`nohup selfheal up`."""
    code = (
        "import os, signal; from selfheal.gateway.sandbox_signals import taken_as_interrupt\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "with taken_as_interrupt(): os.kill(os.getpid(), signal.SIGHUP)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 0


def test_lock_says_who_is_waited_for_and_gives_up(tmp_path: Path) -> None:
    path = tmp_path / "install.lock"
    waits: list[float] = []
    with (
        held_lock(path, ignore),
        pytest.raises(SandboxError) as caught,
        held_lock(path, lambda: waits.append(monotonic()), limit_s=0.3),
    ):
        pass
    assert caught.value.fault == SandboxFault.BUSY
    assert caught.value.retry
    assert waits


def test_lock_lives_on_in_a_program_that_outlives_us(tmp_path: Path) -> None:
    path = tmp_path / "install.lock"
    with held_lock(path, ignore) as descriptor:
        orphan = subprocess.Popen(["sleep", "60"], pass_fds=(descriptor,))
    with pytest.raises(SandboxError), held_lock(path, ignore, limit_s=0.3):
        pass
    orphan.kill()
    orphan.wait()
    with held_lock(path, ignore, limit_s=5):
        pass


def test_size_grows_and_never_shrinks(tmp_path: Path) -> None:
    growing = GrowingFolders(tmp_path, tmp_path / "not-there-yet")
    assert growing.measure_bytes() == 0
    (tmp_path / "deep" / "er").mkdir(parents=True)
    file = tmp_path / "deep" / "er" / "file"
    file.write_bytes(b"x" * 5000)
    (tmp_path / "link").symlink_to(file)
    assert growing.measure_bytes() >= 5000
    file.unlink()
    assert growing.measure_bytes() >= 5000


def assert_gone(pid: int) -> None:
    """Ended, or a zombie whose parent, PID 1 here, has not looked yet. A killed process takes its time."""
    end = monotonic() + 30.0
    while state_of(pid) not in {"", "Z"}:
        assert monotonic() < end, state_of(pid)
        sleep(0.01)


def state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""
