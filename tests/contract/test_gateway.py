"""One suite for the gateway's port: on the double with OpenClaw's contract, and on the real OpenClaw."""

import asyncio
import http.server
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.contract.gateway_steps import (
    LIMIT_S,
    TICK_S,
    TIMEOUT_S,
    ended,
    go,
    until,
    until_found,
    until_verdict,
)
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
from selfheal.gateway.openclaw import OpenClawGateway
from selfheal.gateway.sandbox import gateway_command, gateway_environment, prepare_sandbox
from selfheal.gateway.sandbox_install import Installation, ensure_installed
from selfheal.gateway.sandbox_progress import Stage
from selfheal.gateway.site import Whose, site_of

SLACK_S = 5.0  # a busy machine; without a deadline it would hang for ever
UNASKED_S = 1.0  # nobody's command line was asked: that alone takes longer

real = pytest.param("real", marks=pytest.mark.acceptance)


@pytest.fixture(scope="module")
def lent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayBench]:
    """The one real gateway for all: a cold start is the dearest thing here."""
    outer = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    cache = Path(os.environ.get("SELFHEAL_CACHE_DIR") or Path(outer) / "selfheal").absolute()
    openclaw = ensure_installed(cache, progress=_show_nothing)
    made = real_bench(tmp_path_factory.mktemp("real"), openclaw)
    yield made
    made.close()


@pytest.fixture(params=["double", real])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GatewayBench]:
    """The double anew for each test, the real one as the test before has left it: in this order they need
    three starts.
    """
    if request.param == "real":
        made: GatewayBench = request.getfixturevalue("lent")
        config = made.site.config_path.read_bytes()
        yield made
        made.site.config_path.write_bytes(config)
        made.let_go_on()
    else:
        made = double_bench(tmp_path)
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


def test_finds_the_process_for_certain(bench: GatewayBench) -> None:
    async def story() -> tuple[Inspection, Inspection]:
        bench.close()
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
    assert (after.process.pid, after.process.listening) == (bench.started[-1].pid, True)
    assert after.process.state is ProcessState.RUNNING
    assert (after.others, after.port_owner, after.upkeep) == ((), None, None)
    assert (after.config, after.disk_full, after.foreign_supervisor) == (ConfigState.LOADABLE, False, "")


