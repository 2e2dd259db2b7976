"""The gateway as it really is, behind the port: all that can be found out about one OpenClaw gateway."""

import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from selfheal.core.facts import (
    WORKING,
    ConfigState,
    ExitCause,
    GatewayProcess,
    Inspection,
    ManagerState,
    ProbeKind,
    ProbeReport,
    Verdict,
)
from selfheal.gateway.configfile import ConfigLook, ConfigProof, look_at_config
from selfheal.gateway.deepask import ask_deeply
from selfheal.gateway.examine import Ended, Examined, examine, unasked
from selfheal.gateway.exits import ExitCode, ExitWatcher, make_exit_watcher
from selfheal.gateway.handoff import HandoffStatus, consume_handoff
from selfheal.gateway.inspect import Inspector
from selfheal.gateway.looks import LookThread
from selfheal.gateway.loopback import Asker
from selfheal.gateway.page import PageMemory
from selfheal.gateway.probe import PATHS, judge
from selfheal.gateway.proctable import ProcessTable, host_table
from selfheal.gateway.site import Site
from selfheal.ports.commands import Run
from selfheal.ports.gateway import DeepReport, ExitHandler, ExitReport

LOOK_TIMEOUT_S = 5.0  # it takes milliseconds; a file system that hangs must not hang us
HANDOFF_TIMEOUT_S = 15.0  # the command line takes 1 to 10 s, the handoff is valid for 60
HELD_UP_S = 2.0  # later than its deadline by this much: we were not running, and know nothing
START_SLACK_MS = 5_000.0  # between the kernel's start of a process and the gateway's own first note
PIDS_MAX = 16  # starts that are remembered

T = TypeVar("T")
ManagerLook = Callable[[], Awaitable[ManagerState]]


async def no_manager() -> ManagerState:
    return ManagerState.NONE


