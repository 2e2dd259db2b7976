"""What a person asks for: pause and resume, levels on and off. Never lost, never overruled."""

from selfheal.core import alerting
from selfheal.core.instants import Now, until
from selfheal.core.levels import Level, Request
from selfheal.core.notes import Note
from selfheal.core.observations import Observation, OperatorAsked
from selfheal.core.perceive import without_process
from selfheal.core.reasons import Hold, Reason
from selfheal.core.state import Pause, Phase, RestartPart, Stage, State
from selfheal.core.values import replace

Obeyed = tuple[State, tuple[Note, ...]]


def obey(state: State, observation: Observation, now: Now) -> Obeyed:
    match observation:
        case OperatorAsked(request=Request.PAUSE, for_s=for_s, why=why):
            end = None if for_s is None else until(now, for_s)
            return replace(state, pause=Pause(now.wall, end, why)), (
                Note(Reason.PAUSED, detail=why, number=for_s),
            )
        case OperatorAsked(request=Request.RESUME):
            trusted = (Note(Reason.TRUSTED),) if state.distrust else ()
            return _resume(state, now), (Note(Reason.RESUMED), *trusted)
        case OperatorAsked(request=Request.START):
            return _wanted(state, now), (Note(Reason.WANTED),)
        case OperatorAsked(request=Request.STOP):
            return _unwanted(state, now), (Note(Reason.UNWANTED),)
        case OperatorAsked(request=Request.ENABLE, level=Level() as level):
            kept = tuple(each for each in state.disabled if each is not level)
            fresh = replace(state, disabled=kept, restart=_unheld(state.restart))
            return fresh, (Note(Reason.LEVEL_ENABLED, level),)
        case OperatorAsked(request=Request.DISABLE, level=Level() as level):
            kept = tuple(each for each in state.disabled if each is not level)
            return replace(state, disabled=(*kept, level)), (Note(Reason.LEVEL_DISABLED, level),)
        case OperatorAsked(request=Request.ACKNOWLEDGE, incident=incident, for_s=for_s, by=by):
            part, notes = alerting.acknowledged(state.alerting, incident, for_s, now, by)
            return replace(state, alerting=part), notes
        case _:
            return state, ()


def _resume(state: State, now: Now) -> State:
    """Also takes a gateway that a person had stopped back into care, ends the wait for the next try, and
    lets us act again after a broken rule of ours.
    """
    view = state.gateway
    if view.phase is Phase.STOPPED:
        view = replace(view, phase=Phase.ABSENT, exit_unknown=False, presumed=False, unwanted=False)
    part = replace(_retried(_unheld(state.restart), now), observed=False)
    return replace(state, pause=None, distrust="", gateway=view, restart=part)


def _wanted(state: State, now: Now) -> State:
    """Back into care without an incident, and tried at once, wherever the ladder waits. A person may stop and
    start it as often as they like: what was started in this hour does not hold it back.
    """
    view = replace(state.gateway, wanted=True, unwanted=False)
    if view.phase is Phase.STOPPED:
        view = replace(view, phase=Phase.ABSENT, since=now.mono, since_wall=now.wall)
        view = replace(view, exit_unknown=False, presumed=False, handoff=True, wanted=False)
    part = _retried(_unheld(state.restart), now)
    return replace(state, gateway=view, restart=replace(part, starts=()))


def _unwanted(state: State, now: Now) -> State:
    """It has been ended for a person, whatever it looked like when nobody watched. One that was not well then
    may have ended badly by itself, or had to be killed.
    """
    before, unclean = state.gateway, state.restart.unclean_end
    if before.process is not None:
        unclean = not before.served or before.phase is Phase.ILL
    view = replace(without_process(state.gateway), phase=Phase.STOPPED, since=now.mono, since_wall=now.wall)
    view = replace(view, exit_examined=True, exit_unknown=False, presumed=False, wanted=False, unwanted=True)
    return replace(state, gateway=view, restart=replace(state.restart, unclean_end=unclean, expected=False))


def _retried(part: RestartPart, now: Now) -> RestartPart:
    if part.stage is Stage.LAST_WAIT:
        return replace(part, hopeless=True, hopeless_since=None)
    return replace(part, deadline=now.mono) if part.stage is Stage.EXHAUSTED else part


def _unheld(part: RestartPart) -> RestartPart:
    """What was held is looked at again at once, not when its next look is due."""
    held = part.hold in (Hold.PAUSED, Hold.LEVEL_DISABLED) and part.stage in (Stage.IDLE, Stage.WAITING)
    return replace(part, hold=None, deadline=None) if held else part


def pause_over(state: State, now: Now) -> Obeyed:
    if state.pause is None or state.pause.until is None or not state.pause.until.passed(now):
        return state, ()
    return replace(state, pause=None, restart=_unheld(state.restart)), (Note(Reason.PAUSE_OVER),)
