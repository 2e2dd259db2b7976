"""What the gateway itself wrote down about one of its runs: its boot table, its captured output.

The database is the gateway's: it is opened only while the gateway is down, read-only, and never waited for.
"""

import os
import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from selfheal.core.facts import ExitCause

BUSY_TIMEOUT_S = 0.2
TAIL_MAX_BYTES = 65_536  # a failed start prints 2-6 kB
LINE_MAX = 300
START_MARK = "loading configuration"

QUERY = """
SELECT outcome, reason, startup_reason FROM gateway_boot_lifecycle
 WHERE pid = ?1 AND (started_at_ms >= ?2 OR completed_at_ms >= ?2) ORDER BY rowid DESC LIMIT 1
"""


class Outcome(StrEnum):
    CLEAN_STOP = "clean_stop"
    PLANNED_RESTART = "planned_restart"
    FORCED_STOP = "forced_stop"
    STARTUP_FAILED = "startup_failed"
    OTHER = "other"  # «safe_mode_stable» and what later versions may say
    UNCLEAN = "unclean"  # the row was never completed


@dataclass(frozen=True, slots=True)
class Boot:
    """How one run of the gateway ended, in its own words."""

    outcome: Outcome
    reason: str = ""


def read_boot(database: Path, pid: int, since_ms: float) -> Boot | None:
    """The newest run of this pid that began or ended since then: the clock may have been set in between, and
    the rows keep their order. None: no row, or a database that cannot be read.
    """
    for options in ("mode=ro", "mode=ro&immutable=1"):
        if "immutable" in options and _has_wal(database):
            return None  # without its WAL the database would tell old news
        try:
            row = _query(database, options, pid, since_ms)
        except sqlite3.Error:
            continue
        return _boot(row) if row else None
    return None


def _query(
    database: Path, options: str, pid: int, since_ms: float
) -> tuple[str | None, str | None, str | None] | None:
    uri = f"file:{quote(os.fsencode(database))}?{options}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S)
    try:
        row: tuple[str | None, str | None, str | None] | None = connection.execute(
            QUERY, (pid, since_ms)
        ).fetchone()
    finally:
        connection.close()
    return row


def _has_wal(database: Path) -> bool:
    try:
        return database.with_name(f"{database.name}-wal").stat().st_size > 0
    except OSError:
        return False


def _boot(row: tuple[str | None, str | None, str | None]) -> Boot:
    outcome, reason, startup_reason = row
    known = Outcome(outcome) if outcome in set(Outcome) else Outcome.OTHER
    return Boot(known if outcome is not None else Outcome.UNCLEAN, reason or startup_reason or "")


# The text decides, never the exit code: 78 is said of a bad config, a full disk, a second instance alike.
# In the order of certainty.
SIGNATURES: tuple[tuple[str, ExitCause], ...] = (
    ("already owns this state directory", ExitCause.ALREADY_RUNNING),
    ("gateway already running", ExitCause.ALREADY_RUNNING),
    ("another gateway instance is already listening", ExitCause.STARTUP_FAILED),  # says it of any program
    ("EADDRINUSE", ExitCause.STARTUP_FAILED),
    ("ENOSPC", ExitCause.STARTUP_FAILED),
    ("database or disk is full", ExitCause.STARTUP_FAILED),
    ("EMFILE", ExitCause.STARTUP_FAILED),
    ("Doctor cannot repair this state", ExitCause.STARTUP_FAILED),
    ("newer schema version", ExitCause.STARTUP_FAILED),
    ("Refusing to run automatic gateway startup migrations", ExitCause.STARTUP_FAILED),
    ("Gateway start blocked:", ExitCause.CONFIG_REFUSED),
    ("Missing config. Run", ExitCause.CONFIG_REFUSED),
    ("Invalid config at", ExitCause.CONFIG_REFUSED),
    ("Refusing to bind gateway to", ExitCause.CONFIG_REFUSED),
    ("node:sqlite is unavailable", ExitCause.STARTUP_FAILED),
    ("openclaw: missing dist/entry", ExitCause.STARTUP_FAILED),
    ("Cannot find module", ExitCause.STARTUP_FAILED),
    ("requires state migration", ExitCause.STARTUP_FAILED),
    ("Gateway failed to start:", ExitCause.STARTUP_FAILED),
    ("heap out of memory", ExitCause.CRASHED),
)


def classify(text: str) -> tuple[ExitCause, str] | None:
    """The cause that the text names, and the line that names it."""
    for mark, cause in SIGNATURES:
        position = text.find(mark)
        if position >= 0:
            start = text.rfind("\n", 0, position) + 1
            return cause, text[start:].partition("\n")[0].strip()[:LINE_MAX]
    return None


def read_tail(path: Path | None, since_ms: float) -> str:
    """The end of the captured output, from the last start on. Empty where we captured none since then.

    The log of a child of ours of long ago tells nothing of a gateway that a manager runs now.
    """
    if path is None:
        return ""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mtime * 1000 < since_ms:
                return ""
            file.seek(max(0, file.seek(0, 2) - TAIL_MAX_BYTES))
            text = file.read(TAIL_MAX_BYTES).decode(errors="replace")
    except OSError:
        return ""
    return from_last_start(text)


def from_last_start(text: str) -> str:
    return text[max(0, text.rfind(START_MARK)) :]
