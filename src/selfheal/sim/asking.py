"""What a person asks our program for: a pause, a level off or on, a check, a start."""

from selfheal.core.levels import Level, Request
from selfheal.core.observations import OperatorAsked
from selfheal.sim.plan import Event, Fault
from selfheal.sim.resident import Resident
from selfheal.sim.world import World

LEVELS = tuple(Level)


class Asking:
    """Of one world."""

    def __init__(self, world: World, resident: Resident) -> None:
        self._world = world
        self._resident = resident
        self.freed_at = 0.0  # the last level is enabled and the last pause ended, by whoever began it

    def is_free_at(self, at: float) -> None:
        self.freed_at = max(self.freed_at, at)

    def comes(self, event: Event) -> None:
        resident = self._resident
        self.is_free_at(self._world.agenda.elapsed + event.for_s)
        if event.fault is Fault.PERSON_CHECKS:
            resident.ask(OperatorAsked(Request.CHECK))
        elif event.fault is Fault.PERSON_WANTS:
            if not self._world.unwatched:  # else their own `selfheal down` is under way still
                resident.ask(OperatorAsked(Request.START), self._world.is_wished)
        elif event.fault is Fault.PERSON_DISABLES:
            self._ask_for(event.for_s, Request.DISABLE, Request.ENABLE, level_of(event))
        elif event.amount > 0:
            self._ask_for(event.for_s, Request.PAUSE, Request.RESUME)
        else:
            resident.ask(OperatorAsked(Request.PAUSE, for_s=event.for_s))

    def _ask_for(self, for_s: float, this: Request, then: Request, level: Level | None = None) -> None:
        """The end of it is asked for by whom the beginning was not refused."""
        agenda = self._world.agenda

        def kept() -> None:
            self.is_free_at(agenda.elapsed + for_s)
            agenda.after(for_s, lambda: self._resident.ask(OperatorAsked(then, level)))

        self._resident.ask(OperatorAsked(this, level), kept)


def level_of(event: Event) -> Level:
    """That a person switches off."""
    return LEVELS[int(event.amount)]
