"""Which of what waits goes next, and what goes together."""

import random
from typing import Any

import pytest
from tests.store.steps import at

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Monotonic, Until, until
from selfheal.notify.turns import (
    AGED_S,
    FOLDED_FROM,
    MINUTE_S,
    STORM,
    STORM_MOST,
    STORM_S,
    Take,
    Wait,
    choose,
)
from selfheal.ports.outbox import LATE_S, Alert, Delivery


def delivery(number: int, ordered_s: float = 0.0, **given: Any) -> Delivery:
    alert = Alert(number, "main", Notify(AlertKind.OPENED, number, ()), at(ordered_s).wall)
    return Delivery(alert)._replace(**given)


def test_where_nothing_waits_there_is_nothing_to_do() -> None:
    assert choose([], [], at(1)) == Wait(None)


def test_what_is_fresh_goes_alone() -> None:
    waiting = [delivery(1), delivery(2)]
    assert choose(waiting, [], at(1)) == Take(waiting[:1])


def test_much_goes_together() -> None:
    waiting = [delivery(number) for number in range(FOLDED_FROM)]
    assert choose(waiting, [], at(1)) == Take(waiting)


def test_what_is_old_goes_together() -> None:
    waiting = [delivery(1), delivery(2)]
    assert choose(waiting, [], at(LATE_S + 1)) == Take(waiting)


def test_what_was_tried_goes_again_as_it_was() -> None:
    waiting = [delivery(1, parcel=1, attempts=1), delivery(2, parcel=1, attempts=1), delivery(3), delivery(4)]
    assert choose(waiting, [], at(LATE_S + 1)) == Take(waiting[:2])


def test_nothing_overtakes_what_is_waited_with() -> None:
    ready = until(at(1), 30.0)
    waiting = [delivery(1, parcel=1, attempts=1, ready=ready), delivery(2)]
    assert choose(waiting, [], at(11)) == Wait(20.0)


def test_after_a_reboot_the_wall_clock_tells_when_it_may_go() -> None:
    waiting = [delivery(1, parcel=1, attempts=1, ready=Until(Monotonic(900.0), at(31).wall, "boot-before"))]
    assert choose(waiting, [], at(11)) == Wait(20.0)


def test_in_a_storm_it_waits_for_the_minute_to_end() -> None:
    said = [at(second).wall for second in range(10, 10 + STORM)]
    assert choose([delivery(1)], said, at(30)) == Wait(41.0)
    assert choose([delivery(1)], said[1:], at(30)) == Take([delivery(1)])


def test_messages_of_a_future_that_the_clock_has_left_are_no_storm() -> None:
    said = [at(second).wall for second in range(1000, 1000 + STORM)]
    assert choose([delivery(1)], said, at(30)) == Take([delivery(1)])


def opens(number: int, *, incident: int, kind: AlertKind = AlertKind.OPENED, **given: Any) -> Delivery:
    """Of an incident that is not over."""
    notify = Notify(kind, incident, ())
    return Delivery(Alert(number, "main", notify, at(0).wall), lasts=True)._replace(**given)


def over(number: int, incident: int) -> Delivery:
    return opens(number, incident=incident, kind=AlertKind.OVER, lasts=False)


def messages(waiting: list[Delivery], now_s: float, first: int = 0) -> list[list[Delivery]]:
    """On a route that takes all at once. `first`: so many have gone before."""
    found: list[list[Delivery]] = []
    said = [at(now_s).wall] * first
    while waiting:
        choice = choose(waiting, said, at(now_s))
        if isinstance(choice, Wait):
            assert choice.for_s
            now_s += choice.for_s
            continue
        found.append(list(choice.deliveries))
        said.append(at(now_s).wall)
        waiting = [one for one in waiting if one not in choice.deliveries]
    return found


def numbers(waiting: list[Delivery]) -> list[list[int]]:
    return [[one.alert.id for one in message] for message in messages(waiting, LATE_S + 1)]


ENDED = [one for number in range(1, 9, 2) for one in (delivery(number), over(number + 1, number))]


def test_late_what_still_lasts_is_a_message_of_its_own_and_the_rest_one() -> None:
    found = numbers([*ENDED, opens(9, incident=9)])
    assert sorted(found) == [[1, 2, 3, 4, 5, 6, 7, 8], [9]]


