"""One suite for every way to run a gateway: the real thing where this host has it, else a made-up manager."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from tests.doubles import fake_manager
from tests.doubles.service_bench import Bench, eventually
from tests.doubles.systemd_box import BoxRefusedError, SystemdBox, obstacle

from selfheal.core.actions import Signal
from selfheal.core.facts import ManagerState
from selfheal.ports.service import Service
from selfheal.services.child import OwnChild
from selfheal.services.launchd import LaunchdJob
from selfheal.services.openclaw_cli import OpenClawCommand
from selfheal.services.systemd import SystemdUnit

T = TypeVar("T")
PATH = "/usr/local/bin:/usr/bin:/bin"
UNIT = "openclaw-gateway.service"
UNIT_TEXT = """\
[Service]
ExecStart={command}
Restart=always
RestartSec=50ms
SuccessExitStatus=0 143
"""


def go(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@dataclass
class Case:
    """A service over a bench, another whose gateway cannot start, and what its manager says meanwhile."""

    bench: Bench
    service: Service
    hopeless: Service
    running: ManagerState
    parent: bool = False


Maker = Callable[[Bench, SystemdBox | None], Case]


def own_child(bench: Bench, _: SystemdBox | None) -> Case:
    env = {"PATH": PATH}
    log = bench.folder / "log"
    service = OwnChild(bench.command, env, bench.folder, log)
    hopeless = OwnChild(("/no/such/gateway",), env, bench.folder, log)
    return Case(bench, service, hopeless, ManagerState.NONE, parent=True)


def system_unit(bench: Bench, box: SystemdBox | None) -> Case:
    assert box is not None
    box.write_unit(UNIT, UNIT_TEXT.format(command=" ".join(bench.command)))
    box.run("systemctl", "daemon-reload")
    service = SystemdUnit(UNIT, user=False, prefix=box.prefix)
    hopeless = SystemdUnit("openclaw-gateway-none.service", user=False, prefix=box.prefix)
    return Case(bench, service, hopeless, ManagerState.RUNNING)


def user_unit(bench: Bench, box: SystemdBox | None) -> Case:
    assert box is not None
    folder = "/etc/systemd/user"
    box.write_unit(UNIT, UNIT_TEXT.format(command=" ".join(bench.command)), folder)
    started = box.run("systemctl", "start", f"user@{os.getuid()}.service")
    assert started.returncode == 0, started.stderr
    env = {"XDG_RUNTIME_DIR": f"/run/user/{os.getuid()}"}
    box.run("env", f"XDG_RUNTIME_DIR={env['XDG_RUNTIME_DIR']}", "systemctl", "--user", "daemon-reload")
    service = SystemdUnit(UNIT, user=True, prefix=box.prefix, env=env)
    hopeless = SystemdUnit("openclaw-gateway-none.service", user=True, prefix=box.prefix, env=env)
    return Case(bench, service, hopeless, ManagerState.RUNNING)


def launchd_job(bench: Bench, _: SystemdBox | None) -> Case:
    tools = bench.folder / "bin"
    fake_manager.install(tools, "launchctl", bench.command)
    plist = bench.folder / "ai.openclaw.gateway.plist"
    plist.write_text("", encoding="utf-8")
    env = {"PATH": f"{tools}:{PATH}"}
    service = LaunchdJob(domain="gui/501", plist=plist, env=env)
    nowhere = fake_manager.install(bench.folder / "empty", "launchctl", bench.command)
    hopeless = LaunchdJob(
        domain="gui/501", plist=bench.folder / "none.plist", env={"PATH": str(nowhere.parent)}
    )
    return Case(bench, service, hopeless, ManagerState.RUNNING)


def openclaw_command(bench: Bench, _: SystemdBox | None) -> Case:
    executable = fake_manager.install(bench.folder / "bin", "openclaw", bench.command)
    service = OpenClawCommand((str(executable),), {"PATH": PATH})
    hopeless = OpenClawCommand(("/no/such/openclaw",), {"PATH": PATH})
    return Case(bench, service, hopeless, ManagerState.UNKNOWN)


MAKERS: tuple[Maker, ...] = (own_child, system_unit, user_unit, launchd_job, openclaw_command)
IN_BOX = (system_unit, user_unit)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def box(shared: Path) -> Iterator[SystemdBox | str]:
    """The box, or in one word why there is none."""
    if obstacle():
        yield obstacle()
        return
    try:
        made = SystemdBox(shared)
    except BoxRefusedError as refused:
        yield str(refused)
        return
    yield made
    made.close()


@pytest.fixture(params=MAKERS, ids=lambda maker: maker.__name__)
def case(request: pytest.FixtureRequest, shared: Path, box: SystemdBox | str) -> Iterator[Case]:
    maker: Maker = request.param
    if maker in IN_BOX and isinstance(box, str):
        pytest.skip(box)
    folder = shared / f"{request.node.name}"
    folder.mkdir()
    bench = Bench(folder)
    made = maker(bench, box if isinstance(box, SystemdBox) else None)
    yield made
    if isinstance(box, SystemdBox) and maker in IN_BOX:
        box.run("systemctl", "stop", UNIT, f"user@{os.getuid()}.service")
    bench.close()


def test_a_started_gateway_is_there_and_is_one_however_often_it_is_started(case: Case) -> None:
    for _ in range(2):
        done = go(case.service.start(10))
        assert done.succeeded, done.detail
    first = case.bench.one()
    assert go(case.service.start(10)).succeeded
    assert case.bench.gateways() == {first}


def test_starts_at_the_same_time_give_one_gateway(case: Case) -> None:
    if isinstance(case.service, LaunchdJob | OpenClawCommand):
        pytest.skip("made-up")

    async def together() -> list[bool]:
        done = await asyncio.gather(*(case.service.start(10) for _ in range(4)))
        return [one.succeeded for one in done]

    assert go(together()) == [True] * 4
    case.bench.one()


def test_the_state_is_the_managers_own_word(case: Case) -> None:
    before = go(case.service.state())
    assert before is not ManagerState.RUNNING
    go(case.service.start(10))
    case.bench.one()
    assert go(case.service.state()) is case.running


def test_term_reaches_the_gateway(case: Case) -> None:
    go(case.service.start(10))
    identity = case.bench.one()
    done = go(case.service.signal(*identity, Signal.TERM))
    assert done.succeeded, done.detail
    eventually(lambda: identity not in case.bench.gateways())


def test_kill_takes_the_children_along(case: Case) -> None:
    (case.bench.folder / "helpers").write_text("2", encoding="ascii")
    go(case.service.start(10))
    identity = case.bench.one()
    helpers = eventually(lambda: found if len(found := case.bench.helpers()) == 2 else set())
    done = go(case.service.signal(*identity, Signal.KILL))
    assert done.succeeded, done.detail
    eventually(lambda: not (helpers & case.bench.helpers()) and identity not in case.bench.gateways())


def test_the_exit_code_is_known_to_the_parent_alone(case: Case) -> None:
    go(case.service.start(10))
    pid, started = case.bench.one()
    assert case.service.exit_code(pid) is None
    go(case.service.signal(pid, started, Signal.KILL))
    if case.parent:
        assert eventually(lambda: case.service.exit_code(pid)) == 137
    else:
        eventually(lambda: (pid, started) not in case.bench.gateways())
        assert case.service.exit_code(pid) is None


def test_a_killed_gateway_is_started_anew(case: Case) -> None:
    go(case.service.start(10))
    first = case.bench.one()
    go(case.service.signal(*first, Signal.KILL))
    eventually(lambda: first not in case.bench.gateways())
    done = go(case.service.start(10))
    assert done.succeeded, done.detail
    assert case.bench.one() != first


def test_a_recycled_pid_is_refused(case: Case) -> None:
    go(case.service.start(10))
    pid, started = case.bench.one()
    for signal in Signal:
        done = go(case.service.signal(pid, started - 1, signal))
        assert not done.succeeded
        assert not done.retryable
    assert case.bench.one() == (pid, started)


def test_what_is_gone_needs_no_signal(case: Case) -> None:
    go(case.service.start(10))
    identity = case.bench.one()
    go(case.service.signal(*identity, Signal.KILL))
    eventually(lambda: identity not in case.bench.gateways())
    case.service.exit_code(identity[0])
    done = go(case.service.signal(*identity, Signal.KILL))
    assert done.succeeded


def test_what_cannot_be_started_is_said_and_not_tried_again(case: Case) -> None:
    done = go(case.hopeless.start(10))
    assert not done.succeeded
    assert not done.retryable
    assert done.detail.startswith("cannot start ")
    assert not case.bench.gateways()


def test_it_has_a_name(case: Case) -> None:
    assert case.service.name
