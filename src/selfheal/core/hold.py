"""Do no harm: why a gateway in trouble is left alone for now. Asked before every start and every signal."""

from selfheal.core.configmark import config_unloadable
from selfheal.core.facts import ConfigState, Inspection, ManagerState
from selfheal.core.instants import Now
from selfheal.core.levels import Level
from selfheal.core.managed import updater_starts
from selfheal.core.reasons import Cause, Hold
from selfheal.core.scene import Scene
from selfheal.core.trouble import Act

HOPELESS = frozenset(
    {
        Hold.PACKAGE_BROKEN,
        Hold.CONFIG_UNLOADABLE,
        Hold.DISK_FULL,
        Hold.FOREIGN_SUPERVISOR,
        Hold.HOURLY_BUDGET,
    }
)
"""Waiting alone will not end these: after `last_wait_s` the next level is called."""

CAUSES = {
    Hold.PACKAGE_BROKEN: Cause.PACKAGE_BROKEN,
    Hold.CONFIG_UNLOADABLE: Cause.CONFIG_UNLOADABLE,
    Hold.DISK_FULL: Cause.DISK_FULL,
}
"""What an incident is about when nothing but these keeps us from mending it."""

AT_WORK = {
    ManagerState.RESTARTING: Hold.MANAGER_RESTARTS,
    ManagerState.STOPPING: Hold.MANAGER_STOPS,
}
"""What its manager does that keeps us from a start beside it."""

SLOW = frozenset({Hold.UPKEEP, Hold.MANAGER_RESTARTS, Hold.MANAGER_STOPS})
"""Somebody is at work. When that does not end either, the next level is called, after a longer time."""

ENDLESS = HOPELESS | SLOW


def hold(scene: Scene, act: Act, level: Level, now: Now) -> Hold | None:
    """The first reason, in order of weight, not to act; None: nothing speaks against it."""
    if scene.paused:
        return Hold.PAUSED
    if level in scene.disabled:
        return Hold.LEVEL_DISABLED
    if now.mono < scene.view.settle_until:
        return Hold.SETTLING
    seen = scene.view.inspection
    if seen is None:
        return Hold.SETTLING
    if seen.upkeep is not None or (act is Act.START and updater_starts(scene.view, now)):
        return Hold.UPKEEP
    if seen.foreign_supervisor:
        return Hold.FOREIGN_SUPERVISOR
    if (at_work := _manager(seen, act)) is not None:
        return at_work
    if seen.missing_file:
        return Hold.PACKAGE_BROKEN
    if config_unloadable(scene.view):
        return Hold.CONFIG_UNLOADABLE
    return Hold.DISK_FULL if seen.disk_full else None


def _manager(seen: Inspection, act: Act) -> Hold | None:
    """It says what comes next."""
    return AT_WORK.get(seen.manager) if act is Act.START else None


def detail(scene: Scene, why: Hold) -> str:
    """What a person needs to know of a hold, quoted from the world."""
    seen = scene.view.inspection
    if seen is None:
        return ""
    match why:
        case Hold.UPKEEP:
            return str(seen.upkeep or "")
        case Hold.FOREIGN_SUPERVISOR:
            return seen.foreign_supervisor
        case Hold.PACKAGE_BROKEN:
            return seen.missing_file
        case Hold.CONFIG_UNLOADABLE:
            refused = scene.view.refused_mark is not None  # it parses, and the gateway would not have it
            return seen.config_problem or str(ConfigState.REFUSED if refused else seen.config)
        case _:
            return ""
