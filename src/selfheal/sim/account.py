"""What a run of many worlds comes to, as figures: for the table of a person and for a file."""

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum

from selfheal.sim.campaign import Sum
from selfheal.sim.plan import HOUR_S


class Figure(StrEnum):
    """The rows of the table. Those that end in `_year` count for one gateway and one year.

    From `counted_days` on: of the first phase, which is as long under every policy.
    """

    WORLDS = "worlds"
    DAYS = "gateway_days"
    COUNTED = "counted_days"
    FAULTS = "faults"
    INCIDENTS_YEAR = "incidents_year"
    DOWN_YEAR_S = "downtime_year_s"
    DOWN_HALF_S = "downtime_half_s"
    TAKEN_YEAR_S = "downtime_taken_year_s"
    HELD_YEAR_S = "downtime_held_year_s"
    STARTS_YEAR = "starts_year"
    STOPS_YEAR = "stops_year"
    DRAINS_CUT_YEAR = "drains_cut_year"
    STARTS_CUT_YEAR = "starts_cut_year"
    ALERTS_YEAR = "alerts_year"
    ESCALATIONS_YEAR = "escalations_year"
    SESSIONS_YEAR = "doctor_sessions_year"
    REPAIR_HALF_S = "repair_half_s"
    REPAIR_MOST_S = "repair_most_s"
    STILL_OPEN = "still_open"
    HARM = "rules_broken"


MOST = 0.95
SECONDS = frozenset(
    {
        *(Figure.DOWN_YEAR_S, Figure.DOWN_HALF_S, Figure.TAKEN_YEAR_S, Figure.HELD_YEAR_S),
        *(Figure.REPAIR_HALF_S, Figure.REPAIR_MOST_S),
    }
)
WHOLE = frozenset({Figure.WORLDS, Figure.DAYS, Figure.COUNTED, Figure.FAULTS, Figure.STILL_OPEN, Figure.HARM})


def figures(total: Sum) -> dict[Figure, float | None]:
    """None: there was nothing to measure. Infinite: too few were repaired."""
    if not total.worlds:
        return {**dict.fromkeys(Figure), Figure.WORLDS: 0}
    safe = total.safe
    return {
        Figure.WORLDS: total.worlds,
        Figure.DAYS: total.days,
        Figure.COUNTED: safe.days,
        Figure.FAULTS: total.events.total(),
        Figure.INCIDENTS_YEAR: total.a_year(safe.incidents),
        Figure.DOWN_YEAR_S: total.a_year(safe.down_s),
        Figure.DOWN_HALF_S: total.downtime_half_s(),
        Figure.TAKEN_YEAR_S: total.a_year(safe.taken_s),
        Figure.HELD_YEAR_S: total.a_year(safe.held_s),
        Figure.STARTS_YEAR: total.a_year(safe.starts),
        Figure.STOPS_YEAR: total.a_year(safe.signals),
        Figure.DRAINS_CUT_YEAR: total.a_year(safe.drains_cut),
        Figure.STARTS_CUT_YEAR: total.a_year(safe.starts_cut),
        Figure.ALERTS_YEAR: total.a_year(safe.alerts),
        Figure.ESCALATIONS_YEAR: total.a_year(safe.escalations),
        Figure.SESSIONS_YEAR: total.a_year(safe.sessions),
        Figure.REPAIR_HALF_S: total.repair_quantile_s(0.5),
        Figure.REPAIR_MOST_S: total.repair_quantile_s(MOST),
        Figure.STILL_OPEN: safe.still_open,
        Figure.HARM: len(total.found),
    }


def document(
    columns: Mapping[str, Sum], seconds: float, cpu_seconds: float, jobs: int, *, whole: bool
) -> dict[str, object]:
    """As it is written into a file; documented in docs/json.md. `cpu_seconds`: of all processes."""
    hours = sum(total.days for total in columns.values()) * 24.0
    return {
        "kind": "simulation",
        "complete": whole,
        "seconds": round(seconds, 1),
        "jobs": jobs,
        "cpu_seconds": round(cpu_seconds, 1),
        "gateway_hours_per_second_and_job": round(hours / seconds / jobs, 1) if seconds else None,
        "gateway_hours_per_cpu_second": round(hours / cpu_seconds, 1) if cpu_seconds else None,
        "columns": {name: _column(total) for name, total in columns.items()},
    }


def _column(total: Sum) -> dict[str, object]:
    return {
        **{str(figure): None if value == math.inf else value for figure, value in figures(total).items()},
        "steps": total.steps,
        "days_leapt_over": total.leapt_s / HOUR_S / 24.0,
        "own_deaths": total.deaths,
        "doctor_sessions": total.safe.sessions,
        "faults_by_kind": dict(sorted(total.events.items())),
        "outcomes": dict(sorted(total.safe.outcomes.items())),
        "found": [
            {
                "seed": found.seed,
                "days": found.days,
                "rule": found.violation.rule,
                "detail": found.violation.detail,
                "at_s": found.violation.at_s,
            }
            for found in total.found
        ],
    }


def worst(columns: Mapping[str, Sum]) -> Sequence[str]:
    """The names of the columns in which a rule was broken."""
    return [name for name, total in columns.items() if total.found]
