"""How far an install has come, measured on the disk: installers tell no total that could be trusted."""

import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Protocol

SLICE_S = 0.04
"""The longest that one tick may count files: a tree of 40,000 files must not make the bar stutter."""


class Stage(StrEnum):
    WAITING = "waiting"
    """Another process installs into the same cache."""
    NODE = "node"
    OPENCLAW = "openclaw"
    VERIFYING = "verifying"
    READY = "ready"
    DAMAGED = "damaged"
    """Something lies in the cache and is not whole: it is installed anew."""
    ENDING = "ending"
    """A person has ended it: the installer is stopped."""
    ENDED = "ended"
    """So it has come to its end, and nothing was installed. What is half made the next install removes."""


class Progress(Protocol):
    def __call__(self, stage: Stage, done_bytes: int, total_bytes: int | None) -> None:
        """Called at least four times a second while something is under way.

        `done_bytes` never falls within a stage and never passes `total_bytes`. The total is an estimate,
        measured once for the pinned version; None where nothing is known.
        """
        ...


class GrowingFolders:
    """The size of folders that somebody else fills, counted in slices; it never shrinks."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._pass = self._count()
        self._bytes = 0

    def measure_bytes(self) -> int:
        """The greatest size seen by a whole or a partial count; at most `SLICE_S` seconds of work."""
        until = monotonic() + SLICE_S
        for seen_bytes in self._pass:
            self._bytes = max(self._bytes, seen_bytes)
            if monotonic() > until:
                return self._bytes
        self._pass = self._count()
        return self._bytes

    def _count(self) -> Iterator[int]:
        seen_bytes = 0
        open_folders = [str(folder) for folder in self._folders]
        while open_folders:
            seen_bytes += _add_up(open_folders.pop(), open_folders)
            yield seen_bytes


def _add_up(folder: str, open_folders: list[str]) -> int:
    size_bytes = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    open_folders.append(entry.path)
                else:
                    size_bytes += entry.stat(follow_symlinks=False).st_size
    except OSError:  # the installer renames and removes while we look: the next count sees it right
        return size_bytes
    return size_bytes
