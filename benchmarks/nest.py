"""A gateway's own place for one sample: home, config, port and token, and the way to leave no trace of it."""

import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from selfheal.gateway.sandbox import Sandbox, gateway_command, gateway_environment, prepare_sandbox
from selfheal.gateway.sandbox_install import Installation

MARK = "SELFHEAL_BENCH_NEST"
"""In the environment of every gateway and watcher of ours: how they are found, whoever started them."""
GONE_S = 10.0


class Nest:
    """`extra` is put over the gateway's minimal environment. To be closed after whoever watches it."""

    def __init__(self, installation: Installation, taken_ports: set[int]) -> None:
        self.root = Path(mkdtemp(prefix="selfheal-bench-"))
        self.sandbox = _with_new_port(self.root / "sandbox", installation, taken_ports)
        taken_ports.add(self.sandbox.port)

    @property
    def port(self) -> int:
        return self.sandbox.port

    @property
    def command(self) -> tuple[str, ...]:
        return gateway_command(self.sandbox)

    @property
    def environment(self) -> Mapping[str, str]:
        return {**gateway_environment(self.sandbox), MARK: self.root.name}

    def gateway_pid(self) -> int | None:
        """The running gateway, seen from this host; None while there is none."""
        for pid in self._marked():
            with suppress(OSError):
                if Path(f"/proc/{pid}/exe").readlink() == self.sandbox.installation.node.resolve():
                    return pid
        return None

    def close(self) -> None:
        """Kills what is left, the watcher (it is older) first, and removes the home."""
        until = time.monotonic() + GONE_S
        while (left := list(self._marked())) and time.monotonic() < until:
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        shutil.rmtree(self.root, ignore_errors=True)

    def _marked(self) -> Iterator[int]:
        """Oldest first. A process without a word of environment is a zombie, or not ours to read."""
        sought = f"{MARK}={self.root.name}".encode()
        for pid in sorted(int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()):
            with suppress(OSError):
                if sought in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                    yield pid


def _with_new_port(root: Path, installation: Installation, taken: set[int]) -> Sandbox:
    """Free on this host, and not that of a gateway of ours which does not run yet."""
    while True:
        sandbox = prepare_sandbox(root, installation)
        if sandbox.port not in taken:
            return sandbox
        shutil.rmtree(root)
