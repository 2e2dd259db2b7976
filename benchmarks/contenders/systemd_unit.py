"""A real systemd as PID 1 of a box of its own, with the policy that OpenClaw writes into its own unit."""

import time
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread

from tests.doubles.systemd_box import BoxRefusedError, SystemdBox, obstacle

from benchmarks.contenders.base import Contender, Detection
from benchmarks.debian import NotAvailableError
from benchmarks.nest import Nest
from benchmarks.serving import Caller

UNIT = "openclaw-gateway.service"
TEXT = """\
[Unit]
StartLimitBurst=10
StartLimitIntervalSec=300
[Service]
ExecStart={command}
WorkingDirectory={home}
{environment}
Restart=always
RestartSec=5
RestartPreventExitStatus=78
TimeoutStopSec=330
TimeoutStartSec=30
SuccessExitStatus=0 143
OOMPolicy=continue
KillMode=mixed
"""
LOOK_S = 1.0
"""RestartSec is 5 s: until then the unit's last exit can be asked for."""
EXITED = "ExecMainExitTimestampMonotonic"


class SystemdKind:
    name = "systemd unit"
    method = (
        "PID 1 of a box of namespaces, OpenClaw's own unit policy (Restart=always, RestartSec=5); detection: "
        f"its own {EXITED}; memory and CPU at rest: that PID 1 alone, which a host with systemd has anyway"
    )
    sees_hangs = False

    def __init__(self) -> None:
        why = obstacle()
        if why:
            raise NotAvailableError(f"not available: {why}")

    def make(self, nest: Nest) -> Contender:
        return Systemd(nest)


class Systemd:
    def __init__(self, nest: Nest) -> None:
        self.nest = nest
        try:
            self._box = SystemdBox(nest.root)
        except BoxRefusedError as refused:
            raise NotAvailableError(f"not available: {refused}") from refused
        self.caller = Caller(self._box.pid)
        self._closed = False

    def start(self) -> None:
        nest = self.nest
        environment = "\n".join(f'Environment="{name}={value}"' for name, value in nest.environment.items())
        text = TEXT.format(command=" ".join(nest.command), home=nest.sandbox.home, environment=environment)
        self._box.write_unit(UNIT, text)
        self._box.run("systemctl", "daemon-reload")
        done = self._box.run("systemctl", "start", "--no-block", UNIT)
        if done.returncode != 0:
            raise NotAvailableError(f"not available: {done.stderr.strip()[:80]}")

    def settled(self) -> bool:
        return True

    def expect_death(self) -> Detection:
        return self._later(LOOK_S)

    def expect_hang(self) -> Detection:
        return lambda: None

    def watchers(self) -> Sequence[int]:
        return [self._box.pid]

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self.caller.close()
            with suppress(BoxRefusedError, OSError):
                self._box.close()
        self.nest.close()

    def _later(self, after_s: float) -> Detection:
        """Looks once, while RestartSec runs."""
        seen: list[float | None] = [None]

        def look() -> None:
            time.sleep(after_s)
            seen[0] = self._exited()

        thread = Thread(target=look, daemon=True)
        thread.start()

        def result() -> float | None:
            thread.join()
            return seen[0]

        return result

    def _exited(self) -> float | None:
        told = self._box.run("systemctl", "show", "--property", EXITED, "--value", UNIT).stdout.strip()
        return int(told) / 1e6 if told.isdigit() and told != "0" else None
