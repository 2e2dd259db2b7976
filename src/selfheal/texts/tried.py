"""What was tried in an incident and what came of it, as few lines: the most telling ones, in their order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from selfheal.core.notes import Note
from selfheal.core.reasons import Reason
from selfheal.ports.store import Entry
from selfheal.texts.describe import describe
from selfheal.texts.language import Language
from selfheal.texts.phrases import Phrase, phrase
from selfheal.texts.printable import clean

MOST_LINES = 8
MOST_CHARACTERS = 160  # of a line: two or three on a phone

_DONE, _FOUND, _ASIDE = 3, 2, 1
WEIGHT = {
    Reason.START: _DONE,
    Reason.START_FAILED: _DONE,
    Reason.ASK_TO_STOP: _DONE,
    Reason.KILL_PORT_CLOSED: _DONE,
    Reason.KILL_DRAIN_OVER: _DONE,
    Reason.KILL_NO_ANSWER: _DONE,
    Reason.SIGNAL_FAILED: _DONE,
    Reason.SIGNAL_REFUSED: _DONE,
    Reason.ATTEMPT_FAILED: _DONE,
    Reason.CAUSE_FOUND: _DONE,
    Reason.INVARIANT_BROKEN: _DONE,
    Reason.WOULD_START: _DONE,
    Reason.WOULD_STOP: _DONE,
    Reason.EXIT_EXAMINED: _FOUND,
    Reason.GATEWAY_LOST: _FOUND,
    Reason.CHECK_FAILED: _FOUND,
    Reason.DEEP_CHECK_FAILED: _FOUND,
    Reason.HELD: _FOUND,
    Reason.LAST_WAIT: _FOUND,
    Reason.ESCALATED: _FOUND,
    Reason.PAUSED: _FOUND,
    Reason.HEARTBEAT_MISSED: _ASIDE,
    Reason.GATEWAY_SERVES: _ASIDE,
    Reason.STABILISING: _ASIDE,
    Reason.RETRY_AFTER_ESCALATION: _ASIDE,
    Reason.HOST_RESUMED: _ASIDE,
    Reason.LOOK_FAILED: _ASIDE,
}
"""A reason that is not here says nothing to who was woken by the message."""


@dataclass(slots=True)
class _Line:
    """`at`: when it was said first. What is said again counts there."""

    at: float
    weight: int
    text: str
    times: int = 1


def tried(entries: Iterable[Entry], zone: tzinfo | None, language: Language) -> list[str]:
    lines = _told_once(_telling(entries), language)
    return [_shown(line, zone, language) for line in _chosen(lines)]


def _telling(entries: Iterable[Entry]) -> Iterator[tuple[float, Note]]:
    for entry in entries:
        yield from ((entry.wall, note) for note in entry.notes if note.reason in WEIGHT)


def _told_once(moments: Iterable[tuple[float, Note]], language: Language) -> list[_Line]:
    known: dict[str, _Line] = {}
    for at, note in moments:
        text = describe(note, language)
        if text in known:
            known[text].times += 1
        else:
            known[text] = _Line(at, WEIGHT[note.reason], text)
    return list(known.values())


def _chosen(lines: Sequence[_Line]) -> list[_Line]:
    """The weightiest; of equal ones the first, with which it began, and then the latest."""
    if len(lines) <= MOST_LINES:
        return list(lines)
    first = max(line.weight for line in lines)
    opening = next(place for place, line in enumerate(lines) if line.weight == first)
    ranked = sorted(range(len(lines)), key=lambda place: (place == opening, lines[place].weight, place))
    return [lines[place] for place in sorted(ranked[-MOST_LINES:])]


def _shown(line: _Line, zone: tzinfo | None, language: Language) -> str:
    at = datetime.fromtimestamp(line.at, zone).strftime("%H:%M:%S")
    text = clean(line.text)
    text = text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS].rstrip()}…"
    times = f" {phrase(Phrase.TIMES, language, count=line.times)}" if line.times > 1 else ""
    return f"- {at} {text}{times}"
