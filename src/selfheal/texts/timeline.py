"""The timeline of an incident as plain text: when, which level, what was decided and why."""

from collections.abc import Iterable
from datetime import datetime, tzinfo

from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.ports.store import Entry
from selfheal.texts.describe import describe
from selfheal.texts.language import Language
from selfheal.texts.phrases import Phrase, phrase
from selfheal.texts.printable import clean

FIRST_LINES = 40  # with which it began
LAST_LINES = 80  # where it stands
MOST_CHARACTERS = 300  # of a line
_LEVELS = {level: f"L{number}" for number, level in enumerate(Level, start=1)}


def timeline(entries: Iterable[Entry], zone: tzinfo | None, language: Language) -> str:
    """A line for each note, in the format of the document's logs. Of a long one the beginning and the end."""
    lines = [_line(entry.wall, note, zone, language) for entry in entries for note in entry.notes]
    hidden = len(lines) - FIRST_LINES - LAST_LINES
    if hidden > 0:
        lines[FIRST_LINES:-LAST_LINES] = [phrase(Phrase.MORE, language, count=hidden)]
    return "\n".join(lines)


def _line(wall: float, note: Note, zone: tzinfo | None, language: Language) -> str:
    at = datetime.fromtimestamp(wall, zone).strftime("[%Y-%m-%d %H:%M:%S]")
    text = clean(describe(note, language))
    text = text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS].rstrip()}…"
    return f"{at} {_LEVELS[note.level] if note.level else '  '} {text}"
