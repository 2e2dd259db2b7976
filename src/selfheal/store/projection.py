"""The document's log files, projected from what was decided: for `tail -f`; the journal is the truth.

`watchdog.log` holds Level 1, `healthcheck-YYYY-MM-DD.log` everything else. Every line is
`[YYYY-MM-DD HH:MM:SS] text` in local time, also the second line of a text: what is quoted from the world
cannot forge a line. A line without such a stamp is somebody else's: it stays, or is kept beside where a file
has grown too large. Nothing here may disturb the loop, so a failure is a returned reason, never an error.
"""

import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from selfheal.core.instants import Wall
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.texts.printable import clean

KEPT_DAYS = 14  # the document's
FILE_MAX_BYTES = 5 * 1024 * 1024  # a day of the worst trouble; beyond it the older half goes
LINE_MAX_CHARS = 2_000  # an error text of the gateway may be a whole stack

WATCHDOG = "watchdog.log"
_DAILY = re.compile(r"healthcheck-(\d{4}-\d{2}-\d{2})\.log")
_STAMP = "[%Y-%m-%d %H:%M:%S]"
_OURS = re.compile(rb"\[\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\] ")
_DAY_S = 86_400


class Projection:
    """For one target. `describe` gives the text of a note, "" for one that needs no line."""

    def __init__(self, folder: Path, describe: Callable[[Note], str], keep_days: int = KEPT_DAYS) -> None:
        self._folder = folder
        self._describe = describe
        self._keep_days = keep_days
        self._day = ""

    def write(self, wall: Wall, notes: Iterable[Note]) -> str:
        """Appends the notes' lines. Returns why it could not, or ""."""
        try:
            lines = self._lines(wall, notes)
            if not lines:
                return ""
            self._folder.mkdir(parents=True, exist_ok=True)
            self._rotate_daily(wall)
            for name, text in lines.items():
                _append(self._folder / name, text)
        except OSError as error:
            return f"cannot write the logs in {self._folder}: {error}"
        return ""

    def rotate(self, wall: Wall) -> None:
        """Removes our daily files and cuts the watchdog's lines that are too old."""
        oldest = time.localtime(wall - self._keep_days * _DAY_S)
        first_day = time.strftime("%Y-%m-%d", oldest)
        for entry in sorted(self._folder.iterdir()):
            match = _DAILY.fullmatch(entry.name)
            if match and match[1] < first_day and _is_our_day(entry, match[1]):
                entry.unlink()
        _cut(self._folder / WATCHDOG, time.strftime(_STAMP, oldest).encode())

    def _rotate_daily(self, wall: Wall) -> None:
        day = _day(wall)
        if day != self._day:
            self.rotate(wall)
            self._day = day

    def _lines(self, wall: Wall, notes: Iterable[Note]) -> dict[str, bytes]:
        stamp = time.strftime(_STAMP, time.localtime(wall))
        found: dict[str, bytes] = {}
        for note in notes:
            name = WATCHDOG if note.level is Level.WATCHDOG else f"healthcheck-{_day(wall)}.log"
            for line in self._describe(note).splitlines():
                text = clean(line)[:LINE_MAX_CHARS]
                found[name] = found.get(name, b"") + f"{stamp} {text}\n".encode()
        return found


def _day(wall: Wall) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(wall))


def _append(path: Path, text: bytes) -> None:
    """One write, so that lines of two processes do not mix. Never waits for a reader of a pipe."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o644)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"{path} is not a file")
        os.write(descriptor, text)
    finally:
        os.close(descriptor)
    if found.st_size + len(text) > FILE_MAX_BYTES:
        _halve(path)


def _is_our_day(path: Path, day: str) -> bool:
    """Whether we wrote all of it: we stamp every line of a day's file with that day."""
    with suppress(OSError):
        if path.is_file():
            with path.open("rb") as lines:
                return all(_OURS.match(line) and line.startswith(f"[{day} ".encode()) for line in lines)
    return False


def _halve(path: Path) -> None:
    """What goes of somebody else's is kept beside, each line once."""
    lines = _lines_of(path)
    middle, begin, size = sum(map(len, lines)) // 2, 0, 0
    while size <= middle:
        size += len(lines[begin])
        begin += 1
    others = b"".join(line for line in lines[:begin] if not _OURS.match(line))
    if others:
        with path.with_name(f"{path.name}.others").open("ab") as kept:
            kept.write(others)
    _replace(path, b"".join(lines[begin:]))


def _cut(path: Path, oldest: bytes) -> None:
    """Drops our lines that were stamped before `oldest`."""
    if not path.is_file():
        return
    lines = _lines_of(path)
    kept = [line for line in lines if not _OURS.match(line) or line[: len(oldest)] >= oldest]
    if len(kept) < len(lines):
        _replace(path, b"".join(kept))


def _lines_of(path: Path) -> Sequence[bytes]:
    with path.open("rb") as file:
        return file.readlines()


def _replace(path: Path, content: bytes) -> None:
    """Whole or not at all; a link stays a link."""
    real = path.resolve()
    new = real.with_name(f"{real.name}.new")
    new.write_bytes(content)
    new.chmod(stat.S_IMODE(real.stat().st_mode))
    new.replace(real)
