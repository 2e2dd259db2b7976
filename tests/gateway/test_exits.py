"""The one contract of all exit watchers, on real processes."""

import asyncio
import os
import select
import subprocess
from collections.abc import Callable, Iterator

import pytest

from selfheal.core.facts import GatewayProcess
from selfheal.gateway import exits
from selfheal.gateway.exits import (
    KqueueWatcher,
    PidfdWatcher,
    PollWatcher,
    Watches,
    has_pidfd,
    make_exit_watcher,
)
from selfheal.gateway.proctable import host_table

LIMIT_S = 60.0
POLL_S = 0.02
KINDS = [
    PollWatcher,
    pytest.param(PidfdWatcher, marks=pytest.mark.skipif(not has_pidfd(), reason="no pidfd here")),
    pytest.param(
        KqueueWatcher, marks=pytest.mark.skipif(not hasattr(select, "kqueue"), reason="no kqueue here")
    ),
]
TABLE = host_table()


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest) -> Callable[[], Watches]:
    kind: type[Watches] = request.param
    return lambda: kind(TABLE, lambda _pid: 137, poll_s=POLL_S)


def sleeping() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


sleeper = pytest.fixture(sleeping)
second_sleeper = pytest.fixture(sleeping)


def seen(pid: int) -> GatewayProcess:
    row = TABLE.read(pid)
    assert row is not None
    return GatewayProcess(pid, row.started)


class Calls:
    def __init__(self) -> None:
        self.all: list[tuple[GatewayProcess, int | None]] = []
        self.first = asyncio.Event()

    def __call__(self, process: GatewayProcess, code: int | None) -> None:
        self.all.append((process, code))
        self.first.set()

    async def wait(self) -> None:
        async with asyncio.timeout(LIMIT_S):
            await self.first.wait()


def test_calls_once_with_process_and_code(
    make: Callable[[], Watches], sleeper: subprocess.Popen[bytes], second_sleeper: subprocess.Popen[bytes]
) -> None:
    """The end of a second process is the proof: by then a second call for the first would have come."""

    async def story() -> None:
        watcher, calls = make(), Calls()
        process = seen(sleeper.pid)
        watcher.watch(process, calls)
        watcher.watch(process, calls)
        await asyncio.sleep(0)
        assert calls.all == []
        sleeper.kill()  # a zombie from now on: nobody has reaped it
        await calls.wait()
        later = Calls()
        watcher.watch(seen(second_sleeper.pid), later)
        second_sleeper.kill()
        await later.wait()
        assert calls.all == [(process, 137)]
        watcher.close()

    asyncio.run(story())


def test_a_process_that_is_gone_is_told_from_the_loop(
    make: Callable[[], Watches], sleeper: subprocess.Popen[bytes]
) -> None:
    async def story() -> None:
        watcher, calls = make(), Calls()
        process = seen(sleeper.pid)
        sleeper.kill()
        await asyncio.to_thread(sleeper.wait)
        watcher.watch(process, calls)
        assert calls.all == []
        await calls.wait()
        assert calls.all == [(process, 137)]
        watcher.close()

    asyncio.run(story())


def test_a_recycled_pid_counts_as_gone(make: Callable[[], Watches], sleeper: subprocess.Popen[bytes]) -> None:
    async def story() -> None:
        watcher, calls = make(), Calls()
        before = GatewayProcess(sleeper.pid, seen(sleeper.pid).started - 1)
        watcher.watch(before, calls)
        await calls.wait()
        assert calls.all == [(before, 137)]
        watcher.close()

    asyncio.run(story())


def test_a_zombie_counts_as_gone(make: Callable[[], Watches], sleeper: subprocess.Popen[bytes]) -> None:
    async def story() -> None:
        watcher, calls = make(), Calls()
        process = seen(sleeper.pid)
        sleeper.kill()
        await asyncio.to_thread(os.waitid, os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
        watcher.watch(process, calls)
        await calls.wait()
        watcher.close()

    asyncio.run(story())


def test_after_close_nobody_is_called(make: Callable[[], Watches], sleeper: subprocess.Popen[bytes]) -> None:
    async def story() -> None:
        watcher, calls = make(), Calls()
        descriptors = len(os.listdir("/dev/fd"))  # noqa: PTH208  a count, no paths
        watcher.watch(seen(sleeper.pid), calls)
        watcher.close()
        assert len(os.listdir("/dev/fd")) == descriptors  # noqa: PTH208
        other, proof = make(), Calls()
        other.watch(seen(sleeper.pid), proof)
        sleeper.kill()
        await proof.wait()
        assert calls.all == []
        other.close()

    asyncio.run(story())


def test_a_handler_may_watch_the_next_process(
    make: Callable[[], Watches], sleeper: subprocess.Popen[bytes]
) -> None:
    async def story() -> None:
        watcher, calls = make(), Calls()
        process = seen(sleeper.pid)
        watcher.watch(process, lambda again, _code: watcher.watch(again, calls))
        sleeper.kill()
        await calls.wait()
        assert len(calls.all) == 1
        watcher.close()

    asyncio.run(story())


def test_where_no_descriptor_is_left_the_poll_watches(
    sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_pid: int) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "pidfd_open", refuse, raising=False)

    async def story() -> None:
        watcher, calls = PidfdWatcher(TABLE, lambda _pid: None, poll_s=POLL_S), Calls()
        watcher.watch(seen(sleeper.pid), calls)
        sleeper.kill()
        await calls.wait()
        assert [code for _, code in calls.all] == [None]
        watcher.close()

    asyncio.run(story())


def test_the_fastest_kind_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    best = make_exit_watcher(TABLE, lambda _pid: None)
    assert type(best) in (PidfdWatcher, KqueueWatcher, PollWatcher)
    assert (type(best) is PidfdWatcher) is (has_pidfd() and not hasattr(select, "kqueue"))
    monkeypatch.setattr(exits, "has_pidfd", lambda: False)
    monkeypatch.delattr(select, "kqueue", raising=False)
    assert type(make_exit_watcher(TABLE, lambda _pid: None)) is PollWatcher
