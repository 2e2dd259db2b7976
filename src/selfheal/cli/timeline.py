"""Journal entries as lines: when, which level, what was decided and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from selfheal.cli.tones import Line, Span, Tone, line, pad
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.core.reasons import Reason
from selfheal.ports.store import Entry
from selfheal.texts.describe import describe
from selfheal.texts.language import Language

LEVEL_TAGS = {level: f"L{number}" for number, level in enumerate(Level, start=1)}
NO_LEVEL = "  "
BAD = frozenset(
    {
        Reason.GATEWAY_LOST,
        Reason.START_FAILED,
        Reason.ATTEMPT_FAILED,
        Reason.ESCALATED,
        Reason.INCIDENT_OPENED,
        Reason.INVARIANT_BROKEN,
    }
)
SIGNS = frozenset(
    {
        Reason.GATEWAY_LOST,
        Reason.EXIT_EXAMINED,
        Reason.HEARTBEAT_MISSED,
        Reason.CHECK_FAILED,
        Reason.DEEP_CHECK_FAILED,
        Reason.START_FAILED,
        Reason.LOOK_FAILED,
    }
)
"""Of these an incident is made; the journal has them before there is one."""
LEAD_UP_S = 600.0  # longer than a patient check waits before it opens one
LEAD_UP_MAX = 20  # entries
GOOD = frozenset({Reason.GATEWAY_SERVES, Reason.HEALED, Reason.INCIDENT_CLOSED, Reason.CHECK_PASSED})


def after(entries: Sequence[Entry], last: Entry | None) -> Sequence[Entry]:
    """Those that came after `last`: all, where it is not among them, as in a journal that was begun anew."""
    known = [each.seq == last.seq and each.wall == last.wall for each in entries] if last else []
    return entries[known.index(True) + 1 :] if True in known else entries


@dataclass(frozen=True, slots=True)
class Moment:
    """One note of one entry, with its time."""

    seq: int
    target: str
    wall: float
    note: Note


def moments(entries: Sequence[Entry], level: Level | None = None) -> Iterator[Moment]:
    for entry in entries:
        for note in entry.notes:
            if level is None or note.level is level:
                yield Moment(entry.seq, entry.target, entry.wall, note)


def lead_up(entries: Sequence[Entry], opened: float) -> Sequence[Entry]:
    """Of what was said before an incident was opened, oldest first, the signs that it was opened for."""
    signs: list[Entry] = []
    for entry in reversed(entries):
        stale = opened - entry.wall > LEAD_UP_S or entry.incident is not None
        if stale or not any(note.reason in SIGNS for note in entry.notes):
            break
        signs.insert(0, entry)
    return signs


def tone(note: Note) -> Tone:
    if note.reason in BAD:
        return Tone.BAD
    if note.reason in GOOD:
        return Tone.GOOD
    return Tone.WARN if note.reason is Reason.HELD else Tone.PLAIN


def brief(moment: Moment, language: Language, zone: tzinfo | None = None) -> Line:
    """«20:30:01  L2  no good answer (1 in a row)»."""
    at = datetime.fromtimestamp(moment.wall, zone).strftime("%H:%M:%S")
    tag = LEVEL_TAGS[moment.note.level] if moment.note.level else NO_LEVEL
    sentence = Span(describe(moment.note, language), tone(moment.note))
    return line(Span(f"{at}  {tag}  ", Tone.DIM), sentence)


def full(moment: Moment, language: Language, target_columns: int = 0, zone: tzinfo | None = None) -> Line:
    """«[2026-02-05 20:30:01] main L2 …», in the document's format; the target where there are several."""
    at = datetime.fromtimestamp(moment.wall, zone).strftime("[%Y-%m-%d %H:%M:%S]")
    tag = LEVEL_TAGS[moment.note.level] if moment.note.level else NO_LEVEL
    target = f"{pad(moment.target, target_columns)} " if target_columns else ""
    sentence = Span(describe(moment.note, language), tone(moment.note))
    return line(Span(f"{at} ", Tone.DIM), target, Span(f"{tag} ", Tone.DIM), sentence)
