"""What `selfheal check` has found, in a line for each gateway: well, or not well and why."""

from collections.abc import Iterator, Sequence

from selfheal.cli.tones import Line, Span, Tone, line
from selfheal.core.facts import UNFIT, DeepVerdict, Verdict
from selfheal.core.report import NextStep, Report
from selfheal.core.state import Phase
from selfheal.texts.describe import catalogue, duration, say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language


def verdict_lines(reports: Sequence[Report], passed: bool, language: Language) -> Iterator[Line]:
    """`passed`: what the check itself says. A gateway may look well and not have been checked in time."""
    whys = {report.target: list(reasons(report, language)) for report in reports}
    unfinished = [] if passed or any(whys.values()) else [say(Label.NOT_FINISHED, language)]
    for report in reports:
        detail = ", ".join(whys[report.target] or unfinished)
        yield _still_watched(report, language) or _verdict(report.target, detail, language)


def stuck_lines(pid: int, looks: Sequence[tuple[str, Verdict]], language: Language) -> Iterator[Line]:
    """The resident takes no request: what to do, and what the gateways answer to us."""
    yield line(Span(say(Label.STUCK, language, pid=pid or None), Tone.BAD))
    for target, verdict in looks:
        detail = catalogue(language).verdicts[verdict]
        tone = Tone.GOOD if verdict is Verdict.WELL else Tone.BAD
        yield line(Span(say(Label.STUCK_LOOK, language, target=target, detail=detail), tone))


def _verdict(target: str, detail: str, language: Language) -> Line:
    label, tone = (Label.VERDICT_NOT_WELL, Tone.BAD) if detail else (Label.VERDICT_WELL, Tone.GOOD)
    return line(Span(say(label, language, target=target, detail=detail), tone))


def _still_watched(report: Report, language: Language) -> Line | None:
    """What began it is over: a gateway that serves is not to be called gone."""
    incident, upcoming = report.incident, report.upcoming
    if incident is None or upcoming is None or upcoming.step is not NextStep.HEALED:
        return None
    if report.phase is not Phase.WELL:
        return None
    values = {
        "target": report.target,
        "duration": duration(float(round(upcoming.in_s)), language),
        "cause": catalogue(language).causes[incident.cause],
    }
    return line(Span(say(Label.VERDICT_NOT_YET, language, **values), Tone.WARN))


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
    deep = report.deep.verdict
    if isinstance(deep, DeepVerdict) and deep in UNFIT:
        yield f"{say(Label.DEEP_CHECK, language)}: {words.deep_verdicts[deep]}"
    if report.hold is not None and not report.well:
        yield words.holds[report.hold]
