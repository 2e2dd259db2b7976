"""A damaged database is moved aside, never deleted: a person may still want what is in it.

What can be read of it is taken along into the new one, see `along`.
"""

import time
from pathlib import Path

from selfheal.store.faults import explained

COMPANIONS = ("-wal", "-shm")  # SQLite's own names: they stay a set that can be opened again


def move_aside(path: Path, target: Path) -> None:
    """Goes on where it was broken off: its last rename is that of the database itself."""
    with explained("move the damaged database aside", path):
        for companion in (*COMPANIONS, ""):
            source = path.with_name(path.name + companion)
            if source.exists():
                source.rename(target.with_name(target.name + companion))


def aside_name(path: Path) -> Path:
    """Where it can be moved: nothing has this name yet."""
    name = f"{path.name}.corrupt-{time.strftime('%Y%m%dT%H%M%S')}"
    target, number = path.with_name(name), 1
    while target.exists():
        number += 1
        target = path.with_name(f"{name}-{number}")
    return target
