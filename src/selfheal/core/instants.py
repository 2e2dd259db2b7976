"""Two kinds of time that must never be mixed.

Monotonic time orders and measures what happens on this host since it booted; it stands still while the
host sleeps. Wall time is what a person reads, and the only one with a meaning after a reboot; it may jump.
"""

from dataclasses import dataclass
from typing import NewType

Monotonic = NewType("Monotonic", float)
"""Seconds of the host's monotonic clock, the same for every process of one boot."""

Wall = NewType("Wall", float)
"""Seconds since 1970-01-01 UTC."""


@dataclass(frozen=True)
class Now:
    """One reading of both clocks, with the boot to which the monotonic one belongs."""

    mono: Monotonic
    wall: Wall
    boot_id: str

    def after(self, delay_s: float) -> Monotonic:
        return Monotonic(self.mono + delay_s)


@dataclass(frozen=True)
class Until:
    """A moment in the future that survives clock jumps (monotonic rules) and reboots (then wall rules)."""

    mono: Monotonic
    wall: Wall
    boot_id: str

    def passed(self, now: Now) -> bool:
        return now.mono >= self.mono if now.boot_id == self.boot_id else now.wall >= self.wall

    def left_s(self, now: Now) -> float:
        """0 once it has passed."""
        left_s = self.mono - now.mono if now.boot_id == self.boot_id else self.wall - now.wall
        return max(0.0, left_s)


def until(now: Now, delay_s: float) -> Until:
    return Until(now.after(delay_s), Wall(now.wall + delay_s), now.boot_id)


HOUR_S = 3_600.0

BEGINNING = Monotonic(0.0)
"""Long ago: every deadline at it is due."""

EPOCH = Wall(0.0)
