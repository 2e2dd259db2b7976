"""Waits for the end of a child that was asked to end, where no resident does: by the ladder's own measures.

One that drains has its drain budget. One that does not answer at all, or whose port stays closed, hangs: who
wants it down does not want to wait for that, and it is killed as the ladder would (see `core.termination`).
"""

import asyncio
from collections.abc import Awaitable, Callable

from selfheal.core.actions import Signal
from selfheal.core.facts import ProbeKind, Verdict
from selfheal.core.policy import Policy
from selfheal.ports.gateway import Gateway

SAY_S = 5.0  # longer than it takes as a rule: a person wants to know what is waited for
LOOK_S = 1.0
POLL_S = 0.1

Lives = Callable[[], bool]
Send = Callable[[Signal], Awaitable[object]]
Tell = Callable[[Verdict], None]


class Ending:
    """`tell` is called once if it takes long."""

    def __init__(self, lives: Lives, send: Send, gateway: Gateway, policy: Policy, tell: Tell) -> None:
        self._lives = lives
        self._send = send
        self._gateway = gateway
        self._policy = policy
        self._tell = tell
        self._asked_s = 0.0
        self._silent = 0
        self._closed_s: float | None = None
        self.killed = False

    async def ends(self) -> bool:
        """SIGTERM, and SIGKILL once it hangs. False: it still drains, or the kernel does not let it go."""
        self._asked_s = self._now_s()
        await self._send(Signal.TERM)
        told = False
        while not await self._gone(LOOK_S):
            report = await self._gateway.probe(ProbeKind.FULL, self._policy.full_check_timeout_s)
            self._count(report.verdict)
            if self._waited_s() >= SAY_S and not told:
                told = True
                self._tell(report.verdict)
            if self._hangs():
                return await self._kill()
            if self._waited_s() >= self._policy.drain_budget_s:
                return not self._lives()
        return True

    def _count(self, verdict: Verdict) -> None:
        if verdict is not Verdict.UNPROBED:
            self._silent = self._silent + 1 if verdict is Verdict.TIMEOUT else 0
        if verdict is not Verdict.REFUSED:
            self._closed_s = None
        elif self._closed_s is None:
            self._closed_s = self._now_s()

    def _hangs(self) -> bool:
        if self._closed_s is not None:
            return self._now_s() - self._closed_s >= self._policy.port_closed_kill_s
        silent = self._silent >= self._policy.heartbeat_misses
        return silent and self._waited_s() >= self._policy.hang_term_grace_s

    async def _kill(self) -> bool:
        if self._lives():
            self.killed = True
            await self._send(Signal.KILL)
        return await self._gone(self._policy.kill_grace_s)

    async def _gone(self, limit_s: float) -> bool:
        end_s = self._now_s() + limit_s
        while self._lives():
            if self._now_s() >= end_s:
                return False
            await asyncio.sleep(POLL_S)
        return True

    def _waited_s(self) -> float:
        return self._now_s() - self._asked_s

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()
