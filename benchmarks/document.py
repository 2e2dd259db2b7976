"""The JSON document of a run. `SCHEMA` grows when a field changes its meaning."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.aims import AIMS, SELFHEAL, judge
from benchmarks.record import Run, Series
from benchmarks.statistics_of import summarise

SCHEMA = 1
DIGITS = 6


def document(run: Run) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "began": run.began,
        "complete": run.complete,
        "machine": asdict(run.machine),
        "settings": run.settings,
        "methods": run.methods,
        "aims": [
            _aim(series) for series in run.series if series.contender == SELFHEAL and series.measure in AIMS
        ],
        "series": [_series(series) for series in run.series],
    }


def write(run: Run, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    stamp = run.began.replace(":", "").replace("-", "")
    path = folder / f"{stamp}.json"
    path.write_text(json.dumps(document(run), indent=2, ensure_ascii=False) + "\n", "utf-8")
    return path


def _series(series: Series) -> dict[str, Any]:
    summary = summarise(series.samples)
    told: dict[str, Any] = {"contender": series.contender, "measure": str(series.measure)}
    if summary is not None:
        told |= {
            "median": round(summary.median, DIGITS),
            "min": round(summary.least, DIGITS),
            "max": round(summary.most, DIGITS),
            "p95": round(summary.p95, DIGITS),
        }
    told["samples"] = [round(sample, DIGITS) for sample in series.samples]
    return told | ({"note": series.note} if series.note else {})


def _aim(series: Series) -> dict[str, Any]:
    aim, summary = AIMS[series.measure], summarise(series.samples)
    judged = judge(series.measure, summary) if summary is not None else None
    return {
        "measure": str(series.measure),
        "most": aim.most,
        "of": "every sample" if aim.worst_counts else "median",
        "met": judged.met if judged else None,
        "missed_by": round(judged.missed_by, DIGITS) if judged else None,
    }
