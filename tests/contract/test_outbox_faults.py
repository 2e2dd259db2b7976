"""What every Outbox makes of a message that a working route does not take: the fault is the message's own."""

from collections.abc import Sequence
from dataclasses import replace

from tests.contract.test_outbox import (
    ALL,
    CHAT,
    OPENED,
    RECEIPT,
    REMINDER,
    Box,
    addressed,
    case,
    claimed,
    waiting,
)
from tests.store.steps import at

from selfheal.core.instants import until
from selfheal.ports.outbox import Addressee, Delivery, Outbox, Proof
from selfheal.store.known_routes import FRESH_S, REFUSALS_MOST

__all__ = ["case"]


def numbers(deliveries: Sequence[Delivery]) -> list[int]:
    return [one.alert.id for one in deliveries]


def refuse_twice(box: Outbox) -> None:
    """The route refuses what waits, shows that it works, and refuses it again."""
    box.refused("chat", claimed(box), "HTTP 400", at(4))
    box.proved("chat", Proof.CANARY, at(5))
    box.refused("chat", claimed(box, at(6)), "HTTP 400", at(6), alone=True)


def test_what_a_working_route_refuses_says_nothing_of_the_route_and_does_not_come_again(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    refuse_twice(box)
    standing = case.box.standing("chat")
    assert (standing.failing, standing.final) == (None, False)
    box.proved("chat", Proof.CANARY, at(7))
    assert waiting(box) == []
    (lost,) = case.box.lost("chat", at(7 + FRESH_S))
    assert (lost.alert.notify, lost.alone, lost.refusals) == (OPENED, True, 2)


def test_it_comes_again_with_each_mend_a_few_times_and_with_each_test(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    refuse_twice(box)
    mends = 0
    while mends < 2 * REFUSALS_MOST:
        box.unproved("chat", "HTTP 401", at(7).wall, final=True, now=at(7))
        box.proved("chat", Proof.CANARY, at(8))
        if not waiting(box):
            break
        assert list(box.lost("chat", at(8))) == [], "it is not judged yet"
        box.refused("chat", claimed(box, at(8)), "HTTP 400", at(8), alone=True)
        mends += 1
    assert mends == REFUSALS_MOST - 2
    box.proved("chat", Proof.TEST, at(9))
    assert waiting(box) == [OPENED]
    box.refused("chat", claimed(box, at(9)), "HTTP 400", at(9), alone=True)
    box.address({"chat": Addressee("another door", ALL)}, at(10))
    (anew,) = box.waiting("chat")
    assert (anew.alone, anew.refusals) == (False, 0)


def test_what_was_just_refused_shows_once_whose_fault_it_was(case: Box) -> None:
    """A reminder does not last, and whoever cannot be told of it by this route may be by another one."""
    case.put(REMINDER, at(1))
    box = addressed(case)
    refuse_twice(box)
    assert [one.alert.notify for one in box.lost("chat", at(6))] == [REMINDER]
    assert list(box.lost("chat", at(7 + FRESH_S))) == [], "that is no news any more"
    box.unproved("chat", "HTTP 401", at(7).wall, final=True, now=at(7))
    box.proved("chat", Proof.CANARY, at(8))
    assert waiting(box) == []


def test_a_reminder_that_was_refused_long_before_the_mend_is_not_told(case: Box) -> None:
    case.put(REMINDER, at(1))
    box = addressed(case)
    box.refused("chat", claimed(box), "wrong token", at(4))
    box.proved("chat", Proof.CANARY, at(5 + FRESH_S))
    assert (waiting(box), list(box.lost("chat", at(5 + FRESH_S)))) == ([], [])


def test_what_fails_while_its_route_works_is_lost_however_long_it_waits(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    box.put_off("chat", claimed(box), until(at(4), 9_999.0), "HTTP 429", unsure=False, now=at(4))
    assert list(box.lost("chat", at(5))) == [], "so long a wait is the service's wish"
    box.put_off(
        "chat", claimed(box, at(5)), until(at(5), 9.0), "HTTP 500", unsure=False, now=at(5), alone=True
    )
    assert numbers(case.box.lost("chat", at(6))) == numbers(case.box.waiting("chat"))
    box.taken("chat", claimed(box, at(99)), RECEIPT, at(99))
    assert list(box.lost("chat", at(100))) == []


def test_how_long_a_service_wants_to_be_left_alone_is_kept_until_it_takes_something(case: Box) -> None:
    box, end = addressed(case), until(at(4), 3_600.0)
    assert box.standing("chat").held_s(at(4)) == 0.0
    box.hold("chat", end)
    box.unproved("chat", "HTTP 429", at(9).wall, final=False, now=at(5))
    assert case.box.standing("chat").held == end
    assert case.box.standing("chat").held_s(at(5)) == 3_599.0
    box.proved("chat", Proof.TEST, at(6))
    assert case.box.standing("chat").held is None
    box.hold("chat", end)
    box.address({"chat": Addressee("another door", ALL)}, at(7))
    assert case.box.standing("chat").held is None


def test_only_a_route_of_that_name_has_lost_it(case: Box) -> None:
    case.put(OPENED, at(1))
    box = case.box
    box.address(CHAT | {"post": Addressee("door", ALL)}, at(2))
    refuse_twice(box)
    assert list(box.lost("post", at(7))) == []


def test_who_has_refused_the_opening_while_it_failed_hears_it_before_a_reminder(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    box.refused("chat", claimed(box), "HTTP 401", at(4))
    for number in range(2 * REFUSALS_MOST):
        case.put(replace(REMINDER, number=number + 1), at(5 + number))
        box.address(CHAT, at(5 + number))
        first, *_ = box.waiting("chat")
        assert (first.alert.notify, first.refusals, first.parcel) == (OPENED, 0, None)
        box.refused("chat", claimed(box, at(5 + number)), "HTTP 401", at(5 + number))
    box.proved("chat", Proof.CANARY, at(60))
    assert OPENED in waiting(box), "so many reminders have given nothing up"


def test_what_a_working_route_refuses_is_not_tried_with_each_reminder(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    refuse_twice(box)
    case.put(REMINDER, at(7))
    box.address(CHAT, at(8))
    assert waiting(box) == [REMINDER]
