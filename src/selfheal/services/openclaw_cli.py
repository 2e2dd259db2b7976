"""The last resort: `openclaw gateway start`, where we know of no service manager that we can speak to.

Its exit codes say little (`gateway status` gives 0 with the gateway down), and it may take a minute over what
should take one second. So each call has a deadline, and whether the gateway runs is looked at afterwards.
Each call is a Node.js program of 1 to 3 s: it is used for acts alone, never for looks.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

from selfheal.core.actions import Signal
from selfheal.core.facts import ManagerState
from selfheal.ports.commands import Outcome
from selfheal.ports.service import Done
from selfheal.services import commands, signals

LOOK_TIMEOUT_S = 20.0  # seen: 1.4 to 2.8 s
POLL_S = 0.5
HOPELESS = ("service management skipped", "no supported service manager", "not installed")


class OpenClawCommand:
    """`command`: the words that are `openclaw` (a path, or node and a script). `env`: all it is given."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self._command = tuple(command)
        self._env = dict(env)

    @property
    def name(self) -> str:
        return "openclaw gateway command"

    async def state(self) -> ManagerState:
        """UNKNOWN: to ask would cost a Node.js program at every look."""
        return ManagerState.UNKNOWN

    async def start(self, timeout_s: float) -> Done:
        deadline = asyncio.get_running_loop().time() + timeout_s
        outcome = await self._run("start", "--json", timeout_s=timeout_s)
        if outcome.problem:
            return self._failed(outcome.problem, retryable=False)
        while (pid := await self._running_pid()) is None:
            if not outcome.succeeded or asyncio.get_running_loop().time() >= deadline:
                why = _said(outcome)
                return self._failed(why, retryable=not any(word in why.lower() for word in HOPELESS))
            await asyncio.sleep(POLL_S)
        return Done(succeeded=True, detail=f"pid {pid}" if pid else "its service says that it runs")

    async def signal(self, pid: int, started: float, signal: Signal) -> Done:
        return await asyncio.to_thread(signals.send, pid, started, signal)

    def exit_code(self, pid: int) -> int | None:
        """Whoever started it is the parent, not we."""
        del pid
        return None

    async def _running_pid(self) -> int | None:
        """The pid of the service's process, 0 when it runs without saying as what; None: it does not run."""
        outcome = await self._run("status", "--json", timeout_s=LOOK_TIMEOUT_S)
        return running_pid(outcome.stdout)

    async def _run(self, *words: str, timeout_s: float) -> Outcome:
        command = (*self._command, "gateway", *words)
        return await commands.run(command, env=self._env, timeout_s=timeout_s)

    def _failed(self, why: str, *, retryable: bool) -> Done:
        return Done(succeeded=False, detail=f"cannot start the gateway: {why}", retryable=retryable)


def running_pid(said: str) -> int | None:
    """From `gateway status --json`: the service manager's word, not the port's, which may be a stranger's."""
    runtime = _field(_field(_parse(said), "service"), "runtime")
    if _field(runtime, "status") != "running":
        return None
    pid = _field(runtime, "pid")
    return pid if isinstance(pid, int) else 0


def _said(outcome: Outcome) -> str:
    """The command's own message, else what it printed."""
    message = _field(_field(_parse(outcome.stdout), "error"), "message")
    if isinstance(message, str):
        return message
    return "it says that it started, but nothing runs" if outcome.succeeded else outcome.why()


def _parse(text: str) -> Any:
    """The JSON object in the text; warnings may stand before it."""
    begin, end = text.find("{"), text.rfind("}")
    try:
        return json.loads(text[begin : end + 1]) if begin >= 0 else None
    except ValueError:
        return None


def _field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None
