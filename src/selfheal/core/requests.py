"""What a person asks for: pause and resume, levels on and off. Never lost, never overruled."""

from dataclasses import replace

from selfheal.core.instants import Now, until
from selfheal.core.notes import Note
from selfheal.core.observations import Level, Observation, OperatorAsked, Request
from selfheal.core.reasons import Reason
from selfheal.core.state import Pause, Phase, State

Obeyed = tuple[State, tuple[Note, ...]]


def obey(state: State, observation: Observation, now: Now) -> Obeyed:
    match observation:
        case OperatorAsked(request=Request.PAUSE, for_s=for_s, why=why):
            end = None if for_s is None else until(now, for_s)
            return replace(state, pause=Pause(now.wall, end, why)), (
                Note(Reason.PAUSED, detail=why, number=for_s),
            )
        case OperatorAsked(request=Request.RESUME):
            return _resume(state), (Note(Reason.RESUMED),)
        case OperatorAsked(request=Request.ENABLE, level=Level() as level):
            kept = tuple(each for each in state.disabled if each is not level)
            return replace(state, disabled=kept), (Note(Reason.LEVEL_ENABLED, level),)
        case OperatorAsked(request=Request.DISABLE, level=Level() as level):
            kept = tuple(each for each in state.disabled if each is not level)
            return replace(state, disabled=(*kept, level)), (Note(Reason.LEVEL_DISABLED, level),)
        case _:
            return state, ()


def _resume(state: State) -> State:
    """Also takes a gateway that a person had stopped back into care."""
    view = state.gateway
    if view.phase is Phase.STOPPED:
        view = replace(view, phase=Phase.ABSENT)
    return replace(state, pause=None, gateway=view)


def pause_over(state: State, now: Now) -> Obeyed:
    if state.pause is None or state.pause.until is None or not state.pause.until.passed(now):
        return state, ()
    return replace(state, pause=None), (Note(Reason.PAUSE_OVER),)