def test_all_that_waits_of_what_lasts_is_one_message() -> None:
    """Which says what the others would have."""
    more = [
        opens(10 + at, incident=9, kind=kind)
        for at, kind in enumerate((AlertKind.CHANGED, AlertKind.REMINDER))
    ]
    assert sorted(numbers([*ENDED, opens(9, incident=9), *more]))[1:] == [[9, 10, 11]]


def test_a_reminder_of_what_lasts_is_a_message_of_its_own() -> None:
    found = numbers([*ENDED, opens(9, incident=9, kind=AlertKind.REMINDER)])
    assert sorted(found) == [[1, 2, 3, 4, 5, 6, 7, 8], [9]]


def test_news_of_a_level_that_was_passed_is_folded() -> None:
    waiting = [*ENDED, opens(9, incident=9, kind=AlertKind.LEVEL_PASSED)]
    assert numbers(waiting) == [list(range(1, 10))]


def test_that_we_only_watch_is_another_message_than_the_incident() -> None:
    distrust = opens(10, incident=9, kind=AlertKind.DISTRUST)
    assert sorted(numbers([*ENDED, opens(9, incident=9), distrust]))[1:] == [[9], [10]]


@pytest.mark.parametrize("lasting", range(1, STORM_MOST + 1))
def test_each_gateway_that_is_down_is_told_whole_where_a_storm_leaves_room(lasting: int) -> None:
    found = numbers([opens(number, incident=number) for number in range(1, lasting + 1)])
    assert found == [[number] for number in range(1, lasting + 1)]


@pytest.mark.parametrize("lasting", [0, 1, 2, 3, 4, 5, 6, 249, 500])
@pytest.mark.parametrize("first", [0, 1, 2])
def test_a_storm_is_at_most_so_many_messages_however_much_of_it_lasts(lasting: int, first: int) -> None:
    """`first`: messages of it that went out before the rest came."""
    ended = [over(number, number) for number in range(1, 501 - lasting)]
    waiting = [*ended, *(opens(number, incident=number) for number in range(501 - lasting, 501))]
    found = messages(waiting, 1, first)
    assert first + len(found) <= STORM_MOST
    listed = [one for message in found if len(message) > 1 for one in message]
    assert lasting > 2 or not any(one.lasts for one in listed)


@pytest.mark.parametrize("first", [3, 4])
def test_messages_before_a_storm_are_no_part_of_it(first: int) -> None:
    """Alarms come whole though the route has just said other things."""
    said = [at(900.0 - 20 * each).wall for each in range(first)]
    waiting = [*(opens(number, incident=number) for number in (1, 2, 3)), over(4, 4)]
    waiting = [one._replace(alert=one.alert._replace(ordered=at(1_000.0).wall)) for one in waiting]
    assert choose(waiting, said, at(1_000.0)) == Take(waiting[:1])


def of(number: int, kind: AlertKind, *, lasts: bool = True) -> Delivery:
    """About a matter of its own."""
    return opens(number, incident=number, kind=kind, lasts=lasts)


@pytest.mark.parametrize(
    ("last", "first"),
    [
        (of(1, AlertKind.OVER, lasts=False), of(2, AlertKind.OPENED)),
        (of(1, AlertKind.OPENED, lasts=False), of(2, AlertKind.OPENED)),
        (of(1, AlertKind.REMINDER), of(2, AlertKind.OPENED)),
        (of(1, AlertKind.LEVEL_PASSED), of(2, AlertKind.CHANGED)),
        (of(1, AlertKind.ROUTE_FAILS), of(2, AlertKind.UNWATCHED)),
        (of(1, AlertKind.OVER, lasts=False), of(2, AlertKind.RECOVERY, lasts=False)),
        (of(1, AlertKind.REMINDER), of(2, AlertKind.DISTRUST)),
        (of(1, AlertKind.OVER, lasts=False), of(2, AlertKind.REMINDER)),
        (of(1, AlertKind.WATCHED, lasts=False), of(2, AlertKind.LEVEL_PASSED)),
    ],
    ids=lambda one: one.alert.notify.kind,
)
def test_what_is_more_urgent_goes_first_though_it_is_younger(last: Delivery, first: Delivery) -> None:
    assert messages([last, first], 1) == [[first], [last]]


@pytest.mark.parametrize("kind", AlertKind)
def test_of_what_is_as_urgent_the_older_goes_first(kind: AlertKind) -> None:
    waiting = [of(1, kind), of(2, kind)]
    assert messages(waiting, 1) == [[one] for one in waiting]


