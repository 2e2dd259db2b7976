"""How ill a gateway has been, by the truth: what an order to stop it is held against."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from selfheal.core.policy import Policy
from selfheal.sim.bounds import answer_s
from selfheal.sim.gateway import Condition, MadeGateway

LEFT_ALONE = frozenset({Condition.DRAINING, Condition.SUSPENDED})
FINE = LEFT_ALONE | {Condition.SERVING}


@dataclass(frozen=True)
class Spell:
    """A condition, and from when until when, in `elapsed`."""

    condition: Condition
    since: float
    until: float

    @property
    def lasted_s(self) -> float:
        return self.until - self.since


def spells(gateway: MadeGateway, now: float) -> Iterator[Spell]:
    """Of the process that lives, newest first; nothing for one that nobody has looked at."""
    until = now
    for pid, condition, at_s in reversed(gateway.spells):
        if pid != gateway.pid:
            return
        yield Spell(condition, at_s, until)
        until = at_s


def was_ill(gateway: MadeGateway, now: float, within_s: float) -> bool:
    """So short a time ago that an order may rest on it; True also where that is not known."""
    recent = [each.condition for each in spells(gateway, now) if each.until >= now - within_s]
    return not recent or not FINE.issuperset(recent)


def illness(gateway: MadeGateway, now: float, unseen_s: float) -> list[Spell] | None:
    """Its spells since it last served for longer than `unseen_s`, newest first; None: it never has."""
    found: list[Spell] = []
    for each in spells(gateway, now):
        if each.condition is Condition.SERVING and each.lasted_s > unseen_s:
            return found
        found.append(each)
    return None


def ill_s(found: Sequence[Spell], policy: Policy, *, blind: bool) -> float:
    """How long, as far as we can know. That it serves is seen by the next question, unless our probes fail
    (`blind`); that it drains, where it is asked before that is over.
    """
    total_s = 0.0
    for index, each in enumerate(found):
        seen_s = answer_s(policy) + (policy.heartbeat_interval_s if index else 0.0)
        between = 0 < index < len(found) - 1
        if each.condition in LEFT_ALONE:
            total_s += each.lasted_s if between and each.lasted_s < seen_s else 0.0
        elif each.condition is Condition.SERVING and not blind:
            total_s += min(each.lasted_s, seen_s)
        else:
            total_s += each.lasted_s
    return total_s


def shows_wrong(gateway: MadeGateway, found: Sequence[Spell]) -> bool:
    """Something of it was to be seen without a deep check."""
    silent = any(each.condition is Condition.HUNG for each in found)
    return silent or bool(found and gateway.root_bad_until > found[-1].since)
