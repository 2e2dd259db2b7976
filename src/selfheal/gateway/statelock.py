"""The lock file that a gateway keeps in its state folder: who holds it, and on which port.

Also read by commands that must be fast: nothing heavy is imported here.
"""

import json
from pathlib import Path
from typing import NamedTuple

LOCK_MAX_BYTES = 65536  # the file is a small object and whitespace
PORT_MAX = 65535
GATEWAY_ROLE = "gateway"


class Lock(NamedTuple):
    pid: int
    started: float | None  # as the writer saw it, in the unit of GatewayProcess.started
    role: str = GATEWAY_ROLE
    port: int | None = None  # on which it listens or will: its `--port` stands above environment and config


def lock_path(state_dir: Path, uid: int) -> Path:
    return state_dir / "tmp" / f"openclaw-{uid}" / "gateway.state.lock"


def read_lock(path: Path, ticks_per_s: int) -> Lock | None:
    """Only the first JSON object counts: OpenClaw pads the file. None: no lock, or none that can be read."""
    try:
        with path.open("rb") as file:
            text = file.read(LOCK_MAX_BYTES).decode(errors="replace")
        value, _ = json.JSONDecoder().raw_decode(text.lstrip())
    except (OSError, ValueError):
        return None
    if not isinstance(value, dict) or type(value.get("pid")) is not int or value["pid"] <= 0:
        return None
    started, port = value.get("startTime"), value.get("port")
    return Lock(
        pid=value["pid"],
        started=started / ticks_per_s if isinstance(started, int | float) else None,
        role=str(value.get("role", GATEWAY_ROLE)),
        port=port if type(port) is int and 0 < port <= PORT_MAX else None,
    )
