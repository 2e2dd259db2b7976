"""The only door to time."""

from typing import Protocol

from selfheal.core.instants import Now


class Clock(Protocol):
    def now(self) -> Now: ...

    def slept_s(self) -> float:
        """Seconds that this host has slept since it booted; grows only while it sleeps."""
        ...
