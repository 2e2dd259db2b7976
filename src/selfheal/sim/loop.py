"""An event loop of asyncio on the agenda's time: it never waits, and it can be killed between any two calls.

The world moves time, and asks the loop when its next call is due, or has it be an event of the agenda. It can
do what tasks, futures, timers and queues need; who asks for more is refused. (`looptime` moves the time of a
real loop, and leaves that loop in command: here it is one of several who wait for their moment.)
"""

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context, copy_context
from typing import Any, NamedTuple, TypeVar, TypeVarTuple

from selfheal.sim.agenda import ROUNDING_S, Agenda

T = TypeVar("T")
Given = TypeVarTuple("Given")
Work = Generator[Any, None, Any] | Coroutine[Any, Any, Any]


class Due(NamedTuple):
    """A call and its moment, in the loop's own time."""

    at: float
    number: int
    handle: asyncio.TimerHandle
    context: Context
    call: Callable[[], object]


class MadeLoop(asyncio.AbstractEventLoop):
    """`elapsed`: the world's time. `failed` is told of each task that ended by an error."""

    def __init__(self, elapsed: Callable[[], float], failed: Callable[[BaseException], None]) -> None:
        self._elapsed = elapsed
        self._failed = failed
        self._leapt_s = 0.0
        self._ready: deque[Due] = deque()
        self._timers: list[Due] = []
        self._count = itertools.count()
        self._tasks: dict[asyncio.Task[Any], Work] = {}
        self.is_dead = False

    # -- the world's side ------------------------------------------------------------------------------

    def next_at(self) -> float | None:
        """When the next call is due, in `elapsed`."""
        if self._ready:
            return self._elapsed()
        while self._timers and self._timers[0].handle.cancelled():
            heapq.heappop(self._timers)
        return self._timers[0].at + self._leapt_s if self._timers else None

    def turn(self) -> None:
        """Once round: what is due by now. What that calls for comes in the next turn."""
        while self._timers and self._timers[0].at + self._leapt_s <= self._elapsed():
            self._ready.append(heapq.heappop(self._timers))
        self._call_ready()

    def _call_ready(self) -> None:
        with self._running():
            for _ in range(len(self._ready)):
                if self.is_dead:
                    break
                due = self._ready.popleft()
                if not due.handle.cancelled():
                    due.context.run(due.call)

    def leap(self, by_s: float) -> None:
        """The world's time has gone on, and none has passed here."""
        self._leapt_s += by_s

    def kill(self) -> None:
        """Nothing is called any more, not even what tidies up. It may be a task of ours that kills."""
        self.is_dead = True
        self._ready.clear()
        self._timers.clear()

    def bury(self) -> None:
        """Later: of a killed process nothing runs on, so what its tasks would do at their end fails."""
        while self._tasks:
            _, work = self._tasks.popitem()
            with suppress(RuntimeError):
                work.close()

    @contextmanager
    def _running(self) -> Iterator[None]:
        asyncio._set_running_loop(self)  # noqa: SLF001 -- it is there for who makes a loop
        try:
            yield
        finally:
            asyncio._set_running_loop(None)  # noqa: SLF001

    # -- asyncio's side --------------------------------------------------------------------------------

    def time(self) -> float:
        return self._elapsed() - self._leapt_s

    def call_soon(
        self, callback: Callable[[*Given], object], *args: *Given, context: Context | None = None
    ) -> asyncio.Handle:
        due = self._due(self.time(), lambda: callback(*args), context)
        if not self.is_dead:
            self._ready.append(due)
        return due.handle

    def call_at(
        self, when: float, callback: Callable[[*Given], object], *args: *Given, context: Context | None = None
    ) -> asyncio.TimerHandle:
        due = self._due(when, lambda: callback(*args), context)
        if not self.is_dead:
            heapq.heappush(self._timers, due)
        return due.handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[*Given], object],
        *args: *Given,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def _due(self, when: float, call: Callable[[], object], context: Context | None) -> Due:
        handle = asyncio.TimerHandle(when, call, (), self, context)
        return Due(when, next(self._count), handle, context or copy_context(), call)

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self,
        coro: Generator[Any, None, T] | Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        task: asyncio.Task[T] = asyncio.Task(coro, loop=self, name=name, context=context)
        self._tasks[task] = coro
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._failed(error)

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return not self.is_dead

    def is_closed(self) -> bool:
        return self.is_dead

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Of a killed process nobody hears."""
        if not self.is_dead:
            self._failed(context.get("exception") or RuntimeError(context["message"]))

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        del handle


class AgendaLoop(MadeLoop):
    """One whose calls are events of the agenda. What it waits for cannot be leapt over."""

    def __init__(self, agenda: Agenda, failed: Callable[[BaseException], None]) -> None:
        super().__init__(lambda: agenda.elapsed, failed)
        self._agenda = agenda

    def call_at(
        self, when: float, callback: Callable[[*Given], object], *args: *Given, context: Context | None = None
    ) -> asyncio.TimerHandle:
        self._agenda.after(max(0.0, when - self.time()) + ROUNDING_S, self.settle)  # then it is over
        return super().call_at(when, callback, *args, context=context)

    def settle(self) -> None:
        """Run whatever can run at this moment; while any loop is at work, right after that. No timer that is
        set meanwhile comes to its end before time has gone on.
        """
        if asyncio._get_running_loop() is not None:  # noqa: SLF001
            self._agenda.after(0.0, self.settle)
            return
        self.turn()
        while self._ready:
            self._call_ready()
