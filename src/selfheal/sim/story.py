"""A world as a story: one line a transition, what befell it, and what is wrong about it.

Reasons and facts stand in it as they are named in the journal, not as sentences: a story is searched and
compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from selfheal.core.actions import LOOKS, Action, SignalGateway
from selfheal.core.levels import Level
from selfheal.core.notes import Note, Step
from selfheal.core.observations import Observation, OperatorAsked
from selfheal.core.reasons import Reason
from selfheal.sim.asking import level_of
from selfheal.sim.doctor import Deed
from selfheal.sim.life import Life, Mark
from selfheal.sim.plan import DAY_S, HOUR_S, Event, Fault, Plan
from selfheal.sim.tally import Tally

SWITCHED = frozenset({Reason.LEVEL_DISABLED, Reason.LEVEL_ENABLED})
DULL = frozenset({Reason.CHECK_PASSED})
MARKS = {
    Mark.FAULTS_END: "= the faults end here, and what is counted: now it must come right again",
    Mark.PERSON_FAILED: "* the person's own start has failed",
}
LINES_MAX = 200_000  # of a year with a fault every minute; what comes later is counted


@dataclass(frozen=True)
class Line:
    at_s: float
    text: str

    def __str__(self) -> str:
        return f"{clock(self.at_s)}  {self.text}"


def clock(at_s: float) -> str:
    """«  3d 04:05:06.7» since the world's beginning."""
    days, rest = divmod(at_s, DAY_S)
    hours, rest = divmod(rest, HOUR_S)
    minutes, seconds = divmod(rest, 60.0)
    return f"{days:3.0f}d {hours:02.0f}:{minutes:02.0f}:{seconds:04.1f}"


def tell(plan: Plan, most: int = LINES_MAX) -> tuple[list[Line], Tally]:
    """The whole story of a world; beyond `most` lines one says how many are left out."""
    lines: list[Line] = []
    left_out, full_at_s = 0, 0.0

    def told(at_s: float, observation: Observation, done: Step) -> None:
        nonlocal left_out, full_at_s
        said = [Line(at_s, text) for text in _step(done, observation)]
        if len(lines) < most:
            lines.extend(said)
            return
        full_at_s = full_at_s if left_out else at_s
        left_out += len(said)

    def befallen(at_s: float, what: Event | Deed | Mark) -> None:
        lines.append(Line(at_s, MARKS[what] if isinstance(what, Mark) else f"* {_befallen(what)}"))

    life = Life(plan, told=told, befallen=befallen)
    tally = life.run()
    if left_out:
        lines.append(Line(full_at_s, f"~ from here on {left_out} lines of steps are left out: too many"))
    lines.extend(Line(each.at_s, f"! {each.rule}{_tail(each.detail)}") for each in tally.violations)
    return sorted(lines, key=lambda line: line.at_s), tally


def _step(done: Step, observation: Observation) -> Iterator[str]:
    where = f"{done.state.gateway.phase}/{done.state.restart.stage}"
    asked = observation.level if isinstance(observation, OperatorAsked) else None
    notes = [_note(note, asked) for note in done.notes if note.reason not in DULL]
    acts = [_act(order.action) for order in done.actions if not isinstance(order.action, LOOKS)]
    if notes or acts:
        yield f"{where:24} {', '.join(notes)}{' -> ' if acts else ''}{', '.join(acts)}"


def _note(note: Note, asked: Level | None) -> str:
    """`asked`: the level that a person has switched; the note does not name it."""
    number = "" if note.number is None else f" {note.number:.3g}"
    detail = str(asked) if asked is not None and note.reason in SWITCHED else note.detail
    words = (note.reason, note.hold, note.cause, note.outcome)
    return " ".join(str(word) for word in words if word is not None) + number + _tail(detail)


def _act(action: Action) -> str:
    name = type(action).__name__
    return f"{name} {action.signal}" if isinstance(action, SignalGateway) else name


def _befallen(what: Event | Deed) -> str:
    return _event(what) if isinstance(what, Event) else str(what)


def _event(event: Event) -> str:
    parts = [str(event.fault)]
    if event.for_s:
        parts.append(f"for {event.for_s:.0f} s")
    if event.fault is Fault.PERSON_DISABLES:
        parts.append(f"({level_of(event)})")
    elif event.amount:
        parts.append(f"({event.amount:g})")
    return " ".join(parts)


def _tail(detail: str) -> str:
    return f" ({detail})" if detail else ""
