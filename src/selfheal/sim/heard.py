"""What our program has been told of the gateway, and may not forget: a refused config, failed deep checks."""

import math
from collections import Counter
from dataclasses import dataclass, field

from selfheal.core.facts import UNFIT, WORKING, DeepVerdict, ExitCause, Inspection, ManagerState
from selfheal.core.observations import (
    DeepCheckFinished,
    ExitExamined,
    HostInspected,
    Observation,
    ProbeFinished,
    ProcessExited,
)
from selfheal.sim.world import World

_HAD_STOPPED = (ManagerState.STOPPED, ManagerState.RESTARTING)


@dataclass
class DeepChecks:
    """Those of ours that found that requests fail; times in `elapsed`."""

    failed_at: float = -math.inf  # the last one
    first_at: float = math.inf  # of those in a row; a full disk may have failed it, which counts, too
    failures: Counter[int] = field(default_factory=Counter)  # by the gateway's pid

    def finds(self, verdict: DeepVerdict, pid: int, now: float) -> None:
        if verdict not in UNFIT:
            return
        self.failed_at = now
        if not self.failures[pid]:
            self.first_at = now
        self.failures[pid] += 1


@dataclass
class Heard:
    deep: DeepChecks = field(default_factory=DeepChecks)
    ended: set[int] = field(default_factory=set)  # the pids whose end was heard: why they did can be asked
    refused_mark: tuple[int, int] | None = None  # of the config that the gateway would not have
    up_at: float = -math.inf  # when one of our looks last found it up, in `elapsed`
    is_to_be_up: bool = False  # though it ended on purpose: by our looks, who stopped it is to start it again
    _seen: Inspection | None = None  # our last look
    _mark: str = ""  # of the config, by our last look
    _worked_at: bool = False  # somebody was at work on the installation, by that look
    _marks: dict[int, str] = field(default_factory=dict)  # by the last look before that gateway was found

    def hears(self, news: Observation, world: World) -> bool:
        """Whether it is a config that was refused."""
        if isinstance(news, HostInspected):
            self._looked(news.inspection)
            self.up_at = self.up_at if news.inspection.process is None else world.agenda.elapsed
        elif isinstance(news, ProbeFinished) and news.report.verdict in WORKING:
            self.up_at = world.agenda.elapsed
        elif isinstance(news, DeepCheckFinished) and news.verdict not in UNFIT:
            self.deep.failures.clear()  # only those in a row count
        elif isinstance(news, ProcessExited):
            self.ended.add(news.pid)
        elif isinstance(news, ExitExamined) and news.cause is ExitCause.CONFIG_REFUSED:
            return self._refused(news.pid, world)
        return False

    def lost_memory(self, *, refusal: bool) -> None:
        """Our program has; `refusal`: what was refused is part of it."""
        self.refused_mark = None if refusal else self.refused_mark
        self.is_to_be_up, self._seen = False, None
        self.ended.clear()

    def of_stop(self, world: World) -> bool:
        """Its manager tells of a stop that no look has seen. Where it said so before, since the one before
        had asked for its restart, and no end was heard, the start of this one may have done nothing.
        """
        gateway = world.gateway
        requested = gateway.causes.get(gateway.pid - 1) is ExitCause.RESTART_REQUESTED
        before = requested and world.manager_before is ManagerState.STOPPED
        no_news = before and gateway.pid not in self.ended
        return world.manager is not ManagerState.NONE and not no_news

    def _looked(self, seen: Inspection) -> None:
        """After work on the installation what was refused may be tried again: a plugin that a config names
        may be there now, of which no mark tells.
        """
        self._follow_stop(self._seen, seen)
        self._seen = seen
        if seen.process is not None:
            self._marks = {seen.process.pid: self._marks.get(seen.process.pid, self._mark)}
        if self._worked_at and seen.upkeep is None:
            self.refused_mark = None
        self._mark, self._worked_at = seen.config_mark, seen.upkeep is not None

    def _follow_stop(self, before: Inspection | None, seen: Inspection) -> None:
        if seen.process is not None or before is None:
            self.is_to_be_up = False
        elif before.process is not None:
            self.is_to_be_up = seen.upkeep is not None  # an updater was at work when it ended
        elif seen.manager is ManagerState.FAILED and before.manager in _HAD_STOPPED:
            self.is_to_be_up = True  # it has been started since, and its manager has given up
        elif seen.manager is ManagerState.STOPPED and before.manager is ManagerState.RESTARTING:
            self.is_to_be_up = seen.upkeep is not None

    def _refused(self, pid: int, world: World) -> bool:
        """It has read the file either as our last look before it showed it, or as the first one with it did.
        Where these differ nobody on our side can say which of them it would not have.
        """
        if pid != world.gateway.pid or self._marks.get(pid, self._mark) != "{}.{}".format(*world.read_mark):
            return False
        self.refused_mark = world.read_mark
        return True
