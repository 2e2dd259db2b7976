"""Many worlds in many processes."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

import pytest

from selfheal.sim.campaign import AHEAD, Processes, Sum, Task, Together, one, run
from selfheal.sim.tally import Tally

P = ParamSpec("P")
T = TypeVar("T")


class Pool(ThreadPoolExecutor):
    """Keeps what it was asked for."""

    def __init__(self) -> None:
        super().__init__(1)
        self.futures: list[Future[object]] = []

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future = super().submit(fn, *args, **kwargs)
        self.futures.append(future)  # type: ignore[arg-type]
        return future


def test_who_stops_listening_stops_the_worlds_that_have_not_begun() -> None:
    """Ctrl-C once waited for hundreds of worlds."""
    pool = Pool()
    worlds = run((Task(seed, 100.0) for seed in range(4 * AHEAD)), 2, lambda _jobs: pool)
    next(worlds)
    worlds.close()
    assert any(future.cancelled() for future in pool.futures)


def test_who_stops_listening_does_not_wait_for_the_worlds_that_are_under_way() -> None:
    """The second one would take many minutes."""
    before = set(multiprocessing.active_children())
    tasks = (Task(seed, 1.0 if seed == 0 else 3660.0, rate=50.0) for seed in range(4))
    worlds = run(tasks, 2)
    assert next(worlds)[0].seed == 0
    worlds.close()
    assert set(multiprocessing.active_children()) == before


def test_ctrl_c_is_left_to_the_one_that_listens() -> None:
    """A terminal sends it to all; each process of a pool would tell of it with a traceback."""
    before = set(multiprocessing.active_children())
    with Processes(1) as pool:
        pool.submit(one, Task(1, 1.0)).result()
        (child,) = set(multiprocessing.active_children()) - before
        assert child.pid is not None
        os.kill(child.pid, signal.SIGINT)
        assert pool.submit(one, Task(1, 1.0)).result()


def test_ctrl_c_is_heard_while_a_process_is_being_made() -> None:
    """Python only prints what is raised in the middle of a fork."""
    armed = [signal.SIGINT]

    def press() -> None:
        if armed:
            signal.raise_signal(armed.pop())

    os.register_at_fork(after_in_parent=press)
    before = set(multiprocessing.active_children())
    with pytest.raises(KeyboardInterrupt):
        list(run((Task(seed, 1.0) for seed in range(4)), 2))
    assert set(multiprocessing.active_children()) == before


def test_no_world_is_held_back_by_one_that_takes_long() -> None:
    """A finding behind a world of many minutes was told after it, and lost by a Ctrl-C before."""
    tasks = (Task(seed, 3660.0 if seed == 0 else 1.0, rate=50.0) for seed in range(20))
    worlds = run(tasks, 2)
    assert {next(worlds)[0].seed for _ in range(19)} == set(range(1, 20))
    worlds.close()


def test_a_world_counts_once_it_is_done_in_each_column_and_in_order_of_the_seeds() -> None:
    sums = Sum(), Sum()
    together = Together(sums, 1)
    for seed, column in ((3, 0), (3, 1), (1, 1), (2, 0)):
        together.add(Task(seed, 1.0, column=column), Tally())
    assert (together.worlds, [each.worlds for each in sums]) == (1, [0, 0])
    together.add(Task(1, 1.0, column=0), Tally())
    assert [each.worlds for each in sums] == [1, 1]
    together.end()
    assert (together.worlds, [each.worlds for each in sums]) == (2, [2, 2])
