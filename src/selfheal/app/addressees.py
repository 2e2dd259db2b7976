"""Which alerts each route is told, by the severity that was set for it."""

from collections.abc import Mapping

from selfheal.app.routes import doors, severity_of
from selfheal.config.route_fields import RouteKind
from selfheal.config.settings import Settings
from selfheal.core.alert import OF_OURSELVES, OF_ROUTES, AlertKind
from selfheal.core.instants import Now
from selfheal.notify.route import Severity
from selfheal.ports.outbox import OF_ROUTE, Addressee, Alert, Outbox

_LESS = {AlertKind.REMINDER, *OF_ROUTES}
TOLD: Mapping[Severity, set[AlertKind]] = {
    Severity.CRITICAL: set(AlertKind) - {AlertKind.LEVEL_PASSED, *_LESS},
    Severity.WARNING: _LESS,
    Severity.INFO: {AlertKind.LEVEL_PASSED},
}
"""By the severity that a route is told at the least. Who hears of the trouble hears of its end."""

NEVER: Mapping[RouteKind, set[AlertKind]] = {
    RouteKind.GITHUB: {
        AlertKind.LEVEL_PASSED,
        *OF_OURSELVES,
    }  # an issue is about a cause of which a person is alerted
}


def addressees(settings: Settings) -> dict[str, Addressee]:
    """Of all routes that are set, also of one that cannot be made: what is to be told waits for it."""
    never = {route.name: NEVER.get(route.kind, set()) for route in settings.all_routes}
    return {
        name: Addressee(door, _kinds(severity_of(settings, name)) - never[name])
        for name, door in doors(settings).items()
    }


def address(outbox: Outbox, settings: Settings, now: Now) -> bool:
    """As Outbox.address. Raises StoreError."""
    return outbox.address(addressees(settings), now, whole=settings.names_all_routes)


def can_be_told(settings: Settings, route: str, alert: Alert) -> bool:
    """Whatever severity was set for it, where another route does not work. Raises KeyError."""
    kinds = {one.name: one.kind for one in settings.all_routes}
    never = {AlertKind.LEVEL_PASSED, *NEVER.get(kinds[route], set())}
    return alert.notify.kind not in never and alert.target != f"{OF_ROUTE}{route}"


def _kinds(least: Severity) -> frozenset[AlertKind]:
    worst_first = list(Severity)
    told = worst_first[: worst_first.index(least) + 1]
    return frozenset(kind for severity in told for kind in TOLD[severity])
