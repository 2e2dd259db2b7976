"""The made-up routes to a person: each with a name and faults of its own.

One is down, slow, loses what it took, refuses for good, or takes a message and breaks before its receipt.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from selfheal.notify.route import LaterError, Message, RefusedError, UnsureError
from selfheal.ports.outbox import Receipt
from selfheal.sim.plan import Event, Fault
from selfheal.sim.world import World

SLOWER = 4.0  # a slow one may take longer than it is waited for


@dataclass
class Spell:
    """Until when each of its own faults lasts, in `elapsed`."""

    down: float = 0.0
    loses: float = 0.0
    slow: float = 0.0
    slow_s: float = 0.0
    refuses: float = 0.0
    breaks: float = 0.0


@dataclass
class MadeRoute:
    """notify.route.Route. `sends` is told when a message sets out, and may end the process that sends it;
    `takes` when the service has it, and whether anybody hears of it; `doubts` when nobody can tell.
    """

    name: str
    world: World
    spell: Spell
    sends: Callable[[str, Message], None]
    takes: Callable[[str, Message, bool, bool], None]
    doubts: Callable[[str, Message], None]

    def __post_init__(self) -> None:
        self._dice = self.world.dice(f"the route {self.name}")

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        del earlier
        world, spell = self.world, self.spell
        self.sends(self.name, message)
        try:
            await asyncio.sleep(spell.slow_s if world.lasts(spell.slow) else world.traits.route_s)
        except asyncio.CancelledError:  # on its way: it arrives or not
            if self._dice.chance(0.5) and not self._is_out():
                self._take(message, again=again)
            self.doubts(self.name, message)
            raise
        if self._is_out():
            raise LaterError(f"cannot tell {self.name}: no network")
        if world.lasts(spell.refuses):
            raise RefusedError(f"cannot tell {self.name}: no such chat")
        self._take(message, again=again)
        if world.lasts(spell.breaks):
            self.doubts(self.name, message)
            raise UnsureError(f"cannot tell {self.name}: the connection broke")
        return Receipt(message.mark)

    def _is_out(self) -> bool:
        return self.world.lasts(self.spell.down) or self.world.lasts(self.world.until.route_down)

    def _take(self, message: Message, *, again: bool) -> None:
        lost = self.world.lasts(self.spell.loses) or self.world.lasts(self.world.until.route_loses)
        self.takes(self.name, message, again, not lost)

    async def close(self) -> None:
        """Nothing to let go of."""

    def befalls(self, event: Event) -> None:
        end = self.world.agenda.elapsed + event.for_s
        match event.fault:
            case Fault.ROUTE_DOWN:
                self.spell.down = end
            case Fault.ROUTE_LOSES:
                self.spell.loses = end
            case Fault.ROUTE_SLOW:
                self.spell.slow, self.spell.slow_s = end, SLOWER * event.amount
            case Fault.ROUTE_REFUSES:
                self.spell.refuses = end
            case _:
                self.spell.breaks = end
