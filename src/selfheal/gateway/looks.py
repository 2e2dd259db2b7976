"""Blocking looks at the host beside the event loop: one after the other, and none of them holds us up."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar
from weakref import finalize

T = TypeVar("T")


class LookThread:
    """One thread, begun with the first look. Closing it waits for nothing.

    It is a daemon, as no thread of a ThreadPoolExecutor is: a look that hangs does not hold up our end. A
    look that nobody waits for any more is not begun; while one that nobody waits for goes on, as on a file
    system that hangs, none is begun either: each would wait in vain.
    """

    def __init__(self) -> None:
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._given_up: Callable[[], bool] = lambda: False  # whether the look before goes on, for nobody
        self._end = finalize(self, self._queue.put, None)

    @property
    def hang(self) -> bool:
        return self._given_up()

    async def run(self, look: Callable[[], T], timeout_s: float) -> T:
        """Raises TimeoutError, at once while an earlier look hangs, and whatever `look` raises."""
        if not self._end.alive:
            raise RuntimeError("cannot look: closed")
        if self.hang:
            raise TimeoutError("an earlier look hangs")
        if self._thread is None:
            self._thread = Thread(target=_work, args=(self._queue,), name="look", daemon=True)
            self._thread.start()
        future: Future[T] = Future()
        self._queue.put(partial(_look, look, future))
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), timeout_s)
        finally:
            if future.running():
                self._given_up = future.running

    def close(self) -> None:
        """What was asked for before is still done."""
        self._end()


def _work(queue: SimpleQueue[Callable[[], None] | None]) -> None:
    while (work := queue.get()) is not None:
        work()
        del work


def _look(look: Callable[[], T], future: Future[T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(look())
    except BaseException as error:  # noqa: BLE001 - whoever waits for it raises it
        future.set_exception(error)
