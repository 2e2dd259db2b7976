"""One suite for the gateway's port: on the double with OpenClaw's contract, and on the real OpenClaw."""

import asyncio
import http.server
import os
import signal
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tests.doubles.gateway_bench import GatewayBench, double_bench

from selfheal.core.facts import (
    ConfigState,
    ExitCause,
    GatewayProcess,
    Inspection,
    ProbeKind,
    ProcessState,
    Verdict,
)
from selfheal.gateway.inspect import Inspector
from selfheal.gateway.openclaw import OpenClawGateway
from selfheal.gateway.process import ProcessFinder
from selfheal.gateway.proctable import host_table
from selfheal.gateway.sandbox import gateway_command, gateway_environment, prepare_sandbox
from selfheal.gateway.sandbox_install import Installation, ensure_installed
from selfheal.gateway.sandbox_progress import Stage
from selfheal.gateway.site import Whose, site_of

T = TypeVar("T")
LIMIT_S = 90.0
TICK_S = 0.02
TIMEOUT_S = 0.5

real = pytest.param("real", marks=pytest.mark.acceptance)


@pytest.fixture(scope="session")
def openclaw() -> Installation:
    outer = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    cache = Path(os.environ.get("SELFHEAL_CACHE_DIR") or Path(outer) / "selfheal").absolute()
    return ensure_installed(cache, progress=_show_nothing)


@pytest.fixture(params=["double", real])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GatewayBench]:
    if request.param == "real":
        made = real_bench(tmp_path, request.getfixturevalue("openclaw"))
    else:
        made = double_bench(tmp_path)
    yield made
    made.close()


@pytest.fixture
def double(tmp_path: Path) -> Iterator[GatewayBench]:
    made = double_bench(tmp_path / "one")
    yield made
    made.close()


def real_bench(folder: Path, openclaw: Installation) -> GatewayBench:
    sandbox = prepare_sandbox(folder, openclaw)
    environment = gateway_environment(sandbox)
    command = gateway_command(sandbox)
    whose = Whose(
        sandbox.home, os.getuid(), command=command[:2], port=sandbox.port, log_path=folder / "gateway.log"
    )
    return GatewayBench(site_of(environment, whose), command, environment, real=True)


def _show_nothing(stage: Stage, done_bytes: int, total_bytes: int | None) -> None:
    """Pytest holds back what is printed."""


