"""Chance, all of it from one seed."""

import math
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """The same seed gives the same draws on every machine and every Python that we support."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed)  # noqa: S311 -- a world must be repeatable, not secret

    def chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._random.random()

    def spread(self, low: float, high: float) -> float:
        """As likely between 1 and 10 as between 10 and 100: for times, which differ by magnitudes."""
        return math.exp(self.between(math.log(low), math.log(high)))

    def count(self, low: int, high: int) -> int:
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self._random.random() * len(choices))]

    def wait_s(self, mean_s: float) -> float:
        """Until the next event of a kind that comes once in `mean_s` seconds on the average."""
        return -math.log(1.0 - self._random.random()) * mean_s
