"""The sandbox as a target: made where the user has no gateway, and found again by every later command."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from selfheal.app.places import (
    SANDBOX_TARGET,
    has_own_gateway,
    in_sandbox,
    sandbox_config,
    sandbox_dir,
    uses_sandbox,
)
from selfheal.app.words import typed
from selfheal.config.settings import Settings, Target
from selfheal.gateway.sandbox import gateway_command, gateway_environment, make_room, prepare_sandbox
from selfheal.gateway.sandbox_install import ensure_installed, place_of
from selfheal.gateway.sandbox_progress import Progress, Stage
from selfheal.store.lock import Holder, ResidentLock


def with_gateway(settings: Settings, environ: Mapping[str, str], progress: Progress) -> Settings:
    """The settings as they are where a person has set up a gateway, else with a sandbox as their target.

    Installs OpenClaw where it is not yet. Raises SandboxError.
    """
    if has_own_gateway(settings):
        return settings
    return replace(settings, targets=(_target(settings, environ, progress),))


def up_lock(settings: Settings) -> Path:
    """Held by the one `up` that watches this sandbox, and by nobody else: `down` ends whom it names."""
    return sandbox_dir(settings) / "up.lock"


@contextmanager
def watched_by_up(settings: Settings, me: Holder) -> Iterator[None]:
    """Raises LockHeld while another `up` watches the sandbox. Without a sandbox it is no lock at all."""
    sandboxed = any(in_sandbox(settings, target) for target in settings.targets)
    with ResidentLock(up_lock(settings)).held_by(me) if sandboxed else nullcontext():
        yield


def found_again(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """What `status` shows, `run` and `check` look at: the sandbox, once there is one. Raises SandboxError."""
    return with_gateway(settings, environ, _silent) if uses_sandbox(settings) else settings


def its_openclaw(settings: Settings, environ: Mapping[str, str]) -> str:
    """How a person calls the command line of its OpenClaw."""
    found = place_of(cache_dir(environ))
    home = sandbox_config(settings).parents[1]
    return " ".join(
        (f"HOME={typed(home, environ)}", typed(found.node, environ), typed(found.openclaw, environ))
    )


def _silent(stage: Stage, done_bytes: int, total_bytes: int | None) -> None:
    del stage, done_bytes, total_bytes


def _target(settings: Settings, environ: Mapping[str, str], progress: Progress) -> Target:
    make_room(sandbox_dir(settings))
    installation = ensure_installed(cache_dir(environ), progress=progress)
    sandbox = prepare_sandbox(sandbox_dir(settings), installation)
    return replace(
        settings.targets[0],
        name=SANDBOX_TARGET,
        state_dir=sandbox.state_dir,
        config_path=sandbox.config_path,
        port=None,
        service="child",
        command=gateway_command(sandbox),
        env_allow=(),
        env=tuple(gateway_environment(sandbox).items()),
    )


def cache_dir(environ: Mapping[str, str]) -> Path:
    """Large things that are fetched once: $SELFHEAL_CACHE_DIR, else the XDG cache."""
    if own := environ.get("SELFHEAL_CACHE_DIR"):
        return Path(own)
    home = Path(environ.get("HOME") or Path.home())
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "selfheal"
