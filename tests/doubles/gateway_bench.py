"""A place for one gateway, the double or the real one, and every process that was started there."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from selfheal.gateway.site import Site

DOUBLE = Path(__file__).with_name("gateway_double.py")
END_S = 30.0


PORTS = itertools.cycle(range(20_017 + os.getpid() % 50 * 200, 32_000, 20))
"""Below the ports that the kernel gives to outgoing connections: nobody takes one between two lines."""


def free_port() -> int:
    for port in itertools.islice(PORTS, 600):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


@dataclass
class GatewayBench:
    site: Site
    command: tuple[str, ...]
    environment: Mapping[str, str]
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)
    real: bool = False

    @property
    def log_path(self) -> Path:
        assert self.site.log_path is not None
        return self.site.log_path

    def start(self, **wishes: Any) -> subprocess.Popen[bytes]:
        """`wishes` are the double's; the real gateway is only ever asked for what it does anyway."""
        environment = {**self.environment, "OPENCLAW_DOUBLE": json.dumps(wishes)}
        with self.log_path.open("ab") as log:
            process = subprocess.Popen(
                self.command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.started.append(process)
        return process

    def wish(self, **wishes: Any) -> None:
        """Changes a running double."""
        path = self.site.state_dir / "double.json"
        path.with_suffix(".new").write_text(json.dumps(wishes))
        path.with_suffix(".new").replace(path)

    def serving(self) -> subprocess.Popen[bytes]:
        """The one that lives, else a fresh one."""
        living = (process for process in self.started if process.poll() is None)
        return next(living, None) or self.start()

    def let_go_on(self) -> None:
        """Whom a test has halted."""
        for process in self.started:
            process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Ends whatever was started; afterwards another may be."""
        self.let_go_on()
        for process in self.started:
            process.kill()
            process.wait(END_S)


def double_bench(folder: Path, name: str = ".openclaw", *, port: int | None = None) -> GatewayBench:
    home = folder.resolve()
    state_dir = home / name
    state_dir.mkdir(parents=True)
    place = Site(
        name=name,
        home=home,
        state_dir=state_dir,
        config_path=state_dir / "openclaw.json",
        port=port or free_port(),
        uid=os.getuid(),
        command=(sys.executable, str(DOUBLE)),
        env={"HOME": str(home), "OPENCLAW_STATE_DIR": str(state_dir), "PATH": os.defpath},
        log_path=home / f"{name.lstrip('.')}.log",
    )
    place.config_path.write_text(json.dumps({"gateway": {"mode": "local", "port": place.port}}))
    return GatewayBench(place, (*place.command, "gateway", "run"), place.env)
