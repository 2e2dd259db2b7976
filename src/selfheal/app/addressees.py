"""Which alerts each route is told, by the severity that was set for it."""

from collections.abc import Iterable, Mapping

from selfheal.app.routes import doors, severity_of
from selfheal.config.settings import Settings
from selfheal.core.alert import AlertKind
from selfheal.notify.route import Severity
from selfheal.ports.outbox import Addressee

TOLD: Mapping[Severity, set[AlertKind]] = {
    Severity.CRITICAL: set(AlertKind) - {AlertKind.REMINDER},
    Severity.WARNING: {AlertKind.REMINDER},
    Severity.INFO: set(),
}
"""By the severity that a route is told at the least. Who hears of the trouble hears of its end."""


def addressees(settings: Settings, routes: Iterable[str]) -> dict[str, Addressee]:
    """Of these routes. Raises KeyError where one is not set."""
    fingerprints = doors(settings)
    return {name: Addressee(fingerprints[name], _kinds(severity_of(settings, name))) for name in routes}


def _kinds(least: Severity) -> frozenset[AlertKind]:
    worst_first = list(Severity)
    told = worst_first[: worst_first.index(least) + 1]
    return frozenset(kind for severity in told for kind in TOLD[severity])
