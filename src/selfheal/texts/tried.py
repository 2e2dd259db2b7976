"""What was tried in an incident and what came of it, as few lines: the most telling ones, in their order.

What is said several times is one line where nothing else was said in between; where there is no room for
each, also the older ones: how it went on at last stays as it was.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from selfheal.core.notes import Note
from selfheal.core.reasons import Reason
from selfheal.ports.store import Entry
from selfheal.texts.describe import describe
from selfheal.texts.language import Language
from selfheal.texts.phrases import Phrase, phrase
from selfheal.texts.printable import clean

MOST_LINES = 8
LAST_LINES = 4  # of those that are shown: how it went on at last, each at its moment
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
    Reason.HEALED: _DONE,
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


SERVING = frozenset({Reason.GATEWAY_SERVES, Reason.STABILISING, Reason.HEALED})


@dataclass(frozen=True, slots=True)
class _Line:
    """`at`: when it was said first. What is said again counts there."""

    at: float
    weight: int
    text: str
    times: int = 1

    def plus(self, other: "_Line") -> "_Line":
        return replace(self, times=self.times + other.times, weight=max(self.weight, other.weight))


def tried(entries: Iterable[Entry], zone: tzinfo | None, language: Language) -> list[str]:
    lines = [_Line(at, weight, describe(note, language)) for at, note, weight in _weighed(_telling(entries))]
    return [_shown(line, zone, language) for line in _in_a_row(_chosen(_in_a_row(lines)))]


def serves(entries: Iterable[Entry]) -> bool:
    """By the last of them that says anything of it."""
    said = list(_telling(entries))
    return bool(said) and said[-1][1].reason in SERVING


def _telling(entries: Iterable[Entry]) -> Iterator[tuple[float, Note]]:
    for entry in entries:
        yield from ((entry.wall, note) for note in entry.notes if note.reason in WEIGHT)


def _weighed(moments: Iterable[tuple[float, Note]]) -> list[tuple[float, Note, int]]:
    """That it serves tells as much as what was done for it, where that is how it ends."""
    weighed, at_end = [], True
    for at, note in reversed(list(moments)):
        at_end = at_end and note.reason in SERVING
        weighed.append((at, note, _DONE if at_end else WEIGHT[note.reason]))
    return weighed[::-1]


def _in_a_row(lines: Iterable[_Line]) -> list[_Line]:
    """What follows on the same as one."""
    found: list[_Line] = []
    for line in lines:
        if found and found[-1].text == line.text:
            found[-1] = found[-1].plus(line)
        else:
            found.append(line)
    return found


def _chosen(lines: Sequence[_Line]) -> list[_Line]:
    """The weightiest; of equal ones the first, with which it began, and then the latest."""
    if len(lines) <= MOST_LINES:
        return list(lines)
    ranked = sorted(range(len(lines)), key=lambda place: (lines[place].weight, place))
    last = sorted(ranked[-LAST_LINES:])
    before = _told_once(lines[place] for place in sorted(ranked[:-LAST_LINES]))
    first = max(range(len(before)), key=lambda place: (before[place].weight, -place))
    kept = sorted(range(len(before)), key=lambda place: (place == first, before[place].weight, place))
    told = [before[place] for place in sorted(kept[LAST_LINES - MOST_LINES :])]
    return sorted([*told, *(lines[place] for place in last)], key=lambda line: line.at)


def _told_once(lines: Iterable[_Line]) -> list[_Line]:
    known: dict[str, _Line] = {}
    for line in lines:
        known[line.text] = known[line.text].plus(line) if line.text in known else line
    return list(known.values())


def _shown(line: _Line, zone: tzinfo | None, language: Language) -> str:
    at = datetime.fromtimestamp(line.at, zone).strftime("%H:%M:%S")
    text = clean(line.text)
    text = text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS].rstrip()}…"
    times = f" {phrase(Phrase.TIMES, language, count=line.times)}" if line.times > 1 else ""
    return f"- {at} {text}{times}"
