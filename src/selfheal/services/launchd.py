"""The gateway as a launchd job (macOS).

NOT RUN ON A REAL launchd: this is written from launchctl(1), from public captures of its output and from the
gateway's own use of it, and is tested against a made-up launchctl only. Untested is above all: the wait for
a job that is still being torn down («Bootstrap failed: 5»), a user without a desktop session, and whether
a job that launchd has given up is always printed as «not running».

How the gateway itself stops its job: `bootout` (then the job is not loaded), or, to stay stopped over a
login, `disable`. Both are a person's wish.
"""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from selfheal.core.actions import Signal
from selfheal.core.facts import ManagerState
from selfheal.ports.commands import Outcome
from selfheal.ports.service import Done
from selfheal.services import commands, signals
from selfheal.services.launchd_status import JobStatus, is_disabled, is_not_loaded, parse_print

DEFAULT_LABEL = "ai.openclaw.gateway"
LOOK_TIMEOUT_S = 5.0  # launchctl print takes up to half a second on a busy Mac
POLL_S = 0.25
TEARDOWN = ("bootstrap failed: 5:", "bootstrap failed: 37:", "operation already in progress")
HOPELESS = (
    "bootstrap failed: 125",
    "domain does not support",
    "could not find domain",
    "not permitted",
    "not privileged",
)
SEARCH_PATH = "/bin:/usr/bin:/usr/sbin:/sbin"


class LaunchdJob:
    """`domain`: gui/UID (a desktop session), user/UID or system. `plist`: where the job is defined."""

    def __init__(
        self,
        label: str = DEFAULT_LABEL,
        domain: str | None = None,
        *,
        plist: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._label = label
        self._domain = domain or f"gui/{os.getuid()}"
        self._target = f"{self._domain}/{label}"
        self._plist = plist or Path.home() / "Library" / "LaunchAgents" / f"{label}.plist"
        self._env = {"PATH": (env or {}).get("PATH", SEARCH_PATH), "LC_ALL": "C"}

    @property
    def name(self) -> str:
        return f"launchd job {self._target}"

    async def state(self) -> ManagerState:
        outcome = await self._launchctl("print", self._target)
        if outcome.succeeded:
            return await self._of_loaded(parse_print(outcome.stdout))
        if not is_not_loaded(outcome.why()):
            return ManagerState.UNKNOWN
        return ManagerState.STOPPED if self._plist.exists() else ManagerState.NONE

    async def start(self, timeout_s: float) -> Done:
        deadline = asyncio.get_running_loop().time() + timeout_s
        status = await self._status()
        if status is not None and status.manager is ManagerState.RUNNING:
            return Done(succeeded=True, detail=f"runs already as pid {status.pid}")
        if await self._disabled():
            await self._launchctl("enable", self._target)
        outcome = await (self._bootstrap(deadline) if status is None else self._kickstart())
        if not outcome.succeeded:
            why = outcome.why()
            hopeless = bool(outcome.problem) or any(word in why.lower() for word in HOPELESS)
            return self._failed(why, retryable=not hopeless)
        return await self._follow(deadline)

    async def signal(self, pid: int, started: float, signal: Signal) -> Done:
        return await asyncio.to_thread(signals.send, pid, started, signal)

    def exit_code(self, pid: int) -> int | None:
        """None: launchd is the parent."""
        del pid
        return None

    async def _of_loaded(self, status: JobStatus) -> ManagerState:
        """A job that is disabled and does not run was stopped to stay so."""
        if status.manager is not ManagerState.FAILED:
            return status.manager
        disabled = await self._disabled()
        if disabled is None:
            return ManagerState.UNKNOWN
        return ManagerState.STOPPED if disabled else ManagerState.FAILED

    async def _status(self) -> JobStatus | None:
        outcome = await self._launchctl("print", self._target)
        return parse_print(outcome.stdout) if outcome.succeeded else None

    async def _disabled(self) -> bool | None:
        """None when launchd did not say."""
        outcome = await self._launchctl("print-disabled", self._domain)
        return is_disabled(outcome.stdout, self._label) if outcome.succeeded else None

    async def _kickstart(self) -> Outcome:
        return await self._launchctl("kickstart", self._target)

    async def _bootstrap(self, deadline: float) -> Outcome:
        """Loads the job. A job of that label that is still ending is waited for."""
        while True:
            outcome = await self._launchctl("bootstrap", self._domain, str(self._plist))
            ending = any(word in outcome.why().lower() for word in TEARDOWN)
            if outcome.succeeded or not ending or asyncio.get_running_loop().time() >= deadline:
                return outcome
            await asyncio.sleep(POLL_S)

    async def _follow(self, deadline: float) -> Done:
        """A loaded job need not run: without RunAtLoad, or after a throttled crash, it wants a kick."""
        kicked = False
        while True:
            status = await self._status()
            if status is not None and status.manager is ManagerState.RUNNING:
                return Done(succeeded=True, detail=f"pid {status.pid}")
            if asyncio.get_running_loop().time() >= deadline:
                return self._late(status)
            if not kicked and status is not None and status.manager is not ManagerState.RESTARTING:
                kicked = (await self._kickstart()).succeeded
            await asyncio.sleep(POLL_S)

    def _late(self, status: JobStatus | None) -> Done:
        if status is not None and status.manager is ManagerState.RESTARTING:
            return Done(succeeded=True, detail=f"launchd will start it: {status.state}")
        said = f"{status.state}, last exit {status.exit_code} {status.exit_reason}" if status else "gone"
        return self._failed(said.strip(), retryable=True)

    def _failed(self, why: str, *, retryable: bool) -> Done:
        return Done(succeeded=False, detail=f"cannot start {self._target}: {why}", retryable=retryable)

    async def _launchctl(self, *words: str) -> Outcome:
        return await commands.run(("launchctl", *words), env=self._env, timeout_s=LOOK_TIMEOUT_S)
