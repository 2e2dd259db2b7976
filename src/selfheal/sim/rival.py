"""A second watchdog in the made-up world, as simple ones are: it knows of no start, no drain and no pause."""

from typing import TYPE_CHECKING

from selfheal.core.facts import ExitCause, ProbeKind, Verdict
from selfheal.sim.gateway import KILLED_CODE

if TYPE_CHECKING:
    from selfheal.sim.world import World

RIVAL = "rival"
LOOKS_S = 31.0  # the cycle of monit as it comes, and what its look takes
MISSES = 2
TIMEOUT_S = 5.0


class Rival:
    """Starts a gateway that has ended; in some worlds it ends one that does not serve, in two looks."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._after_s = 1.0
        self._misses = 0
        self._comings = 0
        self.since = 0.0

    @property
    def lives(self) -> bool:
        return self._world.lasts(self._world.until.rival)

    def comes(self, until: float, after_s: float) -> None:
        """`after_s`: from an end of the gateway to its start of one."""
        world = self._world
        if not self.lives:
            self.since = world.agenda.elapsed
        world.until.rival, self._after_s, self._misses = until, after_s, 0
        self._comings += 1
        if not world.gateway.alive:
            world.agenda.after(after_s, self._starts)
        if world.traits.rival_restarts:
            self._look_later(self._comings)

    def sees_end(self) -> None:
        if self._acts:
            self._world.agenda.after(self._after_s, self._starts)

    @property
    def _acts(self) -> bool:
        """Who stops the gateway for good tells it so."""
        return self.lives and not self._world.stopped_by_person

    def _starts(self) -> None:
        if self._acts and not self._world.lasts(self._world.until.upkeep):
            self._world.launch(RIVAL)

    def _look_later(self, coming: int) -> None:
        self._world.agenda.after(LOOKS_S, lambda: self._look(coming))

    def _look(self, coming: int) -> None:
        if not self.lives or coming != self._comings:
            return
        self._look_later(coming)
        world = self._world
        if not (world.is_up and world.gateway.alive and self._acts) or world.lasts(world.until.upkeep):
            self._misses = 0
            return
        serves = world.probe(ProbeKind.FULL, TIMEOUT_S).verdict in (Verdict.WELL, Verdict.DEGRADED)
        self._misses = 0 if serves else self._misses + 1
        if self._misses >= MISSES:
            self._misses = 0
            world.gateway.end(ExitCause.CRASHED, KILLED_CODE)
