"""One full pass of Level 2 in a resident's place: what it has found out, and when it is over.

Rules
  * Only what this pass has seen itself ends it. The state tells of an earlier process too: a hold, a stage or
    an answer of then is no news.
  * It is run again and again by a timer, and each run must get further: it ends where only time or a person
    helps, never short of what it could do or find out now. A hold that an earlier pass has seen already is
    waited out as long as the core is patient with it: else its patience would begin anew each time.
  * What a person is to be told is told before the end.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from selfheal.app.exit_codes import Exit
from selfheal.core.alert import Notify
from selfheal.core.facts import UNFIT, WORKING, Verdict
from selfheal.core.instants import Monotonic, Now
from selfheal.core.levels import Level
from selfheal.core.policy import Policy
from selfheal.core.reasons import Hold
from selfheal.core.state import GatewayView, Phase, Stage, State
from selfheal.runtime.resident import Resident
from selfheal.runtime.stepper import Stepper

WELL, NOT_WELL = Exit.DONE, Exit.NOT_WELL
ENDS = (Stage.LAST_WAIT, Stage.EXHAUSTED)


class Checked(NamedTuple):
    """An exit code, and what was seen of each gateway that was meant: nothing, where nobody could look.

    `stuck`: the pid of a resident that takes no request, 0 where it is not known, and `looks`, our own.
    """

    code: int
    states: Sequence[State] = ()
    stuck: int | None = None
    looks: Sequence[tuple[str, Verdict]] = ()


class Begun(NamedTuple):
    """What a pass has found in the state when it began, of earlier ones."""

    wall: float
    hold: Hold | None = None
    deadline: Monotonic | None = None
    incident: int | None = None


class FullPass:
    """`watch` is for a resident that is asked to check: it is first called before any look has ended.

    `observe`: it is over as soon as it has looked.
    """

    def __init__(self, now: Callable[[], Now], limit_s: float, *, observe: bool) -> None:
        self._now = now
        self._limit_s = limit_s
        self._observe = observe
        self._begun: dict[str, Begun] = {}
        self._end: Monotonic | None = None
        self.checked: Checked | None = None

    def watch(self, steppers: Sequence[Stepper], resident: Resident) -> None:
        now = self._now()
        if self._end is None:
            self._end = now.after(self._limit_s)
            self._begun = {stepper.target: begun(stepper.state, now) for stepper in steppers}
        states = [stepper.state for stepper in steppers]
        self.checked = Checked(NOT_WELL, states)
        if all(self._is_over(stepper, now) for stepper in steppers):
            self.checked = verdict(states)
            resident.stop()
        elif now.mono >= self._end and not any(self._is_kept(state) for state in states):
            resident.stop()

    def _is_over(self, stepper: Stepper, now: Now) -> bool:
        state, begin = stepper.state, self._begun[stepper.target]
        over = looked(state, begin.wall) if self._observe else settled(state, begin, now, stepper.policy)
        return over and is_told(state, now)

    def _is_kept(self, state: State) -> bool:
        """For what ends in its own time, and soon enough."""
        return telling(state) or is_borne(state, self._begun[state.target])


def begun(state: State, now: Now) -> Begun:
    incident = None if state.incident is None else state.incident.id
    return Begun(now.wall, state.restart.hold, state.restart.deadline, incident)


def verdict(states: Sequence[State]) -> Checked:
    return Checked(WELL if all(map(is_well, states)) else NOT_WELL, states)


def is_well(state: State) -> bool:
    """As the document means it: serves, `/` and the deep check included, and nothing is under repair."""
    view = state.gateway
    passed = view.last_full is None or view.last_full.verdict is Verdict.WELL
    served = view.phase is Phase.WELL and passed and view.last_deep not in UNFIT
    return served and state.incident is None


def answered(state: State, asked: float) -> bool:
    view = state.gateway
    if view.inspected is None:  # what is known of it is an earlier process's
        return False
    if view.process is None:
        return state.last_wall >= asked
    return (view.last_full_wall or 0.0) >= asked and _deeply(view, asked)


def _deeply(view: GatewayView, asked: float) -> bool:
    """Only of a gateway that serves is more asked than its probes."""
    return view.phase not in (Phase.WELL, Phase.DEGRADED) or (view.last_deep_wall or 0.0) >= asked


def looked(state: State, begun_wall: float) -> bool:
    """Whether there is nothing more to see without doing something."""
    view = state.gateway
    if view.inspected is None:
        return False
    return view.exit_examined if view.process is None else answered(state, begun_wall)


def settled(state: State, begin: Begun, now: Now, policy: Policy) -> bool:
    """Well by a full check of this pass, or at a place where only time or a person helps."""
    view, part = state.gateway, state.restart
    if not looked(state, begin.wall):
        return False
    if state.pause is not None or view.phase is Phase.STOPPED or _has_passed(state):
        return True
    if view.phase is Phase.SUSPECT:  # it may be ill, and then something is to be done
        return False
    if part.stage is Stage.EXHAUSTED and _tries_again_soon(state, now, policy):
        return held_now(state, begin)
    if part.stage in ENDS:
        return True
    if view.phase is Phase.DRAINING and part.stage is Stage.IDLE:
        return True
    return held_now(state, begin) and not is_borne(state, begin)


def _has_passed(state: State) -> bool:
    view = state.gateway
    full = view.last_full if view.process is not None else None
    passed = full is not None and full.verdict in WORKING and view.last_deep not in UNFIT
    return passed and state.incident is None


def _tries_again_soon(state: State, now: Now, policy: Policy) -> bool:
    """The time of the next try has come, or is so near that the core may just have put it off to look."""
    view, at = state.gateway, state.restart.deadline
    can_be_helped = view.phase in (Phase.ABSENT, Phase.ILL) or view.deep_bad
    return can_be_helped and (at is None or at - now.mono <= policy.recheck_hold_s)


def held_now(state: State, begin: Begun) -> bool:
    """By a look of this pass. One that settles after a sleep of the host is over in a moment."""
    part = state.restart
    fresh = (part.hold, part.deadline) != (begin.hold, begin.deadline)
    return fresh and part.hold not in (None, Hold.SETTLING)


def is_borne(state: State, begin: Begun) -> bool:
    """What holds us was met by an earlier pass already; the next level is called when patience is over."""
    part = state.restart
    known = state.incident is not None and state.incident.id == begin.incident
    return known and part.hold is not None and part.patience_until is not None and part.stage not in ENDS


def is_told(state: State, now: Now) -> bool:
    """What no route takes now is tried again by the next pass."""
    silent = not state.alerting.unsent or Level.NOTIFICATION in state.disabled
    return not telling(state) and (silent or state.alerting.next_try > now.mono)


def telling(state: State) -> bool:
    return any(entry.kind == Notify.__name__ for entry in state.pending)
