"""The made-up event loop: in order, at its time, and at its end at once."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from selfheal.sim.agenda import Agenda
from selfheal.sim.loop import AgendaLoop, MadeLoop


class Bench:
    def __init__(self) -> None:
        self.agenda = Agenda()
        self.failed: list[BaseException] = []
        self.loop = MadeLoop(lambda: self.agenda.elapsed, self.failed.append)  # type: ignore[abstract]
        self.seen: list[tuple[float, str]] = []

    def note(self, what: str) -> None:
        self.seen.append((round(self.agenda.elapsed, 6), what))

    def run(self, until_s: float, *work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        for each in work:
            self.loop.create_task(each())
        while (at := self.loop.next_at()) is not None and at <= until_s:
            self.agenda.elapsed = max(self.agenda.elapsed, at)
            self.loop.turn()
        self.agenda.elapsed = until_s


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_timers_come_in_order_and_time_stands_still_meanwhile(bench: Bench) -> None:
    async def work() -> None:
        bench.note("begins")
        await asyncio.sleep(3600.0)
        bench.note("slept")
        try:
            async with asyncio.timeout(2.5):
                await bench.loop.create_future()
        except TimeoutError:
            bench.note("given up")

    async def other() -> None:
        await asyncio.sleep(3601.0)
        bench.note("other")

    bench.run(10_000.0, work, other)
    assert bench.seen == [(0.0, "begins"), (3600.0, "slept"), (3601.0, "other"), (3602.5, "given up")]
    assert bench.failed == []


def test_a_cancelled_timer_is_no_reason_to_wake(bench: Bench) -> None:
    bench.loop.call_later(5.0, bench.note, "never").cancel()
    assert bench.loop.next_at() is None


def test_of_a_killed_process_nothing_runs_on(bench: Bench) -> None:
    """Neither what waits, nor what would tidy up: as at a SIGKILL."""

    async def killer() -> None:
        await asyncio.sleep(1.0)
        bench.loop.kill()

    async def work() -> None:
        try:
            await asyncio.sleep(2.0)
            bench.note("ran on")
        finally:
            await asyncio.sleep(0.0)
            bench.note("tidied up")

    bench.run(10.0, work, killer)
    bench.loop.bury()
    assert bench.loop.next_at() is None
    assert (bench.seen, bench.failed) == ([], [])


def test_a_task_that_raises_is_told(bench: Bench) -> None:
    async def work() -> None:
        raise LookupError("nothing there")

    bench.run(1.0, work)
    assert [str(error) for error in bench.failed] == ["nothing there"]


def test_what_is_leapt_over_has_not_passed_for_it(bench: Bench) -> None:
    bench.loop.call_later(5.0, bench.note, "five")
    bench.agenda.elapsed += 1000.0
    bench.loop.leap(1000.0)
    assert (bench.loop.time(), bench.loop.next_at()) == (0.0, 1005.0)
    bench.run(2000.0)
    assert bench.seen == [(1005.0, "five")]


def test_of_two_loops_one_runs_at_a_time(bench: Bench) -> None:
    """What is asked of the second while the first is at work comes right after that."""
    second = AgendaLoop(bench.agenda, bench.failed.append)  # type: ignore[abstract]

    async def asks() -> None:
        second.call_soon(bench.note, "second")
        second.settle()
        bench.note("first")

    bench.run(0.0, asks)
    while bench.agenda.next_at() is not None:
        bench.agenda.happen()
    assert (bench.seen, bench.failed) == ([(0.0, "first"), (0.0, "second")], [])
