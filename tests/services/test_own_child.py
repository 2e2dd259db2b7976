"""The gateway as our own child: what it is given, what is said when it cannot start, what is left behind."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.doubles.service_bench import Bench, eventually

from selfheal.core.actions import Signal
from selfheal.core.facts import GatewayProcess, ProcessState
from selfheal.ports.service import Done
from selfheal.services import child, logs
from selfheal.services.child import OwnChild

PIDS = 10_000  # more than are given away on a busy host meanwhile
ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "OPENCLAW_SUPERVISOR_MODE": "external"}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.close()


def child_of(bench: Bench, *command: str) -> OwnChild:
    return OwnChild(command or bench.command, ENV, bench.folder, bench.folder / "log")


def start(service: OwnChild) -> Done:
    return asyncio.run(service.start(10))


def kill(service: OwnChild, bench: Bench) -> int | None:
    pid, started = bench.one()
    asyncio.run(service.signal(pid, started, Signal.KILL))
    return eventually(lambda: service.exit_code(pid))


def test_it_is_given_its_environment_and_nothing_else(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_WEBHOOK_URL", "secret")
    start(child_of(bench))
    (seen,) = bench.ready()
    assert seen["env"] == ENV | {"PWD": str(bench.folder)}
    assert seen["cwd"] == str(bench.folder)


def test_it_has_a_session_of_its_own_and_no_descriptor_of_ours(bench: Bench) -> None:
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    start(child_of(bench))
    (seen,) = bench.ready()
    os.close(reader)
    os.close(writer)
    assert seen["session"] == seen["pid"]
    assert seen["stdin"] == "/dev/null"
    assert [fd for fd in seen["fds"] if fd > 3] == []  # 3 reads the list itself


def test_no_descriptor_is_lost_over_many_starts(bench: Bench) -> None:
    service = child_of(bench)
    start(service)
    kill(service, bench)
    before = os.listdir("/proc/self/fd")  # noqa: PTH208 -- numbers, not paths
    for _ in range(3):
        assert start(service).succeeded
        assert kill(service, bench) == 137
    assert len(os.listdir("/proc/self/fd")) == len(before)  # noqa: PTH208


def test_what_it_says_is_appended_to_a_private_log(bench: Bench) -> None:
    log = bench.folder / "log"
    log.write_text("before\n", encoding="utf-8")
    log.chmod(0o644)
    start(child_of(bench))
    bench.ready()
    assert log.read_text(encoding="utf-8") == "before\nready\n"
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_child_of_an_earlier_run_is_adopted(bench: Bench) -> None:
    start(child_of(bench))
    identity = bench.one()
    later = child_of(bench)
    found = later.child()
    assert found is not None
    assert (found.pid, found.started) == identity
    assert start(later).detail == f"runs already as pid {identity[0]}"
    assert later.exit_code(identity[0]) is None


def test_a_dead_child_that_nobody_reaped_does_not_count_as_running(bench: Bench) -> None:
    service = child_of(bench)
    start(service)
    pid, started = bench.one()
    asyncio.run(service.signal(pid, started, Signal.KILL))
    eventually(lambda: not bench.gateways())
    assert service.child() is None
    assert child_of(bench).child() is None
    assert Path(f"/proc/{pid}").exists()
    assert service.exit_code(pid) == 137


@pytest.mark.parametrize(("code", "seen"), [("0", 0), ("78", 78), ("", 143)])
def test_the_exit_code_is_the_shells(bench: Bench, code: str, seen: int) -> None:
    if code:
        (bench.folder / "exit_on_term").write_text(code, encoding="ascii")
    service = child_of(bench)
    start(service)
    pid, started = bench.one()
    asyncio.run(service.signal(pid, started, Signal.TERM))
    assert eventually(lambda: [service.exit_code(pid)] if service.exit_code(pid) is not None else []) == [
        seen
    ]


def failed_with(bench: Bench, script: str) -> tuple[OwnChild, GatewayProcess]:
    service = child_of(bench, "/bin/sh", "-c", script)
    assert start(service).succeeded
    failed = eventually(service.failed)
    assert failed is not None
    return service, failed


def test_of_a_child_that_dies_at_once_its_code_and_its_words_are_known(bench: Bench) -> None:
    (bench.folder / "log").write_text("an earlier one's\n", encoding="utf-8")
    service, failed = failed_with(bench, "echo bad option >&2; exit 9")
    assert failed.state is ProcessState.ZOMBIE
    assert service.exit_code(failed.pid) == 9
    assert service.output(failed.pid) == "bad option\n"
    assert service.output(failed.pid + 1) is None


def test_what_it_said_is_bounded(bench: Bench) -> None:
    service, failed = failed_with(bench, "head -c 300000 /dev/zero; echo end; exit 1")
    said = service.output(failed.pid)
    assert said is not None
    assert said.endswith("end\n")
    assert len(said) == logs.TAIL_BYTES


def test_only_an_end_in_error_is_a_failure(bench: Bench) -> None:
    service = child_of(bench, "/bin/sh", "-c", "exit 0")
    pid = int(start(service).detail.removeprefix("pid "))
    assert eventually(lambda: service.exit_code(pid) == 0)
    assert service.failed() is None


def test_what_never_became_the_gateway_is_the_starts_failure_alone(bench: Bench) -> None:
    script = bench.folder / "gateway"
    script.write_text("#!/no/such/node\n", encoding="utf-8")
    script.chmod(0o755)
    service = child_of(bench, str(script))
    assert not start(service).succeeded
    assert service.failed() is None


def test_the_words_of_an_earlier_runs_child_are_known(bench: Bench) -> None:
    start(child_of(bench))
    pid, _ = bench.one()
    assert child_of(bench).output(pid) == "ready\n"


def test_a_living_child_has_nothing_of_an_earlier_one_with_its_pid(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pids come round: here each that can be the next one has ended in error before."""
    service = child_of(bench)
    monkeypatch.setattr(child, "CODES_KEPT", PIDS)
    last = int(Path("/proc/loadavg").read_text(encoding="ascii").split()[-1])
    service._codes.update(dict.fromkeys((*range(PIDS), *range(last, last + PIDS)), 9))
    assert start(service).succeeded
    pid, _ = bench.one()
    assert pid in {*range(PIDS), *range(last, last + PIDS)}
    assert service.exit_code(pid) is None
    assert service.failed() is None


