"""The made-up host and gateway as the real `runtime.performer` meets them: its three ports."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import NoReturn, Protocol

from selfheal.core.actions import Ordered, Signal, SignalGateway
from selfheal.core.alert import Notify
from selfheal.core.facts import (
    GatewayProcess,
    Inspection,
    ManagerState,
    ProbeKind,
    ProbeReport,
    Verdict,
)
from selfheal.core.observations import ActionFinished, Observation
from selfheal.core.policy import Policy
from selfheal.core.state import State
from selfheal.ports.gateway import DeepReport, ExitHandler, ExitReport
from selfheal.ports.service import Done
from selfheal.runtime.performer import Performer
from selfheal.sim.judge import Judge
from selfheal.sim.loop import MadeLoop
from selfheal.sim.resident import ORDER_S, SIGNAL_S
from selfheal.sim.world import World

DEEP_S = 0.1  # of a check that is answered, over a look
ORDER: ContextVar[int] = ContextVar("order")
"""Under whose id the act that is under way was ordered: the ports are not told, the judge wants to know."""


class NamedPerformer(Performer):
    """The real one."""

    async def perform(self, order: Ordered, state: State, policy: Policy) -> Observation:
        ORDER.set(order.id)
        return await super().perform(order, state, policy)


class Hands(Protocol):
    """They do `deeds`, and raise Killed where our process has died of one."""

    def before(self) -> None: ...

    def start(self, action_id: int) -> ActionFinished: ...

    def signal(self, action_id: int, act: SignalGateway) -> ActionFinished: ...

    async def tell(self, action_id: int, alert: Notify) -> ActionFinished: ...


class MadePorts:
    """ports.gateway.Gateway, ports.service.Service and ports.teller.Teller. They end with our process."""

    name = "made up"

    def __init__(self, world: World, loop: MadeLoop, judge: Judge, hands: Hands) -> None:
        self._world = world
        self._loop = loop
        self._judge = judge
        self._hands = hands
        self._watched: dict[tuple[int, float], ExitHandler] = {}

    @property
    def _look_s(self) -> float:
        return self._world.traits.look_s * self._world.slowness

    @property
    def _blind(self) -> bool:
        return self._world.lasts(self._world.until.blind)

    # -- looks -----------------------------------------------------------------------------------------

    async def inspect(self, known: GatewayProcess | None = None) -> Inspection:
        del known
        self._must_see()
        seen = self._world.inspection()
        await asyncio.sleep(self._look_s)
        return seen

    async def probe(self, kind: ProbeKind, timeout_s: float) -> ProbeReport:
        blind = self._blind
        report = ProbeReport(kind, Verdict.UNPROBED) if blind else self._world.probe(kind, timeout_s)
        await asyncio.sleep(max(self._look_s, report.latency_s))
        return report

    async def check_deeply(self, timeout_s: float) -> DeepReport:
        verdict = self._world.deep_verdict()
        self._judge.checked_deeply(verdict, self._world.gateway.pid)
        hung = self._world.gateway.leaves_unanswered(verdict)
        await asyncio.sleep(timeout_s if hung else DEEP_S + self._look_s)
        return DeepReport(verdict)

    async def examine_exit(self, pid: int, exit_code: int | None) -> ExitReport:
        self._must_see()
        cause = self._world.gateway.why_ended(pid, exit_code)
        await asyncio.sleep(self._look_s)
        return ExitReport(cause)

    def _must_see(self) -> None:
        if self._blind:
            raise OSError("too many open files")

    def watch_exit(self, process: GatewayProcess, handler: ExitHandler) -> None:
        """What has ended since the look has ended before the watch: its end is told all the same."""
        key = process.pid, process.started
        if key in self._watched:
            return
        self._watched[key] = handler
        if process.pid not in self._world.living():
            self.ended(process, None)

    def ended(self, process: GatewayProcess, code: int | None) -> None:
        """Heard by who watches it, as an event."""
        handler = self._watched.pop((process.pid, process.started), None)
        if handler is not None:
            self._loop.call_soon(handler, process, code)

    def close(self) -> None:
        self._watched.clear()

    # -- acts ------------------------------------------------------------------------------------------

    async def state(self) -> ManagerState:
        return self._world.manager

    def exit_code(self, pid: int) -> int | None:
        del pid
        return None

    async def start(self, timeout_s: float) -> Done:
        del timeout_s
        action_id = ORDER.get()
        return await self._order(ORDER_S, lambda: self._hands.start(action_id))

    async def signal(self, pid: int, started: float, signal: Signal) -> Done:
        action_id, act = ORDER.get(), SignalGateway(pid, started, signal)
        return await self._order(SIGNAL_S, lambda: self._hands.signal(action_id, act))

    async def _order(self, takes_s: float, deed: Callable[[], ActionFinished]) -> Done:
        self._hands.before()
        if self._world.lasts(self._world.until.orders_hang):
            await self._hang(deed)
        await asyncio.sleep(takes_s)
        return _done(deed())

    async def _hang(self, deed: Callable[[], ActionFinished]) -> NoReturn:
        """Until it is given up. Whether it was carried out all the same, nobody knows."""
        if self._world.orders_done:
            self._loop.call_later(ORDER_S, deed)
        await self._loop.create_future()
        raise AssertionError("nobody answers")

    async def tell(self, target: str, notify: Notify, state: State) -> Done:
        del target, state
        self._hands.before()
        return _done(await self._hands.tell(ORDER.get(), notify))


def _done(result: ActionFinished) -> Done:
    return Done(result.succeeded, result.detail, result.retryable)
