"""The made-up service manager of a gateway: it ends what that has left behind, waits, and starts it again.

What it says of itself stands in the world: that is what our looks find.
"""

from functools import partial
from typing import TYPE_CHECKING

from selfheal.core.facts import ExitCause, ManagerState
from selfheal.sim.gateway import GOOD_ENDS
from selfheal.sim.plan import Managed

if TYPE_CHECKING:
    from selfheal.sim.world import World

BURST_WINDOW_S = 60.0
MANAGER = "manager"


class ServiceManager:
    """As systemd does for a unit that restarts."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._starts: list[float] = []

    def forgets(self) -> None:
        """With its host's power."""
        self._starts.clear()

    def sees_end(self, cause: ExitCause) -> None:
        """Of the gateway."""
        world = self._world
        good = cause in GOOD_ENDS
        if world.stopped_by_person or (good and world.traits.managed is Managed.ON_FAILURE):
            world.manager = ManagerState.STOPPED
        elif world.traits.manager_ends_s and not good:
            world.manager, world.manager_since = ManagerState.STOPPING, world.agenda.elapsed
            world.agenda.after(world.traits.manager_ends_s, partial(self._has_ended, world.gateway.pid))
        else:
            self._restarts()

    def _has_ended(self, pid: int) -> None:
        gone = not self._world.gateway.alive and self._world.gateway.pid == pid
        if gone and self._world.manager is ManagerState.STOPPING:
            self._restarts()

    def _restarts(self) -> None:
        world, now = self._world, self._world.agenda.elapsed
        self._starts = [at for at in self._starts if now - at < BURST_WINDOW_S]
        if world.nobody_helps or len(self._starts) >= world.traits.manager_burst:
            world.manager = ManagerState.FAILED
            return
        world.manager, world.manager_since = ManagerState.RESTARTING, now
        world.agenda.after(world.traits.manager_delay_s, self.acts)

    def acts(self) -> None:
        if self._world.manager is ManagerState.RESTARTING and not self._world.gateway.alive:
            self._starts.append(self._world.agenda.elapsed)
            self._world.launch(MANAGER)
