"""Which config the gateway has read, by the mark of its file, and which one no start can succeed with.

A config is blamed only where it is certain which one was read. What was refused is tried again once the file
is another one, or somebody has worked on the installation: another version may take it.
"""

from selfheal.core.facts import ConfigState, GatewayProcess, Inspection
from selfheal.core.observations import is_same
from selfheal.core.state import GatewayView
from selfheal.core.values import replace


def looked(
    view: GatewayView, living: GatewayProcess | None, now: Inspection, before: Inspection | None
) -> GatewayView:
    """After a look. `living`: the gateway that it has found."""
    if (living is not None and not view.parked) or view.exit_examined:
        view = replace(view, tried_mark=_tried(view, before, living, now.config_mark))
    worked_at = before is not None and before.upkeep is not None and now.upkeep is None
    if view.refused_mark is not None and (worked_at or view.refused_mark != now.config_mark):
        view = replace(view, refused_mark=None)
    return view


def _tried(
    view: GatewayView, before: Inspection | None, living: GatewayProcess | None, mark: str | None
) -> str | None:
    """None where it changed between the two looks at the process' beginning."""
    if living is not None and not is_same(view.process, living):
        return mark if before is not None and before.config_mark == mark else None
    gone = living is None and view.process is None  # not just by this look: it read what was there then
    return mark if gone or view.served or view.tried_mark == mark else None


def config_unloadable(view: GatewayView) -> bool:
    """No start with this file can succeed: it does not parse, is missing, or was refused as it is now."""
    seen = view.inspection
    if seen is None:
        return False
    bad = {ConfigState.MISSING, ConfigState.UNREADABLE, ConfigState.MALFORMED, ConfigState.REFUSED}
    return seen.config in bad or view.refused_mark is not None
