"""Incidents as a simulated life leaves them in the real store."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

from selfheal.core.policy import Policy
from selfheal.core.state import State
from selfheal.ports.store import Entry
from selfheal.sim.disk import MadeDisk, OnDisk
from selfheal.sim.life import Leaps, Life
from selfheal.sim.plan import HOUR_S, Event, Fault, Plan, Traits
from selfheal.store.reader import Reader

Incident = tuple[State, list[Entry]]
"""What it began in, and its entries."""

USUAL = Policy()


def lived(plan: Plan) -> list[Incident]:
    """The incidents of a life on the real store. Without leaps: no journal has them."""
    life = Life(replace(plan, traits=replace(plan.traits, on_disk=True)), leaps=Leaps.NONE)
    disk, found = life.resident.disk, list[Incident]()
    disk.vanish = partial(_read_and_vanish, disk, found, disk.vanish)  # type: ignore[method-assign]
    assert life.run().violations == ()
    return found


def _read_and_vanish(disk: MadeDisk, found: list[Incident], vanish: Callable[[], None]) -> None:
    """What is left in the end: a death in the middle of a commit leaves another file than it found."""
    platter = disk._platter
    assert isinstance(platter, OnDisk)
    with Reader(platter.path) as reader:
        for row in reader.incidents():
            before = reader.before(row.target, row.id)
            assert before is not None
            found.append((before, reader.timeline(row.target, row.id)))
    vanish()


@cache
def crash_loop() -> Incident:
    events = (Event(900.0, Fault.CRASH_LOOP, for_s=1200.0, amount=5.0), Event(901.0, Fault.CRASH))
    (only,) = lived(Plan(1, HOUR_S, USUAL, Traits(), events))
    return only
