"""Where one gateway lives on this host, by OpenClaw's own rules for homes, profiles and ports.

Source of the rules: OpenClaw 2026.9 (state directory, config path, profile and port resolution). A legacy
`~/.clawdbot` counts only where no `~/.openclaw` exists, as OpenClaw has it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from selfheal.gateway.configfile import ConfigLook, look_at_config
from selfheal.gateway.statelock import lock_path
from selfheal.ports.gateway import DEFAULT_PORT

DEFAULT_NAME = "default"
DEV_NAME = "dev"
DEV_PORT = 19001
STATE_DIR_NAMES = (".openclaw", ".clawdbot")
CONFIG_NAMES = ("openclaw.json", "clawdbot.json")
PROFILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

KEPT_NAMES = (
    *("OPENCLAW_HOME", "OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH", "OPENCLAW_SUPERVISOR_MODE"),
    *("PATH", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER", "LOGNAME", "XDG_RUNTIME_DIR"),
)


@dataclass(frozen=True, slots=True)
class Site:
    """One gateway's place. `command` is the argv of the OpenClaw program without a subcommand, `env` all the
    environment that it needs: what finds this place again, and the user's PATH and language.
    """

    name: str
    home: Path
    state_dir: Path
    config_path: Path
    port: int
    uid: int
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    log_path: Path | None = None  # captured stdout and stderr of the gateway, where we captured them

    port_is_set: bool = False  # by a person for us: then the config's does not count

    @property
    def lock_path(self) -> Path:
        return lock_path(self.state_dir, self.uid)

    def port_now(self, look: ConfigLook) -> int:
        """Where a gateway that is started now will listen: the config may have changed since."""
        return self.port if self.port_is_set else look.port or self.port

    @property
    def database_path(self) -> Path:
        return self.state_dir / "state" / "openclaw.sqlite"


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose gateways are looked for. `port` is an explicit one: it beats the config."""

    home: Path
    uid: int
    command: tuple[str, ...] = ()
    port: int | None = None
    log_path: Path | None = None


def site_of(environment: Mapping[str, str], whose: Whose) -> Site:
    """The one gateway that this environment means, whether it exists or not."""
    home = _path(environment.get("OPENCLAW_HOME", ""), whose.home) or whose.home
    profile = environment.get("OPENCLAW_PROFILE", "").strip()
    profile = profile if PROFILE.fullmatch(profile) and profile.lower() != DEFAULT_NAME else ""
    state_dir = _path(environment.get("OPENCLAW_STATE_DIR", ""), home) or _state_dir(home, profile)
    config_path = _path(environment.get("OPENCLAW_CONFIG_PATH", ""), home) or _config_path(state_dir)
    return Site(
        name=profile or DEFAULT_NAME,
        home=home,
        state_dir=state_dir.resolve(),
        config_path=config_path,
        port=whose.port or _port(look_at_config(config_path), profile),
        uid=whose.uid,
        command=whose.command,
        env=_env(environment, home, profile),
        log_path=whose.log_path,
        port_is_set=whose.port is not None or profile == DEV_NAME,
    )


def _path(text: str, home: Path) -> Path | None:
    text = text.strip()
    if not text or text in ("undefined", "null"):
        return None
    return home / text[2:] if text.startswith("~/") else Path(text)


def _state_dir(home: Path, profile: str) -> Path:
    if profile:
        return home / f"{STATE_DIR_NAMES[0]}-{profile}"
    return _first_there(home, STATE_DIR_NAMES)


def _config_path(state_dir: Path) -> Path:
    return _first_there(state_dir, CONFIG_NAMES)


def _first_there(folder: Path, names: tuple[str, ...]) -> Path:
    return next((folder / name for name in names if (folder / name).exists()), folder / names[0])


def _port(look: ConfigLook, profile: str) -> int:
    if profile == DEV_NAME:  # the program sets this variable by itself for the profile of that name
        return DEV_PORT
    return look.port or (_profile_port(profile) if profile else DEFAULT_PORT)


def _profile_port(profile: str) -> int:
    """OpenClaw's own: FNV-1a of the name, folded into 20000-59999."""
    digest = 2166136261
    for byte in profile.encode():
        digest = ((digest ^ byte) * 16777619) & 0xFFFFFFFF
    return 20000 + digest % 40000


def _env(environment: Mapping[str, str], home: Path, profile: str) -> Mapping[str, str]:
    """What a command of OpenClaw's needs to mean the same gateway; nothing else is handed on."""
    kept = {name: environment[name] for name in KEPT_NAMES if environment.get(name, "").strip()}
    state = {"OPENCLAW_PROFILE": profile} if profile else {}
    if profile and "OPENCLAW_STATE_DIR" not in kept:
        state["OPENCLAW_STATE_DIR"] = str(_state_dir(home, profile))
    return MappingProxyType({"HOME": str(home), **state, **kept})
