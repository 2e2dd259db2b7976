"""Many worlds, on all cores, and what they come to together."""

import itertools
import math
import multiprocessing
import os
import shutil
import signal
import statistics
import tempfile
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import ParamSpec, TypeVar

from selfheal.core.policy import Policy
from selfheal.sim.draw import draw
from selfheal.sim.judge import Violation
from selfheal.sim.life import live
from selfheal.sim.place import folder, one_folder
from selfheal.sim.tally import Tally

P = ParamSpec("P")
T = TypeVar("T")

AHEAD = 4  # worlds handed over for each process, so that none waits for the next one
YEAR_DAYS = 365.25
ENDS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


class WorkerLostError(Exception):
    """A process that ran worlds has ended in the midst of one: killed, by whoever had no memory left, say."""


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
    down_year_s: list[float] = field(default_factory=list)  # of each world

    def add(self, seed: int, days: float, tally: Tally) -> None:
        self.worlds += 1
        for each in fields(Tally):
            setattr(self, each.name, getattr(self, each.name) + getattr(tally, each.name))
        if tally.safe.days:
            self.down_year_s.append(tally.safe.down_s * YEAR_DAYS / tally.safe.days)
        self.found.extend(Found(seed, days, violation) for violation in tally.violations[:1])

    def a_year(self, count: float) -> float | None:
        """Of one gateway. `count`: of `safe`."""
        return count * YEAR_DAYS / self.safe.days if self.safe.days else None

    def downtime_half_s(self) -> float | None:
        """A year, in the middle one of the worlds."""
        return statistics.median(self.down_year_s) if self.down_year_s else None

    def repair_quantile_s(self, share: float) -> float | None:
        """In which so many were repaired; infinite where too few were."""
        ordered = [*sorted(self.safe.repair_s), *[math.inf] * self.safe.still_open]
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


@dataclass(frozen=True)
class Task:
    """With a policy of one's own a world goes on once a rule is broken: what else comes of it is asked, and
    compared with what comes of another policy in as long a time.
    """

    seed: int
    days: float
    policy: Policy | None = None  # None: drawn with the world
    rate: float | None = None  # faults a day; None: drawn with the world
    column: int = 0  # of those that live the same world


class Together:
    """Columns of the same worlds: each counts once it has come to its end in all of them, and those that have
    in the order of their seeds, so that the same sums come of it whoever was done first.
    """

    def __init__(self, sums: Sequence[Sum], first_seed: int) -> None:
        self._sums = sums
        self._next = first_seed
        self._done: dict[int, dict[int, tuple[Task, Tally]]] = {}
        self.worlds = 0  # at their end in all columns

    def add(self, task: Task, tally: Tally) -> None:
        world = self._done.setdefault(task.seed, {})
        world[task.column] = task, tally
        self.worlds += len(world) == len(self._sums)
        while len(self._done.get(self._next, ())) == len(self._sums):
            self._count(self._next)
            self._next += 1

    def end(self) -> None:
        """What was done before one that has not come to its end counts, too."""
        for seed in sorted(self._done):
            if len(self._done[seed]) == len(self._sums):
                self._count(seed)

    def _count(self, seed: int) -> None:
        for column, (task, tally) in self._done.pop(seed).items():
            self._sums[column].add(seed, task.days, tally)


def one(task: Task) -> tuple[Task, Tally]:
    return task, live(draw(task.seed, task.days, task.policy, task.rate), goes_on=task.policy is not None)


class Processes(ProcessPoolExecutor):
    """Ours alone to end, with what is under way in them and with the disks that worlds had made."""

    def __init__(self, jobs: int) -> None:
        self._strangers = set(multiprocessing.active_children())
        self._disks = folder()
        super().__init__(jobs, initializer=_begin, initargs=(self._disks.name,))

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """It may make a process, and a Ctrl-C in the middle of that would be lost."""
        with heard_later():
            return super().submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if cancel_futures:
            for child in set(multiprocessing.active_children()) - self._strangers:
                child.terminate()
        super().shutdown(wait, cancel_futures=cancel_futures)
        self._disks.cleanup()


@contextmanager
def heard_later() -> Iterator[None]:
    """A signal that ends us is heard once this is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(disks: str) -> None:
    """In each process. Ctrl-C reaches all of a terminal's at once: it is left to the one that listens."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
    tempfile.tempdir = disks
    threading.Thread(target=_end_with, args=(Path(disks),), daemon=True).start()


def _end_with(disks: Path) -> None:
    """However it ends: nobody else would hear what comes of the worlds."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()
    shutil.rmtree(disks, ignore_errors=True)
    os._exit(1)


def run(
    tasks: Iterable[Task], jobs: int, pools: Callable[[int], Executor] = Processes
) -> Generator[tuple[Task, Tally], None, None]:
    """Each world with what it came to, as soon as it has. `jobs`: how many processes; 1 needs none. Who stops
    listening stops it: what has not begun by then is not run, and what is under way is not waited for. Raises
    WorkerLostError.
    """
    if jobs == 1:
        with one_folder():
            yield from map(one, tasks)
        return
    waiting = iter(tasks)
    under_way: set[Future[tuple[Task, Tally]]] = set()
    pool, whole = pools(jobs), False
    try:
        under_way |= {pool.submit(one, each) for each in itertools.islice(waiting, jobs * AHEAD)}
        while under_way:
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            under_way |= {pool.submit(one, each) for each in itertools.islice(waiting, len(done))}
            yield from (each.result() for each in done)
        whole = True
    except BrokenProcessPool as error:
        raise WorkerLostError from error
    finally:
        pool.shutdown(cancel_futures=not whole)
