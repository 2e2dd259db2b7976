"""What is forgotten, and when. A round a day, in bounded pieces, so that no call holds the loop."""

import sqlite3
from collections.abc import Mapping
from typing import NamedTuple

from selfheal.core.instants import Now, Until, until
from selfheal.store.queries import QUERIES

DAY_S = 86_400.0
ROUND_EVERY_S = DAY_S
JOURNAL_AGE_S = 90 * DAY_S  # a quarter, for the weekly reviews and for «when did it begin?»
JOURNAL_ROWS_MAX = 200_000  # about 100 MB; checked whole at every start, in well under a second
JOURNAL_ROWS_ALWAYS = 1_000  # kept whatever their age: a wall clock that jumps by years must not empty it
INCIDENT_AGE_S = 400 * DAY_S  # a year and a month, to compare with last year
TIMELINE_MAX = 10_000  # entries of an incident that are shown and replayed; quiet ones beyond are not kept
CHECK_AGE_S = DAY_S  # of a request that nobody took: who asked has long ceased to wait for the answer
POLICIES_MAX = 200  # settings that steps were decided with, 1 kB each; a person changes them now and then
ROWS_PER_CALL = 1_000  # a few milliseconds of work


class Kept(NamedTuple):
    """How much is kept. Ages in seconds of the wall clock."""

    journal_rows: int = JOURNAL_ROWS_MAX
    journal_age_s: float = JOURNAL_AGE_S
    incident_age_s: float = INCIDENT_AGE_S


ALL = Kept()


class Retention:
    """Remembers when the next round is due. A restart begins a round early, which is harmless."""

    def __init__(self, kept: Kept = ALL) -> None:
        self._kept = kept
        self._rest: Until | None = None

    def due(self, now: Now) -> bool:
        return self._rest is None or self._rest.passed(now)

    def prune(self, connection: sqlite3.Connection, now: Now) -> None:
        """Within the caller's transaction. Rests for a day once a call finds less than a full piece."""
        deleted = self._delete(connection, now)
        if deleted[0]:
            connection.execute(QUERIES["prune_before"])
        if max(deleted) < ROWS_PER_CALL:
            self._rest = until(now, ROUND_EVERY_S)

    def _delete(self, connection: sqlite3.Connection, now: Now) -> list[int]:
        old = now.wall - self._kept.journal_age_s
        journal = {
            "rows": ROWS_PER_CALL,
            "before": old,
            "always": JOURNAL_ROWS_ALWAYS,
            "most": self._kept.journal_rows,
        }
        incidents = {"rows": ROWS_PER_CALL, "before": now.wall - self._kept.incident_age_s}
        checks = {"rows": ROWS_PER_CALL, "before": now.wall - CHECK_AGE_S, "why": "nobody took it for a day"}
        work: tuple[tuple[str, Mapping[str, object]], ...] = (
            ("prune_journal", journal),
            ("prune_incidents", incidents),
            ("prune_outbox", incidents),
            ("prune_deliveries", {}),
            ("refuse_old_checks", checks),
            ("prune_inbox", {"rows": ROWS_PER_CALL, "before": old}),
            ("prune_heard", {"rows": ROWS_PER_CALL, "before": old}),
            ("prune_policies", {"most": POLICIES_MAX}),
        )
        return [connection.execute(QUERIES[name], values).rowcount for name, values in work]
