"""What a new database has of the damaged one in its place: all that can be read, but for the journal.

* The states, because a forgotten pause would start a gateway that a person wants stopped, and the requests
that nobody has taken: whoever left them was told that they are accepted.
* The outbox with what became of each alert on each route, and under its old numbers: what waits is told,
what was told is not told again, and is known by the same marks, issues and buttons.
* No number is given twice: the second one's alert would be taken for the first one's.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from selfheal.core.alert import AlertKind
from selfheal.core.reasons import Cause
from selfheal.core.state import State
from selfheal.core.values import replace
from selfheal.ports.store import StoreError
from selfheal.store import codec
from selfheal.store.queries import QUERIES
from selfheal.store.salvage import Row, salvage, states_of, waiting_of

AS_THEY_ARE = ("about", "incident", "outbox", "delivery", "route", "look", "heard", "ear")
WITHOUT_A_JOURNAL: Mapping[str, Mapping[str, object]] = {"incident": {"before": None, "entries": 0}}

_KINDS: Mapping[str, tuple[type, ...]] = {"INTEGER": (int,), "REAL": (int, float), "TEXT": (str,)}


def take_along(connection: sqlite3.Connection, path: Path) -> None:
    """Into the new one, of what can be read of the one at `path`. Within the caller's transaction."""
    found = salvage(path, (*AS_THEY_ARE, "state", "inbox"))
    for table in AS_THEY_ARE:
        for row in found[table]:
            _put(connection, table, {**row, **WITHOUT_A_JOURNAL.get(table, {})})
    for left in waiting_of(found["inbox"]):
        connection.execute(QUERIES["take_along"], left._asdict())
    for query in ("find_look", "forget_numbers", "number_alerts", "find_routes"):
        connection.execute(QUERIES[query])
    _put_states(connection, states_of(found["state"]))


def _put(connection: sqlite3.Connection, table: str, row: Row) -> None:
    """As far as this schema knows its columns. What makes no sense does not come along; of what was to be
    told it is the most that is told again.
    """
    if not _is_put(connection, table, row) and table == "delivery":
        _is_put(connection, table, {**{name: row.get(name) for name in _OWED}, "unsure": 1})


_OWED = ("outbox", "route", "since_s")


def _is_put(connection: sqlite3.Connection, table: str, row: Row) -> bool:
    columns = {name: kind for _, name, kind, *_ in connection.execute(f"PRAGMA table_info({table})")}
    known = {name: value for name, value in row.items() if name in columns}
    if not (all(_fits(value, columns[name]) for name, value in known.items()) and _makes_sense(table, row)):
        return False
    names, places = ", ".join(known), ", ".join(f":{name}" for name in known)
    with suppress(sqlite3.IntegrityError):
        connection.execute(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({places})", known)  # noqa: S608 - names of ours
    return True


def _fits(value: Any, kind: str) -> bool:
    return value is None or isinstance(value, _KINDS[kind])


def _makes_sense(table: str, row: Row) -> bool:
    """As far as who reads it later would stumble over it, or over nothing that tells it."""
    try:
        match table:
            case "outbox":
                codec.decode_levels(row["failed_levels"])
                return row["kind"] in set(AlertKind) and row.get("cause") in {None, *Cause}
            case "delivery":
                _json(row.get("ready"), _Moment)
                _json(row.get("lacks"), tuple[str, ...])
                return row.get("status", "waiting") in _STATUSES
            case "route":
                _json(row.get("kinds"), tuple[AlertKind, ...])
                _json(row.get("held"), _Moment)
    except (TypeError, ValueError, StoreError):
        return False
    return True


_Moment = tuple[float, float, str]
_STATUSES = {"waiting", "sent", "refused", "expired"}


def _json(text: str | None, kind: Any) -> None:
    """Raises ValueError where it is not."""
    if text:
        msgspec.json.decode(text, type=kind)


def _put_states(connection: sqlite3.Connection, states: Mapping[str, str]) -> None:
    """Also for a target of which no state can be read, if its numbers are known."""
    numbered = [target for (target,) in connection.execute(QUERIES["numbered_targets"])]
    for target in dict.fromkeys((*states, *numbered)):
        (free,) = connection.execute(QUERIES["next_incident"], {"target": target}).fetchone()
        state = codec.decode_state(target, states[target]) if target in states else State(target)
        body = codec.encode_state(replace(state, next_incident_id=max(state.next_incident_id, free)))
        connection.execute(QUERIES["put_state"], {"target": target, "wall": 0.0, "body": body})
