"""Which logs of recoveries ask for a person, and of which levels they say that they failed.

Whoever wrote one: we, the document's script, or a person by hand.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from selfheal.app.plain_file import pieces
from selfheal.core.instants import Now
from selfheal.core.levels import Level
from selfheal.ports.outbox import ASKING_S

LOGS = "emergency-recovery-*.log"
ASKS = "MANUAL INTERVENTION REQUIRED"
LEVELS = {b"1": Level.WATCHDOG, b"2": Level.HEALTHCHECK, b"3": Level.RECOVERY}
FAILED = re.compile(rb"\n(?:\[[^\]\n]{1,40}\])?[ \t*-]*Level ([123])\b[^\n]*" + "❌".encode(), re.IGNORECASE)
"""A line of a level: as the document has it, in a list, or behind a time, as a person may write it."""
PIECE_BYTES = 1024 * 1024
OVERLAP_BYTES = 1024  # more than the word, or a line of a level, that lies over the border of two pieces
READ_MAX_BYTES = (
    1024**3
)  # of a log, from its end: some ten seconds of a slow disk, in a pass every five minutes


class Asking(NamedTuple):
    """`levels`: that the log says have failed; empty: it says nothing of them."""

    path: Path
    levels: tuple[Level, ...]


def asking(folder: Path, now: Now) -> Iterator[Asking]:
    """Those that were written to in the last half hour, by name. What lies ahead was written before the clock
    was set back, nobody knows when: it counts.
    """
    for path in sorted(folder.glob(LOGS)):
        if now.wall - _changed(path) <= ASKING_S and (found := look_at(path)) is not None:
            yield found


def look_at(path: Path, most_bytes: int = READ_MAX_BYTES) -> Asking | None:
    """None: it asks for nobody, as far as it is read."""
    asks, levels, before = False, dict[Level, None](), b"\n"
    for piece in pieces(path, most_bytes, PIECE_BYTES):
        text = before + piece
        asks = asks or ASKS.encode() in text
        levels |= dict.fromkeys(LEVELS[number] for number in FAILED.findall(text))
        before = text[-OVERLAP_BYTES:]
    return Asking(path, tuple(levels)) if asks else None


def _changed(path: Path) -> float:
    with suppress(OSError):
        return path.stat().st_mtime
    return 0.0
