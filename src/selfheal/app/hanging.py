"""A short process ends in its time, whatever hangs in it: the resolving of a name, a library, our own loop.

What waits in a thread is waited for as long as its caller says; the thread itself is left to the end of the
process, and does not put that off. Against all else there is the kernel's alarm.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


def run(work: Coroutine[Any, Any, T]) -> T:
    """As `asyncio.run`, which waits for a thread that hangs without end, as the interpreter does."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)


@contextmanager
def ending_within(seconds: float) -> Iterator[None]:
    """Ends this process by SIGALRM if it is not done by then. For the main thread of a process of ours."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # whoever started us may have left it ignored, or blocked
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def hasten(seconds: float) -> None:
    """That end is to come sooner than it was set. Nothing where there is none set."""
    left_s, _ = signal.getitimer(signal.ITIMER_REAL)
    if left_s > seconds:
        signal.setitimer(signal.ITIMER_REAL, seconds)


class _Loop(asyncio.SelectorEventLoop):
    """Its own threads, those of `asyncio.to_thread` and of name resolution, are daemons."""

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        if executor is not None:
            return super().run_in_executor(executor, func, *args)
        future: asyncio.Future[T] = self.create_future()

        def settle(how: Callable[[], None]) -> None:
            if not future.done():  # else its caller waits no longer
                how()

        def work() -> None:
            try:
                how = partial(future.set_result, func(*args))
            except BaseException as error:  # noqa: BLE001 -- it is its caller's
                how = partial(future.set_exception, error)
            with suppress(RuntimeError):  # the loop is closed
                self.call_soon_threadsafe(settle, how)

        threading.Thread(target=work, daemon=True).start()
        return future
