"""Where the made-up disks of worlds are, as long as worlds are run."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PREFIX = "selfheal-simulated-"
IN_MEMORY = Path("/dev/shm")  # noqa: S108 -- of Linux; a folder with an own random name is made in it
ROOM_BYTES = 512 * 1024 * 1024  # a disk has less than one MiB; the rest of the memory is for others
SET_BY = ("TMPDIR", "TEMP", "TMP")


def folder() -> "tempfile.TemporaryDirectory[str]":
    """A new one, which goes with the object, or has gone with that which it is in. Raises OSError."""
    return tempfile.TemporaryDirectory(prefix=PREFIX, dir=base(), ignore_cleanup_errors=True)


def base(
    environ: Mapping[str, str] = os.environ, in_memory: Path = IN_MEMORY, room_bytes: int = ROOM_BYTES
) -> str:
    """In memory where that has room, which spares a real disk the many small writes; a person's own choice
    of a folder, and that of a process for its worlds, go before.
    """
    chosen = tempfile.tempdir is not None and Path(tempfile.tempdir).name.startswith(PREFIX)
    if chosen or any(environ.get(name) for name in SET_BY) or not _has_room(in_memory, room_bytes):
        return tempfile.gettempdir()
    return str(in_memory)


def _has_room(place: Path, room_bytes: int) -> bool:
    """A container's often has 64 MB for all that runs in it."""
    try:
        return os.access(place, os.W_OK | os.X_OK) and shutil.disk_usage(place).free >= room_bytes
    except OSError:
        return False


@contextmanager
def one_folder() -> Iterator[None]:
    """Of all the disks that are made in this process meanwhile: they go at its end, whatever ends it and
    whoever still holds one of them. Raises OSError.
    """
    before = tempfile.tempdir
    with folder() as disks:
        tempfile.tempdir = disks
        try:
            yield
        finally:
            tempfile.tempdir = before
