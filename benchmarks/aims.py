"""What selfheal is to reach, and whether it did. A missed aim is said plainly and fails nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.record import Measure
from benchmarks.statistics_of import Summary

SELFHEAL = "selfheal"


@dataclass(frozen=True, slots=True)
class Aim:
    most: float
    worst_counts: bool = False
    """The slowest sample must reach it, not only the median: what is a promise for each time."""


AIMS: Mapping[Measure, Aim] = {
    Measure.DEATH_DETECTED_S: Aim(0.100, worst_counts=True),
    Measure.DEATH_RATIO: Aim(1.05),
    Measure.HANG_DETECTED_S: Aim(35.0, worst_counts=True),
    Measure.RSS_MB: Aim(32.0),
    Measure.CPU_PERCENT: Aim(0.2),
    Measure.STATUS_MS: Aim(150.0),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    met: bool
    reached: float
    missed_by: float
    """In the measure's unit; 0 where it is met."""


def judge(measure: Measure, summary: Summary) -> Verdict | None:
    """None for a measure without an aim."""
    aim = AIMS.get(measure)
    if aim is None:
        return None
    reached = summary.most if aim.worst_counts else summary.median
    return Verdict(reached <= aim.most, reached, max(0.0, reached - aim.most))
