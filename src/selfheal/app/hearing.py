"""Which routes hear what a person answers, and why another one does not."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing, suppress
from enum import StrEnum
from pathlib import Path

from selfheal.app.places import database_path, sandbox_config
from selfheal.app.routes import doors
from selfheal.config.route_fields import HEARING, RouteKind
from selfheal.config.routes import RouteSettings
from selfheal.config.settings import Settings
from selfheal.gateway.telegram_token import Use, use_of
from selfheal.store.hearing import SqliteEars
from selfheal.store.reader import EmptyDatabaseError, NoDatabaseError, Reader


class Deaf(StrEnum):
    GATEWAYS = "gateways"  # its bot is the gateway's own
    UNSURE = "unsure"  # it may be
    PUBLIC = "public"  # anybody may join the chat
    CONFLICT = "conflict"  # another program reads its answers


def heard_routes(settings: Settings, environ: Mapping[str, str]) -> tuple[str, ...]:
    """For who is about to write what is heard: brings a database up to date. Raises StoreError."""
    conflicts: set[str] = set()
    routes = _that_could(settings)
    if routes and database_path(settings).exists():
        with closing(SqliteEars(database_path(settings))) as ears:
            conflicts = _in_conflict(routes, settings, ears.deaf)
    return tuple(name for name, why in _why(routes, conflicts, settings, environ).items() if why is None)


def hearing(settings: Settings, environ: Mapping[str, str]) -> Mapping[str, Deaf | None]:
    """Of each route that could hear: why it does not, or None. For who only looks: nothing is written.

    Raises StoreError.
    """
    conflicts: set[str] = set()
    routes = _that_could(settings)
    with suppress(NoDatabaseError, EmptyDatabaseError):
        if routes:
            with Reader(database_path(settings)) as reader:
                conflicts = _in_conflict(routes, settings, reader.deaf)
    return _why(routes, conflicts, settings, environ)


def _that_could(settings: Settings) -> list[RouteSettings]:
    return [route for route in settings.all_routes if route.kind in HEARING]


def _in_conflict(
    routes: Sequence[RouteSettings], settings: Settings, deaf: Callable[[str, str], str]
) -> set[str]:
    known = doors(settings)
    return {route.name for route in routes if deaf(route.name, known[route.name])}


def _why(
    routes: Sequence[RouteSettings],
    conflicts: Collection[str],
    settings: Settings,
    environ: Mapping[str, str],
) -> Mapping[str, Deaf | None]:
    return {
        route.name: Deaf.CONFLICT if route.name in conflicts else _deaf(route, settings, environ)
        for route in routes
    }


def _deaf(route: RouteSettings, settings: Settings, environ: Mapping[str, str]) -> Deaf | None:
    if route.kind is not RouteKind.TELEGRAM:
        return None
    if route.chat.startswith("@"):
        return Deaf.PUBLIC
    uses = _uses(route.token, settings, environ)
    if Use.GATEWAYS in uses:
        return Deaf.GATEWAYS
    return Deaf.UNSURE if Use.UNSURE in uses else None


def _uses(token: str, settings: Settings, environ: Mapping[str, str]) -> set[Use]:
    home = Path(environ.get("HOME") or Path.home())
    sandbox = sandbox_config(settings)
    places = [(one.config_path, one.state_dir, dict(one.env)) for one in settings.targets]
    return {
        use_of(token, config, state_dir, home, {**environ, **env}, os.getuid())
        for config, state_dir, env in (*places, (sandbox, sandbox.parent, {}))
    }
