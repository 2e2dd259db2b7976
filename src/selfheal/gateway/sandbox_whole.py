"""Whether what lies in the cache can still be what was installed: some few looks, at every start.

Somebody clears caches, a disk repair empties files: the launcher alone may be left, and every start fails.
"""

import json
import os
from pathlib import Path

PACKAGE_MAX_BYTES = 1024 * 1024  # OpenClaw's has some 100 kB
ENTRIES = ("dist/entry.js", "dist/entry.mjs")  # what the launcher goes on with, one of them


def is_whole_program(path: Path) -> bool:
    return _has_content(path) and os.access(path, os.X_OK)


def is_whole_openclaw(package: Path, version: str) -> bool:
    """`package`: OpenClaw's own folder in the tree."""
    launcher = _has_content(package / "openclaw.mjs")
    entry = any(_has_content(package / name) for name in ENTRIES)
    return launcher and entry and _version_of(package / "package.json") == version


def _has_content(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size > 0
    except OSError:
        return False


def _version_of(file: Path) -> object:
    try:
        with file.open("rb") as content:
            described = json.loads(content.read(PACKAGE_MAX_BYTES))
    except (OSError, ValueError):
        return None
    return described.get("version") if isinstance(described, dict) else None
