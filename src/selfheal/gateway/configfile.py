"""The gateway's config file as it lies on the disk: can it be loaded, and what we need to know from it.

OpenClaw reports a syntax error as «missing gateway.mode», so we parse the file ourselves. What it says is how
the gateway will be started the next time: one that runs may have begun with another.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from selfheal.core.facts import ConfigState, GatewayProcess
from selfheal.gateway import json5text
from selfheal.gateway.includes import Includes

SIZE_MAX_BYTES = 4_000_000  # larger ones are not read: no gateway config is, and we stay small


@dataclass(frozen=True, slots=True)
class ConfigLook:
    """`problem` never quotes the file: it holds secrets. `port` 0: the file names none."""

    state: ConfigState
    problem: str = ""
    port: int = 0
    tls: bool = False
    mark: str = ""  # changes whenever the file does, or one that it includes
    serves_root: bool = False  # it turns the control UI neither off nor to another path; False in doubt
    included: tuple[Path, ...] = ()


class ConfigWatcher:
    """Looks again only when a file has changed (modification time, size, inode)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._look = ConfigLook(ConfigState.UNKNOWN)

    def look(self) -> ConfigLook:
        mark = self._mark()
        if not mark or mark != self._look.mark or self._look.state is ConfigState.UNREADABLE:
            known = self._look.included
            self._look = replace(look_at_config(self._path), mark=mark)
            if self._look.included != known:  # read once more, now that all marks can be taken before
                mark = self._mark()
                self._look = replace(look_at_config(self._path), mark=mark)
        return self._look

    def _mark(self) -> str:
        """Taken before the files are read: what is changed meanwhile is read again the next time. Empty where
        the config itself is not there.
        """
        first, *others = map(_mark_of, (self._path, *self._look.included))
        return " ".join((first, *others)) if first else ""


def _mark_of(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return ""
    return f"{stat.st_mtime_ns}-{stat.st_size}-{stat.st_ino}"


class ConfigProof:
    """A gateway that began with a file and serves has read it, whatever we make of that file."""

    def __init__(self) -> None:
        self._process: tuple[int, float] | None = None
        self._before = ""  # the mark at the last look
        self._born = ""  # the mark with which this process began, where that is certain
        self._proven = ""

    def meet(self, process: GatewayProcess | None, mark: str) -> None:
        key = (process.pid, process.started) if process is not None else None
        if key != self._process:
            self._process, self._born = key, mark if mark == self._before else ""
        self._before = mark

    def serves(self) -> None:
        self._proven = self._born or self._proven

    def holds(self, mark: str) -> bool:
        return mark != "" and mark == self._proven


def look_at_config(path: Path) -> ConfigLook:
    try:
        raw = _read(path)
    except FileNotFoundError:
        return ConfigLook(ConfigState.MISSING)
    except OSError as error:
        return ConfigLook(ConfigState.UNREADABLE, error.strerror or str(error))
    if raw is None:
        return ConfigLook(ConfigState.UNKNOWN, f"larger than {SIZE_MAX_BYTES} bytes")
    return _judge(raw.decode("utf-8-sig", errors="replace"), path)


def _read(path: Path) -> bytes | None:
    with path.open("rb") as file:
        raw = file.read(SIZE_MAX_BYTES + 1)
    return raw if len(raw) <= SIZE_MAX_BYTES else None


def _judge(text: str, path: Path) -> ConfigLook:
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
    return _extract(value, path)


def _extract(config: dict[str, Any], path: Path) -> ConfigLook:
    """A file that cannot be included is the gateway's to refuse: it says why, and in its own words."""
    includes = Includes()
    try:
        gateway = includes.section(config, path)
    except (ValueError, RecursionError):
        return ConfigLook(ConfigState.LOADABLE, included=tuple(includes.files))
    port = gateway.get("port")
    control_ui = _object(gateway.get("controlUi"))
    base_path = control_ui.get("basePath")
    return ConfigLook(
        ConfigState.LOADABLE,
        port=port if isinstance(port, int) and not isinstance(port, bool) and 0 < port < 65536 else 0,  # noqa: PLR2004
        tls=_object(gateway.get("tls")).get("enabled") is True,
        serves_root=control_ui.get("enabled") is not False and base_path in (None, "", "/"),
        included=tuple(includes.files),
    )


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
