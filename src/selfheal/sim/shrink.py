"""A failing world made small: as few events as still show the same broken rule.

Delta debugging (Zeller and Hildebrandt, «Simplifying and Isolating Failure-Inducing Input», 2002): leave out
halves, then quarters, and so on down to single events, as long as the failure stays.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from selfheal.sim.judge import Violation
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, HOUR_S, Plan, possible

TRIES_MAX = 400
AFTER_S = 60.0  # of safety phase after the failure, so that the second phase is no part of it
SHORTEST_DAYS = 0.1
DAYS_STEP = 1e-4  # so that the length, written down, is the same length again


@dataclass(frozen=True)
class Small:
    """The smaller plan, its length, and the numbers of the events in the whole one that are left in it."""

    plan: Plan
    days: float
    kept: tuple[int, ...]


def shrink(plan: Plan, rule: str) -> Small:
    """The smallest plan found in which `rule` is broken first; at worst `plan` itself, which must."""
    whole = Small(plan, plan.safe_s / DAY_S, tuple(range(len(plan.events))))
    found = first(plan)
    if found is None:
        return whole
    tries = 0

    def fails(numbers: tuple[int, ...]) -> bool:
        nonlocal tries
        tries += 1
        return breaks(_cut(whole, numbers, found.at_s).plan, rule)

    kept = tuple(number for number in whole.kept if plan.events[number].at_s <= found.at_s)
    if not fails(kept):
        kept = whole.kept
    parts = 2
    while len(kept) > 1 and tries < TRIES_MAX:
        smaller = _without_one_part(kept, parts, fails)
        if smaller is not None:
            kept, parts = smaller, max(2, parts - 1)
        elif parts < len(kept):
            parts = min(len(kept), parts * 2)
        else:
            break
    small = _cut(whole, kept, found.at_s)
    return small if breaks(small.plan, rule) else whole


def first(plan: Plan) -> Violation | None:
    return next(iter(live(plan).violations), None)


def breaks(plan: Plan, rule: str) -> bool:
    """Whether `rule` is the first that is broken in it."""
    found = first(plan)
    return found is not None and found.rule == rule


def _cut(whole: Small, numbers: tuple[int, ...], found_at_s: float) -> Small:
    """Until an hour after its last event, and until after the failure, which may come later."""
    plan = only(whole.plan, numbers)
    last_s = plan.events[-1].at_s if plan.events else 0.0
    end_s = max(last_s + HOUR_S, found_at_s + AFTER_S)
    days = max(SHORTEST_DAYS, round(math.ceil(end_s / DAY_S / DAYS_STEP) * DAYS_STEP, 4))
    if days >= whole.days:
        return Small(plan, whole.days, numbers)
    return Small(replace(plan, safe_s=days * DAY_S), days, numbers)


def _without_one_part(
    kept: tuple[int, ...], parts: int, fails: Callable[[tuple[int, ...]], bool]
) -> tuple[int, ...] | None:
    size = max(1, len(kept) // parts)
    for start in range(0, len(kept), size):
        rest = kept[:start] + kept[start + size :]
        if rest and fails(rest):
            return rest
    return None


def only(plan: Plan, numbers: tuple[int, ...]) -> Plan:
    """The plan with these of its events (from 0), as long as it is. Raises ValueError."""
    wrong = [number for number in numbers if not 0 <= number < len(plan.events)]
    if wrong:
        raise ValueError(f"cannot keep event {wrong[0]}: the world has {len(plan.events)}, counted from 0")
    return possible(replace(plan, events=tuple(plan.events[number] for number in sorted(set(numbers)))))
