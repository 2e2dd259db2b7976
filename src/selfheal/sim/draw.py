"""Draws a made-up world from one seed: how likely each fault is, and how it comes."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from selfheal.core.policy import Policy
from selfheal.sim.dice import Dice
from selfheal.sim.extremes import extreme, first_by_s, hardened, off_for_long
from selfheal.sim.plan import (
    DAY_S,
    FOREVER_S,
    HOUR_S,
    NAMELESS,
    ON_ROUTES,
    Doctor,
    Event,
    Fault,
    Managed,
    Plan,
    Traits,
    possible,
)
from selfheal.sim.policies import draw_policy


@dataclass(frozen=True)
class Kind:
    """How one fault is drawn. The pairs are the shortest and the longest."""

    for_s: tuple[float, float] = (0.0, 0.0)
    amount: tuple[float, float] = (0.0, 0.0)
    negative: bool = False  # the amount may be one
    often: float = 1.0  # beside the others
    lasts: bool = False  # sometimes until a person ends it
    storms: bool = False  # a service manager starts it in vain, again and again


KINDS: dict[Fault, Kind] = {
    Fault.CRASH: Kind(often=3.0),
    Fault.HANG: Kind((5.0, 7200.0), often=3.0),
    Fault.LEAK: Kind((60.0, 3600.0)),
    Fault.FALSE_HEALTH: Kind((1.0, 7200.0), often=2.0),
    Fault.DEEP_FAULT: Kind(amount=(0.01, 100.0)),
    Fault.CHANNELS_DOWN: Kind((30.0, 7200.0), lasts=True),
    Fault.SUSPENDED: Kind((10.0, 1200.0), lasts=True),
    Fault.HANDOFF: Kind(),
    Fault.IN_PLACE: Kind(),
    Fault.PARKED: Kind(),
    Fault.SECOND: Kind((60.0, 7200.0)),
    Fault.CRASH_LOOP: Kind((60.0, 7200.0), (0.5, 120.0), lasts=True, storms=True),
    Fault.START_HANGS: Kind((60.0, 7200.0), lasts=True),
    Fault.PORT_TAKEN: Kind((5.0, 7200.0), lasts=True, storms=True),
    Fault.CONFIG_BROKEN: Kind((20.0, 7200.0), lasts=True, storms=True),
    Fault.CONFIG_REFUSED: Kind((20.0, 7200.0), lasts=True, storms=True),
    Fault.BAD_EDIT: Kind((60.0, 20_000.0), (0.5, 120.0), lasts=True, storms=True),
    Fault.BAD_UPDATE: Kind((60.0, 20_000.0), (0.5, 120.0), lasts=True, storms=True),
    Fault.HALF_UPDATE: Kind((30.0, 7200.0), (0.01, 100.0), lasts=True, storms=True),
    Fault.UPKEEP: Kind((10.0, 1500.0)),
    Fault.DISK_FULL: Kind((30.0, 7200.0), lasts=True),
    Fault.SLEEP: Kind((20.0, 100_000.0)),
    Fault.CLOCK: Kind(amount=(6.0, 100_000.0), negative=True),
    Fault.REBOOT: Kind((20.0, 1800.0)),
    Fault.LOAD: Kind((60.0, 1800.0), (1.5, 4.0)),
    Fault.STALL: Kind((1.0, 600.0)),
    Fault.BLIND: Kind((5.0, 3600.0), lasts=True),
    Fault.START_REFUSED: Kind((30.0, 3600.0), (0.01, 100.0), lasts=True),
    Fault.SIGNAL_REFUSED: Kind((30.0, 3600.0), lasts=True),
    Fault.ORDERS_HANG: Kind((30.0, 3600.0), (0.01, 100.0)),
    Fault.RIVAL: Kind((600.0, 20_000.0), (0.2, 30.0)),
    Fault.PERSON_STOPS: Kind((20.0, 7200.0)),
    Fault.PERSON_DOWNS: Kind((60.0, 20_000.0), (0.01, 100.0)),
    Fault.PERSON_PAUSES: Kind((20.0, 20_000.0), (0.01, 100.0)),
    Fault.PERSON_DISABLES: Kind((20.0, 20_000.0), (0.0, 4.0)),
    Fault.PERSON_CHECKS: Kind(),
    Fault.PERSON_WANTS: Kind(),
    Fault.ROUTE_DOWN: Kind((10.0, 20_000.0)),
    Fault.ROUTE_LOSES: Kind((600.0, 20_000.0)),
    Fault.ROUTE_SLOW: Kind((600.0, 20_000.0), (1.0, 60.0)),
    Fault.ROUTE_REFUSES: Kind((10.0, 20_000.0)),
    Fault.ROUTE_BREAKS: Kind((10.0, 20_000.0)),
    Fault.COURIER_DIES: Kind(amount=(0.0, 3.0), often=2.0),
    Fault.WE_DIE: Kind((0.5, 900.0), (0.0, 6.0), often=3.0),
}

LASTING = 0.2
LASTING_S = (4 * HOUR_S, DAY_S)  # nobody is told: at last somebody finds it without us
STORM_S = (2 * HOUR_S, 4 * HOUR_S)  # nobody overhears it for longer, and each hour is as the one before
# Faults rarely come alone: the next one often falls into the repair of the one before.
LINKED_S = (0.5, 900.0)
ALONE = 0.4
CHAIN = (2, 5)  # faults
SAME, STRANGE = 0.2, 0.2  # the next link is of the same kind, or one that this world knows in no other way
REAL_LOOP = 0.05  # it takes three times as long
RIVAL_RESTARTS = 0.25  # a fight with a slow start is a storm, too
REAL_PAIR = (
    1 / 3
)  # of the worlds with the real loop, or the delivery: by chance alone hardly one is on a disk
STORMS = (
    0.03  # of the worlds have a host that stalls or sleeps again and again for hours, in one fault or more
)
STORM_EVERY_S, STORM_FOR_S = (32.0, 400.0), (900.0, 6 * HOUR_S)
STRUCK_BY = (Fault.CRASH, Fault.HANG, Fault.DEEP_FAULT, Fault.SUSPENDED)
STALLED_S, SLEPT_S = 16.0, (60.0, 1800.0)  # shorter stalls go unnoticed
HICCUP_S = 30.0  # a wrong answer that is over so soon, nobody may have acted on
NOTICED, CHECKS = 0.5, (1, 3)  # a person sees it and asks for a check, and again
FAULTS_AT_ONCE = ALONE + (1 - ALONE) * sum(CHAIN) / 2  # on the average


def draw(seed: int, days: float, policy: Policy | None = None, rate: float | None = None) -> Plan:
    """The world of `seed`, `days` long. With `policy` the world is the same and only the settings differ, and
    anything may happen for all these days: their figures are asked for, not how soon all comes right.

    `rate`: how many faults come a day on the average, apart from storms and from what comes while our program
    is away for hours; None: that is drawn, too.
    """
    dice = Dice(seed)
    traits = draw_traits(dice)
    traits = replace(
        traits,
        real_loop=Dice(f"the loop of {seed}").chance(REAL_LOOP),
        rival_restarts=Dice(f"the rival of {seed}").chance(RIVAL_RESTARTS),
    )
    if traits.real_loop or traits.routes:
        traits = replace(traits, on_disk=traits.on_disk or Dice(f"the disk of {seed}").chance(REAL_PAIR))
    traits = extreme(seed, traits)
    drawn = draw_policy(dice, Dice(f"{seed} on telling"), Dice(f"{seed} on times"))
    if policy is not None:
        traits = replace(traits, calm_after_s=None)
    mean_s = dice.spread(2.0 * DAY_S, 180.0 * DAY_S)
    if rate is not None:
        mean_s = DAY_S / rate * FAULTS_AT_ONCE
    active = _active(dice)
    events: list[Event] = []
    at_s, by_s = HOUR_S / 4, first_by_s(seed) if rate is None else math.inf
    while (at_s := min(at_s + dice.wait_s(mean_s), math.inf if events else by_s)) < days * DAY_S:
        chain = _chain(dice, at_s, active, managed=traits.managed is not Managed.NOBODY)
        at_s = chain[-1].at_s
        events += chain
    events = [event for event in hardened(seed, events, traits) if event.at_s < days * DAY_S]
    events = off_for_long(Dice(f"{seed} on levels"), events, days * DAY_S)
    events = _stormy(Dice(f"the stalls of {seed}"), events, days * DAY_S)
    events = sorted((*events, *_checks(Dice(f"{seed} on checks"), events, days)), key=attrgetter("at_s"))
    routed = tuple(_on_routes(Dice(f"{seed} on routes"), events, traits.routes))
    return possible(Plan(seed, days * DAY_S, policy or drawn, traits, routed))


def _stormy(dice: Dice, events: list[Event], end_s: float) -> list[Event]:
    """With a storm of stalls around one of them, in some worlds, and one more fault within it."""
    if not (events and dice.chance(STORMS)):
        return events
    stall = dice.pick((Fault.STALL, Fault.STALL, Fault.SLEEP))
    at_s = max(0.0, dice.pick(events).at_s - dice.spread(1.0, 900.0))
    every_s, for_s = dice.spread(*STORM_EVERY_S), dice.spread(*STORM_FOR_S)
    away_s = dice.spread(*SLEPT_S) if stall is Fault.SLEEP else dice.between(STALLED_S, every_s / 2)
    storm = [Event(at_s + every_s * number, stall, away_s) for number in range(int(for_s / every_s))]
    struck = Event(at_s + dice.between(0.0, for_s), dice.pick(STRUCK_BY), dice.spread(*STORM_FOR_S))
    found = (*events, *storm, struck)
    return sorted((event for event in found if event.at_s < end_s), key=attrgetter("at_s"))


def _checks(dice: Dice, events: Sequence[Event], days: float) -> Iterator[Event]:
    """Only the full check sees a wrong answer: in time for a short one where somebody asks for it."""
    for event in events:
        if event.fault is not Fault.FALSE_HEALTH or event.for_s > HICCUP_S or not dice.chance(NOTICED):
            continue
        for _ in range(dice.count(*CHECKS)):
            at_s = event.at_s + dice.between(0.0, event.for_s)
            if at_s < days * DAY_S:
                yield Event(at_s, Fault.PERSON_CHECKS)


def _on_routes(dice: Dice, events: Sequence[Event], routes: int) -> Iterator[Event]:
    """Which of them each fault befalls. Where they have no names, what befalls named ones befalls all."""
    for event in events:
        if not routes and event.fault is Fault.COURIER_DIES:
            yield _death(dice, event.at_s)
        elif not routes:
            yield replace(event, fault=NAMELESS.get(event.fault, event.fault))
        else:
            yield replace(event, route=dice.count(0, routes)) if event.fault in ON_ROUTES else event


def _death(dice: Dice, at_s: float) -> Event:
    """Of our program: its moments are others than those of a delivery, and it is away for a while."""
    kind = KINDS[Fault.WE_DIE]
    return Event(at_s, Fault.WE_DIE, dice.spread(*kind.for_s), dice.between(*kind.amount))


def _chain(dice: Dice, at_s: float, active: Sequence[Fault], *, managed: bool) -> list[Event]:
    """One fault, or several within minutes or moments of each other."""
    chain = [_event(dice, at_s, dice.pick(active), managed=managed)]
    if dice.chance(ALONE):
        return chain
    for _ in range(1, dice.count(*CHAIN)):
        at_s += dice.spread(*LINKED_S)
        fault = dice.pick(tuple(Fault) if dice.chance(STRANGE) else active)
        fault = chain[-1].fault if dice.chance(SAME) else fault
        chain.append(_event(dice, at_s, fault, managed=managed))
    return chain


def _active(dice: Dice) -> list[Fault]:
    """Each world knows some of the faults, with weights of its own; never none."""
    share = dice.between(0.1, 0.9)
    chosen = [fault for fault in Fault if dice.chance(share)] or [Fault.CRASH]
    return [fault for fault in chosen for _ in range(dice.count(1, round(3 * KINDS[fault].often)))]


def _event(dice: Dice, at_s: float, fault: Fault, *, managed: bool) -> Event:
    if managed and fault is Fault.PERSON_DOWNS:
        fault = Fault.PERSON_STOPS
    kind = KINDS[fault]
    lasting = kind.lasts and dice.chance(LASTING)
    lasting_s = STORM_S if kind.storms and managed else LASTING_S
    for_s = dice.spread(*(lasting_s if lasting else kind.for_s)) if kind.for_s[1] else 0.0
    low, high = kind.amount
    amount = dice.spread(low, high) if low else dice.between(low, high)
    if kind.negative and dice.chance(0.5):
        amount = -amount
    elif fault in _EITHER:
        amount = 1.0 if amount > 1.0 else 0.0
    return Event(at_s, fault, for_s, amount)


_EITHER = frozenset(
    {
        *(Fault.DEEP_FAULT, Fault.HALF_UPDATE, Fault.START_REFUSED, Fault.ORDERS_HANG),
        *(Fault.PERSON_DOWNS, Fault.PERSON_PAUSES),
    }
)


def draw_traits(dice: Dice) -> Traits:
    return Traits(
        cold_start_s=dice.spread(2.0, 300.0),
        start_varies=dice.between(1.0, 1.6),
        drain_s=dice.pick((0.2, 1.0, 8.0, 60.0, 300.0)),
        linger_s=dice.pick((0.0, 0.0, 0.5, 10.0, 40.0)),
        heeds_term_hung=dice.chance(0.3),
        managed=dice.pick((Managed.NOBODY, Managed.NOBODY, Managed.ON_FAILURE, Managed.ALWAYS)),
        manager_delay_s=dice.pick((0.1, 5.0, 5.0, 30.0)),
        manager_burst=dice.pick((2, 5, 100)),
        look_s=dice.pick((0.01, 0.02, 0.2)),
        route_s=dice.spread(0.05, 20.0),
        wakes_slowly_s=dice.pick((0.0, 10.0, 120.0)),
        person_comes_s=FOREVER_S if dice.chance(0.15) else dice.spread(300.0, DAY_S),
        doctor=dice.pick(tuple(Doctor)),
        acknowledges_after_s=FOREVER_S if dice.chance(0.4) else dice.spread(60.0, 2 * DAY_S),
        acknowledges_for_s=None if dice.chance(0.5) else dice.spread(600.0, 3 * DAY_S),
        left_alone=dice.chance(0.5),
        left_broken=dice.chance(0.3),
        calm_after_s=dice.spread(1.0, HOUR_S) if dice.chance(0.5) else None,
        routes=dice.count(1, 3) if dice.chance(0.1) else 0,
        on_disk=dice.chance(0.05),
    )
