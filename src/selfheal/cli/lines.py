"""A report as lines of words with a tone. Both the plain status and the live view are made of these."""

from collections.abc import Iterator

from selfheal.cli.tones import Line, Span, Tone, aligned, line
from selfheal.core.facts import DeepVerdict, Verdict
from selfheal.core.report import CheckReport, IncidentReport, LevelReport, LevelStatus, Report
from selfheal.core.state import Phase
from selfheal.texts.describe import catalogue, duration, say
from selfheal.texts.labels import Label
from selfheal.texts.language import Language
from selfheal.texts.printable import clean

PHASE_TONES = {
    Phase.UNKNOWN: Tone.DIM,
    Phase.ABSENT: Tone.BAD,
    Phase.STARTING: Tone.WARN,
    Phase.WELL: Tone.GOOD,
    Phase.DEGRADED: Tone.WARN,
    Phase.SUSPECT: Tone.WARN,
    Phase.ILL: Tone.BAD,
    Phase.DRAINING: Tone.WARN,
    Phase.STOPPED: Tone.DIM,
}
LEVEL_MARKS = {
    LevelStatus.OK: Span("✔", Tone.GOOD),
    LevelStatus.WORKING: Span("●", Tone.WARN),
    LevelStatus.HELD: Span("◌", Tone.WARN),
    LevelStatus.EXHAUSTED: Span("✘", Tone.BAD),
    LevelStatus.DISABLED: Span("○", Tone.DIM),
    LevelStatus.NOT_AVAILABLE: Span("-", Tone.DIM),
    LevelStatus.UNKNOWN: Span("?", Tone.DIM),
}
GOOD_VERDICTS = frozenset({Verdict.WELL, DeepVerdict.OK})
PATIENT_VERDICTS = frozenset(
    {Verdict.STARTING, Verdict.DRAINING, Verdict.DEGRADED, Verdict.UNPROBED, DeepVerdict.NOT_CHECKED}
)
SEPARATOR = Span(" · ", Tone.DIM)


def _brief(seconds: float, language: Language) -> str:
    """Whole seconds: a tenth would only flicker in a view that is drawn every second."""
    return duration(float(round(seconds)), language)


def headline(report: Report, port: int | None, language: Language) -> Line:
    """«main  ● well for 3h 12m · pid 4242 · port 18789»."""
    tone = PHASE_TONES[report.phase]
    phase = Span(catalogue(language).phases[report.phase], tone)
    parts: list[Span] = [Span(report.target, Tone.STRONG), Span("  "), Span("● ", tone), phase]
    if report.phase_age_s is not None:
        since = say(Label.FOR, language, duration=_brief(report.phase_age_s, language))
        parts.append(Span(f" {since}"))
    for extra in _about_process(report, port, language):
        parts += [SEPARATOR, extra]
    return tuple(parts)


def _about_process(report: Report, port: int | None, language: Language) -> Iterator[Span]:
    if report.process is not None:
        yield Span(say(Label.PID, language, pid=report.process.pid))
        yield Span(say(Label.UPTIME, language, duration=_brief(report.process.age_s, language)), Tone.DIM)
    else:
        yield Span(say(Label.NO_PROCESS, language), Tone.DIM)
    if port is not None:
        yield Span(say(Label.PORT, language, port=port), Tone.DIM)
    if report.observe:
        yield Span(say(Label.OBSERVING, language), Tone.WARN)


def level_lines(report: Report, language: Language) -> list[Line]:
    rows = [_level(each, language) for each in report.levels]
    marks = [LEVEL_MARKS[each.status] for each in report.levels]
    return [line(mark, " ", *row) for mark, row in zip(marks, aligned(rows), strict=True)]


def _level(level: LevelReport, language: Language) -> list[Span]:
    words = catalogue(language)
    status = words.level_statuses[level.status]
    if level.hold is not None:
        status = f"{status}: {words.holds[level.hold]}"
    tone = LEVEL_MARKS[level.status].tone
    return [Span(words.levels[level.level]), Span(status, Tone.PLAIN if tone is Tone.GOOD else tone)]


