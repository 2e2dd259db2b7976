"""Whose affair an outage is, by the truth: as long as one of these levels is on, somebody acts or is told.

What is gone is Level 1's, what is there Level 2's. Level 1 has not done its part, either, while what it found
gone in an incident is there and does not serve; nor has Level 2 while what it ended in one is not back.
"""

from dataclasses import dataclass

from selfheal.core.levels import Level
from selfheal.sim.gateway import Condition
from selfheal.sim.world import World

DOWN = frozenset({Condition.STARTING, Condition.HUNG, Condition.SICK})


@dataclass
class Concern:
    world: World
    _incident: int | None = None
    _began_gone: bool = False
    _asked: int = 0  # whom our SIGTERM had reached last when it began
    _found_on: bool = True  # Level 2 has been on ever since

    def levels(self, incident: int | None) -> frozenset[Level]:
        """At every look while one is open."""
        gateway, condition = self.world.gateway, self.world.gateway.condition()
        if incident != self._incident:
            self._incident, self._began_gone = incident, self._has_just_gone()
            self._asked, self._found_on = self.world.asked_pid, True
        self._found_on = self._found_on and Level.HEALTHCHECK not in self.world.wishes.disabled
        if condition is Condition.ABSENT:
            ended_by_us = self.world.asked_pid == gateway.pid != self._asked and self._found_on
            return frozenset({Level.WATCHDOG, Level.HEALTHCHECK} if ended_by_us else {Level.WATCHDOG})
        full = self.world.lasts(self.world.until.disk_full)  # its requests fail by that, and no act helps
        unserved = self._began_gone and condition in DOWN and not full
        return frozenset({Level.WATCHDOG, Level.HEALTHCHECK} if unserved else {Level.HEALTHCHECK})

    def _has_just_gone(self) -> bool:
        """While it served: what was ill before may have been found by Level 2."""
        (_, before, _), (_, last, _) = (*((0, Condition.ABSENT, 0.0),) * 2, *self.world.gateway.spells)[-2:]
        return before is Condition.SERVING and last is Condition.ABSENT

    def acts(self) -> Level:
        """The level that would act now."""
        there = self.world.gateway.alive or self.world.second is not None
        return Level.HEALTHCHECK if there else Level.WATCHDOG
