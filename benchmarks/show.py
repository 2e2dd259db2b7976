"""The table: a line a measure, a column a contender, and what selfheal was to reach."""

from rich.console import Console
from rich.table import Table

from benchmarks.aims import AIMS, SELFHEAL, judge
from benchmarks.record import Measure, Run, Series
from benchmarks.statistics_of import Summary, summarise

TITLES: dict[Measure, str] = {
    Measure.FIRST_START_S: "first start (fresh home)",
    Measure.COLD_START_S: "cold start (after kill -9)",
    Measure.DEATH_TOLD_S: "kill -9 → told by the kernel",
    Measure.DEATH_DETECTED_S: "kill -9 → detected",
    Measure.DEATH_SERVING_S: "kill -9 → serving again",
    Measure.DEATH_RATIO: "… in cold starts",
    Measure.HANG_DETECTED_S: "hang → detected",
    Measure.HANG_SERVING_S: "hang → serving again",
    Measure.RSS_MB: "memory at rest, RSS",
    Measure.PSS_MB: "memory at rest, PSS",
    Measure.CPU_PERCENT: "CPU at rest",
    Measure.GATEWAY_CPU_PERCENT: "the gateway's own CPU",
    Measure.STATUS_MS: "`selfheal status`",
    Measure.INTERPRETER_MS: "`python -c pass`",
}


def value(measure: Measure, number: float) -> str:
    match measure:
        case Measure.DEATH_RATIO:
            return f"{number:.2f} x"
        case Measure.RSS_MB | Measure.PSS_MB:
            return f"{number:.1f} MB"
        case Measure.CPU_PERCENT | Measure.GATEWAY_CPU_PERCENT:
            return f"{number:.3f} %"
        case Measure.STATUS_MS | Measure.INTERPRETER_MS:
            return f"{number:.0f} ms"
        case _:
            return f"{number * 1000:.0f} ms" if number < 1 else f"{number:.2f} s"


def cell(series: Series | None) -> str:
    if series is None:
        return "-"
    summary = summarise(series.samples)
    if summary is None:
        return series.note or "-"
    text = value(series.measure, summary.median)
    if summary.count > 1:
        text += f"\n{value(series.measure, summary.least)} to {value(series.measure, summary.most)}"
    if series.measure is Measure.STATUS_MS:
        text += f"\np95 {value(series.measure, summary.p95)}"
    return f"{text}\n{series.note}" if series.note else text


def aim(measure: Measure) -> str:
    found = AIMS.get(measure)
    if found is None:
        return ""
    return f"≤ {value(measure, found.most)}{', each' if found.worst_counts else ''}"


def verdict(measure: Measure, summary: Summary | None) -> str:
    if measure not in AIMS:
        return ""
    judged = judge(measure, summary) if summary is not None else None
    if judged is None:
        return "not measured"
    return "met" if judged.met else f"missed by {value(measure, judged.missed_by)}"


def table(run: Run) -> Table:
    found = {(one.contender, one.measure): one for one in run.series}
    columns = [name for name in run.methods if any(name == one.contender for one in run.series)]
    made = Table(title="on the real gateway: median, least to most", show_lines=True, title_justify="left")
    for heading in ("", *columns, "aim", "selfheal"):
        made.add_column(heading)
    for measure, title in TITLES.items():
        row = [found.get((name, measure)) for name in columns]
        if measure is Measure.INTERPRETER_MS or not any(row):
            continue
        mine = found.get((SELFHEAL, measure))
        said = verdict(measure, summarise(mine.samples) if mine else None)
        style = {"met": "green", "": ""}.get(said, "bold red")
        made.add_row(title, *map(cell, row), aim(measure), f"[{style}]{said}[/]" if style else said)
    return made


def show(run: Run, console: Console) -> None:
    console.print(table(run))
    for name, method in run.methods.items():
        console.print(f"  {name}: {method}", style="dim", highlight=False)
    machine = run.machine
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    load = f"load {machine.load_before[0]:.1f} before, {machine.load_after[0]:.1f} after"
    console.print(f"  {versions}; {machine.cores} cores, {machine.memory_mb} MB; {load}", highlight=False)
    for one in run.series:
        summary = summarise(one.samples)
        if one.measure is Measure.INTERPRETER_MS and summary is not None:
            console.print(
                f"  {TITLES[one.measure]} takes {value(one.measure, summary.median)}", highlight=False
            )
    if machine.load_before[0] > machine.cores / 2:
        console.print("  the machine was busy: these numbers tell little", style="yellow")
    if not run.complete:
        console.print("  interrupted: not all was measured", style="yellow")
