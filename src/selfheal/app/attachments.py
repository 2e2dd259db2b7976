"""The files that go with an alert: the ends of the document's logs, without their secrets."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from selfheal.app.plain_file import read_end
from selfheal.core.alert import AlertKind, Notify
from selfheal.notify.route import Attachment
from selfheal.texts.redact import Redactor

MOST_BYTES = 256 * 1024  # of each: its end
BEFORE_BYTES = 64 * 1024  # more are read: a secret at the cut is seen whole, and goes with what is cut off
EACH_MOST = 2  # files of a pattern; of an incident there is one, after a hand-made recovery two
SLACK_S = 60.0  # a file system's clock may be behind, and a name may tell the minute alone

OF_RECOVERY = (
    ("emergency-recovery-", ".log"),
    ("claude-session-", ".log"),
    ("emergency-recovery-report-", ".md"),
)
"""What a recovery writes. Between beginning and end is the same for the files of one."""
STAMP = re.compile(r"(\d{4}-\d\d-\d\d-\d{4})(\d\d)?$")
"""When it began, at the end of that, in the host's time."""


class Window(NamedTuple):
    """Of an incident, by the wall clock. `ended`: None while it lasts."""

    began: float
    ended: float | None = None

    def has(self, wall: float) -> bool:
        after = self.ended is not None and wall > self.ended + SLACK_S
        return wall >= self.began - SLACK_S and not after


def attachments(
    folder: Path, notify: Notify, window: Window, at: float, redactor: Redactor
) -> tuple[Attachment, ...]:
    """Of the alert that was decided at `at`. What cannot be read is left out."""
    if notify.kind in (AlertKind.LEVEL_PASSED, AlertKind.REMINDER):
        return ()
    if notify.kind is AlertKind.RECOVERY and notify.detail:
        recovery = _of_log(folder, notify.detail)
    else:
        recovery = _of_recovery(folder, window)
    paths = [*recovery, *(_of_every_day(folder, at) if notify.kind is not AlertKind.OVER else ())]
    read = ((path, read_end(path, MOST_BYTES + BEFORE_BYTES, follow=False)) for path in paths)
    return tuple(_attachment(path, content, redactor) for path, content in read if content)


def log_name(path: Path) -> str:
    """On one line, whatever signs are in it: by this an alert names its log."""
    return path.name if path.name.isprintable() else ascii(path.name)


def _of_log(folder: Path, name: str) -> Iterator[Path]:
    """The log of that name, and what else the same recovery has written."""
    (first, end), *others = OF_RECOVERY
    for path in folder.glob(f"{first}*{end}"):
        if log_name(path) == name:
            yield path
            which = path.name.removeprefix(first).removesuffix(end)
            yield from (folder / f"{before}{which}{after}" for before, after in others)


def _of_recovery(folder: Path, window: Window) -> Iterator[Path]:
    for before, after in OF_RECOVERY:
        aged = [(_begun(path), path) for path in folder.glob(f"{before}*{after}")]
        mine = sorted((begun, path) for begun, path in aged if window.has(begun))
        yield from (path for _, path in mine[-EACH_MOST:])


def _begun(path: Path) -> float:
    """By its name, else by its last change: the log of another incident may still grow."""
    stamp = STAMP.search(path.stem)
    with suppress(ValueError, OverflowError):
        if stamp is not None:
            return (
                datetime.strptime(stamp[1] + (stamp[2] or "00"), "%Y-%m-%d-%H%M%S").astimezone().timestamp()
            )
    return _changed(path)


def _of_every_day(folder: Path, at: float) -> Iterator[Path]:
    yield folder / f"healthcheck-{datetime.fromtimestamp(at).astimezone():%Y-%m-%d}.log"
    yield folder / "watchdog.log"


def _changed(path: Path) -> float:
    with suppress(OSError):
        return path.lstat().st_mtime
    return 0.0


def _attachment(path: Path, content: bytes, redactor: Redactor) -> Attachment:
    told = redactor.redact(content.decode("utf-8", "replace")).encode("utf-8", "replace")
    if len(told) > MOST_BYTES or len(content) == MOST_BYTES + BEFORE_BYTES:
        told = told[-MOST_BYTES:].partition(b"\n")[2] or told[-MOST_BYTES:]
    media_type = "text/markdown" if path.suffix == ".md" else "text/plain"
    name = path.name.encode("utf-8", "replace").decode()  # any bytes may be the name of a file
    return Attachment(redactor.redact(name), told, media_type)
