"""A gateway of our own where the user has none: its own home, port and token, the user's untouched."""

import errno
import json
import os
import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

import json5

from selfheal.gateway.sandbox_faults import STATE_SETTING, SandboxError, SandboxFault, os_error
from selfheal.gateway.sandbox_install import Installation
from selfheal.gateway.sandbox_programs import SYSTEM_PATH
from selfheal.ports.gateway import DEFAULT_PORT

PORTS = range(20_000, 32_000, 20)
"""Below Linux's ports for outgoing connections, so that none of them takes ours between two runs.

OpenClaw derives further ports from the gateway's and asks for 20 between two gateways.
"""
TOKEN_BYTES = 24
PORT_TAKEN = frozenset({errno.EADDRINUSE, errno.EACCES})
"""Other errors of bind mean a host without IPv6."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A config that somebody has broken since is an outage to watch, and no reason not to."""

    home: Path
    state_dir: Path
    config_path: Path
    installation: Installation

    @property
    def port(self) -> int:
        """By its config. Raises SandboxError where that cannot be read."""
        return _read_back(self.config_path)[0]

    @property
    def token(self) -> str:
        """As `port`."""
        return _read_back(self.config_path)[1]


def make_room(root: Path) -> None:
    """Its folder, where a config is still to be written: before a gigabyte is installed for it in vain.

    Raises SandboxError.
    """
    folder = _config_in(root).parent
    if _config_in(root).exists():
        return
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, prefix=".new-"):
            pass
    except OSError as error:
        raise os_error(f"make a sandbox in {root}", error, root, STATE_SETTING) from error


def prepare_sandbox(root: Path, installation: Installation, *, port: int | None = None) -> Sandbox:
    """The sandbox under `root` (absolute): its config is written where there is none, and never overwritten.

    `port` counts only for a new config; None takes a free one. A second call finds the same config.
    Raises SandboxError.
    """
    home = root / "home"
    config_path = _config_in(root)
    try:
        if not config_path.exists():
            config_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_once(config_path, _minimal_config(config_path.parent, port or _free_port()))
    except OSError as error:
        raise os_error(f"make a sandbox in {root}", error, root, STATE_SETTING) from error
    return Sandbox(home, config_path.parent, config_path, installation)


def _config_in(root: Path) -> Path:
    return root / "home" / ".openclaw" / "openclaw.json"


def gateway_environment(sandbox: Sandbox) -> dict[str, str]:
    """All that the gateway sees. Never NODE_COMPILE_CACHE: the launcher would start a second process."""
    node_bin = sandbox.installation.node.parent
    openclaw_bin = sandbox.installation.openclaw.parents[1] / ".bin"
    outer = {name: os.environ[name] for name in ("TMPDIR", "TZ") if name in os.environ}
    return {
        **outer,
        "HOME": str(sandbox.home),
        "PATH": f"{node_bin}:{openclaw_bin}:{SYSTEM_PATH}",
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "OPENCLAW_SUPERVISOR_MODE": "external",  # ends instead of parking, and leaves repairs to us
        "OPENCLAW_NO_AUTO_UPDATE": "1",
        "OPENCLAW_DISABLE_BONJOUR": "1",
        "DO_NOT_TRACK": "1",
    }


def gateway_command(sandbox: Sandbox) -> tuple[str, ...]:
    found = sandbox.installation
    return (str(found.node), str(found.openclaw), "gateway", "run")


def _minimal_config(state_dir: Path, port: int) -> str:
    """A gateway that serves on loopback only and asks nobody outside for anything."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    auth = {"mode": "token", "token": token}
    config = {
        "gateway": {"mode": "local", "port": port, "bind": "loopback", "auth": auth},
        "agents": {"defaults": {"heartbeat": {"every": "0m"}}},
        "discovery": {"mdns": {"mode": "off"}},
        "logging": {
            "file": str(state_dir / "logs" / "openclaw.log")
        },  # the default is shared by all gateways
        "models": {"catalogRefresh": {"enabled": False}},
        "update": {"checkOnStart": False},
    }
    return json.dumps(config, indent=2) + "\n"


def _write_once(path: Path, text: str) -> None:
    """Whole or not at all, mode 0600; where another process was faster, its file stays."""
    with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".new-") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(file.name, path)


def _read_back(path: Path) -> tuple[int, str]:
    try:
        config = json5.loads(path.read_text("utf-8"))
        gateway = config.get("gateway", {})
        port = gateway.get("port", DEFAULT_PORT)
        token = gateway.get("auth", {}).get("token", "")
    except (OSError, ValueError, AttributeError) as error:
        raise _unreadable(path, str(error)) from error
    if not isinstance(port, int) or not isinstance(token, str):
        raise _unreadable(path, "gateway.port is no number, or gateway.auth.token no text")
    return port, token


def _unreadable(path: Path, why: str) -> SandboxError:
    return SandboxError(f"read the sandbox's config {path}", SandboxFault.UNREADABLE_CONFIG, why=why)


def _free_port() -> int:
    start = secrets.randbelow(len(PORTS))  # two sandboxes made at once seldom meet
    for offset in range(len(PORTS)):
        port = PORTS[(start + offset) % len(PORTS)]
        if _is_free(port):
            return port
    raise SandboxError(
        "find a free port", SandboxFault.NO_FREE_PORT, why=f"{PORTS[0]} to {PORTS[-1]} are taken"
    )


def _is_free(port: int) -> bool:
    """The gateway listens on both loopback addresses."""
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.bind((host, port))
        except OSError as error:
            if error.errno in PORT_TAKEN:
                return False
    return True