def fact_lines(report: Report, language: Language) -> list[Line]:
    """Checks, budgets, learnt times, pause and what comes next: label and value, aligned."""
    rows = [
        (Label.HEARTBEAT, _check(report.heartbeat, language)),
        (Label.FULL_CHECK, _check(report.full, language)),
        (Label.DEEP_CHECK, _check(report.deep, language)),
        (Label.BUDGET, _budget(report, language)),
        *_optional(report, language),
        (Label.NEXT, _next(report, language)),
    ]
    return aligned([[Span(say(label, language), Tone.DIM), value] for label, value in rows])


def _optional(report: Report, language: Language) -> Iterator[tuple[Label, Span]]:
    learnt = report.start_time
    if learnt is not None:
        last, longest = _brief(learnt.last_s, language), _brief(learnt.longest_s, language)
        yield Label.START_TIME, Span(say(Label.LEARNT, language, duration=last, longest=longest))
    pause = report.pause
    if pause is not None and pause.left_s is None:
        yield Label.PAUSE, Span(say(Label.PAUSED_OPEN, language, detail=pause.why), Tone.WARN)
    elif pause is not None and pause.left_s is not None:
        left = _brief(pause.left_s, language)
        yield Label.PAUSE, Span(say(Label.PAUSED_LEFT, language, duration=left, detail=pause.why), Tone.WARN)


def _check(check: CheckReport, language: Language) -> Span:
    if check.verdict is None:
        return Span(say(Label.NOT_YET, language), Tone.DIM)
    words = catalogue(language)
    deep = isinstance(check.verdict, DeepVerdict)
    name = words.deep_verdicts[DeepVerdict(check.verdict)] if deep else words.verdicts[Verdict(check.verdict)]
    parts = [name]
    if check.age_s is not None:
        parts.append(say(Label.AGO, language, duration=_brief(check.age_s, language)))
    if check.misses:
        parts.append(say(Label.MISSES, language, count=check.misses))
    parts += [f"{each} ✘" for each in (*check.failing, *check.suppressed)]
    return Span(", ".join(parts), _tone(check))


def _tone(check: CheckReport) -> Tone:
    if check.verdict in PATIENT_VERDICTS or (check.verdict in GOOD_VERDICTS and check.misses):
        return Tone.WARN
    return Tone.PLAIN if check.verdict in GOOD_VERDICTS else Tone.BAD


def _budget(report: Report, language: Language) -> Span:
    budget = report.budget
    starts = say(Label.STARTS, language, count=budget.hourly, limit=budget.hourly_max)
    window = _brief(budget.unclean_window_s, language)
    unclean = say(Label.UNCLEAN, language, count=budget.unclean, limit=budget.unclean_max, duration=window)
    used = budget.hourly >= budget.hourly_max or budget.unclean >= budget.unclean_max
    return Span(f"{starts}, {unclean}", Tone.WARN if used else Tone.PLAIN)


def _next(report: Report, language: Language) -> Span:
    upcoming = report.upcoming
    if upcoming is None:
        return Span(say(Label.NONE, language), Tone.DIM)
    when = _brief(upcoming.in_s, language)
    wait = say(Label.IN, language, duration=when) if upcoming.in_s >= 1 else say(Label.NOW, language)
    return Span(f"{catalogue(language).next_steps[upcoming.step]}, {wait}")


def incident_line(report: Report, language: Language) -> Line | None:
    """«incident #7 · not answering · for 1m 40s · attempt 2 of 3 · coming up»."""
    incident = report.incident
    if incident is None:
        return None
    words = catalogue(language)
    parts = [
        Span(f"{say(Label.INCIDENT, language)} #{incident.id}", Tone.BAD),
        Span(words.causes[incident.cause], Tone.STRONG),
        Span(say(Label.FOR, language, duration=_brief(incident.age_s, language))),
        Span(say(Label.ATTEMPTS, language, count=incident.attempts, limit=incident.attempts_max)),
        Span(words.stages[incident.stage]),
    ]
    if incident.told:
        parts.append(_told(incident, language))
    return _joined(parts)


def _told(incident: IncidentReport, language: Language) -> Span:
    known = incident.acknowledged
    if known is None:
        return Span(say(Label.TOLD, language), Tone.WARN)
    left = None if known.left_s is None else _brief(known.left_s, language)
    return Span(say(Label.ACKNOWLEDGED, language, duration=left, detail=clean(known.by)), Tone.GOOD)


def _joined(parts: list[Span]) -> Line:
    spaced = [span for part in parts for span in (SEPARATOR, part)]
    return tuple(spaced[1:])
