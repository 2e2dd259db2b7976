"""The files that go with an alert: the ends of the document's logs, without their secrets."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from selfheal.app.plain_file import read_end
from selfheal.core.alert import AlertKind
from selfheal.notify.route import Attachment
from selfheal.texts.redact import Redactor

MOST_BYTES = 256 * 1024  # of each: its end
BEFORE_BYTES = 64 * 1024  # more are read: a secret at the cut is seen whole, and goes with what is cut off
EACH_MOST = 2  # files of a pattern; of an incident there is one, after a hand-made recovery two
CAME_BEFORE_S = 60.0  # a file system's clock may be behind

OF_RECOVERY = ("emergency-recovery-*.log", "claude-session-*.log", "emergency-recovery-report-*.md")


def attachments(
    folder: Path, kind: AlertKind, began: float, at: float, redactor: Redactor
) -> tuple[Attachment, ...]:
    """Of an incident that began at `began`, `at` now: both wall clock. What cannot be read is left out."""
    if kind in (AlertKind.LEVEL_PASSED, AlertKind.REMINDER):
        return ()
    paths = [*_of_recovery(folder, began), *(_of_every_day(folder, at) if kind is not AlertKind.OVER else ())]
    read = ((path, read_end(path, MOST_BYTES + BEFORE_BYTES, follow=False)) for path in paths)
    return tuple(_attachment(path, content, redactor) for path, content in read if content)


def _of_recovery(folder: Path, began: float) -> Iterator[Path]:
    for pattern in OF_RECOVERY:
        aged = [(_changed(path), path) for path in folder.glob(pattern)]
        young = sorted((age, path) for age, path in aged if age >= began - CAME_BEFORE_S)
        yield from (path for _, path in young[-EACH_MOST:])


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
    return Attachment(name, told, media_type)
