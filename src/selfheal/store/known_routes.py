"""Which routes the outbox serves: those that the settings name, and those that they only lack for a while.

A route was removed once sound settings have not named it for as long as AWAY_S. Until then, and as long as
a fault in the settings hides what they name, it is owed all that it would be told: an editor that saves, a
typo, or a secret that is not there for a moment loses nothing.
"""

import json
import sqlite3
import sys
from collections.abc import Mapping
from typing import NamedTuple

from selfheal.core.instants import Now
from selfheal.ports.outbox import ASKING_S, Addressee
from selfheal.store.queries import QUERIES

FRESH_S = 600.0  # what came so shortly before a route was there is told on it, too
AWAY_S = FRESH_S  # what is lacked for no longer is fresh still
REFUSALS_MOST = 5  # of one alert by one door; a person's test has it tried again all the same
KEPT_S = 7 * 86_400.0  # what no route has taken for a week of ours (see `looks`) tells nobody anything new


class Served(NamedTuple):
    """`was_here`: at the last look, or not long before. `is_named`: by the settings. `is_expected`: no look
    has met it yet, but a resident runs with it.
    """

    kinds: str
    was_here: bool
    is_named: bool
    is_expected: bool = False


def served(
    connection: sqlite3.Connection,
    routes: Mapping[str, Addressee],
    now: Now,
    seen_s: float,
    *,
    whole: bool,
) -> Mapping[str, Served]:
    """Notes which are set. `whole`: the `routes` are all that are; else others may be."""
    before = {
        route: connection.execute(QUERIES["route_door"], {"route": route}).fetchone() for route in routes
    }
    for route, addressee in routes.items():
        kinds = json.dumps(sorted(addressee.kinds))
        values = {"route": route, "door": addressee.door, "kinds": kinds, "now": now.wall}
        connection.execute(QUERIES["know_route"], values)
    names = {"names": json.dumps(sorted(routes)), "seen_s": seen_s}
    connection.execute(QUERIES["routes_here"], names)
    if whole:
        connection.execute(QUERIES["routes_left"], names)
    lacked = connection.execute(QUERIES["routes_lacked"], {**names, "away_s": AWAY_S}).fetchall()
    found = {route: Served(kinds, was_here=True, is_named=False) for route, kinds in lacked}
    for route, known in before.items():
        kinds = json.dumps(sorted(routes[route].kinds))
        was_here = known is not None and _was_here(connection, route, known, routes[route].door, now, seen_s)
        is_expected = was_here and not known[0]
        found[route] = Served(kinds, was_here and not is_expected, is_named=True, is_expected=is_expected)
    return found


def _was_here(
    connection: sqlite3.Connection,
    route: str,
    known: tuple[str, int, float | None],
    door: str,
    now: Now,
    seen_s: float,
) -> bool:
    before, here, left_s = known
    is_back = bool(here) or (left_s is not None and left_s > seen_s - AWAY_S)
    if not is_back:
        connection.execute(QUERIES["drop_backlog"], {"route": route, "now": now.wall, **fresh(now)})
    if before != door:
        query = "open_again" if is_back else "tell_again"
        connection.execute(QUERIES[query], again(route, now, asked=True))
    return is_back


def fresh(now: Now) -> Mapping[str, float]:
    return {"fresh": now.wall - FRESH_S, "asking": now.wall - ASKING_S}


def again(route: str, now: Now, *, asked: bool) -> Mapping[str, object]:
    """`asked`: by a person, however often it was refused."""
    most = sys.maxsize if asked else REFUSALS_MOST
    return {"route": route, "kept_s": KEPT_S, "fresh": now.wall - FRESH_S, "most": most}
