"""Many worlds, on all cores, and what they come to together."""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass, field, fields

from selfheal.core.policy import Policy
from selfheal.sim.judge import Violation
from selfheal.sim.life import Tally, live
from selfheal.sim.plan import draw

AT_ONCE = 4  # worlds handed to a process in one go
AHEAD = 64  # such chunks a process: some worlds take fifty times as long as others, and nobody waits for them
YEAR_DAYS = 365.25


@dataclass(frozen=True)
class Found:
    """What was wrong in one world."""

    seed: int
    days: float
    violation: Violation


@dataclass
class Sum(Tally):
    """The worlds so far, together."""

    worlds: int = 0
    found: list[Found] = field(default_factory=list)

    def add(self, seed: int, days: float, tally: Tally) -> None:
        self.worlds += 1
        for each in fields(Tally):
            so_far = getattr(self, each.name)
            so_far += getattr(tally, each.name)
            setattr(self, each.name, so_far)
        self.found.extend(Found(seed, days, violation) for violation in tally.violations[:1])

    def a_year(self, count: float) -> float:
        """Of one gateway."""
        return count * YEAR_DAYS / self.days if self.days else 0.0

    def repair_quantile_s(self, share: float) -> float | None:
        if not self.repair_s:
            return None
        ordered = sorted(self.repair_s)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True)
class Task:
    seed: int
    days: float
    policy: Policy | None = None  # None: drawn with the world
    rate: float | None = None  # faults a day; None: drawn with the world


def one(task: Task) -> tuple[Task, Tally]:
    return task, live(draw(task.seed, task.days, task.policy, task.rate))


def several(tasks: list[Task]) -> list[tuple[Task, Tally]]:
    return [one(task) for task in tasks]


def run(
    tasks: Iterable[Task], jobs: int, pools: Callable[[int], Executor] = ProcessPoolExecutor
) -> Iterator[tuple[Task, Tally]]:
    """Each world with what it came to, in their order. `jobs`: how many processes; 1 needs none. Who stops
    listening stops it: what has not begun by then is not run.
    """
    if jobs == 1:
        yield from map(one, tasks)
        return
    waiting = iter(tasks)
    chunks = iter(lambda: list(itertools.islice(waiting, AT_ONCE)), [])
    pool = pools(jobs)
    try:
        under_way = deque(pool.submit(several, each) for each in itertools.islice(chunks, jobs * AHEAD))
        while under_way:
            yield from under_way.popleft().result()
            under_way.extend(pool.submit(several, each) for each in itertools.islice(chunks, 1))
    finally:
        pool.shutdown(cancel_futures=True)
