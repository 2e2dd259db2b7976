"""The person who hears of an incident: they come and help, and say that they have heard, late or never."""

from collections.abc import Callable

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.levels import Request
from selfheal.core.observations import OperatorAsked
from selfheal.sim.plan import FOREVER_S
from selfheal.sim.world import World

HEARD = frozenset({AlertKind.OPENED, AlertKind.CHANGED, AlertKind.REMINDER})


class Hearer:
    """`ask` leaves a request in our program's inbox. They do not know whether it is over by then."""

    def __init__(self, world: World, ask: Callable[[OperatorAsked], None]) -> None:
        self._world = world
        self._ask = ask

    def hears(self, alert: Notify) -> None:
        traits = self._world.traits
        if alert.kind is AlertKind.OPENED:
            self._world.agenda.after(traits.person_comes_s, self._world.person_helps)
        if alert.kind in HEARD and traits.acknowledges_after_s < FOREVER_S:
            asked = OperatorAsked(
                Request.ACKNOWLEDGE, for_s=traits.acknowledges_for_s, incident=alert.incident
            )
            self._world.agenda.after(traits.acknowledges_after_s, lambda: self._ask(asked))
