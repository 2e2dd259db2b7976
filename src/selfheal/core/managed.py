"""Who has stopped it, and is it to stay down: what its service manager says from look to look, and who is at
work on the installation.

An updater stops a gateway to start it again. Where it does not, or its start fails unseen, nobody has wanted
it down.
"""

from selfheal.core.facts import Inspection, ManagerState
from selfheal.core.instants import Now
from selfheal.core.state import GatewayView
from selfheal.core.values import replace

MANAGED = frozenset({ManagerState.RUNNING, ManagerState.STOPPING, ManagerState.RESTARTING})
UPDATER_STARTS_S = 60.0  # after its work; `openclaw update` looks the new version over before that
_DOWN = frozenset({ManagerState.STOPPED, ManagerState.RESTARTING})


def heard(before: Inspection | None, now: Inspection) -> Inspection:
    """A manager that does not answer is taken to have said what it said last. While its gateway is gone it
    may be about to start it, or have been told to stop it: both are its own to say.
    """
    if now.manager is not ManagerState.UNKNOWN or before is None:
        return now
    runs = before.manager is ManagerState.RUNNING
    return replace(now, manager=ManagerState.RESTARTING if runs and now.process is None else before.manager)


def called_off(before: Inspection | None, now: Inspection) -> bool:
    """Its manager was about to start it, and was told not to: a person stopped what we had not even seen."""
    awaited = before is not None and before.process is None and before.manager is ManagerState.RESTARTING
    return awaited and now.process is None and now.manager is ManagerState.STOPPED


def told_to_stop(view: GatewayView, now: Inspection, *, asked: bool) -> bool:
    """Its manager, which had it running, says that it was told to stop, and no signal of ours ended it."""
    stopped = now.manager is ManagerState.STOPPED and view.managed and view.exit_examined
    return stopped and not (view.handoff or view.wanted or (asked and not view.leaving))


def begun_again(before: Inspection | None, now: Inspection) -> bool:
    """Its manager is about to start it; or was, or had it stopped, and has failed since: somebody wants it
    up, though no look of ours has seen that start. A failure in the first look after its end may be that end
    alone: it ended badly when a person stopped it.
    """
    was_down = before is not None and before.process is None and before.manager in _DOWN
    failed = now.manager is ManagerState.FAILED and was_down
    return now.process is None and (failed or now.manager is ManagerState.RESTARTING)


def resumed(view: GatewayView) -> GatewayView:
    return replace(view, presumed=False, unwanted=False)


def is_first_look(view: GatewayView) -> bool:
    """Asked before a look is taken up: the one before it was from before its end."""
    return view.inspected is not None and view.inspected < view.since


def is_to_be_looked_at(view: GatewayView) -> bool:
    """The next look may show that it was stopped for work, if any look of ours succeeds."""
    return is_first_look(view) and not view.unwanted and view.blind_since is None


def sees_work(view: GatewayView, now: Now) -> GatewayView:
    return replace(view, worked=now.mono) if _at_work(view) else view


def stopped_for_work(view: GatewayView) -> bool:
    """Who is at work has stopped it, if anybody has. What a person has told us to stop is theirs."""
    return _at_work(view) and not view.unwanted


def until_worked(view: GatewayView) -> GatewayView:
    return replace(view, handoff=True, managed=False, presumed=False)


def asked_for(view: GatewayView) -> bool:
    """It asked for its restart itself, or a person did: such a start is free. What was stopped for work has
    its start from us as after any other end.
    """
    return view.handoff and (view.worked is None or view.worked < view.since)


def updater_starts(view: GatewayView, now: Now) -> bool:
    """Whoever has stopped it for their work has just ended that, and starts it themselves."""
    return view.handoff and view.worked is not None and now.mono - view.worked < UPDATER_STARTS_S


def _at_work(view: GatewayView) -> bool:
    return view.inspection is not None and view.inspection.upkeep is not None
