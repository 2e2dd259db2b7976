"""What is known of the last ping of the dead man's switch. A status reads it: no asyncio here."""

import json
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from selfheal.app.plain_file import read_end, write_whole
from selfheal.core.pulse import Pulse

RECORD = "dead-man.json"
RECORD_BYTES = 4096


class LastPing(NamedTuple):
    """`time`: s since 1970. `why` it was not taken; empty: it was."""

    time: float
    said: Pulse
    why: str


def keep(folder: Path, ping: LastPing) -> None:
    """A full disk keeps no ping back: then it is not known."""
    with suppress(OSError):
        write_whole(folder / RECORD, json.dumps(ping._asdict()).encode())


def last_ping(folder: Path) -> LastPing | None:
    with suppress(ValueError, KeyError, TypeError):
        found = json.loads(read_end(folder / RECORD, RECORD_BYTES, follow=False))
        return LastPing(float(found["time"]), Pulse(found["said"]), str(found["why"]))
    return None