class OpenClawGateway:
    """Implements `ports.gateway.Gateway`. `exit_code` to `output` are the service's words.

    `ours`: the living children that the service started, in this or an earlier run of ours. `failed`:
    its last child, once that has ended in error. `output`: the end of what that child has printed. `run` is
    needed to ask OpenClaw's own command line after a clean end. `say` is told where it is asked elsewhere.
    """

    def __init__(
        self,
        site: Site,
        *,
        exit_code: ExitCode = lambda _pid: None,
        manager: ManagerLook = no_manager,
        ours: Callable[[], frozenset[int]] = frozenset,
        failed: Callable[[], GatewayProcess | None] = lambda: None,
        output: Callable[[int], str | None] = lambda _pid: None,
        table: ProcessTable | None = None,
        watcher: ExitWatcher | None = None,
        inspector: Inspector | None = None,
        run: Run | None = None,
        say: Callable[[str], None] = lambda _text: None,
        handoff_timeout_s: float = HANDOFF_TIMEOUT_S,
    ) -> None:
        self._site = site
        self._manager = manager
        self._table = table or host_table()
        self._watcher = watcher or make_exit_watcher(self._table, exit_code)
        self._inspector = inspector or Inspector(site, self._table, os.getpid(), ours)
        self._run = run
        self._handoff_timeout_s = handoff_timeout_s
        self._looks = LookThread()
        self._config: ConfigLook | None = None
        self._asker = Asker()
        self._page = PageMemory()
        self._proof = ConfigProof()
        self._port = site.port
        self._say = say
        self._born: dict[int, tuple[float, float]] = {}  # of a pid: `started`, and since_ms as examine has it
        self._failed = failed
        self._output = output

    async def inspect(self, known: GatewayProcess | None = None) -> Inspection:
        if known is not None:
            self._inspector.recognise(known)
        manager = await self._manager()
        looked = await self._look(lambda: self._inspector.look(time.monotonic()))
        self._config = looked.config
        self._page.meet(looked.inspection.process, looked.config)
        self._proof.meet(looked.inspection.process, looked.config.mark)
        self._ask_at(looked.port)
        inspection = replace(looked.inspection, manager=manager)
        if inspection.config is ConfigState.MALFORMED and self._proof.holds(looked.config.mark):
            inspection = replace(inspection, config=ConfigState.LOADABLE, config_problem="")
        self._remember(inspection.process)
        return self._with_unseen_end(inspection)

    async def probe(self, kind: ProbeKind, timeout_s: float) -> ProbeReport:
        report = await self._probe(kind, timeout_s)
        if report.verdict is Verdict.REFUSED and await self._moved():
            return await self._probe(kind, timeout_s)
        return report

    async def _probe(self, kind: ProbeKind, timeout_s: float) -> ProbeReport:
        if self._config is None:
            self._config = await self._look(lambda: look_at_config(self._site.config_path))
        config = self._config
        began = time.monotonic()
        answers = await self._asker.ask(self._port, PATHS[kind], timeout_s, tls=config.tls)
        latency_s = time.monotonic() - began
        if latency_s > timeout_s + HELD_UP_S:
            return ProbeReport(kind, Verdict.UNPROBED, latency_s, detail="held up while waiting")
        report = judge(kind, answers, latency_s, self._page.expect(config))
        self._page.learn(report.root_status)
        if report.verdict in WORKING:
            self._proof.serves()
        return report

    async def check_deeply(self, timeout_s: float) -> DeepReport:
        return await ask_deeply(replace(self._site, port=self._port), timeout_s, tls=self._asker.tls)

    async def examine_exit(self, pid: int, exit_code: int | None) -> ExitReport:
        examined = await self._look(lambda: self._examine(pid, exit_code))
        if not examined.ask_handoff:
            return examined.report
        if self._run is None or not self._site.command:
            return unasked(examined.report, "no program of OpenClaw's is known")
        command, env = self._site.command, self._site.env
        handoff = await consume_handoff(self._run, command, env, pid, self._handoff_timeout_s)
        if handoff.status is HandoffStatus.ACCEPTED:
            return ExitReport(ExitCause.RESTART_REQUESTED, handoff.detail)
        if handoff.status is HandoffStatus.FAILED:
            again = await self._look(lambda: self._examine(pid, exit_code))  # its record beats no answer
            return unasked(again.report, handoff.detail) if again.ask_handoff else again.report
        return examined.report

    def watch_exit(self, process: GatewayProcess, handler: ExitHandler) -> None:
        self._remember(process)
        self._watcher.watch(process, handler)

    def close(self) -> None:
        self._watcher.close()
        self._looks.close()

    async def _look(self, look: Callable[[], T]) -> T:
        return await self._looks.run(look, LOOK_TIMEOUT_S)

    async def _moved(self) -> bool:
        """Whether its lock, written since the last look, names another port than the one that is closed."""
        try:
            return self._ask_at(await self._look(self._inspector.port))
        except OSError:  # the probe has its answer without it
            return False

    def _ask_at(self, port: int | None) -> bool:
        """One that a person has started on another port than its config says serves all the same."""
        if port in (None, self._port):
            return False
        self._say(f"the gateway's lock names port {port}, not {self._port}: it is asked there")
        self._port = port
        return True

    def _with_unseen_end(self, seen: Inspection) -> Inspection:
        """The end that no look could see has an exit code and last words."""
        failed = self._failed() if seen.process is None else None
        if failed is None or failed.pid in self._born:
            return seen
        self._remember(failed)
        return replace(seen, ended=failed)

    def _examine(self, pid: int, exit_code: int | None) -> Examined:
        process = self._inspector.find(time.monotonic())
        _, born_ms = self._born.get(pid, (0.0, self._table.booted() * 1000))
        another = process is not None and process.pid != pid
        ended = Ended(
            pid, exit_code, born_ms - START_SLACK_MS, another_lives=another, output=self._output(pid)
        )
        return examine(self._site, ended)

    def _remember(self, process: GatewayProcess | None) -> None:
        """When it began, in the wall time of the gateway's notes, which do not move when the clock is set: as
        that stood when we first saw it.
        """
        if process is None or self._born.get(process.pid, (None,))[0] == process.started:
            return
        self._born.pop(process.pid, None)
        self._born[process.pid] = process.started, (time.time() - self._age_s(process)) * 1000
        while len(self._born) > PIDS_MAX:
            del self._born[next(iter(self._born))]

    def _age_s(self, process: GatewayProcess) -> float:
        row = self._table.read(process.pid)
        return self._table.age_s(row) if row and row.started == process.started else process.age_s
