"""The gateway's config file as it lies on the disk: can it be loaded, and what we need to know from it.

OpenClaw reports a syntax error as «missing gateway.mode», so we parse the file ourselves. `$include`d files
are not followed.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from selfheal.core.facts import ConfigState
from selfheal.gateway import json5text

SIZE_MAX_BYTES = 4_000_000  # larger ones are not read: no gateway config is, and we stay small


@dataclass(frozen=True, slots=True)
class ConfigLook:
    """`problem` never quotes the file: it holds secrets. `port` 0: the file names none."""

    state: ConfigState
    problem: str = ""
    port: int = 0
    tls: bool = False
    mark: str = ""  # changes whenever the file does
    serves_root: bool = True  # False where the control UI is off or lives under another path


class ConfigWatcher:
    """Looks again only when the file has changed (modification time, size, inode)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark = ""
        self._look = ConfigLook(ConfigState.UNKNOWN)

    def look(self) -> ConfigLook:
        try:
            stat = self._path.stat()
        except OSError:
            self._mark = ""
            return look_at_config(self._path)
        mark = f"{stat.st_mtime_ns}-{stat.st_size}-{stat.st_ino}"
        if mark != self._mark or self._look.state is ConfigState.UNREADABLE:
            self._look = replace(look_at_config(self._path), mark=mark)
            self._mark = mark
        return self._look


def look_at_config(path: Path) -> ConfigLook:
    try:
        raw = _read(path)
    except FileNotFoundError:
        return ConfigLook(ConfigState.MISSING)
    except OSError as error:
        return ConfigLook(ConfigState.UNREADABLE, error.strerror or str(error))
    if raw is None:
        return ConfigLook(ConfigState.UNKNOWN, f"larger than {SIZE_MAX_BYTES} bytes")
    return _judge(raw.decode("utf-8-sig", errors="replace"))


def _read(path: Path) -> bytes | None:
    with path.open("rb") as file:
        raw = file.read(SIZE_MAX_BYTES + 1)
    return raw if len(raw) <= SIZE_MAX_BYTES else None


def _judge(text: str) -> ConfigLook:
    try:
        value = json5text.loads(text) if text.strip() else None
    except json.JSONDecodeError as error:
        return ConfigLook(ConfigState.MALFORMED, f"line {error.lineno}: {error.msg}")
    except json5text.UnsureError as error:
        return ConfigLook(ConfigState.UNKNOWN, str(error))
    except RecursionError:
        return ConfigLook(ConfigState.MALFORMED, "nested too deeply")
    if not isinstance(value, dict):
        return ConfigLook(ConfigState.MALFORMED, "empty" if not text.strip() else "not an object")
    return _extract(value)


def _extract(config: dict[str, Any]) -> ConfigLook:
    gateway = _object(config.get("gateway"))
    port = gateway.get("port")
    control_ui = _object(gateway.get("controlUi"))
    base_path = control_ui.get("basePath")
    return ConfigLook(
        ConfigState.LOADABLE,
        port=port if isinstance(port, int) and not isinstance(port, bool) and 0 < port < 65536 else 0,  # noqa: PLR2004
        tls=_object(gateway.get("tls")).get("enabled") is True,
        serves_root=control_ui.get("enabled") is not False and base_path in (None, "", "/"),
    )


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
