"""The few numbers that stand for many."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Summary:
    median: float
    least: float
    most: float
    p95: float
    count: int


def summarise(samples: Sequence[float]) -> Summary | None:
    """None where nothing was measured."""
    if not samples:
        return None
    return Summary(median(samples), min(samples), max(samples), percentile(samples, 95), len(samples))


def percentile(samples: Sequence[float], percent: float) -> float:
    """The nearest rank: a value that was really measured. Raises ValueError without samples."""
    if not samples:
        raise ValueError("no samples")
    rank = max(1, math.ceil(len(samples) * percent / 100))
    return sorted(samples)[rank - 1]


def phase_s(number: int, of: int, period_s: float) -> float:
    """Where in its period the number-th of `of` samples begins: spread evenly, and the same in every run."""
    return (number + 0.5) / of * period_s
