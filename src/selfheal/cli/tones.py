"""Words with a tone. Plain terminal, live view and pipe show the same lines, each painted its way."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple
from unicodedata import combining, east_asian_width

from selfheal.texts.printable import clean


class Tone(StrEnum):
    PLAIN = "plain"
    STRONG = "strong"
    DIM = "dim"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


class Span(NamedTuple):
    text: str
    tone: Tone = Tone.PLAIN


Line = tuple[Span, ...]


def line(*parts: Span | str) -> Line:
    return tuple(part if isinstance(part, Span) else Span(part) for part in parts)


def text_of(spans: Line) -> str:
    return "".join(span.text for span in spans)


def width(text: str) -> int:
    """Columns on a terminal: Korean letters take two."""
    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)


def pad(text: str, columns: int) -> str:
    return text + " " * max(0, columns - width(text))


def widest(texts: Iterable[str]) -> int:
    return max(map(width, texts), default=0)


def aligned(rows: Sequence[Sequence[Span]], gap: int = 2) -> list[Line]:
    """Rows of equally many cells, each column as wide as its widest cell; the last one is left ragged."""
    columns = [widest(cell.text for cell in column) for column in zip(*rows, strict=True)]

    def cells(row: Sequence[Span]) -> Line:
        *head, last = zip(row, columns, strict=True)
        padded = [Span(pad(cell.text, size + gap), cell.tone) for cell, size in head]
        return (*padded, last[0])

    return [cells(row) for row in rows]


# ECMA-48's numbers, as every terminal knows them
_CODES = {Tone.STRONG: 1, Tone.DIM: 2, Tone.BAD: 31, Tone.GOOD: 32, Tone.WARN: 33}


class Paint(NamedTuple):
    colour: bool

    def __call__(self, spans: Line) -> str:
        return "".join(self._one(span) for span in spans).rstrip()

    def _one(self, span: Span) -> str:
        if not self.colour or span.tone is Tone.PLAIN or not span.text.strip():
            return clean(span.text)
        return f"\x1b[{_CODES[span.tone]}m{clean(span.text)}\x1b[0m"