def go(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


async def until(look: Callable[[], Awaitable[T]], good: Callable[[T], bool]) -> T:
    """For what another process does: there is no event of it for us."""
    deadline = time.monotonic() + LIMIT_S
    while not good(seen := await look()):
        assert time.monotonic() < deadline, f"still {seen!r} after {LIMIT_S} s"
        await asyncio.sleep(TICK_S)
    return seen


async def until_verdict(gateway: OpenClawGateway, *verdicts: Verdict) -> None:
    async def look() -> Verdict:
        return (await gateway.probe(ProbeKind.FULL, 2.0)).verdict

    await until(look, lambda verdict: verdict in verdicts)


async def until_found(gateway: OpenClawGateway) -> GatewayProcess:
    seen = await until(gateway.inspect, lambda one: one.process is not None)
    assert seen.process is not None
    return seen.process


async def ended(gateway: OpenClawGateway, process: GatewayProcess, act: Callable[[], object]) -> int | None:
    """What the watch says once `act` has made the process end."""
    event = asyncio.get_running_loop().create_future()
    gateway.watch_exit(process, lambda _process, code: event.set_result(code))
    act()
    async with asyncio.timeout(LIMIT_S):
        code: int | None = await event
    return code


def test_finds_the_process_for_certain(bench: GatewayBench) -> None:
    async def story() -> tuple[Inspection, Inspection]:
        gateway = OpenClawGateway(bench.site)
        before = await gateway.inspect()
        bench.start()
        await until_verdict(gateway, Verdict.WELL)
        after = await gateway.inspect()
        gateway.close()
        return before, after

    before, after = go(story())
    assert before.process is None
    assert before.others == ()
    assert after.process is not None
    assert (after.process.pid, after.process.listening) == (bench.started[0].pid, True)
    assert after.process.state is ProcessState.RUNNING
    assert (after.others, after.port_owner, after.upkeep) == ((), None, None)
    assert (after.config, after.disk_full, after.foreign_supervisor) == (ConfigState.LOADABLE, False, "")


def test_probes_tell_the_phases_of_a_start(bench: GatewayBench) -> None:
    async def story() -> list[Verdict]:
        gateway = OpenClawGateway(bench.site)
        bench.start(start_s=0.3, sidecars_s=0.5)
        seen: list[Verdict] = []
        while not seen or seen[-1] is not Verdict.WELL:
            verdict = (await gateway.probe(ProbeKind.FULL, LIMIT_S)).verdict
            seen += [verdict] if verdict not in seen[-1:] else []
            await asyncio.sleep(TICK_S)
        return seen

    assert go(story()) == [Verdict.REFUSED, Verdict.STARTING, Verdict.WELL]


def test_a_well_gateway_answers_both_probes(bench: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        bench.start()
        await until_verdict(gateway, Verdict.WELL)
        full = await gateway.probe(ProbeKind.FULL, 5.0)
        beat = await gateway.probe(ProbeKind.HEARTBEAT, 5.0)
        assert (full.verdict, full.root_status, full.failing, full.suppressed) == (Verdict.WELL, 200, (), ())
        assert (beat.verdict, beat.root_status) == (Verdict.WELL, None)
        assert 0 < beat.latency_s < 5.0

    go(story())


def test_kill_is_an_event_and_a_crash(bench: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        bench.start()
        await until_verdict(gateway, Verdict.WELL)
        process = await until_found(gateway)
        assert await ended(gateway, process, bench.started[0].kill) is None
        began = time.monotonic()
        known = await gateway.examine_exit(process.pid, 137)
        assert time.monotonic() - began < 0.5
        bench.started[0].wait()
        told = await gateway.examine_exit(process.pid, None)
        assert (known.cause, told.cause) == (ExitCause.CRASHED, ExitCause.CRASHED)
        assert (await gateway.inspect()).process is None

    go(story())


def test_sigterm_is_a_stop_on_purpose(bench: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        bench.start()
        await until_verdict(gateway, Verdict.WELL)
        process = await until_found(gateway)
        await ended(gateway, process, bench.started[0].terminate)
        assert bench.started[0].wait() == 0
        for code in (0, None):
            assert (await gateway.examine_exit(process.pid, code)).cause is ExitCause.STOPPED_ON_PURPOSE

    go(story())


def test_a_restart_request_is_told_from_a_stop(bench: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        bench.start()
        await until_verdict(gateway, Verdict.WELL)
        process = await until_found(gateway)
        await ended(gateway, process, lambda: bench.started[0].send_signal(signal.SIGUSR2))
        assert bench.started[0].wait() == 0
        assert (await gateway.examine_exit(process.pid, 0)).cause is ExitCause.RESTART_REQUESTED

    go(story())


def test_a_second_instance_is_refused_and_the_first_still_found(bench: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        bench.start()
        await until_verdict(gateway, Verdict.WELL)
        second = bench.start()
        code = await asyncio.to_thread(second.wait)
        assert code == 78
        report = await gateway.examine_exit(second.pid, code)
        assert report.cause is ExitCause.ALREADY_RUNNING
        assert (await until_found(gateway)).pid == bench.started[0].pid
        assert (await gateway.probe(ProbeKind.FULL, 5.0)).verdict is Verdict.WELL

    go(story())


def test_a_halted_process_is_seen_and_times_out(bench: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        bench.start()
        await until_verdict(gateway, Verdict.WELL)
        bench.started[0].send_signal(signal.SIGSTOP)
        seen = await until(gateway.inspect, lambda one: one.process is not None and not _runs(one.process))
        assert seen.process is not None
        assert seen.process.listening
        began = time.monotonic()
        assert (await gateway.probe(ProbeKind.FULL, TIMEOUT_S)).verdict is Verdict.TIMEOUT
        assert time.monotonic() - began < TIMEOUT_S + 0.4

    go(story())


def _runs(process: GatewayProcess) -> bool:
    return process.state is ProcessState.RUNNING


def test_a_config_that_cannot_load_is_named_before_and_after_the_start(bench: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        bench.site.config_path.write_text('{"gateway": {,,')
        seen = await gateway.inspect()
        assert seen.config is ConfigState.MALFORMED
        assert "line 1" in seen.config_problem
        process = bench.start()
        code = await asyncio.to_thread(process.wait)
        assert code == 78
        assert (await gateway.examine_exit(process.pid, code)).cause is ExitCause.CONFIG_REFUSED

    go(story())


def test_a_refused_key_is_a_refused_config(bench: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        text = bench.site.config_path.read_text()
        bench.site.config_path.write_text(text.replace("{", '{"notAKey": 1, ', 1))
        assert (await gateway.inspect()).config is ConfigState.LOADABLE
        process = bench.start()
        code = await asyncio.to_thread(process.wait)
        report = await gateway.examine_exit(process.pid, code)
        assert report.cause is ExitCause.CONFIG_REFUSED

    go(story())


class Squatter(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def squatter(bench: GatewayBench) -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", bench.site.port), Squatter)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield os.getpid()
    server.shutdown()
    thread.join()
    server.server_close()


def test_another_program_on_the_port_is_named_and_foreign(bench: GatewayBench, squatter: int) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        seen = await gateway.inspect()
        assert seen.process is None
        assert seen.port_owner is not None
        assert seen.port_owner.pid == squatter
        assert "pytest" in seen.port_owner.command
        for kind in ProbeKind:
            assert (await gateway.probe(kind, 5.0)).verdict is Verdict.FOREIGN
        process = bench.start()
        code = await asyncio.to_thread(process.wait)
        assert code == 1
        assert (await gateway.examine_exit(process.pid, code)).cause is ExitCause.STARTUP_FAILED

    go(story())


# What the real gateway does only in circumstances that cannot be had here, or after many minutes.


def test_a_draining_gateway_says_so_until_its_port_closes(double: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(double.site)
        double.start(drain_s=0.4, linger_s=30.0)
        await until_verdict(gateway, Verdict.WELL)
        double.started[0].terminate()
        await until_verdict(gateway, Verdict.DRAINING)
        double.started[0].terminate()  # the second is ignored
        await until_verdict(gateway, Verdict.REFUSED)
        seen = await gateway.inspect()
        assert seen.process is not None
        assert (seen.process.listening, double.started[0].poll()) == (False, None)

    go(story())


@pytest.mark.parametrize(
    ("mode", "verdict"),
    [
        ("hang", Verdict.TIMEOUT),
        ("foreign", Verdict.FOREIGN),
        ("degraded", Verdict.DEGRADED),
        ("broken_root", Verdict.BROKEN),
    ],
)
def test_each_way_to_be_ill_has_its_verdict(double: GatewayBench, mode: str, verdict: Verdict) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(double.site)
        double.start()
        await until_verdict(gateway, Verdict.WELL)
        double.wish(mode=mode)
        report = await gateway.probe(ProbeKind.FULL, TIMEOUT_S)
        assert report.verdict is verdict
        assert report.failing == (("telegram",) if mode == "degraded" else ())

    go(story())


def test_three_unclean_boots_leave_the_channels_off(double: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(double.site)
        for _ in range(3):
            double.start()
            await until_verdict(gateway, Verdict.WELL)
            double.started[-1].kill()
            double.started[-1].wait()
        double.start()
        await until_verdict(gateway, Verdict.DEGRADED)
        assert (await gateway.probe(ProbeKind.FULL, 5.0)).suppressed == ("telegram",)

    go(story())


def test_a_parked_process_is_no_gateway_after_a_while(double: GatewayBench) -> None:
    table = host_table()
    finder = ProcessFinder(double.site, table, parked_after_s=0.3)
    inspector = Inspector(double.site, table, os.getpid(), finder=finder)

    async def story() -> None:
        gateway = OpenClawGateway(double.site, inspector=inspector)
        double.start(parked=True)
        await until_verdict(gateway, Verdict.WELL)
        double.started[0].send_signal(signal.SIGUSR2)
        await until_verdict(gateway, Verdict.REFUSED)
        first = await gateway.inspect()
        assert first.process is not None  # it may only be restarting inside itself
        seen = await until(gateway.inspect, lambda one: one.process is None)
        assert [one.pid for one in seen.others] == [double.started[0].pid]

    go(story())


def test_a_zombie_is_gone(double: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(double.site)
        double.start()
        await until_verdict(gateway, Verdict.WELL)
        process = await until_found(gateway)
        await ended(gateway, process, lambda: os.kill(process.pid, signal.SIGKILL))
        seen = await gateway.inspect()
        assert (seen.process, seen.others) == (None, ())

    go(story())


def test_a_recycled_pid_in_the_lock_is_not_the_gateway(double: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(double.site)
        double.start()
        await until_verdict(gateway, Verdict.WELL)
        lock = double.site.lock_path.read_text()
        double.started[0].kill()
        double.started[0].wait()
        double.site.lock_path.write_text(lock.replace(str(double.started[0].pid), str(bystander.pid)))
        seen = await gateway.inspect()
        assert (seen.process, seen.others) == (None, ())

    with subprocess.Popen(["sleep", "60"]) as bystander:
        try:
            go(story())
        finally:
            bystander.kill()


def test_the_gateway_of_another_place_is_never_taken_for_ours(double: GatewayBench, tmp_path: Path) -> None:
    neighbour = double_bench(tmp_path / "two")

    async def story() -> None:
        ours, theirs = OpenClawGateway(double.site), OpenClawGateway(neighbour.site)
        neighbour.start()
        await until_verdict(theirs, Verdict.WELL)
        seen = await ours.inspect()
        assert (seen.process, seen.others, seen.port_owner) == (None, (), None)
        double.start()
        await until_verdict(ours, Verdict.WELL)
        assert (await until_found(ours)).pid == double.started[0].pid
        assert (await until_found(theirs)).pid == neighbour.started[0].pid
        assert (await ours.inspect()).others == ()

    try:
        go(story())
    finally:
        neighbour.close()


def test_our_gateway_on_a_port_of_anothers_is_named(double: GatewayBench, tmp_path: Path) -> None:
    neighbour = double_bench(tmp_path / "two", port=double.site.port)

    async def story() -> None:
        ours = OpenClawGateway(double.site)
        neighbour.start()
        await until_verdict(OpenClawGateway(neighbour.site), Verdict.WELL)
        seen = await ours.inspect()
        assert seen.process is None
        assert seen.port_owner is not None
        assert seen.port_owner.pid == neighbour.started[0].pid

    try:
        go(story())
    finally:
        neighbour.close()
