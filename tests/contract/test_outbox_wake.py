"""What waits because its route has failed is due once that works."""

from tests.contract.test_outbox import ALL, CHAT, OPENED, RECEIPT, Box, case
from tests.store.steps import at

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Now, until
from selfheal.ports.outbox import Addressee, Delivery, Outbox, Proof, Told

__all__ = ["case"]

LOG = Notify(AlertKind.RECOVERY, 0, (), number=7)


def put_off(box: Outbox, one: Delivery, now: Now, *, alone: bool = False) -> None:
    mine = box.claim("chat", [one], until(now, 9.0))
    box.put_off("chat", mine, until(now, 600.0), "no network", unsure=False, now=now, alone=alone)


def two(case: Box) -> tuple[Outbox, Delivery, Delivery]:
    case.put(OPENED, at(1))
    case.put(LOG, at(1))
    box = case.box
    box.address(CHAT, at(2))
    first, second = box.waiting("chat")
    return box, first, second


def due(box: Outbox, now: Now) -> list[Notify]:
    return [one.alert.notify for one in box.waiting("chat") if one.is_ready(now)]


def test_once_a_route_takes_something_what_it_has_failed_at_is_due(case: Box) -> None:
    box, first, second = two(case)
    put_off(box, first, at(3))
    box.taken("chat", box.claim("chat", [second], until(at(4), 9.0)), RECEIPT, at(4))
    assert due(box, at(5)) == [OPENED]


def test_a_proof_is_as_good(case: Box) -> None:
    box, first, second = two(case)
    put_off(box, first, at(3))
    put_off(box, second, at(3))
    box.proved("chat", Proof.CANARY, at(4))
    assert due(box, at(5)) == [OPENED, LOG]


def test_what_fails_for_its_own_sake_waits_on(case: Box) -> None:
    box, first, second = two(case)
    put_off(box, first, at(3), alone=True)
    box.taken("chat", box.claim("chat", [second], until(at(4), 9.0)), RECEIPT, at(4))
    assert due(box, at(5)) == []


def test_what_somebody_is_at_is_left_to_them(case: Box) -> None:
    box, first, second = two(case)
    put_off(box, first, at(3))
    box.claim("chat", [second], until(at(4), 60.0))
    box.wake("chat")
    assert due(box, at(5)) == [OPENED]


def test_what_some_addresses_lack_waits_on(case: Box) -> None:
    box, first, second = two(case)
    part = box.claim("chat", [first], until(at(3), 9.0))
    box.put_off("chat", part, until(at(3), 1.0), "", unsure=False, now=at(3))
    (again, _) = box.waiting("chat")
    part = box.claim("chat", [again], until(at(5), 9.0))
    box.taken_in_part("chat", part, RECEIPT, until(at(5), 600.0), "greylisted", at(5))
    put_off(box, second, at(6))
    box.wake("chat")
    assert due(box, at(7)) == [LOG]


def test_that_we_only_watched_is_tried_no_more_once_a_person_has_resumed(case: Box) -> None:
    """Though the incident goes on, and the route has just refused it."""
    case.put(Notify(AlertKind.DISTRUST, 1, (), detail="a rule"), at(1))
    box = case.box
    box.address(CHAT, at(2))
    box.refused("chat", box.claim("chat", box.waiting("chat"), until(at(3), 9.0)), "wrong token", at(3))
    case.resume()
    box.proved("chat", Proof.TEST, at(4))
    assert box.waiting("chat") == []


def test_what_was_refused_and_told_without_a_disk_since_is_told_no_more(case: Box) -> None:
    case.put(OPENED, at(1))
    box = case.box
    box.address(CHAT, at(2))
    (alert,) = (one.alert for one in box.waiting("chat"))
    box.refused("chat", box.claim("chat", box.waiting("chat"), until(at(3), 9.0)), "wrong token", at(3))
    box.note(Told.of("chat", alert, RECEIPT), at(4))
    box.proved("chat", Proof.TEST, at(5))
    box.address({"chat": Addressee("another door", ALL)}, at(6))
    assert box.waiting("chat") == []
    assert box.first_receipt("chat", alert.about) is not None
