"""A story as it went: one line a decision, in names of reasons, never in sentences."""

from tests.stories.world import World

from selfheal.core.actions import Ordered, SignalGateway, StartGateway
from selfheal.core.alert import Notify
from selfheal.core.facts import Verdict
from selfheal.core.notes import Note
from selfheal.core.observations import (
    ActionFinished,
    DeepCheckFinished,
    ExitExamined,
    HostInspected,
    Observation,
    OperatorAsked,
    ProbeFinished,
    ProcessExited,
)
from selfheal.core.reasons import Reason

QUIET = frozenset({Reason.CHECK_PASSED})
ACTS = (StartGateway, SignalGateway, Notify)


def transcript(world: World) -> str:
    lines = [
        line
        for at, observation, notes, actions in world.trace
        if (line := _line(at, observation, notes, actions))
    ]
    return "\n".join([*lines, _end(world)]) + "\n"


def _line(at: float, observation: Observation, notes: tuple[Note, ...], actions: tuple[Ordered, ...]) -> str:
    said = [_note(note) for note in notes if note.reason not in QUIET]
    done = [_act(order) for order in actions if isinstance(order.action, ACTS)]
    if not said and not done:
        return ""
    parts = [f"{at:9.2f}", f"{_seen(observation):<28}", " ".join(said)]
    return "  ".join([*parts, *(f"=> {act}" for act in done)]).rstrip()


def _seen(observation: Observation) -> str:
    match observation:
        case ProbeFinished(report=report):
            return f"probe {report.kind} {report.verdict}"
        case HostInspected(inspection=seen):
            return "host: gateway " + ("gone" if seen.process is None else str(seen.process.pid))
        case ProcessExited(pid=pid, exit_code=code):
            return f"exit of {pid}" + ("" if code is None else f" code {code}")
        case ExitExamined():
            return "exit examined"
        case DeepCheckFinished(verdict=verdict):
            return f"deep check {verdict}"
        case ActionFinished(succeeded=succeeded):
            return "act " + ("done" if succeeded else "failed")
        case OperatorAsked(request=request, level=level):
            return f"person: {request} {level or ''}".rstrip()
        case _:
            name = type(observation).__name__
            return "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in name).strip()


def _note(note: Note) -> str:
    extras = [note.hold, note.cause, note.outcome, note.detail.replace(" ", "_") or None]
    told = ":".join(str(extra) for extra in extras if extra is not None)
    number = "" if note.number is None else f"[{note.number:g}]"
    return f"{note.reason}{number}" + (f"({told})" if told else "")


def _act(order: Ordered) -> str:
    match order.action:
        case SignalGateway(pid=pid, signal=signal):
            return f"SIG{signal} {pid}"
        case Notify(kind=kind):
            return f"alert {kind}"
        case _:
            return "start"


def _end(world: World) -> str:
    state = world.state
    acts = [order.action for _, _, _, actions in world.trace for order in actions]
    starts = sum(isinstance(act, StartGateway) for act in acts)
    signals = sum(isinstance(act, SignalGateway) for act in acts)
    alerts = sum(isinstance(act, Notify) for act in acts)
    truth = "serves" if world.gateway.alive and world.verdict() is Verdict.WELL else "does not serve"
    incident = "no incident" if state.incident is None else f"incident {state.incident.cause}"
    return (
        f"end: gateway {truth}, believed {state.gateway.phase}, {incident}, ladder {state.restart.stage}; "
        f"{starts} starts, {signals} signals, {alerts} alerts"
    )
