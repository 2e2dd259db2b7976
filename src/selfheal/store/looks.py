"""The watch of the outbox: how old a thing is by what was seen of it, whatever the wall clock has become.

A wall clock may be set by days, or from 1970 to today once there is a network: at that very moment nothing
may be given up as too old. So time passes for the outbox from one look into it to the next, by the monotonic
clock; over a reboot nobody can tell a long night from a clock that was set, and it counts as a day at most.
"""

import sqlite3
from typing import NamedTuple

from selfheal.core.instants import Monotonic, Now, Wall
from selfheal.store.queries import QUERIES

BOOT_MOST_S = 86_400.0


class Look(NamedTuple):
    """`seen_s`: that have passed for the outbox. `newest`: the last alert of the look before, `gap_s` ago."""

    seen_s: float
    newest: int
    gap_s: float = 0.0


def passed_s(before: Now, now: Now) -> float:
    """Between two looks."""
    if before.boot_id == now.boot_id:
        return max(0.0, now.mono - before.mono)
    return min(max(0.0, now.wall - before.wall), BOOT_MOST_S)


def look(connection: sqlite3.Connection, now: Now) -> Look:
    """Within the caller's transaction. What is there now is no news at the next one."""
    seen_s, mono, wall, boot_id, newest = connection.execute(QUERIES["last_look"]).fetchone()
    gap_s = 0.0 if boot_id is None else passed_s(Now(Monotonic(mono), Wall(wall), boot_id), now)
    values = {"seen_s": seen_s + gap_s, "mono": now.mono, "wall": now.wall, "boot_id": now.boot_id}
    connection.execute(QUERIES["note_look"], values)
    return Look(seen_s + gap_s, newest, gap_s)
