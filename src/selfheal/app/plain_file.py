"""Reads a plain file and nothing that only looks like one: a pipe that never ends, a device, a folder.

And writes one, whole or not at all.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path


def read_end(path: Path, most_bytes: int, *, follow: bool = True) -> bytes:
    """Nothing where it cannot be read. `follow`: also where a link leads."""
    try:
        descriptor = os.open(
            path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
        )
    except (OSError, ValueError):
        return b""
    try:
        with suppress(OSError):
            return _end(descriptor, most_bytes)
    finally:
        os.close(descriptor)
    return b""


def _end(descriptor: int, most_bytes: int) -> bytes:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        return b""
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        file.seek(max(0, found.st_size - most_bytes))
        return file.read(most_bytes)


def write_whole(path: Path, content: bytes) -> None:
    """Raises OSError; what was there before is then still there, as on a full disk."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise
