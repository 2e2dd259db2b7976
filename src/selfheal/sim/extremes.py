"""What is too rare by chance: drawn by dice of its own, so that all else in a world stays as it is.

A package manager and a service manager that hang for hours or for ever, a route that is down for days, a host
whose clock has no battery, a gateway that was old before we came or came again, a level that is off for days
or for ever, and what is real (loop, database, delivery) together, on a disk that gets full while we die in
the midst of a write to it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from selfheal.sim.dice import Dice
from selfheal.sim.plan import DAY_S, FOREVER_S, HOUR_S, Death, Event, Fault, Managed, Traits

MANAGER_HANGS = 0.08  # of the managed worlds
MANAGER_ENDS, ENDS_S = 0.3, (1.0, 90.0)  # systemd kills what is left after so long
UPKEEP_HANGS = 0.3
HANGS_S = (2 * HOUR_S, 2 * DAY_S)
CRASHES_IN_UPKEEP_S = (1.0, 900.0)
ROUTE_GONE = 0.3  # of the routes that are down: for many incidents
GONE_S = (6 * HOUR_S, 3 * DAY_S)
LEVEL_OFF, LEVEL_LEFT_OFF = 0.2, 0.1  # of the levels that a person disables
LEVEL_OFF_S = (6 * HOUR_S, 10 * DAY_S)
CLOCK_LOST = 0.15  # of the reboots
LOST_S = (DAY_S, 120 * DAY_S)
LONG_DEATH = 0.2  # of our deaths
AWAY_S = (0.5 * HOUR_S, DAY_S)
LATE = 0.1  # of the worlds have a gateway before they have us
LATE_S = (0.25 * HOUR_S, 2 * DAY_S)
STARTS_AS_WE_COME = 0.5  # of those: it loads again inside its process, and may have been another one since
BEFORE_US_S = (1.0, 600.0)
REPLACED = 0.5
ROUTES_ON_DISK = 0.5
LOOP_ON_DISK = 0.2
DISK_TROUBLE = 0.25  # a fault of the disk for each other one, where the database is real
FULL_S = (30.0, 4 * HOUR_S)
FULL_BEFORE_S, FULL_AFTER_S = 600.0, 900.0
COMES_WITHIN_S = (0.25 * HOUR_S, 60 * DAY_S)  # the first fault: a world in which nothing happens shows little


def first_by_s(seed: int) -> float:
    """The first fault comes by then, in seconds from the world's beginning."""
    return Dice(f"the first of {seed}").spread(*COMES_WITHIN_S)


def extreme(seed: int, traits: Traits) -> Traits:
    manager = Dice(f"the manager of {seed}")
    if traits.managed is not Managed.NOBODY and manager.chance(MANAGER_HANGS):
        hangs_s = FOREVER_S if manager.chance(0.5) else manager.spread(*HANGS_S)
        traits = replace(traits, manager_delay_s=hangs_s)
    late = Dice(f"before us in {seed}")
    if late.chance(LATE):
        traits = replace(traits, comes_after_s=late.spread(*LATE_S))
    tidy = Dice(f"what the manager of {seed} has to end")
    if traits.managed is not Managed.NOBODY and tidy.chance(MANAGER_ENDS):
        traits = replace(traits, manager_ends_s=tidy.spread(*ENDS_S))
    if not traits.on_disk:
        return traits
    real = Dice(f"what is real in {seed}")
    routes, loop = real.chance(ROUTES_ON_DISK), real.chance(LOOP_ON_DISK)
    return replace(
        traits,
        routes=traits.routes or (real.count(1, 3) if routes else 0),
        real_loop=traits.real_loop or loop,
    )


def hardened(seed: int, events: Sequence[Event], traits: Traits) -> list[Event]:
    """The events, some of them worse, and on a real disk some more; in the order of time."""
    upkeep, clock, disk, route, death = (
        Dice(f"{seed} on {what}")
        for what in ("upkeep", "a lost clock", "the disk", "a route that is gone", "a long death")
    )
    found = list(_as_we_come(death, 0.0, traits.comes_after_s)) if traits.comes_after_s else []
    for event in events:
        if event.fault is Fault.UPKEEP and upkeep.chance(UPKEEP_HANGS):
            crash_s = upkeep.spread(*CRASHES_IN_UPKEEP_S)
            found.append(replace(event, for_s=upkeep.spread(*HANGS_S), amount=crash_s))
        elif event.fault is Fault.ROUTE_DOWN and route.chance(ROUTE_GONE):
            found.append(replace(event, for_s=route.spread(*GONE_S)))
        elif event.fault is Fault.REBOOT and clock.chance(CLOCK_LOST):
            found += _clock_lost(clock, event)
        elif event.fault is Fault.WE_DIE and death.chance(LONG_DEATH):
            away_s = death.spread(*AWAY_S)
            found += (replace(event, for_s=away_s), *_as_we_come(death, event.at_s, away_s))
        else:
            found.append(event)
        found += _on_disk(disk, event) if traits.on_disk else ()
    return sorted(found, key=lambda event: event.at_s)


def _as_we_come(dice: Dice, since_s: float, away_s: float) -> Iterator[Event]:
    """What was there without us for `away_s` says «starting» when we look, however old it is."""
    if not dice.chance(STARTS_AS_WE_COME):
        return
    if dice.chance(REPLACED):
        yield Event(since_s + dice.between(0.0, away_s / 2), Fault.CRASH)
    yield Event(since_s + max(0.0, away_s - dice.spread(*BEFORE_US_S)), Fault.IN_PLACE)


def off_for_long(dice: Dice, events: Sequence[Event], end_s: float) -> list[Event]:
    """The same, with some of the levels that a person disables off for longer, some to the world's end."""
    return [_off(dice, event, end_s) if event.fault is Fault.PERSON_DISABLES else event for event in events]


def _off(dice: Dice, event: Event, end_s: float) -> Event:
    drawn, for_s = dice.between(0.0, 1.0), dice.spread(*LEVEL_OFF_S)
    if drawn < LEVEL_LEFT_OFF:
        return replace(event, for_s=end_s - event.at_s)
    return replace(event, for_s=for_s) if drawn < LEVEL_LEFT_OFF + LEVEL_OFF else event


def _clock_lost(dice: Dice, boot: Event) -> Iterator[Event]:
    """Until the network sets it right. It mostly shows what was kept of it last."""
    lost_s = dice.spread(*LOST_S)
    off_s = -lost_s if dice.chance(0.7) else lost_s
    yield replace(boot, amount=off_s)
    yield Event(boot.at_s + boot.for_s + dice.spread(10.0, 2 * HOUR_S), Fault.CLOCK, amount=-off_s)


def _on_disk(dice: Dice, event: Event) -> Iterator[Event]:
    """About when something else has happened, and there is something to write."""
    if not dice.chance(DISK_TROUBLE):
        return
    if dice.chance(0.6):
        at_s = max(0.0, event.at_s - dice.between(0.0, FULL_BEFORE_S))
        yield Event(at_s, Fault.DISK_FULL, dice.spread(*FULL_S))
    if dice.chance(0.6):
        at_s = event.at_s + dice.spread(1.0, FULL_AFTER_S)
        yield Event(at_s, Fault.WE_DIE, dice.spread(0.5, 300.0), float(Death.IN_COMMIT))