def test_a_program_that_is_missing(bench: Bench) -> None:
    done = start(child_of(bench, "/no/such/gateway", "run"))
    assert done == Done(False, "cannot start /no/such/gateway: no such program", retryable=False)


def test_a_program_that_is_not_executable(bench: Bench) -> None:
    done = start(child_of(bench, str(bench.program)))
    assert done.detail.endswith("not executable")
    assert not done.retryable


def test_a_program_whose_interpreter_is_missing(bench: Bench) -> None:
    script = bench.folder / "gateway"
    script.write_text("#!/no/such/node\n", encoding="utf-8")
    script.chmod(0o755)
    done = start(child_of(bench, str(script)))
    assert not done.succeeded
    assert not done.retryable
    assert "not found" in done.detail


def test_a_folder_that_is_missing(bench: Bench) -> None:
    nowhere = OwnChild(bench.command, ENV, bench.folder / "none", bench.folder / "log")
    done = asyncio.run(nowhere.start(5))
    assert "no directory" in done.detail
    assert not done.retryable


def test_a_log_that_cannot_be_written_keeps_nothing_half_started(bench: Bench) -> None:
    (bench.folder / "log").mkdir()
    done = start(child_of(bench))
    assert not done.succeeded
    assert done.retryable
    assert not bench.gateways()


def test_without_a_record_nothing_is_started(bench: Bench) -> None:
    (bench.folder / "log.pid").mkdir()
    done = start(child_of(bench))
    assert not done.succeeded
    assert done.retryable
    assert "log.pid" in done.detail
    assert not bench.gateways()


def test_a_full_log_is_moved_away_at_the_start(bench: Bench) -> None:
    log = bench.folder / "log"
    with log.open("wb") as full:
        full.truncate(logs.LOG_BYTES)
    start(child_of(bench))
    bench.ready()
    assert logs.older(log).stat().st_size == logs.LOG_BYTES
    assert log.read_text(encoding="utf-8") == "ready\n"


def test_a_log_that_fills_while_it_runs_is_bounded_by_a_look(bench: Bench) -> None:
    log = bench.folder / "log"
    service = child_of(bench)
    start(service)
    bench.ready()
    with log.open("ab") as more:
        more.truncate(2 * logs.LOG_BYTES)
    asyncio.run(service.state())
    assert log.stat().st_size == 0
    assert logs.older(log).stat().st_size == logs.LOG_BYTES
    assert logs.older(log).stat().st_mode & 0o777 == 0o600


def test_a_child_that_ended_unseen_is_reaped_beside_its_successor(bench: Bench) -> None:
    """Its end came to light only after the next one had been started."""
    (bench.folder / "log.pid").write_text("", encoding="ascii")
    service = child_of(bench)
    start(service)
    first, _ = bench.one()
    (bench.folder / "log.pid").write_text("", encoding="ascii")
    start(service)
    bench.ready(2)
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: service.exit_code(first)) == 137
    assert not psutil.pid_exists(first)
