"""Where the steps are shown to people as they happen: the log, and the document's log files."""

from typing import Protocol

from selfheal.core.instants import Now
from selfheal.core.notes import Step


class Chronicle(Protocol):
    """Never raises: a full disk must not stop the watch."""

    def told(self, target: str, done: Step, now: Now) -> None:
        """A step was committed."""
        ...

    def fault(self, target: str, what: str) -> None:
        """Something of our own went wrong."""
        ...


class Lines(Protocol):
    """Where text is written for people: a stream, or what stands in for one."""

    def write(self, text: str, /) -> object: ...

    def flush(self) -> object: ...
