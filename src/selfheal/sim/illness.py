"""How ill a gateway has been, by the truth: what an order to stop it is held against."""

from collections.abc import Iterator
from dataclasses import dataclass

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
