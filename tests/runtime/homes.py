"""An empty HOME with a counted gateway in it, its config and ours; whatever was started there is ended."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.doubles.gateway_bench import free_port
from tests.doubles.service_bench import eventually
from tests.runtime import counted_gateway

COMMAND = (sys.executable, counted_gateway.__file__, "gateway", "run")
END_S = 10.0
TABLE = """\
[selfheal]
language = "en"
state_dir = "{state}"
[targets.main]
command = {command}
"""


@dataclass
class Home:
    path: Path
    port: int = field(default_factory=free_port)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    more: dict[str, str] = field(default_factory=dict)  # variables, for selfheal and the gateway

    def __post_init__(self) -> None:
        (self.path / ".openclaw").mkdir(parents=True)
        self.configure_gateway()
        self.configure()

    @property
    def environ(self) -> dict[str, str]:
        runtime = {"XDG_RUNTIME_DIR": str(self.path)}
        return {"HOME": str(self.path), "PATH": os.defpath, "LANG": "C.UTF-8"} | runtime | self.more

    @property
    def state(self) -> Path:
        return self.path / "state"

    @property
    def config(self) -> Path:
        return self.path / "config.toml"

    def configure(self, text: str = "") -> None:
        table = TABLE.format(state=self.state, command=json.dumps(COMMAND))
        self.config.write_text(table + text, encoding="utf-8")
        self.config.chmod(0o600)

    def configure_gateway(self) -> None:
        config = {"gateway": {"mode": "local", "port": self.port}}
        (self.path / ".openclaw" / "openclaw.json").write_text(json.dumps(config), encoding="utf-8")

    def wish(self, **wishes: Any) -> None:
        """How the double behaves from now on, later starts of it included."""
        path = self.path / ".openclaw" / "double.json"
        path.with_suffix(".new").write_text(json.dumps(wishes), encoding="utf-8")
        path.with_suffix(".new").replace(path)

    def start_gateway(self, environ: Mapping[str, str] | None = None) -> int:
        """As a person would, outside of our care. Returns its pid when it serves."""
        with (self.path / "gateway.out").open("ab") as out:
            process = subprocess.Popen(
                COMMAND, env=environ or self.environ, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        self.processes.append(process)
        threading.Thread(target=process.wait, daemon=True).start()  # a zombie still owns the gateway's lock
        eventually(lambda: b"ready" in (self.path / "gateway.out").read_bytes())
        return process.pid

    def hide_starts(self, seconds: float) -> None:
        """So long, from now on, nobody can tell that a process which was started is a gateway."""
        (self.path / counted_gateway.HIDDEN).write_text(str(seconds), encoding="ascii")

    def starts(self) -> list[int]:
        """The pids of all gateways that were ever started here, oldest first."""
        return [int(line[0]) for line in counted_gateway.started(self.path)]

    def living(self) -> list[int]:
        return counted_gateway.living(self.path)

    def never_two(self) -> bool:
        """No gateway was started while another lived."""
        return all(len(line) == 2 for line in counted_gateway.started(self.path))

    def close(self) -> None:
        for pid in self.living():
            os.kill(pid, signal.SIGKILL)
        for process in self.processes:
            process.kill()
            process.wait(END_S)
