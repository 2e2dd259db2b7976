"""An asyncio loop on the world's time: its timers are events of the agenda, and it never waits itself."""

import asyncio
import selectors
from collections.abc import Callable
from contextvars import Context
from typing import TypeVarTuple, Unpack

from selfheal.sim.agenda import ROUNDING_S, Agenda

Ts = TypeVarTuple("Ts")


class VirtualLoop(asyncio.SelectorEventLoop):
    """`turn` runs whatever can run at this moment."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self._has_work = False
        super().__init__(_NeverWaits())

    def time(self) -> float:
        return self._agenda.elapsed

    def call_soon(
        self, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        self._has_work = True
        return super().call_soon(callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Ts]], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        self._agenda.after(max(0.0, when - self._agenda.elapsed) + ROUNDING_S, self.turn)  # then it is over
        return super().call_at(when, callback, *args, context=context)

    def turn(self) -> None:
        if self.is_closed() or self.is_running():
            return
        self._has_work = True  # a timer may be due
        while self._has_work:
            self._has_work = False
            super().call_soon(self.stop)
            self.run_forever()


class _NeverWaits(selectors.SelectSelector):
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        del timeout
        return []
