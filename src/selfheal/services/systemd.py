"""The gateway as a systemd unit. systemd stays its owner: we ask it to start, and see what became of it."""

import asyncio
from collections.abc import Mapping

from selfheal.core.actions import Signal
from selfheal.core.facts import ManagerState
from selfheal.ports.commands import Outcome
from selfheal.ports.service import Done
from selfheal.services import signals
from selfheal.services.systemctl import LOOK_TIMEOUT_S, Systemctl
from selfheal.services.systemd_status import UnitStatus

JOB_POLL_S = 0.05  # a job has no event for us without a bus client; a look costs about 10 ms
HOPELESS = (
    "not found",
    "not loaded properly",
    "masked",
    "access denied",
    "authentication required",
    "bad-setting",
)


class SystemdUnit:
    """`unit` with its suffix. `prefix` goes before `systemctl` (another namespace, another user)."""

    def __init__(
        self,
        unit: str,
        *,
        user: bool,
        prefix: tuple[str, ...] = (),
        env: Mapping[str, str] | None = None,
        look_timeout_s: float = LOOK_TIMEOUT_S,
    ) -> None:
        self._unit = unit
        self._scope = "user" if user else "system"
        self._systemctl = Systemctl(user, prefix, env or {}, look_timeout_s)

    @property
    def name(self) -> str:
        return f"systemd {self._scope} unit {self._unit}"

    async def has_manager(self) -> bool:
        """Whether there is one that could know the unit, asked or not."""
        return await self._systemctl.runs()

    async def state(self) -> ManagerState:
        status = await self.status()
        return status.state if status else ManagerState.UNKNOWN

    async def status(self) -> UnitStatus | None:
        """None when systemd cannot be asked: no systemctl, no bus, no answer in time."""
        found = await self._systemctl.show([self._unit])
        return found[0] if found else None

    async def start(self, timeout_s: float) -> Done:
        deadline = asyncio.get_running_loop().time() + timeout_s
        status = await self.status()
        if status is not None and status.state is ManagerState.RUNNING:
            return Done(succeeded=True, detail=f"runs already as pid {status.main_pid}")
        if status is not None and status.active == "failed":
            await self._systemctl.run("reset-failed", "--", self._unit)
        outcome = await self._systemctl.run("start", "--no-block", "--", self._unit, timeout_s=timeout_s)
        if not outcome.succeeded:
            return self._refused(outcome)
        return await self._follow(deadline)

    async def signal(self, pid: int, started: float, signal: Signal) -> Done:
        return await asyncio.to_thread(signals.send, pid, started, signal)

    def exit_code(self, pid: int) -> int | None:
        """None: systemd is the parent."""
        del pid
        return None

    async def _follow(self, deadline: float) -> Done:
        while True:
            status = await self.status()
            if status is not None and status.main_pid and status.state is ManagerState.RUNNING:
                return Done(succeeded=True, detail=f"pid {status.main_pid}")
            if status is not None and _ended(status):
                return self._failed(status.problem, retryable=True)
            if asyncio.get_running_loop().time() >= deadline:
                return self._late(status)
            await asyncio.sleep(JOB_POLL_S)

    def _late(self, status: UnitStatus | None) -> Done:
        if status is not None and status.state in {ManagerState.RESTARTING, ManagerState.STOPPING}:
            return Done(succeeded=True, detail=f"its start job waits: {status.problem}")
        return self._failed(status.problem if status else "systemd does not answer", retryable=True)

    def _refused(self, outcome: Outcome) -> Done:
        why = outcome.why()
        hopeless = bool(outcome.problem) or any(word in why.lower() for word in HOPELESS)
        return self._failed(why, retryable=not hopeless)

    def _failed(self, why: str, *, retryable: bool) -> Done:
        return Done(succeeded=False, detail=f"cannot start {self._unit}: {why}", retryable=retryable)


def _ended(status: UnitStatus) -> bool:
    """No process and no job is left: what was to be started has ended."""
    return not status.job and status.active in {"failed", "inactive"}
