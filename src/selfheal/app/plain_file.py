"""Reads a plain file and nothing that only looks like one: a pipe that never ends, a device, a folder.

And writes one, whole or not at all.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def read_end(path: Path, most_bytes: int, *, follow: bool = True) -> bytes:
    """Nothing where it cannot be read. `follow`: also where a link leads."""
    return b"".join(pieces(path, most_bytes, most_bytes, follow=follow))


def pieces(path: Path, most_bytes: int, piece_bytes: int, *, follow: bool = True) -> Iterator[bytes]:
    """As `read_end`, one after the other: a large file takes no more memory than one of them."""
    try:
        descriptor = os.open(
            path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
        )
    except (OSError, ValueError):
        return
    try:
        with suppress(OSError):
            yield from _pieces(descriptor, most_bytes, piece_bytes)
    finally:
        os.close(descriptor)


def _pieces(descriptor: int, most_bytes: int, piece_bytes: int) -> Iterator[bytes]:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        return
    left = min(found.st_size, most_bytes)
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        file.seek(found.st_size - left)
        while left > 0 and (piece := file.read(min(piece_bytes, left))):
            left -= len(piece)
            yield piece


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
