"""How to log in at the gateway, from its own config. What is missing here is our trouble, not its."""

from dataclasses import dataclass, field
from pathlib import Path

from selfheal.gateway import json5text
from selfheal.gateway.deepcheck_records import Fault, Outcome
from selfheal.gateway.includes import IncludeError, Includes

CONFIG_LIMIT_BYTES = 4 * 1024 * 1024
"""Far above any config seen; reading must stay a matter of milliseconds."""
SECRET_MODES = frozenset({"token", "password"})
REFERENCE_MARKS = ("${", "secretref")


@dataclass(frozen=True, slots=True)
class Login:
    token: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    tls: bool = False

    def secrets(self) -> tuple[str, ...]:
        return tuple(secret for secret in (self.token, self.password) if secret)


def read_login(config_path: Path, given_token: str | None) -> Login:
    """`given_token` goes before the config's secret. Raises Fault (not_configured)."""
    gateway = _read_gateway(config_path)
    auth = _section(gateway, "auth")
    tls = _section(gateway, "tls").get("enabled") is True
    mode = _mode(auth)
    if mode == "none":
        return Login(tls=tls)
    if mode not in SECRET_MODES:
        raise _unusable(f"gateway.auth.mode is {mode!r}; only token, password and none are supported")
    secret = given_token or _secret(auth, mode)
    return Login(token=secret, tls=tls) if mode == "token" else Login(password=secret, tls=tls)


def _mode(auth: dict[str, object]) -> str:
    """As OpenClaw does it: what is set, else password where there is one, else token."""
    mode = auth.get("mode")
    if isinstance(mode, str):
        return mode
    return "password" if auth.get("password") else "token"


def _secret(auth: dict[str, object], name: str) -> str:
    value = auth.get(name)
    if not value:
        raise _unusable(f"gateway.auth.{name} is not in the gateway's config file")
    if not isinstance(value, str) or any(mark in value for mark in REFERENCE_MARKS):
        raise _unusable(f"gateway.auth.{name} is a reference, which only the gateway can resolve")
    return value


def _read_gateway(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            content = file.read(CONFIG_LIMIT_BYTES + 1)
        if len(content) > CONFIG_LIMIT_BYTES:
            raise _unusable(f"the gateway's config is larger than {CONFIG_LIMIT_BYTES} bytes")
        config = json5text.loads(content.decode("utf-8-sig"))
        return Includes().section(config if isinstance(config, dict) else {}, path)
    except OSError as error:
        raise _unusable(f"cannot read the gateway's config: {error.strerror}") from error
    except IncludeError as error:
        raise _unusable(f"cannot read the gateway's config: {error}") from error
    except (ValueError, RecursionError) as error:
        raise _unusable("cannot read the gateway's config: it is not valid JSON5") from error


def _section(parent: object, name: str) -> dict[str, object]:
    value = parent.get(name) if isinstance(parent, dict) else None
    return value if isinstance(value, dict) else {}


def _unusable(why: str) -> Fault:
    return Fault(
        Outcome.NOT_CONFIGURED, f"{why}; set `token` for this target in selfheal's config to check it deeply"
    )