def test_a_well_gateway_answers_both_probes(bench: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        bench.serving()
        await until_verdict(gateway, Verdict.WELL)
        full = await gateway.probe(ProbeKind.FULL, 5.0)
        beat = await gateway.probe(ProbeKind.HEARTBEAT, 5.0)
        assert (full.verdict, full.root_status, full.failing, full.suppressed) == (Verdict.WELL, 200, (), ())
        assert (beat.verdict, beat.root_status) == (Verdict.WELL, None)
        assert 0 < beat.latency_s < 5.0

    go(story())


def test_a_config_for_later_makes_nobody_ill_who_runs_without_it(bench: GatewayBench) -> None:
    """Its page was turned off when it began, in an included file. Now it would have a page, and TLS."""
    bench.close()
    config = json.loads(bench.site.config_path.read_text())
    included = bench.site.config_path.with_name("gateway.json")
    now = {**config["gateway"], "reload": {"mode": "off"}, "controlUi": {"enabled": False}}
    included.write_text(json.dumps(now))
    bench.site.config_path.write_text(json.dumps({**config, "gateway": {"$include": "./gateway.json"}}))

    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        bench.start()
        await until_found(gateway)
        await until_verdict(gateway, Verdict.WELL)
        later = {**config["gateway"], "reload": {"mode": "off"}, "tls": {"enabled": True}}
        included.write_text(json.dumps(later))
        for fresh in (gateway, OpenClawGateway(bench.site)):
            seen = await fresh.inspect()
            assert (seen.config, seen.port_owner) == (ConfigState.LOADABLE, None)
            for kind in ProbeKind:
                assert (await fresh.probe(kind, 5.0)).verdict is Verdict.WELL
        assert (await gateway.probe(ProbeKind.FULL, 5.0)).root_status == 404

    try:
        go(story())
    finally:
        bench.close()


def test_a_second_instance_is_refused_and_the_first_still_found(bench: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        running = bench.serving()
        await until_verdict(gateway, Verdict.WELL)
        second = bench.start()
        code = await asyncio.to_thread(second.wait)
        assert code == 78
        report = await gateway.examine_exit(second.pid, code)
        assert report.cause is ExitCause.ALREADY_RUNNING
        assert (await until_found(gateway)).pid == running.pid
        assert (await gateway.probe(ProbeKind.FULL, 5.0)).verdict is Verdict.WELL

    go(story())


def test_a_halted_process_is_seen_and_times_out(bench: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        running = bench.serving()
        await until_verdict(gateway, Verdict.WELL)
        running.send_signal(signal.SIGSTOP)
        seen = await until(gateway.inspect, lambda one: one.process is not None and not _runs(one.process))
        assert seen.process is not None
        assert seen.process.listening
        began = time.monotonic()
        assert (await gateway.probe(ProbeKind.FULL, TIMEOUT_S)).verdict is Verdict.TIMEOUT
        assert time.monotonic() - began < TIMEOUT_S + SLACK_S

    go(story())


def _runs(process: GatewayProcess) -> bool:
    return process.state is ProcessState.RUNNING


def test_kill_is_an_event_and_a_crash(bench: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        running = bench.serving()
        await until_verdict(gateway, Verdict.WELL)
        process = await until_found(gateway)
        assert await ended(gateway, process, running.kill) is None
        began = time.monotonic()
        known = await gateway.examine_exit(process.pid, 137)
        assert time.monotonic() - began < UNASKED_S
        running.wait()
        told = await gateway.examine_exit(process.pid, None)
        assert (known.cause, told.cause) == (ExitCause.CRASHED, ExitCause.CRASHED)
        assert (await gateway.inspect()).process is None

    go(story())


def test_probes_tell_the_phases_of_a_start(bench: GatewayBench) -> None:
    async def story() -> list[Verdict]:
        bench.close()
        gateway = OpenClawGateway(bench.site)
        bench.start(start_s=0.3, sidecars_s=0.5)
        seen: list[Verdict] = []
        async with asyncio.timeout(LIMIT_S):
            while not seen or seen[-1] is not Verdict.WELL:
                verdict = (await gateway.probe(ProbeKind.FULL, LIMIT_S)).verdict
                seen += [verdict] if verdict not in seen[-1:] else []
                await asyncio.sleep(TICK_S)
        return seen

    assert go(story()) == [Verdict.REFUSED, Verdict.STARTING, Verdict.WELL]


def test_sigterm_is_a_stop_on_purpose(bench: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        running = bench.serving()
        await until_verdict(gateway, Verdict.WELL)
        process = await until_found(gateway)
        await ended(gateway, process, running.terminate)
        assert running.wait() == 0
        for code in (0, None):
            assert (await gateway.examine_exit(process.pid, code)).cause is ExitCause.STOPPED_ON_PURPOSE

    go(story())


def test_a_restart_request_is_told_from_a_stop(bench: GatewayBench) -> None:
    async def story() -> None:
        gateway = OpenClawGateway(bench.site)
        running = bench.serving()
        await until_verdict(gateway, Verdict.WELL)
        process = await until_found(gateway)
        await ended(gateway, process, lambda: running.send_signal(signal.SIGUSR2))
        assert running.wait() == 0
        assert (await gateway.examine_exit(process.pid, 0)).cause is ExitCause.RESTART_REQUESTED

    go(story())


def test_a_config_that_cannot_load_is_named_before_and_after_the_start(bench: GatewayBench) -> None:
    async def story() -> None:
        bench.close()
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
        bench.close()
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
    bench.close()
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
        assert "python" in seen.port_owner.command  # and no argument: it may be a secret
        for kind in ProbeKind:
            assert (await gateway.probe(kind, 5.0)).verdict is Verdict.FOREIGN
        process = bench.start()
        code = await asyncio.to_thread(process.wait)
        assert code == 1
        assert (await gateway.examine_exit(process.pid, code)).cause is ExitCause.STARTUP_FAILED

    go(story())
