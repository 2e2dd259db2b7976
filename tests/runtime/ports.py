"""Made-up ports: a gateway that lives, dies and hangs on virtual time, and who is told of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from selfheal.core.actions import Signal
from selfheal.core.alert import Notify
from selfheal.core.facts import (
    ConfigState,
    DeepVerdict,
    ExitCause,
    GatewayProcess,
    Inspection,
    ManagerState,
    ProbeKind,
    ProbeReport,
    Verdict,
)
from selfheal.core.instants import Now
from selfheal.core.notes import Note, Step
from selfheal.core.reasons import Reason
from selfheal.core.state import State
from selfheal.ports.gateway import DeepReport, ExitHandler, ExitReport
from selfheal.ports.service import Done

LOOK_S = 0.01
KILLED = 137


@dataclass
class MadeUpGateway:
    """ports.gateway.Gateway and ports.service.Service in one. `spoil` is awaited before every call."""

    pid: int = 100
    alive: bool = True
    hung: bool = False
    spoil: Callable[[str], asyncio.Future[None] | None] = lambda _call: None
    calls: list[tuple[float, str]] = field(default_factory=list)
    watched: dict[int, tuple[GatewayProcess, ExitHandler]] = field(default_factory=dict)
    known: GatewayProcess | None = None
    closed: bool = False
    born_s: float = 0.0

    @property
    def name(self) -> str:
        return "made up"

    @property
    def process(self) -> GatewayProcess | None:
        if not self.alive:
            return None
        age_s = asyncio.get_running_loop().time() - self.born_s
        return GatewayProcess(self.pid, float(self.pid), listening=True, age_s=age_s)

    def die(self) -> None:
        self.alive = False
        process, handler = self.watched.pop(self.pid, (None, None))
        if process is not None and handler is not None:
            handler(process, KILLED)

    def called(self, name: str) -> list[float]:
        return [at for at, call in self.calls if call == name]

    async def inspect(self, known: GatewayProcess | None = None) -> Inspection:
        self.known = known
        await self._begin("inspect")
        return Inspection(self.process, config=ConfigState.LOADABLE, config_mark="1")

    async def probe(self, kind: ProbeKind, timeout_s: float) -> ProbeReport:
        await self._begin(f"probe {kind}")
        if self.hung:
            await asyncio.sleep(timeout_s)
            return ProbeReport(kind, Verdict.TIMEOUT, timeout_s)
        status = 200 if kind is ProbeKind.FULL and self.alive else None
        return ProbeReport(kind, Verdict.WELL if self.alive else Verdict.REFUSED, LOOK_S, status)

    async def check_deeply(self, timeout_s: float) -> DeepReport:
        del timeout_s
        await self._begin("check_deeply")
        return DeepReport(DeepVerdict.OK)

    async def examine_exit(self, pid: int, exit_code: int | None) -> ExitReport:
        await self._begin("examine_exit")
        return ExitReport(ExitCause.CRASHED, f"{pid} {exit_code}")

    def watch_exit(self, process: GatewayProcess, handler: ExitHandler) -> None:
        self.watched.setdefault(process.pid, (process, handler))

    def close(self) -> None:
        self.closed = True

    async def state(self) -> ManagerState:
        return ManagerState.NONE

    async def start(self, timeout_s: float) -> Done:
        del timeout_s
        await self._begin("start")
        self.pid += 1
        self.alive, self.hung = True, False
        self.born_s = asyncio.get_running_loop().time()
        return Done(succeeded=True, detail=f"pid {self.pid}")

    async def signal(self, pid: int, started: float, signal: Signal) -> Done:
        await self._begin(f"signal {signal}")
        if (pid, started) == (self.pid, float(self.pid)) and (signal is Signal.KILL or not self.hung):
            asyncio.get_running_loop().call_later(LOOK_S, self.die)
        return Done(succeeded=True)

    def exit_code(self, pid: int) -> int | None:
        del pid
        return None

    async def _begin(self, call: str) -> None:
        self.calls.append((asyncio.get_running_loop().time(), call))
        spoilt = self.spoil(call)
        if spoilt is not None:
            await spoilt
        await asyncio.sleep(LOOK_S)


@dataclass
class MadeUpTeller:
    told: list[Notify] = field(default_factory=list)

    async def tell(self, target: str, notify: Notify, state: State) -> Done:
        del target, state
        self.told.append(notify)
        return Done(succeeded=True)


@dataclass
class ListChronicle:
    steps: list[tuple[str, Step]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)

    def over(self, what: str) -> None:
        self.passed.append(what)

    def told(self, target: str, done: Step, now: Now) -> None:
        del now
        self.steps.append((target, done))

    def fault(self, target: str, what: str) -> None:
        self.faults.append(f"{target}: {what}")

    def notes(self, target: str = "main") -> list[Note]:
        return [note for name, done in self.steps for note in done.notes if name == target]

    def reasons(self, target: str = "main") -> list[Reason]:
        return [note.reason for note in self.notes(target)]


def in_vain(error: Exception) -> asyncio.Future[None]:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    future.set_exception(error)
    return future


def for_ever() -> asyncio.Future[None]:
    return asyncio.get_running_loop().create_future()
