"""A damaged database is moved aside, never deleted: a person may still want what is in it.

What can be read of the states is taken along into the new one, because a forgotten pause would start a
gateway that a person wants stopped.
"""

import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from selfheal.ports.store import StoreError
from selfheal.store import codec
from selfheal.store.faults import explained
from selfheal.store.queries import QUERIES
from selfheal.store.remains import remains

_COMPANIONS = ("-wal", "-shm")  # SQLite's own names: they stay a set that can be opened again


def move_aside(path: Path) -> Path:
    stamp = time.strftime("%Y%m%dT%H%M%S")
    target = _free_name(path, f"{path.name}.corrupt-{stamp}")
    with explained("move the damaged database aside", path):
        for companion in _COMPANIONS:
            source = path.with_name(path.name + companion)
            if source.exists():
                source.rename(target.with_name(target.name + companion))
        path.rename(target)
    return target


def _free_name(path: Path, name: str) -> Path:
    target, number = path.with_name(name), 1
    while target.exists():
        number += 1
        target = path.with_name(f"{name}-{number}")
    return target


def salvage_states(path: Path) -> Mapping[str, str]:
    """Target and encoded state of each row that still can be read, or what is left of it."""
    found: dict[str, str] = {}
    try:
        connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
    except sqlite3.Error:
        return found
    try:
        for target, body in connection.execute(QUERIES["states"]):
            if isinstance(target, str):
                found[target] = body if _makes_sense(target, body) else _left(target, body)
    except (sqlite3.Error, UnicodeError):  # what came before the damage is kept
        return found
    finally:
        connection.close()
    return found


def _left(target: str, body: object) -> str:
    return codec.encode_state(remains(target, body, 1))


def _makes_sense(target: str, body: object) -> bool:
    if not isinstance(body, str):
        return False
    try:
        return codec.decode_state(target, body).target == target
    except StoreError:
        return False
