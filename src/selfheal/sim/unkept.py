"""What our program has done while no disk took it: it is gone with our process, and may come again."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from selfheal.core.actions import SignalGateway, StartGateway
from selfheal.core.notes import Step
from selfheal.core.reasons import Reason
from selfheal.core.state import State


@dataclass
class Unkept:
    incidents: set[int] = field(default_factory=set)  # of which something was decided or told meanwhile
    orders: set[int] = field(default_factory=set)
    starts: int = 0  # of those
    stops: set[int] = field(default_factory=set)  # pids that it has asked to stop meanwhile
    gateways: set[int] = field(default_factory=set)  # that were found meanwhile, by their pids
    refused: bool = False  # what the gateway would not have was heard meanwhile

    def follow(self, before: State | None, done: Step, seen: Collection[int], *, kept: bool) -> None:
        """After each step. `kept`: by the disk, with all that it had not taken before. `seen`: gateways that
        our program had found before.
        """
        if kept:
            self.clear()
            return
        self.incidents.update(_changed(before, done))
        self.orders.update(order.id for order in done.actions)
        self.starts += sum(isinstance(order.action, StartGateway) for order in done.actions)
        signals = (order.action for order in done.actions if isinstance(order.action, SignalGateway))
        self.stops.update(signal.pid for signal in signals)
        process = done.state.gateway.process
        if process is not None and process.pid not in seen:
            self.gateways.add(process.pid)

    def clear(self) -> None:
        """The disk has it all."""
        self.incidents.clear()
        self.orders.clear()
        self.starts = 0
        self.stops.clear()
        self.gateways.clear()
        self.refused = False


def _changed(before: State | None, done: Step) -> Iterator[int]:
    """The incidents that the step says something of. An alert that is only tried again is none: it waits on
    the disk as before.
    """
    for state in (before, done.state):
        if state is not None and state.incident is not None:
            yield state.incident.id
    for note in done.notes:
        if note.incident is not None:
            yield note.incident
        if note.reason is Reason.UNTOLD and note.detail.isdecimal():
            yield int(note.detail)
    old = () if before is None else before.alerting.unsent
    yield from (alert.incident for alert in {*old} ^ {*done.state.alerting.unsent})
