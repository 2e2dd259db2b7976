"""A message that its service breaks at keeps back nothing that comes after it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from tests.notify.messages import go
from tests.notify.test_delivery import DOORS, HOUR_S, Case, case, composed
from tests.notify.test_turns import delivery
from tests.store.steps import at

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Now, until
from selfheal.notify.delivery import LONGEST_WAIT_S, SELDOM_S, Composed, Courier
from selfheal.notify.route import LaterError, Message, PartlyError
from selfheal.notify.turns import STUCK_TRIES, Take, Wait, choose
from selfheal.ports.outbox import Delivery, Receipt

__all__ = ["case"]
POISON = "opened 1"


def tried(number: int, attempts: int, ready_s: float) -> Delivery:
    """To be tried again at `ready_s`."""
    return delivery(number, parcel=number, attempts=attempts, ready=until(at(0), ready_s))


def poisoned(case: Case, word: str = POISON) -> None:
    """The service breaks at each message that ends so."""
    send = case.service.send

    async def picky(message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        if message.body.splitlines()[-1] == word:
            case.service.failures.append(LaterError("HTTP 500"))
        return await send(message, earlier, again=again)

    case.service.send = picky  # type: ignore[method-assign]


def test_what_fails_for_long_is_passed_over_and_has_its_turn_when_it_is_due() -> None:
    stuck, fresh = tried(1, STUCK_TRIES, 100.0), delivery(2)
    assert choose([stuck, fresh], [], at(50)) == Take([fresh])
    assert choose([stuck, fresh], [], at(101)) == Take([stuck])
    assert choose([stuck], [], at(50)) == Wait(50.0)
    assert choose([tried(1, STUCK_TRIES - 1, 100.0), fresh], [], at(50)) == Wait(50.0)


def test_for_a_third_one_it_takes_twice_as_many_failures() -> None:
    stuck, fresh = tried(1, 99, 100.0), delivery(3)
    assert choose([stuck, tried(2, STUCK_TRIES, 90.0), fresh], [], at(50)) == Wait(40.0)
    assert choose([stuck, tried(2, 2 * STUCK_TRIES, 90.0), fresh], [], at(50)) == Take([fresh])


def test_no_end_goes_before_its_opening() -> None:
    stuck, opening = tried(1, STUCK_TRIES, 100.0), delivery(2)
    end = delivery(3)._replace(alert=opening.alert._replace(id=3, notify=Notify(AlertKind.OVER, 1, ())))
    assert choose([stuck, end], [], at(50)) == Wait(50.0)
    assert choose([stuck, end, opening], [], at(50)) == Take([opening])


def test_that_somebody_watches_again_does_not_go_before_that_nobody_did() -> None:
    stuck, other, end = (
        about(one, Notify(kind, 0, (), number=number))
        for one, kind, number in (
            (tried(1, STUCK_TRIES, 100.0), AlertKind.UNWATCHED, 5),
            (delivery(2), AlertKind.UNWATCHED, 9),
            (delivery(3), AlertKind.WATCHED, 5),
        )
    )
    assert choose([stuck, end], [], at(50)) == Wait(50.0)
    assert choose([stuck, end, other], [], at(50)) == Take([other])


def about(one: Delivery, notify: Notify) -> Delivery:
    return one._replace(alert=one.alert._replace(target="@resident", notify=notify))


def test_what_fails_while_its_route_works_is_no_reason_to_wait() -> None:
    late = [tried(number, STUCK_TRIES + 1, 2 * LONGEST_WAIT_S) for number in (1, 2, 3)]
    lost = [one._replace(alone=True) for one in late]
    assert choose([*lost, delivery(4)], [], at(1)) == Take([delivery(4)])
    assert choose([*late, delivery(4)], [], at(1)) == Wait(2 * LONGEST_WAIT_S - 1), "a service may ask for it"


def test_later_alerts_arrive_and_the_one_that_fails_is_tried_seldom(case: Case) -> None:
    poisoned(case)
    case.put(1)
    case.put(2)
    case.serve()
    assert list(case.service.shown) == ["m-2-1"]
    case.put(3)
    case.serve(linger_s=0.0)
    assert list(case.service.shown) == ["m-2-1", "m-3-1"]
    case.time.mono += SELDOM_S
    assert case.serve(linger_s=0.0) == SELDOM_S / 2
    (waits,) = case.box.waiting("chat")
    assert waits.alert.notify.incident == 1
    assert waits.alone


def test_what_one_of_many_addresses_lacks_keeps_nothing_back(case: Case) -> None:
    case.service.failures = [PartlyError("greylisted", Receipt("m-1-1", lacks=("late@b",)))]
    case.put(1)
    case.put(1, AlertKind.OVER)
    assert case.serve() is None
    assert case.bodies() == [POISON, "over 1", POISON]
    assert [message.only for message, *_ in case.service.heard] == [(), (), ("late@b",)]


def wordy(deliveries: Sequence[Delivery], now: Now) -> Composed:
    """The first incident's words are what the service breaks at."""
    made = composed(deliveries, now)
    words = f"{made.message.title}\nwords" if made.message.title == POISON else made.message.body
    return made._replace(message=replace(made.message, body=words))


