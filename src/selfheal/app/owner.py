"""A gateway whose owner is looked up: the manager that has a unit for it, else we ourselves.

«Cannot be asked» is not «none». While systemd does not answer nothing is started: an own child beside a unit
that systemd starts too would be a second gateway. And «none» is true only for now: a unit may be installed
later, so each start of our own asks again, and so do looks at a gateway that is no child of ours: where its
manager is not known a person's stop looks like a crash. A manager once found stays the owner. It is not
started in the same call: it may say that a person has stopped it, and the core is to see that first.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from selfheal.core.actions import Signal
from selfheal.core.facts import GatewayProcess, ManagerState
from selfheal.ports.service import Done, Service
from selfheal.services.systemctl import NoAnswerError

SETTLE_S = 10.0  # at our start: a host that boots is busy, and a wrong first answer costs the most
RETRY_S = 1.0
LOOK_S = 5.0  # within a look at the host
ASK_S = 20.0  # within a start, or half of its time if that is shorter
AGAIN_S = 60.0  # between looks that ask again: it costs some processes of systemd's

RUNS = frozenset({ManagerState.RUNNING, ManagerState.STOPPING, ManagerState.RESTARTING})

Ask = Callable[[], Awaitable[Service | None]]
"""The manager that owns the gateway, None for none. Raises NoAnswerError, OSError or TimeoutError."""


class Child(Service, Protocol):
    def pids(self) -> frozenset[int]:
        """The children that we started, in this or an earlier run, and that live."""
        ...

    def failed(self) -> GatewayProcess | None:
        """The child that we started last, once it has ended with an error."""
        ...

    def output(self, pid: int) -> str | None:
        """The end of what a child of ours has printed; None: it is none."""
        ...


class Owned:
    """ports.service.Service."""

    def __init__(self, ask: Ask, child: Child, again_s: float = AGAIN_S) -> None:
        self._ask = ask
        self._again_s = again_s
        self._child = child
        self._owner: Service | None = None
        self._unknown = "not yet asked"
        self._asked = float("-inf")

    @property
    def name(self) -> str:
        if self._owner is None and self._unknown:
            return f"nobody knows whom ({self._unknown})"
        return self._now.name

    async def settle(self, limit_s: float = SETTLE_S, retry_s: float = RETRY_S) -> None:
        """Asks until there is an answer, for `limit_s` seconds at most."""
        deadline = asyncio.get_running_loop().time() + limit_s
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            await self._look(left)
            if not self._unknown:
                return
            await asyncio.sleep(min(retry_s, left))

    async def state(self) -> ManagerState:
        if self._owner is None and not self._child.pids():
            await self._ask_again()
            if self._unknown:
                return ManagerState.UNKNOWN
        return await self._now.state()

    async def start(self, timeout_s: float) -> Done:
        deadline = asyncio.get_running_loop().time() + timeout_s
        if self._owner is None:
            await self._look(min(ASK_S, timeout_s / 2))
            if (found := self._owner) is not None:
                why = f"cannot start it yet: {found.name} owns it by now, and is asked first how it is"
                return Done(succeeded=False, detail=why, retryable=True)
        if self._unknown:
            why = f"cannot ask systemd who owns the gateway: {self._unknown}"
            return Done(succeeded=False, detail=why, retryable=True)
        return await self._now.start(deadline - asyncio.get_running_loop().time())

    async def signal(self, pid: int, started: float, signal: Signal) -> Done:
        return await self._now.signal(pid, started, signal)

    def exit_code(self, pid: int) -> int | None:
        """A child of ours may end after a manager has become the owner."""
        code = self._child.exit_code(pid)
        return self._now.exit_code(pid) if code is None else code

    def pids(self) -> frozenset[int]:
        return self._child.pids()

    def failed(self) -> GatewayProcess | None:
        return self._child.failed() if self._owner is None else None

    def output(self, pid: int) -> str | None:
        return self._child.output(pid)

    @property
    def _now(self) -> Service:
        return self._owner or self._child

    async def _ask_again(self) -> None:
        """A unit that does not run it may be anybody's yet: that one is left to a start, which says so."""
        known = not self._unknown
        if known and asyncio.get_running_loop().time() < self._asked + self._again_s:
            return
        await self._look(LOOK_S)
        if known and self._owner is not None and await self._owner.state() not in RUNS:
            self._owner = None

    async def _look(self, limit_s: float) -> None:
        self._asked = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(limit_s):
                self._owner = await self._ask()
        except TimeoutError:
            self._unknown = "no answer in time"
        except (NoAnswerError, OSError) as error:
            self._unknown = str(error)
        else:
            self._unknown = ""
