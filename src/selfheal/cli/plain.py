"""`selfheal status` for a person, without rich: it must answer in an eyeblink."""

from collections.abc import Iterator

from selfheal.cli.lines import SEPARATOR, fact_lines, headline, incident_line, level_lines
from selfheal.cli.picture import Picture
from selfheal.cli.tones import Line, Span, Tone, line
from selfheal.core.instants import Now
from selfheal.core.report import Report
from selfheal.ports.store import Waiting
from selfheal.texts.describe import catalogue, duration, say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language

INDENT = "  "


def status_lines(picture: Picture, language: Language) -> Iterator[Line]:
    yield resident_line(picture, language)
    if not picture.known:
        yield _nothing(picture, language)
        yield from (_waiting(each, picture.now, language) for each in picture.waiting)
        return
    for report in picture.reports:
        yield ()
        yield (
            *headline(report, picture.ports.get(report.target), language),
            *_as_of(report, picture, language),
        )
        yield from _indented(report, language)
        mine = (each for each in picture.waiting if each.target == report.target)
        yield from (line(INDENT, *_waiting(each, picture.now, language)) for each in mine)


def _nothing(picture: Picture, language: Language) -> Line:
    if picture.silent:
        return line(Span(say(Label.NOTHING_WRITTEN, language), Tone.BAD))
    return line(Span(say(Label.NO_DATA, language), Tone.DIM))


def _as_of(report: Report, picture: Picture, language: Language) -> Line:
    """The pid of a process that may be long dead is not to be read as news."""
    if report not in picture.stale:
        return ()
    age = duration(float(round(report.as_of_age_s or 0.0)), language)
    return (SEPARATOR, Span(say(Label.AS_OF, language, duration=age), Tone.BAD))


def resident_line(picture: Picture, language: Language) -> Line:
    name = f"{say(Label.RESIDENT, language)}: "
    if picture.resident_pid is not None:
        pid = picture.resident_pid or None
        running = Span(say(Label.RUNNING, language, pid=pid), Tone.WARN if picture.stale else Tone.GOOD)
        return line(name, running, *(_stale(each, language) for each in picture.stale))
    dead = Span(say(Label.NOT_RUNNING, language), Tone.BAD)
    ages_s = [report.as_of_age_s for report in picture.reports if report.as_of_age_s is not None]
    if not ages_s:
        return line(name, dead)
    age_s = min(ages_s)
    return line(name, dead, f" – {say(Label.DATA_AGE, language, duration=duration(age_s, language))}")


def _stale(report: Report, language: Language) -> Span:
    age = duration(float(round(report.as_of_age_s or 0.0)), language)
    return Span(f" – {say(Label.STALE, language, target=report.target, duration=age)}", Tone.BAD)


def _waiting(waiting: Waiting, now: Now, language: Language) -> Line:
    """«main: pause for 2h, asked 5m ago, waits for the resident: moving disks»."""
    words, asked = catalogue(language), waiting.asked
    values = {
        "target": waiting.target,
        "request": words.requests[asked.request],
        "level": words.levels[asked.level] if asked.level else "",
        "duration": duration(asked.for_s, language) if asked.for_s else "",
        "age": duration(float(round(max(0.0, now.wall - waiting.wall))), language),
        "detail": asked.why,
    }
    return line(Span(say(Label.WAITING, language, **values), Tone.WARN))


def _indented(report: Report, language: Language) -> Iterator[Line]:
    for each in (*level_lines(report, language), *fact_lines(report, language)):
        yield line(INDENT, *each)
    incident = incident_line(report, language)
    if incident is not None:
        yield line(INDENT, *incident)
