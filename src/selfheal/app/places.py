"""Where our own things lie, and what can be read of a gateway without looking at processes."""

import json
import os
from dataclasses import replace
from pathlib import Path

from selfheal.config.settings import Settings, Target
from selfheal.gateway.statelock import GATEWAY_ROLE, read_lock
from selfheal.gateway.statelock import lock_path as lock_file
from selfheal.host import pid_exists

DATABASE = "selfheal.db"
SANDBOX = "sandbox"
SANDBOX_TARGET = f"@{SANDBOX}"
"""No config can name a target so: what is known of its gateway is never believed of a person's own."""

CONFIG_MAX_BYTES = 1024 * 1024


def database_path(settings: Settings) -> Path:
    return settings.state_dir / DATABASE


def lock_path(settings: Settings) -> Path:
    return settings.state_dir / "resident.lock"


def gateway_log(settings: Settings, target: Target, folder: Path | None = None) -> Path:
    """Stdout and stderr of a gateway that runs as our child: start-up errors are only there.

    The child's record lies beside it, so the sandbox's child has its own: `down` ends whom that one names.
    `folder` is used instead of the state folder.
    """
    if in_sandbox(settings, target):
        return sandbox_log(settings, folder)
    return (folder or settings.state_dir) / f"gateway-{target.name}.log"


def sandbox_log(settings: Settings, folder: Path | None = None) -> Path:
    """The same of the sandbox's gateway; so called since before it had a name of its own."""
    return (folder or settings.state_dir) / SANDBOX / "gateway-main.log"


def log_folder(settings: Settings, target: str) -> Path:
    """The document's log files, where it says, for the first gateway; for others in a folder each."""
    return settings.memory_dir if target == settings.targets[0].name else settings.memory_dir / target


def sandbox_dir(settings: Settings) -> Path:
    return settings.state_dir / SANDBOX


def in_sandbox(settings: Settings, target: Target) -> bool:
    return target.state_dir.is_relative_to(sandbox_dir(settings))


def config_of(settings: Settings, target: Target) -> Path:
    """The gateway's config: where none is at the set place, that of the sandbox."""
    return sandbox_config(settings) if uses_sandbox(settings) else target.config_path


def watched(settings: Settings) -> Settings:
    """The targets as they are watched: the sandbox alone, by its name, as long as it is in use."""
    if not uses_sandbox(settings):
        return settings
    return replace(settings, targets=(replace(settings.targets[0], name=SANDBOX_TARGET, port=None),))


def uses_sandbox(settings: Settings) -> bool:
    """`up` has made a sandbox, and no person has set up a gateway since."""
    return not has_own_gateway(settings) and sandbox_config(settings).exists()


def has_own_gateway(settings: Settings) -> bool:
    """A person has set one up. One that has run and has lost its config is still theirs, and is missed."""
    return any(one.config_path.exists() or (one.state_dir / "state").exists() for one in settings.targets)


def sandbox_config(settings: Settings) -> Path:
    return sandbox_dir(settings) / "home" / ".openclaw" / "openclaw.json"


def as_it_is(settings: Settings) -> Target:
    """The sandbox as a target that can be looked at and not started: nothing is installed for that."""
    first = settings.targets[0]
    config = sandbox_config(settings)
    place = replace(first, name=SANDBOX_TARGET, state_dir=config.parent, config_path=config)
    return replace(place, port=None, service="child", command=())


def port_of(target: Target, config: Path | None = None) -> int | None:
    """Where a living gateway says that it listens, else the set port, else the config file's.

    None where it cannot be told cheaply.
    """
    path = config or target.config_path
    state_dir = target.state_dir if path == target.config_path else path.parent
    port = _port_in_lock(state_dir) or target.port
    return _port_in_config(path) if port is None else port


def _port_in_lock(state_dir: Path) -> int | None:
    path = lock_file(state_dir, os.getuid())
    lock = read_lock(path, 1) if path.is_file() else None  # what never ends must not hold up who only shows
    return lock.port if lock is not None and lock.role == GATEWAY_ROLE and pid_exists(lock.pid) else None


def _port_in_config(path: Path) -> int | None:
    """The reader of comments and included files costs the others, which have none, nothing."""
    try:
        with path.open("rb") as file:
            text = file.read(CONFIG_MAX_BYTES)
        if b"$include" not in text:
            port = json.loads(text)["gateway"]["port"]
            return port if isinstance(port, int) else None
    except ValueError:
        pass
    except (OSError, KeyError, TypeError):
        return None
    from selfheal.gateway.configfile import look_at_config  # noqa: PLC0415

    return look_at_config(path).port or None
