"""What `selfheal check` has found, in a line for each gateway: well, or not well and why."""

from collections.abc import Iterator

from selfheal.cli.picture import Picture
from selfheal.cli.tones import Line, Span, Tone, line
from selfheal.core.facts import DeepVerdict, Verdict
from selfheal.core.report import Report
from selfheal.core.state import Phase
from selfheal.texts.describe import catalogue, say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language


def verdict_lines(picture: Picture, passed: bool, language: Language) -> Iterator[Line]:
    """`passed`: what the check itself says. A gateway may look well and not have been checked in time."""
    whys = {report.target: list(reasons(report, language)) for report in picture.reports}
    unfinished = [] if passed or any(whys.values()) else [say(Label.NOT_FINISHED, language)]
    for target, why in whys.items():
        detail = ", ".join(why or unfinished)
        label, tone = (Label.VERDICT_NOT_WELL, Tone.BAD) if detail else (Label.VERDICT_WELL, Tone.GOOD)
        yield line(Span(say(label, language, target=target, detail=detail), tone))


def reasons(report: Report, language: Language) -> Iterator[str]:
    """Why it is not well, the most telling first. None: it is."""
    words = catalogue(language)
    if report.incident is not None:
        yield words.causes[report.incident.cause]
    if report.phase is not Phase.WELL:
        yield words.phases[report.phase]
    full = report.full.verdict
    if full is not None and full is not Verdict.WELL:
        yield f"{say(Label.FULL_CHECK, language)}: {words.verdicts[Verdict(full)]}"
        yield from (*report.full.failing, *report.full.suppressed)
    if report.deep.verdict is DeepVerdict.FAILED:
        yield f"{say(Label.DEEP_CHECK, language)}: {words.deep_verdicts[DeepVerdict.FAILED]}"
    if report.hold is not None and not report.well:
        yield words.holds[report.hold]
