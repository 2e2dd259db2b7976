"""Where our own things lie, and what can be read of a gateway without looking at processes."""

import json
from pathlib import Path

from selfheal.config.settings import Settings, Target

DEFAULT_PORT = 18789
CONFIG_MAX_BYTES = 1024 * 1024


def database_path(settings: Settings) -> Path:
    return settings.state_dir / "selfheal.db"


def lock_path(settings: Settings) -> Path:
    return settings.state_dir / "resident.lock"


def gateway_log(settings: Settings, target: str) -> Path:
    """Stdout and stderr of a gateway that runs as our child: start-up errors are only there."""
    return settings.state_dir / f"gateway-{target}.log"


def sandbox_dir(settings: Settings) -> Path:
    return settings.state_dir / "sandbox"


def config_of(settings: Settings, target: Target) -> Path:
    """The gateway's config: where none is at the set place, that of the sandbox."""
    inside = sandbox_dir(settings) / "home" / ".openclaw" / "openclaw.json"
    return target.config_path if target.config_path.exists() or not inside.exists() else inside


def port_of(target: Target, config: Path | None = None) -> int | None:
    """The set port, else the config file's; None where it cannot be told cheaply."""
    if target.port is not None:
        return target.port
    try:
        with (config or target.config_path).open("rb") as file:
            port = json.loads(file.read(CONFIG_MAX_BYTES))["gateway"]["port"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return port if isinstance(port, int) else None