def test_of_a_message_that_only_its_words_keep_back_the_title_arrives(case: Case) -> None:
    poisoned(case, "words")
    case.put(1)
    case.put(2)
    case.box.address(DOORS, case.time.now())
    courier = Courier(case.box, wordy, case.time.now, lambda: 0.0, case.time.sleep)
    assert go(courier.serve(case.service, HOUR_S)) is None
    assert {mark: shown.body for mark, shown in case.service.shown.items()} == {
        "m-2-1": "opened 2",
        "m-1-1": POISON,
    }


def after_an_outage(case: Case) -> int:
    """An alarm has failed often and has still to wait; the end of another incident was not tried yet. How
    often anything was tried.
    """
    case.put(2)
    case.service.failures = [LaterError("no network")] * STUCK_TRIES
    while case.service.failures:
        wait_s = case.serve(linger_s=0.0)
        case.time.mono += wait_s or 0.0
    case.box.over("main", 1)
    case.put(1, AlertKind.OVER)
    case.time.mono -= 30.0
    return len(case.bodies())


def test_after_an_outage_an_alarm_goes_before_the_end_of_an_older_incident(case: Case) -> None:
    """However often it has failed by then, and however long it was to wait still."""
    before = after_an_outage(case)
    case.serve(linger_s=0.0)
    assert case.bodies()[before:] == ["opened 2", "over 1"]


def test_where_a_network_is_still_away_each_alarm_is_tried_early_once(case: Case) -> None:
    before = after_an_outage(case)
    case.service.failures = [LaterError("no network")] * 2
    case.serve(linger_s=0.0)
    assert case.bodies()[before:] == ["opened 2", "over 1"]
    assert len(case.box.waiting("chat")) == 2


def test_an_alarm_is_tried_every_two_minutes_at_the_least(case: Case) -> None:
    case.put(1)
    case.service.failures = [LaterError("no network")] * 20
    case.serve(linger_s=HOUR_S)
    assert max(case.time.slept) == 60.0


def test_a_service_that_asks_to_be_left_alone_is_by_each_message(case: Case) -> None:
    """However often this one has failed: it is the service's wish, and no fault of the message."""
    case.service.failures = [
        *[LaterError("HTTP 500")] * STUCK_TRIES,
        LaterError("HTTP 429", timedelta(seconds=HOUR_S)),
    ]
    case.put(1)
    case.serve(linger_s=HOUR_S - 1)
    tried = case.bodies()
    assert len(tried) == STUCK_TRIES + 1
    case.put(2)
    left_s = case.serve(linger_s=0.0)
    assert left_s is not None
    assert left_s > 0
    assert (case.bodies(), list(case.box.lost("chat", case.time.now()))) == (tried, [])
    case.time.mono += left_s
    case.serve()
    assert case.bodies() == [*tried, POISON, "opened 2"]
