"""Whether a Telegram bot's token is, or may be, one with which an OpenClaw gateway reads its messages.

Telegram gives each message to one reader only, so who polls with the gateway's token takes its channel from
it. Sought is the token itself, in whatever a gateway may have it from, as plain text: that finds it also in a
config that nobody can parse, which is what many an incident is about.

Source: OpenClaw 2026.9.6, docs/channels/telegram (botToken, tokenFile, accounts, TELEGRAM_BOT_TOKEN).
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from selfheal.gateway.statelock import lock_path, read_lock

FILE_MAX_BYTES = 4 * 1024 * 1024
FILES_MAX = 60
VARIABLE = "TELEGRAM_BOT_TOKEN"
CHANNEL = "telegram"

_FILE = re.compile(r"""tokenFile["']?\s*:\s*["']([^"'\n]+)["']""")
_INCLUDE = re.compile(r"""\$include["']?\s*:\s*(\[[^\]]*\]|["'][^"'\n]+["'])""")
_QUOTED = re.compile(r"""["']([^"'\n]+)["']""")
_REFERENCE = re.compile(r"\$\{([A-Z_][A-Z0-9_]*)\}")
_GIVEN_OTHERWISE = re.compile(r"""(?:botToken|\btoken)["']?\s*:\s*\{""")
"""A reference to a store of secrets, or to a program that tells it."""


class Use(StrEnum):
    FREE = "free"
    GATEWAYS = "gateways"
    UNSURE = "unsure"  # it has a token that we cannot read


def use_of(
    token: str, config: Path, state_dir: Path, home: Path, environ: Mapping[str, str], uid: int
) -> Use:
    """`environ`: what a gateway may have inherited."""
    texts = {path: _text(path) for path in _files(config, state_dir, home)}
    said = texts.get(config) or ""
    others = [Path(name).expanduser() for name in _FILE.findall(said)]
    texts |= {path: _text(path) for path in others}
    if any(token in text for text in (*filter(None, texts.values()), _living(state_dir, uid))):
        return Use.GATEWAYS
    names = {VARIABLE, *_REFERENCE.findall(said)}
    if any(environ.get(name) == token for name in names):
        return Use.GATEWAYS
    hidden = CHANNEL in said.lower() and _GIVEN_OTHERWISE.search(said) is not None
    return Use.UNSURE if hidden or any(texts[path] is None for path in (config, *others)) else Use.FREE


def _files(config: Path, state_dir: Path, home: Path) -> Iterator[Path]:
    """The config, what it includes, earlier ones of it, the environment's file, and who starts a gateway."""
    yield from _with_included(config)
    yield state_dir / ".env"
    folders = (
        (config.parent, f"{config.name}*"),
        (state_dir / "credentials", "*.json"),
        (home / ".config" / "systemd" / "user", "openclaw*"),
        (home / "Library" / "LaunchAgents", "ai.openclaw*"),
    )
    for folder, pattern in folders:
        with suppress(OSError):
            yield from sorted(path for path in folder.glob(pattern) if path.is_file())[:FILES_MAX]


def _with_included(config: Path) -> list[Path]:
    found = [config]
    for path in found:
        for names in _INCLUDE.findall(_text(path) or ""):
            paths = [path.parent / name for name in _QUOTED.findall(names)]
            found += [each for each in paths if each not in found][: FILES_MAX - len(found)]
    return found


def _text(path: Path) -> str | None:
    """None: it is there, and cannot be read whole. What is not there says nothing."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            content = file.read(FILE_MAX_BYTES + 1)
    except OSError:
        return None
    return content.decode("utf-8", "replace") if len(content) <= FILE_MAX_BYTES else None


def _living(state_dir: Path, uid: int) -> str:
    """The environment with which the living gateway was started, where the system shows it."""
    path = lock_path(state_dir, uid)
    lock = read_lock(path, 1) if path.is_file() else None
    return (_text(Path(f"/proc/{lock.pid}/environ")) or "") if lock is not None else ""
