"""Level 1: the process is gone. Notices it by event, by the sweep at the latest, and wishes a start."""

from selfheal.core.actions import ExamineExit, InspectHost
from selfheal.core.configmark import config_unloadable
from selfheal.core.facts import ConfigState, ManagerState
from selfheal.core.instants import Monotonic, Now
from selfheal.core.levels import Level
from selfheal.core.observations import (
    ExitExamined,
    HostInspected,
    HostResumed,
    Observation,
    ProcessExited,
)
from selfheal.core.perceive import GONE
from selfheal.core.policy import Policy
from selfheal.core.reasons import Cause
from selfheal.core.scene import Scene
from selfheal.core.state import GatewayView, Lost, Phase, Stage, WatchdogPart
from selfheal.core.trouble import Act, Looks, Trouble
from selfheal.core.values import replace

Observed = tuple[WatchdogPart, Looks]


def observe(part: WatchdogPart, observation: Observation, scene: Scene, now: Now, policy: Policy) -> Observed:
    match observation:
        case ProcessExited() if scene.view.process is None and not scene.view.exit_examined:
            orders = (_ask_why(scene), InspectHost())
            return replace(part, next_sweep=now.after(interval_s(scene, policy))), Looks(orders)
        case HostInspected():
            part = replace(part, next_sweep=now.after(interval_s(scene, policy)))
            return part, Looks((_ask_why(scene),) if _unexplained(scene) else ())
        case ExitExamined() if _unexplained(scene):  # it was about an earlier one
            return part, Looks((_ask_why(scene),))
        case HostResumed():
            part = replace(part, next_sweep=now.mono)
        case _:
            pass
    if now.mono < part.next_sweep or scene.busy(InspectHost):
        return part, Looks()
    part = replace(part, next_sweep=now.after(interval_s(scene, policy)))
    return part, Looks((InspectHost(),))


def _unexplained(scene: Scene) -> bool:
    """The process ended without an exit event of ours, or the word why was lost with an earlier process. One
    that is parked beside it explains nothing.
    """
    view = scene.view
    return (view.process is None or view.parked) and not view.exit_examined and not scene.busy(ExamineExit)


def _ask_why(scene: Scene) -> ExamineExit:
    lost = scene.view.lost or Lost(0)
    return ExamineExit(lost.pid, lost.exit_code)


def interval_s(scene: Scene, policy: Policy) -> float:
    """The document's sweep while all is well; short while a process is expected or may come back."""
    if scene.stage in (Stage.LAUNCHING, Stage.COMING_UP, Stage.STOPPING) and scene.view.process is None:
        return min(policy.startup_probe_s, policy.sweep_interval_s)
    seen = scene.view.inspection
    if seen is not None and seen.manager is ManagerState.RESTARTING:
        return min(policy.startup_probe_s, policy.sweep_interval_s)
    if scene.view.phase in GONE:
        return min(policy.recheck_hold_s, policy.sweep_interval_s)
    return policy.sweep_interval_s


def deadline(part: WatchdogPart, scene: Scene) -> Monotonic | None:
    return None if scene.busy(InspectHost) else part.next_sweep


def trouble(scene: Scene) -> Trouble | None:
    """What is wrong at this level, or None. A gateway that was stopped on purpose is not in trouble."""
    view = scene.view
    if view.in_doubt:
        return _left_down(view)
    if view.phase is not Phase.ABSENT or not view.exit_examined or view.inspection is None:
        return None
    cause = _cause(view)
    planned = cause is Cause.PROCESS_GONE and (view.handoff or not scene.known)
    return Trouble(cause, Level.WATCHDOG, Act.START, _detail(view), planned)


def _left_down(view: GatewayView) -> Trouble | None:
    """To start it would be harm where a person was stopping it, and silence where it restarted itself.
    A look of after its end must have shown it down, and its manager's word, if it has one.
    """
    looked = view.inspected is not None and view.inspected > view.since
    known = looked and view.exit_examined
    return Trouble(Cause.LEFT_DOWN, Level.WATCHDOG, Act.NONE, "in_doubt") if known else None


def _cause(view: GatewayView) -> Cause:
    if view.inspection is not None and view.inspection.missing_file:
        return Cause.PACKAGE_BROKEN
    if config_unloadable(view):
        return Cause.CONFIG_UNLOADABLE
    if view.inspection is not None and view.inspection.disk_full:
        return Cause.DISK_FULL
    if view.inspection is not None and view.inspection.port_owner is not None:
        return Cause.PORT_TAKEN
    return Cause.PROCESS_GONE


def _detail(view: GatewayView) -> str:
    seen = view.inspection
    if seen is None:
        return ""
    if seen.missing_file:
        return seen.missing_file
    if seen.config not in (ConfigState.LOADABLE, ConfigState.UNKNOWN):
        return seen.config_problem
    if seen.port_owner is not None:
        return f"{seen.port_owner.pid} {seen.port_owner.command}"
    return "" if seen.manager is ManagerState.NONE else str(seen.manager)
