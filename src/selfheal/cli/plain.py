"""`selfheal status` for a person, without rich: it must answer in an eyeblink."""

from collections.abc import Iterator

from selfheal.cli.lines import fact_lines, headline, incident_line, level_lines
from selfheal.cli.picture import Picture
from selfheal.cli.tones import Line, Span, Tone, line
from selfheal.core.report import Report
from selfheal.texts.describe import duration, say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language

INDENT = "  "


def status_lines(picture: Picture, language: Language) -> Iterator[Line]:
    yield resident_line(picture, language)
    if not picture.known:
        yield line(Span(say(Label.NO_DATA, language), Tone.DIM))
        return
    for report in picture.reports:
        yield ()
        yield headline(report, picture.ports.get(report.target), language)
        yield from _indented(report, language)


def resident_line(picture: Picture, language: Language) -> Line:
    name = f"{say(Label.RESIDENT, language)}: "
    if picture.resident_pid is not None:
        pid = picture.resident_pid or None
        return line(name, Span(say(Label.RUNNING, language, pid=pid), Tone.GOOD))
    dead = Span(say(Label.NOT_RUNNING, language), Tone.BAD)
    if not picture.known:
        return line(name, dead)
    age_s = min(report.as_of_age_s for report in picture.reports)
    return line(name, dead, f" – {say(Label.DATA_AGE, language, duration=duration(age_s, language))}")


def _indented(report: Report, language: Language) -> Iterator[Line]:
    for each in (*level_lines(report, language), *fact_lines(report, language)):
        yield line(INDENT, *each)
    incident = incident_line(report, language)
    if incident is not None:
        yield line(INDENT, *incident)
