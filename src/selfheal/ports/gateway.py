"""What the shell must be able to find out about a gateway. Looks only; nothing here changes anything.

Every call ends within its own bound and turns each failure into a fact: none of them raises for a sick
gateway or a missing program. Who cannot look at all, as on a file system that hangs, raises TimeoutError.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from selfheal.core.facts import DeepVerdict, ExitCause, GatewayProcess, Inspection, ProbeKind, ProbeReport

DEFAULT_PORT = 18789
"""OpenClaw's own, where neither its command line nor its environment nor its config names another."""

ExitHandler = Callable[[GatewayProcess, int | None], None]
"""Called once with the process and its exit code as a shell gives it, or None when it is not known."""


@dataclass(frozen=True, slots=True)
class DeepReport:
    verdict: DeepVerdict
    suppressed: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ExitReport:
    cause: ExitCause
    detail: str = ""


class Gateway(Protocol):
    async def inspect(self, known: GatewayProcess | None = None) -> Inspection:
        """One look at the host; no Node.js process, no network beyond the local socket tables.

        `known`: what was the gateway when it was last seen, perhaps by an earlier process of ours.

        Raises OSError or TimeoutError when it could not look: an earlier look is not passed off as this one,
        and «no process» would be a lie that ends in a second gateway.
        """
        ...

    async def probe(self, kind: ProbeKind, timeout_s: float) -> ProbeReport:
        """HTTP to 127.0.0.1 only, all requests under one deadline of `timeout_s` seconds."""
        ...

    async def check_deeply(self, timeout_s: float) -> DeepReport: ...

    async def examine_exit(self, pid: int, exit_code: int | None) -> ExitReport:
        """Why the process ended: its own records, the restart handoff, the exit code last."""
        ...

    def watch_exit(self, process: GatewayProcess, handler: ExitHandler) -> None:
        """Calls `handler` from the event loop when the process ends. Watching twice is one watch."""
        ...

    def close(self) -> None:
        """Lets go of all watches; touches no gateway."""
        ...
