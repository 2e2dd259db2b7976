"""The gateway's config file as it lies on the disk: can it be loaded, and what we need to know from it.

OpenClaw reports a syntax error as «missing gateway.mode», so we parse the file ourselves. Its JSON5 is
rewritten token by token into JSON for the standard parser: 11 ms for 17 kB, where the json5 library needs 2 s
and would stop everything else meanwhile. `$include`d files are not followed.
"""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from selfheal.core.facts import ConfigState

SIZE_MAX_BYTES = 4_000_000  # larger ones are not read: no gateway config is, and we stay small

BEFORE_MAX = 80  # characters before a trailing comma in which its value ends, or a comment

TOKENS = re.compile(
    r"""(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<comment>//[^\n]*|/\*.*?\*/)"""
    r"""|(?P<key>[^\W\d][\w$]*|\$[\w$]*)(?=\s*:)"""
    r"""|(?P<number>[+-]?(?:Infinity|NaN|0[xX][0-9A-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))"""
    r"""|(?P<word>[^\W\d][\w$]*)"""
    r"""|(?P<comma>,)(?=(?:\s|//[^\n]*\n|/\*.*?\*/)*[}\]])""",
    re.DOTALL,
)
ESCAPES = re.compile(r"""\\(x[0-9A-Fa-f]{2}|\r\n|.)|"|[\x00-\x1f]""", re.DOTALL)
KEPT_ESCAPES = frozenset('bfnrtu/\\"')


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
        value = parse_json5(text) if text.strip() else None
    except json.JSONDecodeError as error:
        return ConfigLook(ConfigState.MALFORMED, f"line {error.lineno}: {error.msg}")
    except RecursionError:
        return ConfigLook(ConfigState.MALFORMED, "nested too deeply")
    if not isinstance(value, dict):
        return ConfigLook(ConfigState.MALFORMED, "empty" if not text.strip() else "not an object")
    return _extract(value)


def parse_json5(text: str) -> object:
    """Raises json.JSONDecodeError; its line is the file's line."""
    return json.loads(TOKENS.sub(_to_json, text))


def _to_json(match: re.Match[str]) -> str:
    token = match.group()
    match match.lastgroup:
        case "string":
            return '"' + ESCAPES.sub(_to_escape, token[1:-1]) + '"'
        case "comment":
            return re.sub(r"[^\n]", " ", token)
        case "key":
            return f'"{token}"'
        case "number":
            return _to_number(token)
        case "comma":  # a trailing one; after nothing it is a fault
            before = match.string[max(0, match.start() - BEFORE_MAX) : match.start()].rstrip()
            return " " if before[-1:] not in ("", "[", "{", ",", ":") else token
        case _:
            return token


def _to_escape(match: re.Match[str]) -> str:
    code = match.group(1)
    if code is None:  # a quote inside single quotes, or a raw control character
        return '\\"' if match.group() == '"' else f"\\u{ord(match.group()):04x}"
    if code in ("\n", "\r\n", "\r"):
        return ""  # a continued line
    if code[0] == "x" and len(code) > 1:
        return f"\\u00{code[1:]}"
    if code in "0v":
        return "\\u0000" if code == "0" else "\\u000b"
    return f"\\{code}" if code in KEPT_ESCAPES else code


def _to_number(token: str) -> str:
    sign = "-" if token[0] == "-" else ""
    digits = token.lstrip("+-")
    if digits[:2] in ("0x", "0X"):
        return f"{sign}{int(digits, 16)}"
    if digits.startswith(".") or "." in digits:
        return f"{sign}{float(digits)!r}"
    return f"{sign}{digits}" if digits != "NaN" else digits


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
