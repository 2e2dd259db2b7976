"""A failing world made small: as few events as still show the same broken rule.

Delta debugging (Zeller and Hildebrandt, «Simplifying and Isolating Failure-Inducing Input», 2002): leave out
halves, then quarters, and so on down to single events, as long as the failure stays.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from selfheal.sim.life import live
from selfheal.sim.plan import HOUR_S, Event, Plan, possible

TRIES_MAX = 400


@dataclass(frozen=True)
class Small:
    """The smaller plan, and the numbers of the events in the whole one that are left in it."""

    plan: Plan
    kept: tuple[int, ...]


def shrink(plan: Plan, rule: str) -> Small:
    """The smallest plan found in which `rule` is broken first. `plan` itself must break it."""
    tries = 0

    def fails(numbers: tuple[int, ...]) -> bool:
        nonlocal tries
        tries += 1
        found = live(only(plan, numbers)).violations
        return bool(found) and found[0].rule == rule

    kept = _up_to_the_failure(plan)
    if not fails(kept):
        kept = tuple(range(len(plan.events)))
    parts = 2
    while len(kept) > 1 and tries < TRIES_MAX:
        smaller = _without_one_part(kept, parts, fails)
        if smaller is not None:
            kept, parts = smaller, max(2, parts - 1)
        elif parts < len(kept):
            parts = min(len(kept), parts * 2)
        else:
            break
    return Small(only(plan, kept), kept)


def _up_to_the_failure(plan: Plan) -> tuple[int, ...]:
    at_s = live(plan).violations[0].at_s
    return tuple(number for number, event in enumerate(plan.events) if event.at_s <= at_s)


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
    """The plan with these of its events (from 0), ending an hour after the last one. Raises ValueError."""
    wrong = [number for number in numbers if not 0 <= number < len(plan.events)]
    if wrong:
        raise ValueError(f"cannot keep event {wrong[0]}: the world has {len(plan.events)}, counted from 0")
    events: tuple[Event, ...] = tuple(plan.events[number] for number in sorted(set(numbers)))
    end_s = events[-1].at_s + HOUR_S if events else HOUR_S
    return possible(replace(plan, events=events, safe_s=min(plan.safe_s, end_s)))
