"""The gateway's port on the double alone: what the real one cannot be made to do, or does only late."""

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.contract.gateway_steps import LIMIT_S, TIMEOUT_S, ended, go, until, until_found, until_verdict
from tests.doubles.gateway_bench import GatewayBench, double_bench, free_port

from selfheal.core.facts import ConfigState, ProbeKind, Verdict
from selfheal.gateway.inspect import Inspector
from selfheal.gateway.openclaw import OpenClawGateway
from selfheal.gateway.process import ProcessFinder
from selfheal.gateway.proctable import host_table

UNREADABLE = "//#!openclaw\n%"
"""How a config begins that the double reads, and we do not."""


@pytest.fixture
def double(tmp_path: Path) -> Iterator[GatewayBench]:
    made = double_bench(tmp_path / "one")
    yield made
    made.close()


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
        patience_s = TIMEOUT_S if verdict is Verdict.TIMEOUT else LIMIT_S
        report = await gateway.probe(ProbeKind.FULL, patience_s)
        assert report.verdict is verdict
        assert report.failing == (("telegram",) if mode == "degraded" else ())

    go(story())


@pytest.mark.parametrize(
    ("mode", "first", "restarted"),
    [
        ("broken_root", Verdict.DEGRADED, Verdict.BROKEN),
        ("no_page", Verdict.WELL, Verdict.BROKEN),
    ],
)
def test_the_page_is_missed_where_it_was_before_with_this_config(
    double: GatewayBench, mode: str, first: Verdict, restarted: Verdict
) -> None:
    async def one(gateway: OpenClawGateway, verdict: Verdict, **wishes: object) -> None:
        double.start(**wishes)
        await until_found(gateway)
        await until_verdict(gateway, verdict)
        double.started[-1].terminate()
        double.started[-1].wait()

    async def story() -> None:
        gateway = OpenClawGateway(double.site)
        await one(gateway, first, mode=mode)
        await one(gateway, Verdict.WELL, mode="")
        await one(gateway, restarted, mode=mode)
        double.site.config_path.write_text(double.site.config_path.read_text() + " ")
        await one(gateway, first, mode=mode)

    go(story())


def test_a_config_that_served_is_loadable_though_we_cannot_read_it(double: GatewayBench) -> None:
    """The double reads what we do not; a change of the file is judged anew."""
    text = double.site.config_path.read_text()

    async def story() -> list[ConfigState]:
        gateway = OpenClawGateway(double.site)
        double.site.config_path.write_text(UNREADABLE + text)
        seen = [(await gateway.inspect()).config]
        double.start()
        await until_found(gateway)
        await until_verdict(gateway, Verdict.WELL)
        double.started[-1].kill()
        double.started[-1].wait()
        seen.append((await gateway.inspect()).config)
        double.site.config_path.write_text(UNREADABLE + text + " ")
        return [*seen, (await gateway.inspect()).config]

    assert go(story()) == [ConfigState.MALFORMED, ConfigState.LOADABLE, ConfigState.MALFORMED]


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


@pytest.mark.parametrize("looks_first", [True, False])
def test_a_gateway_on_another_port_than_ours_is_asked_there(
    double: GatewayBench, *, looks_first: bool
) -> None:
    """Started by hand with `--port`: it serves, whatever its config and we say."""
    port, said = free_port(), list[str]()
    elsewhere = replace(double, command=(*double.command, "--port", str(port)))

    async def story() -> None:
        gateway = OpenClawGateway(double.site, say=said.append)
        elsewhere.start()
        if looks_first:
            await until(gateway.inspect, lambda one: one.process is not None and one.process.listening)
        await until_verdict(gateway, Verdict.WELL)
        seen = await gateway.inspect()
        assert seen.process is not None
        assert (seen.process.listening, seen.port_owner) == (True, None)
        gateway.close()

    go(story())
    assert said == [f"the gateway's lock names port {port}, not {double.site.port}: it is asked there"]


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
