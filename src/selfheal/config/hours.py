"""Hours of the day: «23:00-07:00», over midnight or not."""

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # a status compares no times
    from datetime import time

_FORM = r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)"

_DAY_MINUTES = 24 * 60


class Hours(NamedTuple):
    """From `begin` on, up to `end` and without it: minutes since midnight, local time."""

    begin: int
    end: int

    def cover(self, now: "time") -> bool:
        minute = _minute(now.hour, now.minute)
        if self.begin < self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end

    def left_s(self, now: "time") -> float:
        """Seconds until they end; 0: it is none of them."""
        if not self.cover(now):
            return 0.0
        minutes = (self.end - _minute(now.hour, now.minute)) % _DAY_MINUTES
        return minutes * 60.0 - now.second - now.microsecond / 1e6


def hours(text: str) -> Hours | None:
    """None: it is not written so, or no minute is in it."""
    found = re.fullmatch(_FORM, text.strip(), re.ASCII)
    if found is None:
        return None
    first, second, third, fourth = map(int, found.groups())
    read = Hours(_minute(first, second), _minute(third, fourth))
    return read if read.begin != read.end else None


def _minute(hour: int, minute: int) -> int:
    return hour * 60 + minute
