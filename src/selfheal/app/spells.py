"""Spells in which nobody watches: each is told of once, and its end once, whether the outbox knows of it or
the notes do. A spell is named by the second in which it was found.
"""

from contextlib import suppress
from typing import NamedTuple

from selfheal.app.own_service import RESIDENT, Care, Cared
from selfheal.app.places import database_path
from selfheal.app.unkept import Notes
from selfheal.config.settings import Settings
from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Now
from selfheal.ports.store import StoreError
from selfheal.store.reader import Reader

SPELL = (AlertKind.UNWATCHED, AlertKind.WATCHED)


class Spells(NamedTuple):
    """`last`: that was to be told, None: there was none. `over`: those of which the end was, too; `kept`: the
    last of them of which the outbox has the end.
    """

    last: int | None = None
    over: frozenset[int] = frozenset()
    kept: int | None = None

    def is_missed(self) -> bool:
        """It was told that nobody watches, and not yet that somebody does again."""
        return self.last is not None and self.last not in self.over


def in_outbox(settings: Settings) -> Spells:
    """What cannot be read says nothing."""
    with suppress(StoreError), Reader(database_path(settings)) as reader:
        return spells(*(reader.last_number(RESIDENT, kind) for kind in SPELL))
    return Spells()


def spells(begun: int | None, ended: int | None) -> Spells:
    """By the last alert of each kind in the outbox."""
    return Spells(begun, frozenset() if ended is None else frozenset({ended}), ended)


def with_noted(known: Spells, notes: Notes) -> Spells:
    begun, over = (_numbers(notes, kind) for kind in SPELL)
    if known.last is not None:
        begun |= {known.last}
    return known._replace(last=max(begun, default=None), over=known.over | over)


def of_resident(known: Spells, cared: Cared, now: Now) -> list[Notify]:
    """What is to be told of it: the same until that is over, and its end until the outbox has it."""
    last = known.last
    if cared.care is Care.FAILED:
        fresh = max(int(now.wall), (last or 0) + 1)
        number = last if last is not None and known.is_missed() else fresh
        return [Notify(AlertKind.UNWATCHED, 0, (), detail=cared.detail, number=number)]
    if cared.care in (Care.LIVES, Care.STARTED) and last not in (None, known.kept):
        return [Notify(AlertKind.WATCHED, 0, (), number=last)]
    return []


def _numbers(notes: Notes, kind: AlertKind) -> set[int]:
    return {notify.number for target, notify, _ in notes.alerts if (target, notify.kind) == (RESIDENT, kind)}
