"""Who hears of what."""

from pathlib import Path

from tests.app.test_routes import settings_of, table

from selfheal.app.addressees import addressees
from selfheal.config.route_fields import RouteKind
from selfheal.core.alert import OF_OURSELVES, OF_ROUTES, AlertKind


def kinds(tmp_path: Path, severity: str, kind: RouteKind = RouteKind.DESKTOP) -> frozenset[AlertKind]:
    settings = settings_of(tmp_path, table(kind) + f'severity = "{severity}"\n')
    return addressees(settings)[kind].kinds


def test_each_severity_hears_what_is_worse_too(tmp_path: Path) -> None:
    everything = frozenset(AlertKind)
    assert kinds(tmp_path, "info") == everything
    assert kinds(tmp_path, "warning") == everything - {AlertKind.LEVEL_PASSED}
    assert (
        kinds(tmp_path, "critical") == everything - {AlertKind.LEVEL_PASSED, AlertKind.REMINDER} - OF_ROUTES
    )


def test_no_issue_is_opened_before_a_person_is_asked_for(tmp_path: Path) -> None:
    told = kinds(tmp_path, "info", RouteKind.GITHUB)
    assert told == frozenset(AlertKind) - {AlertKind.LEVEL_PASSED} - OF_OURSELVES
