"""Writes a config and the files of its secrets: each whole or not at all, readable for its owner alone."""

import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from selfheal.config.source import FILE_MAX_BYTES


class ChangedMeanwhile(Exception):  # noqa: N818 -- said as it is called
    """Somebody else has written the config since it was read."""


class Change(NamedTuple):
    """`before` and `after`: the config's text; None: there is no file.

    `secrets`: what their files shall hold. `gone`: those that nothing names any more.
    """

    path: Path
    before: str | None
    after: str | None
    secrets: Mapping[Path, str]
    gone: tuple[Path, ...] = ()


def text_of(path: Path) -> str | None:
    """As it stands there, line ends included; None: there is none. Raises OSError, UnicodeDecodeError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read(FILE_MAX_BYTES + 1)
    except FileNotFoundError:
        return None


def write(change: Change) -> None:
    """All of it, or nothing: then the files are as they were. Raises OSError, ChangedMeanwhile."""
    if text_of(change.path) != change.before:
        raise ChangedMeanwhile(str(change.path))
    undo: list[tuple[Path, str | None]] = []
    try:
        for path, secret in change.secrets.items():
            undo.append((path, text_of(path)))
            write_private(path, f"{secret}\n")
        _write_config(change)
    except BaseException:
        for path, old in undo:
            with suppress(OSError):
                _put_back(path, old)
        raise
    for path in change.gone:
        path.unlink(missing_ok=True)


def _write_config(change: Change) -> None:
    if change.after == change.before:
        return
    if change.after is None:
        change.path.unlink()
    else:
        write_private(change.path, change.after)


def write_private(path: Path, text: str) -> None:
    """Atomically and with mode 0600, where a link leads; its folder is made. Raises OSError."""
    place = Path(os.path.realpath(path))
    if place.exists() and not os.access(place, os.W_OK):  # a rename would not ask
        raise PermissionError(13, os.strerror(13), str(place))
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(place)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
    _keep_name(place.parent)


def _put_back(path: Path, old: str | None) -> None:
    if old is None:
        path.unlink(missing_ok=True)
    elif text_of(path) != old:
        write_private(path, old)


def _keep_name(folder: Path) -> None:
    """The rename, too, outlives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
