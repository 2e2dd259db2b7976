"""The last word of the disk does not make a failure of an end that was asked for."""

from pathlib import Path

from selfheal.app.serve import _close
from selfheal.core.instants import Now
from selfheal.core.notes import Step
from selfheal.ports.store import StoreError
from selfheal.store.sqlite import SqliteStore


class Chronicle:
    def __init__(self) -> None:
        self.faults: list[str] = []

    def told(self, target: str, done: Step, now: Now) -> None: ...

    def fault(self, target: str, what: str) -> None:
        self.faults.append(f"{target}{what}")


class Jammed(SqliteStore):
    def close(self) -> None:
        super().close()
        raise StoreError("cannot close", retryable=False)


def test_a_database_that_cannot_be_closed_is_told_of(tmp_path: Path) -> None:
    chronicle = Chronicle()
    _close(Jammed(tmp_path / "selfheal.db"), chronicle)
    assert chronicle.faults == ["cannot close"]
