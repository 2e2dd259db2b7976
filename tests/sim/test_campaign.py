"""Many worlds in many processes."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from selfheal.sim.campaign import AHEAD, AT_ONCE, Task, run

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
    worlds = run((Task(seed, 1.0) for seed in range(AHEAD * AT_ONCE)), 2, lambda _jobs: pool)
    assert next(worlds)[0].seed == 0
    worlds.close()  # type: ignore[attr-defined]
    assert any(future.cancelled() for future in pool.futures)
