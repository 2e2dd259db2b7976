"""What goes next to a route, of all that waits for it, and what goes together. Decides, and does nothing.

Rules
  * What is most urgent goes first: what asks for a person, then news of what lasts, then what is over, then
    the list of what is old. Of what is as urgent the older goes first.
  * Of one matter nothing goes before what is older: an opening that is waited with is not overtaken by its
    end.
  * A message that was tried goes again as it was. What waits behind it becomes one message when it is much or
    old, so that a storm, or a network that comes back after a night, is read in a minute.
  * What still lasts and asks for a person is never folded into others: it is a whole message, with its files
    and what can be answered to it. Only where so many gateways are down at once that a storm would be more
    than STORM_MOST messages some are named in a list, which goes first: one gateway has one open incident.
  * Only what has failed so often that it may be the message's own fault is passed over, for the next one
    about another matter; for a third one it takes twice as many failures, and so on, so that a night without
    a network tears no heap apart. Whether the route was why shows before the next one goes: what asks for a
    person is tried first then, whatever its own wait.
  * Nothing waits for ever behind alarms: where so many have gone that nothing else could, for STORM_S, what
    has waited for half an hour has its turn. After a night without a network the alarms come first all the
    same.
  * What one of a route's many addresses lacks is tried again for that one, and nothing waits for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from functools import partial
from typing import NamedTuple

from selfheal.core.alert import AlertKind
from selfheal.core.instants import Now, Wall
from selfheal.ports.outbox import LATE_S, Delivery, Subject

STUCK_TRIES = 8  # some minutes; a service's bad moment is over by then
STORM = 2  # messages on a route in a minute; what comes then waits for a quiet one and goes together
MINUTE_S = 60.0
STORM_MOST = 5  # messages that a person reads of a storm
STORM_S = 180.0  # in which so many can go out
AGED_S = 1_800.0  # news that are older are hardly worth waiting for
FULL = int(STORM * STORM_S / MINUTE_S) - 1  # messages of the last STORM_S: there was no room for another one
FOLDED_FROM = 4  # that wait for a route at once
FOLDED_MOST = 500
WHOLE_LEAST = 2  # of what lasts: with STORM that went before, and the list, they are STORM_MOST

ALARMS = frozenset({AlertKind.OPENED, AlertKind.CHANGED, AlertKind.DISTRUST, AlertKind.UNWATCHED})
ASKING = ALARMS | {AlertKind.REMINDER}

Group = Sequence[Delivery]
Matter = tuple[Subject, bool]


class Urgency(IntEnum):
    MANY = 0  # what asks for a person, of so many gateways that they are a list
    ALARM = 1
    UPDATE = 2  # of what lasts
    OVER = 3  # by now
    LIST = 4


class Take(NamedTuple):
    deliveries: Group


class Wait(NamedTuple):
    """In `for_s` seconds there is something to do again; None: there is nothing. `night`: nothing but the
    quiet hours holds what waits.
    """

    for_s: float | None = None
    night: bool = False


def choose(waiting: Group, said: Sequence[Wall], now: Now) -> Take | Wait:
    """What goes next, of what waits for a route, oldest first. `said`: its messages of the last STORM_S."""
    if not waiting:
        return Wait()
    ages = [now.wall - at for at in said]
    lately = sum(0 <= age < STORM_S for age in ages)
    turns = list(_turns(waiting, _of_storm(waiting, said, now), now))
    due = [group for group in turns if group[0].is_ready(now)]
    if not due:
        return Wait(min(_left_s(group[0], now) for group in turns))
    recent = [age for age in ages if 0 <= age < MINUTE_S]
    if len(recent) >= STORM:
        return Wait(MINUTE_S - recent[-1])
    aged = _aged(waiting, said, now) if lately >= FULL else ()
    return Take(next(iter(aged), due[0]))


def passed_over(waiting: Group, said: Sequence[Wall], chosen: Group, now: Now) -> Iterator[Group]:
    """The alarms before which `chosen` goes because they have failed so often, and must wait longer. Where it
    was the route that failed, it may be back, and they are to go first.
    """
    urgent = _urgent(waiting)
    for message in _turns(waiting, _of_storm(waiting, said, now), now):
        if message == chosen:
            return
        first = message[0]
        if _turn(urgent, message)[0] <= Urgency.ALARM and not (first.lacks or first.alone or first.leased):
            yield message


def is_alarm(one: Delivery) -> bool:
    """It asks for a person, now."""
    return _urgency(one) is Urgency.ALARM


def is_stuck(one: Delivery) -> bool:
    """Others may go before it: it has failed so often, or one of many addresses is all that it lacks."""
    return one.attempts >= STUCK_TRIES or bool(one.lacks)


def _turns(waiting: Group, said: int, now: Now) -> Iterator[Group]:
    """Messages: those that are passed over, and the first that is not."""
    enough, urgent = STUCK_TRIES, _urgent(waiting)
    for message in sorted(_messages(waiting, said, now), key=partial(_turn, urgent)):
        yield message
        if message[0].lacks or message[0].alone:
            continue
        if message[0].attempts < enough:
            return
        enough *= 2


def _of_storm(waiting: Group, said: Sequence[Wall], now: Now) -> int:
    """How many messages went out that may be of the storm that waits: not those of before it."""
    fresh = (one.alert.ordered for one in waiting if one.parcel is None)
    begun = min(fresh, default=now.wall) - MINUTE_S
    return sum(at >= begun and 0 <= now.wall - at < STORM_S for at in said)


def _aged(waiting: Group, said: Sequence[Wall], now: Now) -> Sequence[Group]:
    """Messages that alarms have kept back for too long, the oldest first."""
    urgent = _urgent(waiting)
    messages = _messages(waiting, _of_storm(waiting, said, now), now)
    late = (each for each in messages if _turn(urgent, each)[0] > Urgency.ALARM)
    aged = [each for each in late if each[0].is_ready(now) and now.wall - each[0].alert.ordered > AGED_S]
    return sorted(aged, key=lambda each: each[0].alert.id)


def _urgent(waiting: Group) -> Mapping[Matter, Urgency]:
    """What is most urgent of a matter: what goes before it is as urgent."""
    found: dict[Matter, Urgency] = {}
    for one in waiting:
        matter = _matter(one)
        found[matter] = min(_urgency(one), found.get(matter, Urgency.LIST))
    return found


def _urgency(one: Delivery) -> Urgency:
    kind = one.alert.notify.kind
    if kind is AlertKind.RECOVERY or (one.lasts and kind in ALARMS):
        return Urgency.ALARM
    return Urgency.UPDATE if one.lasts else Urgency.OVER


def _turn(urgent: Mapping[Matter, Urgency], message: Group) -> tuple[Urgency, bool, int]:
    most, is_list = min(urgent[_matter(one)] for one in message), _is_list(message)
    if is_list and _asks(message):
        most = Urgency.MANY
    elif is_list and most is not Urgency.ALARM:
        most = Urgency.LIST
    return most, is_list, message[0].alert.id


def _messages(waiting: Group, said: int, now: Now) -> Iterator[Group]:
    """What could go, but for what is older of the same matter."""
    parcels: dict[int | None, list[Delivery]] = {}
    front: dict[Matter, int | None] = {}  # in what the oldest of a matter goes
    for one in waiting:
        parcels.setdefault(one.parcel, []).append(one)
        if not one.lacks:
            front.setdefault(_matter(one), one.parcel)
    fresh = parcels.pop(None, [])
    for parcel, tried in parcels.items():
        if tried[0].lacks or all(front[_matter(one)] == parcel for one in tried):
            yield tried
    yield from _fresh([one for one in fresh if front[_matter(one)] is None], said, now)


def _fresh(fresh: Group, said: int, now: Now) -> Iterator[Group]:
    """Messages of what was not tried yet. `said`: how many went out in the last STORM_S."""
    matters: dict[Matter, list[Delivery]] = {}
    for one in fresh:
        matters.setdefault(_matter(one), []).append(one)
    much = len(fresh) >= FOLDED_FROM
    lasting = [each for each in matters.values() if _asks(each)]
    most = _whole_most(len(lasting), said, others=len(lasting) < len(matters)) if much else len(lasting)
    whole = lasting[:most]
    for each in whole:
        del matters[_matter(each[0])]
        yield each if much or _is_late(each[0], now) else each[:1]
    rest = [one for one in fresh if _matter(one) in matters]
    if rest and (much or _is_late(rest[0], now)):
        yield rest[:FOLDED_MOST]
    else:
        yield from (each[:1] for each in matters.values())


def _whole_most(lasting: int, said: int, *, others: bool) -> int:
    """How many go as messages of their own, so that all are STORM_MOST with those that went before."""
    if lasting > STORM_MOST:
        return 0
    room = STORM_MOST - said
    listed = others or lasting > room
    return max(WHOLE_LEAST, room - listed)


def _matter(one: Delivery) -> Matter:
    """That a rule of ours was broken is another matter than a gateway's doings."""
    return one.alert.about, one.alert.notify.kind is AlertKind.DISTRUST


def _asks(group: Group) -> bool:
    """For a person, now."""
    return any(one.lasts and one.alert.notify.kind in ASKING for one in group)


def _is_list(message: Group) -> bool:
    """As far as it is new: what was tried waits in its place."""
    return message[0].parcel is None and len({_matter(one) for one in message}) > 1


def _is_late(one: Delivery, now: Now) -> bool:
    return now.wall - one.alert.ordered > LATE_S


def _left_s(one: Delivery, now: Now) -> float:
    return 0.0 if one.ready is None else one.ready.left_s(now)
