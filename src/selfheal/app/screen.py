"""Where `up` shows itself: the command line has one for it."""

from collections.abc import Mapping, Sequence
from typing import Protocol, Self

from selfheal.core.report import Report
from selfheal.ports.store import Entry


class Screen(Protocol):
    """Every method returns at once and may be called from the event loop."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...

    def progress(self, stage: str, done_bytes: int, total_bytes: int | None) -> None: ...

    def say(self, text: str) -> bool:
        """A line of text that stays above the view. False: nobody reads it, and it is lost."""
        ...

    def show(
        self, reports: Sequence[Report], entries: Sequence[Entry], ports: Mapping[str, int | None]
    ) -> None: ...
