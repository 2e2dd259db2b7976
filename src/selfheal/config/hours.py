"""Hours of the day: «23:00-07:00», over midnight or not."""

import re
from datetime import time
from typing import NamedTuple

_FORM = r"([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)"


class Hours(NamedTuple):
    """From `begin` on, up to `end` and without it. Local time."""

    begin: time
    end: time

    def cover(self, now: time) -> bool:
        moment = now.replace(second=0, microsecond=0, tzinfo=None)
        if self.begin < self.end:
            return self.begin <= moment < self.end
        return moment >= self.begin or moment < self.end


def hours(text: str) -> Hours | None:
    """None: it is not written so, or no minute is in it."""
    found = re.fullmatch(_FORM, text.strip(), re.ASCII)
    if found is None:
        return None
    first, second, third, fourth = map(int, found.groups())
    read = Hours(time(first, second), time(third, fourth))
    return read if read.begin != read.end else None
