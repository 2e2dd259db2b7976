"""Incidents as a simulated life leaves them in the real store."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from selfheal.core.policy import Policy
from selfheal.core.state import State
from selfheal.ports.store import Entry
from selfheal.sim.disk import OnDisk
from selfheal.sim.life import Life
from selfheal.sim.plan import HOUR_S, Event, Fault, Plan, Traits
from selfheal.store.reader import Reader

Incident = tuple[State, list[Entry]]
"""What it began in, and its entries."""

USUAL = Policy()


def lived(plan: Plan) -> list[Incident]:
    """The incidents of a life on the real store. Without leaps: no journal has them."""
    life = Life(replace(plan, traits=replace(plan.traits, on_disk=True)), leaps=False)
    platter = life.resident.disk._platter
    assert isinstance(platter, OnDisk)
    found: list[Incident] = []
    platter.close = partial(_read_and_close, platter.path, found, platter.close)  # type: ignore[method-assign]
    assert life.run().violations == ()
    return found


def _read_and_close(path: Path, found: list[Incident], close: Callable[[], None]) -> None:
    with Reader(path) as reader:
        for row in reader.incidents():
            before = reader.before(row.target, row.id)
            assert before is not None
            found.append((before, reader.timeline(row.target, row.id)))
    close()


@cache
def crash_loop() -> Incident:
    events = (Event(900.0, Fault.CRASH_LOOP, for_s=1200.0, amount=5.0), Event(901.0, Fault.CRASH))
    (only,) = lived(Plan(1, HOUR_S, USUAL, Traits(), events))
    return only