def test_the_list_of_what_is_old_goes_last() -> None:
    found = numbers([*ENDED, opens(9, incident=9, kind=AlertKind.REMINDER), opens(10, incident=10)])
    assert found == [[10], [9], [1, 2, 3, 4, 5, 6, 7, 8]]


def sent_s(news: Delivery, every_s: float) -> float | None:
    """When it goes, on a route to which there is an alarm of another gateway every so many seconds."""
    waiting, said, now_s = [news], list[float](), 0.0
    while now_s < 3 * 3_600.0:
        now_s += every_s
        waiting.append(delivery(int(now_s) + 10, now_s, lasts=True))
        choice = choose(waiting, [at(each).wall for each in said if each > now_s - STORM_S], at(now_s))
        if isinstance(choice, Take):
            if news in choice.deliveries:
                return now_s
            said.append(now_s)
            waiting = [one for one in waiting if one not in choice.deliveries]
    return None


@pytest.mark.parametrize("kind", [AlertKind.OVER, AlertKind.REMINDER])
def test_nothing_waits_for_ever_behind_alarms(kind: AlertKind) -> None:
    news = of(1, kind, lasts=kind is AlertKind.REMINDER)
    sent = sent_s(news, MINUTE_S / STORM)
    assert sent is not None
    assert AGED_S < sent <= AGED_S + MINUTE_S


def test_after_a_night_what_is_old_does_not_go_before_an_alarm() -> None:
    found = numbers([*ENDED, opens(9, incident=9)])
    night = [one._replace(alert=one.alert._replace(ordered=at(-9 * AGED_S).wall)) for one in ENDED]
    assert [[one.alert.id for one in each] for each in messages([*night, opens(9, incident=9)], 1)] == [
        [9],
        [1, 2, 3, 4, 5, 6, 7, 8],
    ]
    assert found[0] == [9]


def test_what_is_old_and_waited_with_keeps_no_alarm_back() -> None:
    fails = over(1, 1)._replace(parcel=1, attempts=1, ready=until(at(AGED_S), 300.0))
    alarm = opens(2, incident=2)
    said = [at(AGED_S - each).wall for each in (170.0, 140.0, 110.0, 80.0, 50.0)]
    assert choose([fails, alarm], said, at(AGED_S + 1)) == Take([alarm])


def test_what_stands_before_an_alarm_of_its_own_incident_is_as_urgent() -> None:
    passed = opens(2, incident=5, kind=AlertKind.LEVEL_PASSED)
    waiting = [opens(1, incident=4, kind=AlertKind.REMINDER), passed, opens(3, incident=5)]
    assert [[one.alert.id for one in message] for message in messages(waiting, 1)] == [[2], [3], [1]]


def test_an_alarm_does_not_wait_for_what_fails_and_is_over() -> None:
    fails = delivery(1, parcel=1, attempts=1, ready=until(at(1), 30.0))
    alarm = opens(2, incident=2)
    assert choose([fails, alarm], [], at(2)) == Take([alarm])
    assert choose([fails, delivery(2)], [], at(2)) == Wait(29.0)


@pytest.mark.parametrize("seed", range(100))
def test_of_one_incident_nothing_goes_before_what_is_older(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 -- chance that can be drawn again
    open_ones = {incident for incident in range(3) if dice.random() < 0.5}
    kinds = (AlertKind.OPENED, AlertKind.LEVEL_PASSED, AlertKind.CHANGED, AlertKind.REMINDER)
    incidents = [dice.randrange(3) for _ in range(dice.randrange(1, 5))]
    waiting = [opens(0, incident=one, kind=dice.choice(kinds), lasts=one in open_ones) for one in incidents]
    waiting += [over(0, incident) for incident in set(incidents) - open_ones]
    tried = dice.randrange(3)  # of the first ones, that many went as one message
    waiting = [
        one._replace(alert=one.alert._replace(id=number), parcel=1 if number <= tried else None)
        for number, one in enumerate(waiting, 1)
    ]
    found = [one for message in messages(waiting, dice.choice((1, LATE_S + 1))) for one in message]
    assert len(found) == len(waiting)
    for about in {one.alert.about for one in waiting}:
        told = [one.alert.id for one in found if one.alert.about == about]
        assert told == sorted(told)
