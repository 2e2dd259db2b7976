"""What every contender can do. One object watches one gateway, for one sample."""

import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from benchmarks.nest import Nest
from benchmarks.serving import Caller

Detection = Callable[[], float | None]
"""The monotonic time of the detection; asked for once, when the gateway serves again or is given up."""
END_S = 10.0


class Contender(Protocol):
    nest: Nest
    caller: Caller

    def start(self) -> None:
        """Returns when the watcher was spawned; it starts the gateway."""
        ...

    def settled(self) -> bool:
        """False while it still watches over its own start more closely than later."""
        ...

    def expect_death(self) -> Detection: ...

    def expect_hang(self) -> Detection: ...

    def watchers(self) -> Sequence[int]:
        """The watcher's processes, without the gateway's."""
        ...

    def close(self) -> None:
        """Ends the watcher first, then the gateway. May be called at any time, and twice."""
        ...


class Kind(Protocol):
    """Makes contenders of one sort. Making it may raise NotAvailableError."""

    name: str
    method: str
    sees_hangs: bool

    def make(self, nest: Nest) -> Contender: ...


def spawn(
    command: Sequence[str], environment: dict[str, str], cwd: Path, log: Path
) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            env=environment,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )


def end(process: subprocess.Popen[bytes] | None, *, gently: bool = True) -> None:
    """SIGTERM, and SIGKILL for one that takes too long."""
    if process is None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL) if gently else (signal.SIGKILL,):
        if process.poll() is None:
            process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_S)
