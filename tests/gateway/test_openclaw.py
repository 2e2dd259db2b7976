"""What the adapter makes of its own failures."""

import asyncio
import gc
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.doubles.deep_gateway import TOKEN, well
from tests.doubles.deep_gateway import gateway as deep_gateway
from tests.doubles.process_table import MadeTable

from selfheal.core.facts import DeepVerdict, GatewayProcess, Inspection, ProbeKind, ProcessState
from selfheal.gateway.looks import LookThread
from selfheal.gateway.openclaw import OpenClawGateway
from selfheal.gateway.site import Site
from selfheal.gateway.statelock import lock_path


class BrokenTable(MadeTable):
    """A host whose process list cannot be read."""

    broken = True

    def ids(self) -> Iterator[int]:
        if self.broken:
            raise OSError(24, "Too many open files")
        return super().ids()


def gateway(folder: Path, table: MadeTable) -> OpenClawGateway:
    return OpenClawGateway(site_in(folder), table=table)


def site_in(folder: Path) -> Site:
    return Site("main", folder, folder, folder / "openclaw.json", 18789, 0)


def test_a_first_look_that_fails_does_not_claim_that_nothing_runs(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Too many open files"):
        asyncio.run(gateway(tmp_path, BrokenTable()).inspect())


def test_a_later_look_that_fails_is_not_passed_off_as_a_fresh_one(tmp_path: Path) -> None:
    table = BrokenTable()
    table.broken = False
    watched = gateway(tmp_path, table)

    async def twice() -> None:
        await watched.inspect()
        table.broken = True
        with pytest.raises(OSError, match="Too many open files"):
            await watched.inspect()

    asyncio.run(twice())


def test_a_child_that_ended_unseen_is_shown_once_as_what_it_is(tmp_path: Path) -> None:
    ended = GatewayProcess(7, 1.0, ProcessState.ZOMBIE)
    watched = OpenClawGateway(site_in(tmp_path), table=MadeTable(), failed=lambda: ended)

    async def twice() -> list[Inspection]:
        return [await watched.inspect() for _ in range(2)]

    seen = asyncio.run(twice())
    assert [one.ended for one in seen] == [ended, None]
    assert [one.process for one in seen] == [None, None]


def test_a_child_that_was_seen_needs_no_second_telling(tmp_path: Path) -> None:
    watched = OpenClawGateway(
        site_in(tmp_path), table=MadeTable(), failed=lambda: GatewayProcess(7, 1.0, ProcessState.ZOMBIE)
    )

    async def story() -> GatewayProcess | None:
        watched.watch_exit(GatewayProcess(7, 1.0), lambda _process, _code: None)
        return (await watched.inspect()).ended

    assert asyncio.run(story()) is None


def test_the_deep_check_goes_where_the_lock_says(tmp_path: Path) -> None:
    table = MadeTable()
    watched = gateway(tmp_path, table)
    config = {"gateway": {"auth": {"mode": "token", "token": TOKEN}}}
    (tmp_path / "openclaw.json").write_text(json.dumps(config))
    lock = lock_path(tmp_path, 0)
    lock.parent.mkdir(parents=True)

    async def story() -> DeepVerdict:
        await watched.inspect()
        return (await watched.check_deeply(20.0)).verdict

    with deep_gateway(well) as port:
        table.add(10, "openclaw-gateway", comm="openclaw-gatewa", ports=[port])
        lock.write_text(json.dumps({"pid": 10, "port": port, "startTime": 10000}))
        assert asyncio.run(story()) is DeepVerdict.OK


def test_the_deep_check_speaks_as_the_gateway_was_heard_to(tmp_path: Path) -> None:
    """Its config says TLS since a while; it has not been restarted."""
    table = MadeTable()
    watched = gateway(tmp_path, table)
    config = {"gateway": {"auth": {"mode": "token", "token": TOKEN}, "tls": {"enabled": True}}}
    (tmp_path / "openclaw.json").write_text(json.dumps(config))
    lock = lock_path(tmp_path, 0)
    lock.parent.mkdir(parents=True)

    async def story() -> DeepVerdict:
        await watched.inspect()
        await watched.probe(ProbeKind.HEARTBEAT, 20.0)
        return (await watched.check_deeply(20.0)).verdict

    with deep_gateway(well) as port:
        table.add(10, "openclaw-gateway", comm="openclaw-gatewa", ports=[port])
        lock.write_text(json.dumps({"pid": 10, "port": port, "startTime": 10000}))
        assert asyncio.run(story()) is DeepVerdict.OK


class SlowTable(MadeTable):
    """Counts how many look at it at once."""

    looking = 0
    most = 0

    def ids(self) -> Iterator[int]:
        self.looking += 1
        self.most = max(self.most, self.looking)
        time.sleep(0.02)
        self.looking -= 1
        return super().ids()


def test_no_two_looks_at_once(tmp_path: Path) -> None:
    table = SlowTable()
    watched = gateway(tmp_path, table)

    async def story() -> None:
        looks = [watched.inspect() for _ in range(4)]
        await asyncio.gather(*looks, watched.examine_exit(7, 137), watched.examine_exit(8, 1))

    asyncio.run(story())
    watched.close()
    assert table.searches > 4
    assert table.most == 1


HUNG = """
import asyncio, threading
from pathlib import Path
from selfheal.core.facts import ProbeKind
from selfheal.gateway import openclaw
from selfheal.gateway.site import Site
place = Path("/nonexistent")
gateway = openclaw.OpenClawGateway(Site("main", place, place, place / "openclaw.json", 18789, 0))
look, goes_on, gone = gateway._inspector.look, threading.Event(), threading.Event()
def hung(now):
    goes_on.wait()
    gone.set()
    return look(now)
async def fails(work):
    try:
        await work
    except TimeoutError:
        print("timeout", threading.active_count())
async def story():
    openclaw.LOOK_TIMEOUT_S, gateway._inspector.look = 0.2, hung
    await fails(gateway.inspect())
    openclaw.LOOK_TIMEOUT_S = 1000.0
    await fails(gateway.inspect())
    await fails(gateway.examine_exit(7, 1))
    await fails(gateway.probe(ProbeKind.FULL, 1.0))
    if END:
        gateway._inspector.look = look
        goes_on.set()
        gone.wait()
        while gateway._looks.hang:
            await asyncio.sleep(0)
        await gateway.inspect()
        print("looks again")
    gateway.close()
asyncio.run(story())
"""


@pytest.mark.parametrize("ends", [True, False])
def test_a_look_that_hangs_holds_one_thread_no_later_look_and_not_our_end(*, ends: bool) -> None:
    done = subprocess.run(
        (sys.executable, "-c", HUNG.replace("END", str(ends))),
        capture_output=True,
        text=True,
        timeout=20.0,
        check=True,
    )
    assert done.stdout == "timeout 2\n" * 4 + "looks again\n" * ends


@pytest.mark.parametrize("closed", [True, False])
def test_a_gateway_that_is_let_go_leaves_no_thread(tmp_path: Path, *, closed: bool) -> None:
    before = threading.enumerate()
    watched = gateway(tmp_path, MadeTable())
    asyncio.run(watched.inspect())
    (looking,) = (one for one in threading.enumerate() if one.name == "look" and one not in before)
    if closed:
        watched.close()
    else:
        del watched
        gc.collect()
    looking.join(5.0)
    assert not looking.is_alive()


def test_nobody_looks_after_the_end() -> None:
    looks = LookThread()
    looks.close()
    looks.close()
    with pytest.raises(RuntimeError, match="closed"):
        asyncio.run(looks.run(int, 1.0))
