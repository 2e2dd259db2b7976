"""Who runs the gateway: our own child, systemd, launchd, or the `openclaw gateway` command line."""

from dataclasses import dataclass
from typing import Protocol

from selfheal.core.actions import Signal
from selfheal.core.facts import ManagerState


@dataclass(frozen=True, slots=True)
class Done:
    """The result of an act. `retryable`: the same call may work later."""

    succeeded: bool
    detail: str = ""
    retryable: bool = True


class Service(Protocol):
    """Never raises for what the world does; every call is bounded in time."""

    @property
    def name(self) -> str:
        """«own child», «systemd user unit openclaw-gateway.service», …"""
        ...

    async def state(self) -> ManagerState: ...

    async def start(self, timeout_s: float) -> Done:
        """Starts the gateway unless it runs. Done once its process or start job exists."""
        ...

    async def signal(self, pid: int, started: float, signal: Signal) -> Done:
        """Signals exactly that process (a recycled pid is refused); KILL takes its children along."""
        ...

    def exit_code(self, pid: int) -> int | None:
        """As a shell gives it, when we were the parent and it has ended."""
        ...
