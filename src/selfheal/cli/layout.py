"""How the lines of the live view share a screen. Pure: sizes in, lines out.

From the top: each target with its levels and facts, the running incident with its timeline, else the latest
entries, and a footer. What does not fit gives way in this order: timeline, facts of targets that are well,
levels of targets that are well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from selfheal.cli.lines import fact_lines, headline, incident_line, level_lines
from selfheal.cli.timeline import Moment, brief, moments
from selfheal.cli.tones import Line, Span, Tone, line, text_of, width
from selfheal.core.report import Report
from selfheal.ports.store import Entry
from selfheal.texts.describe import say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language
from selfheal.texts.printable import clean

WIDE = 110  # columns from which levels and facts stand side by side
TIMELINE_MIN = 4  # rows that a timeline gets before anything else is shown in full
ELLIPSIS = "…"
INDENT = Span("  ")


@dataclass(frozen=True, slots=True)
class Frame:
    """What is shown, and on how much room."""

    language: Language
    width: int
    height: int
    ports: Mapping[str, int | None]
    footer: str = ""
    zone: tzinfo | None = None


def layout(reports: Sequence[Report], entries: Sequence[Entry], frame: Frame) -> list[Line]:
    """At most `height` lines of at most `width` columns."""
    blocks = _blocks(reports, frame, frame.height - TIMELINE_MIN - 2)
    body = [each for block in blocks for each in block]
    below = [(), (Span(frame.footer, Tone.DIM),)] if frame.footer else []
    room = frame.height - len(body) - len(below)
    body += _timeline(reports, entries, frame, room)
    return [cut(each, frame.width) for each in [*body, *below][: frame.height]]


def _blocks(reports: Sequence[Report], frame: Frame, room: int) -> list[list[Line]]:
    """Whole blocks where they fit; else the well targets shrink to their headlines."""
    whole = [_block(report, frame) for report in reports]
    if sum(map(len, whole)) <= room:
        return whole
    shrunk = [block[:1] if report.well else block for report, block in zip(reports, whole, strict=True)]
    if len(reports) > 1 and sum(map(len, shrunk)) <= room:
        return shrunk
    return [block[:1] for block in whole] if len(reports) > 1 else [whole[0][: max(1, room)]] if whole else []


def _block(report: Report, frame: Frame) -> list[Line]:
    head = headline(report, frame.ports.get(report.target), frame.language)
    levels, facts = level_lines(report, frame.language), fact_lines(report, frame.language)
    if frame.width < WIDE:
        return [head, *(line(INDENT, *each) for each in (*levels, *facts))]
    return [head, *_beside(levels, facts, frame.width // 2)]


def _beside(left: Sequence[Line], right: Sequence[Line], columns: int) -> list[Line]:
    rows = max(len(left), len(right))
    lefts = [*left, *[()] * (rows - len(left))]
    rights = [*right, *[()] * (rows - len(right))]
    return [_pair(each, other, columns) for each, other in zip(lefts, rights, strict=True)]


def _pair(left: Line, right: Line, columns: int) -> Line:
    shown = cut(line(INDENT, *left), columns - 2)
    return (*shown, Span(" " * (columns - width(text_of(shown)))), *right)


def _timeline(reports: Sequence[Report], entries: Sequence[Entry], frame: Frame, room: int) -> list[Line]:
    """The running incident with what happened in it, else the latest; newest last, as many as fit."""
    ill = next((report for report in reports if report.incident is not None), None)
    title = incident_line(ill, frame.language) if ill is not None else None
    shown = [each for each in moments(entries) if ill is None or _belongs(each, entries, ill)]
    if room < 2 or (title is None and not shown):  # noqa: PLR2004 - a title and at least one line
        return []
    heading = title or (Span(say(Label.LATEST, frame.language), Tone.DIM),)
    several = len(reports) > 1 and ill is None
    lines = [_named(each, frame, several) for each in shown[-(room - 1) :]]
    return [_rule(heading, frame.width), *lines]


def _belongs(moment: Moment, entries: Sequence[Entry], report: Report) -> bool:
    incident = report.incident
    return incident is not None and any(
        entry.seq == moment.seq and entry.target == report.target and entry.incident == incident.id
        for entry in entries
    )


def _named(moment: Moment, frame: Frame, several: bool) -> Line:
    name = (Span(f"{moment.target} "),) if several else ()
    return line(INDENT, *name, *brief(moment, frame.language, frame.zone))


def _rule(heading: Line, columns: int) -> Line:
    """«── incident #7 · not answering ─────»."""
    rest = columns - width(text_of(heading)) - 4
    return line(Span("─ ", Tone.DIM), *heading, Span(f" {'─' * max(0, rest + 1)}", Tone.DIM))


def cut(spans: Line, columns: int) -> Line:
    """No line is wider than the screen: a wrapped one would break the picture."""
    whole = tuple(Span(clean(span.text), span.tone) for span in spans)
    if width(text_of(whole)) <= columns:
        return whole
    kept: list[Span] = []
    left = columns - width(ELLIPSIS)
    for span in whole:
        if width(span.text) > left:
            return (*kept, Span(_head(span.text, left) + ELLIPSIS, span.tone))
        kept.append(span)
        left -= width(span.text)
    return tuple(kept)


def _head(text: str, columns: int) -> str:
    used = 0
    for index, char in enumerate(text):
        used += width(char)
        if used > columns:
            return text[:index]
    return text
