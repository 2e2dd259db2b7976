"""Delivery on virtual time: each alert once, whatever fails and whenever we die."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from tests.notify.messages import go
from tests.store.steps import at

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Now, Until, until
from selfheal.notify.delivery import LONGEST_WAIT_S, Composed, Courier, backoff_s
from selfheal.notify.route import LaterError, Message, RefusedError, Severity, UnsureError
from selfheal.notify.turns import FOLDED_FROM, MINUTE_S
from selfheal.ports.outbox import LEASE_S, Addressee, Delivery, Receipt
from selfheal.store.memory_outbox import MemoryOutbox

DOORS = {"chat": Addressee("door", frozenset(AlertKind))}
HOUR_S = 3600.0


class Dead(BaseException):
    """Our process is no more."""


@dataclass
class Time:
    mono: float = 1.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> Now:
        return at(self.mono)

    async def sleep(self, for_s: float) -> None:
        self.slept.append(for_s)
        self.mono += for_s


@dataclass
class Service:
    """A chat that shows what it hears; with `knows_marks`, one that is sent again not a second time."""

    time: Time
    knows_marks: bool = True
    name: str = "chat"
    heard: list[tuple[Message, Receipt | None, bool]] = field(default_factory=list)
    shown: dict[str, Message] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        self.heard.append((message, earlier, again))
        self.time.mono += 0.5
        if self.failures:
            raise self.failures.pop(0)
        self.shown.setdefault(message.mark, message)
        return Receipt(message.mark)

    async def close(self) -> None:
        """Nothing is open."""


class Bell(Service):
    rings = True


def composed(deliveries: Sequence[Delivery], now: Now) -> Composed:
    del now
    first = deliveries[0].alert
    calls = any(one.alert.notify.kind is AlertKind.OPENED for one in deliveries)
    body = ", ".join(f"{one.alert.notify.kind} {one.alert.notify.incident}" for one in deliveries)
    mark = f"m-{first.id}-{len(deliveries)}"
    message = Message(mark, "t", Severity.CRITICAL, body, body, silent=not calls)
    return Composed(message, first.about)


@dataclass
class Case:
    time: Time = field(default_factory=Time)
    box: MemoryOutbox = field(default_factory=MemoryOutbox)
    morning: float = 0.0  # when the quiet hours end

    def quiet_s(self, now: Now) -> float:
        return max(0.0, self.morning - now.mono)

    def __post_init__(self) -> None:
        self.service = Service(self.time)

    def put(self, incident: int, kind: AlertKind = AlertKind.OPENED) -> None:
        self.box.put("main", Notify(kind, incident, ()), self.time.now().wall)

    def serve(self, linger_s: float = HOUR_S) -> float | None:
        self.box.address(DOORS, self.time.now())
        courier = Courier(self.box, composed, self.time.now, lambda: 0.0, self.time.sleep, self.quiet_s)
        return go(courier.serve(self.service, linger_s))

    def bodies(self) -> list[str]:
        return [message.body for message, _, _ in self.service.heard]


@pytest.fixture
def case() -> Case:
    made = Case()
    made.box.address(DOORS, made.time.now())
    return made


def test_the_wait_doubles_and_has_an_end() -> None:
    assert [backoff_s(attempts, 1.0) for attempts in (1, 2, 3)] == [5.0, 10.0, 20.0]
    assert backoff_s(1, 0.0) == 2.5
    assert backoff_s(1_000, 1.0) == LONGEST_WAIT_S


def test_a_service_that_may_have_taken_it_and_asks_to_wait_is_left_alone(case: Case) -> None:
    case.service.failures = [UnsureError("429", timedelta(seconds=HOUR_S))]
    case.put(1)
    assert case.serve(0.0) == HOUR_S
    case.put(2)
    assert case.serve(0.0) == HOUR_S, "nor is it told anything else"
    assert case.box.standing("chat").held_s(case.time.now()) == HOUR_S


def test_an_opening_and_its_end_go_in_order_and_the_end_answers_the_opening(case: Case) -> None:
    case.put(1)
    case.put(1, AlertKind.OVER)
    assert case.serve() is None
    assert case.bodies() == ["opened 1", "over 1"]
    assert [earlier for _, earlier, _ in case.service.heard] == [None, Receipt("m-1-1")]


def test_what_failed_is_tried_again_after_a_while(case: Case) -> None:
    case.service.failures = [LaterError("down"), LaterError("down")]
    case.put(1)
    case.serve()
    assert list(case.service.shown) == ["m-1-1"]
    assert case.time.slept == [2.5, 5.0]
    assert [again for _, _, again in case.service.heard] == [False, False, False]


def test_a_service_is_not_asked_before_the_time_that_it_named(case: Case) -> None:
    case.service.failures = [LaterError("busy", after=timedelta(seconds=77))]
    case.put(1)
    case.serve()
    assert case.time.slept == [77.0]


def test_what_may_have_arrived_is_sent_again_as_such(case: Case) -> None:
    case.service.failures = [UnsureError("reset")]
    case.put(1)
    case.serve()
    assert [again for _, _, again in case.service.heard] == [False, True]


def test_an_odd_error_of_a_route_is_one_more_failed_try(case: Case) -> None:
    """A file's name that no service can spell once ended the process, for all routes and each time anew."""
    case.service.failures = [UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed")]
    case.put(1)
    case.serve()
    assert list(case.service.shown) == ["m-1-1"]
    assert [again for _, _, again in case.service.heard] == [False, True]


def test_what_is_refused_is_tried_once_more_as_its_title_and_then_believed(case: Case) -> None:
    case.service.failures = [RefusedError("no such chat"), RefusedError("no such chat")]
    case.put(1)
    case.put(2)
    assert case.serve() is None
    assert case.bodies() == ["opened 1", "opened 1", "opened 2", "opened 1"]
    assert list(case.service.shown) == ["m-2-1", "m-1-1"], "until it takes another one"


def test_where_nothing_is_silent_what_wakes_nobody_waits_for_the_morning(case: Case) -> None:
    case.service, case.morning = Bell(case.time), 8 * HOUR_S
    case.put(1, AlertKind.OVER)
    case.put(2, AlertKind.REMINDER)
    case.put(3)
    assert case.serve(linger_s=0.0) == pytest.approx(8 * HOUR_S - case.time.mono)
    assert case.bodies() == ["opened 3"]
    case.put(4)
    case.service.failures = [LaterError("down")]
    assert case.serve(linger_s=0.0) == pytest.approx(2.5), "not for what has failed"
    case.time.mono = 8 * HOUR_S
    case.serve()
    assert case.bodies()[1:] == ["opened 4", "opened 4", "reminder 2", "over 1"]


def test_in_quiet_hours_what_went_together_goes_together(case: Case) -> None:
    case.service, case.morning = Bell(case.time), 8 * HOUR_S
    for number in range(FOLDED_FROM):
        case.put(number, AlertKind.OVER)
    case.put(9)
    case.serve(linger_s=0.0)
    assert case.bodies() == ["opened 9"]
    case.time.mono = 8 * HOUR_S
    case.serve()
    assert case.bodies() == ["opened 9", "over 0, over 1, over 2, over 3"]


def test_where_it_can_be_silent_it_comes_at_once(case: Case) -> None:
    case.morning = 8 * HOUR_S
    case.put(1, AlertKind.OVER)
    assert case.serve(linger_s=0.0) is None
    assert case.bodies() == ["over 1"]


def test_who_has_been_at_it_for_long_leaves_the_rest_to_the_next_one(case: Case) -> None:
    """One that goes on for ever is not told from one that hangs."""
    slow = case.service.send

    async def send(*given: Any, **more: Any) -> Receipt:
        case.time.mono += MINUTE_S + 1.0
        return await slow(*given, **more)

    case.service.send = send  # type: ignore[method-assign]
    case.put(1)
    case.put(2)
    assert case.serve(linger_s=8.0) == 0.0
    assert case.bodies() == ["opened 1"]
    assert case.serve(linger_s=8.0) is None
    assert case.bodies() == ["opened 1", "opened 2"]


def test_it_does_not_linger_for_what_comes_late(case: Case) -> None:
    case.service.failures = [LaterError("busy", after=timedelta(seconds=500))]
    case.put(1)
    assert case.serve(linger_s=60.0) == pytest.approx(500.0)
    assert case.time.slept == []


def test_who_comes_while_another_is_at_it_waits_for_the_end_of_its_claim(case: Case) -> None:
    case.put(1)
    case.box.address(DOORS, case.time.now())
    case.box.claim("chat", case.box.waiting("chat"), until(case.time.now(), LEASE_S))
    assert case.serve(linger_s=60.0) == pytest.approx(LEASE_S)
    assert case.service.heard == []
    case.serve()
    assert [again for _, _, again in case.service.heard] == [True]


def test_what_waited_for_a_night_is_one_message(case: Case) -> None:
    for incident in range(1, 4):
        case.put(incident)
        case.put(incident, AlertKind.OVER)
    case.time.mono += 8 * HOUR_S
    case.serve()
    assert len(case.bodies()) == 1


def test_a_storm_of_500_alerts_in_a_minute_is_at_most_five_messages(case: Case) -> None:
    for number in range(500):
        case.put(number)
        case.time.mono += 60.0 / 500
        if number % 7 == 0:
            case.serve(linger_s=0.0)
    case.serve()
    assert len(case.service.heard) <= 5
    told = Counter(part for body in case.bodies() for part in body.split(", "))
    assert len(told) == 500
    assert set(told.values()) == {1}


def test_what_asks_for_a_person_waits_for_no_news_of_what_is_over(case: Case) -> None:
    """A route says two messages in a minute: what is urgent is among them."""
    for incident in (1, 2):
        case.put(incident)
        case.put(incident, AlertKind.OVER)
    case.put(3, AlertKind.REMINDER)
    case.put(9)
    begun = case.time.mono
    case.serve(linger_s=0.0)
    assert case.bodies() == ["opened 9", "reminder 3"]
    assert case.time.mono - begun < 2.0
    case.serve()
    assert case.bodies()[2:] == ["opened 1, over 1, opened 2, over 2"]


class Mortal(MemoryOutbox):
    """An outbox whose user may die before or after each change of it."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self._dice = dice
        self.deadly = False

    def _fate(self) -> None:
        if self.deadly and self._dice.random() < 0.05:
            raise Dead

    def claim(self, route: str, deliveries: Sequence[Delivery], lease: Until) -> Sequence[Delivery]:
        self._fate()
        mine = super().claim(route, deliveries, lease)
        self._fate()
        return mine

    def taken(self, route: str, claimed: Sequence[Delivery], receipt: Receipt, now: Now) -> None:
        self._fate()
        super().taken(route, claimed, receipt, now)
        self._fate()


@dataclass
class Hostile(Service):
    dice: random.Random = field(default_factory=random.Random)

    async def send(self, message: Message, earlier: Receipt | None = None, *, again: bool = False) -> Receipt:
        self.time.mono += self.dice.random()
        draw = self.dice.random()
        if draw < 0.15:
            raise LaterError("HTTP 500")
        if draw < 0.2:
            raise LaterError("HTTP 429", after=timedelta(seconds=self.dice.random() * 30))
        receipt = await super().send(message, earlier, again=again)
        if draw < 0.3:
            raise UnsureError("reset after the message")
        return receipt


@pytest.mark.parametrize("seed", range(3))
def test_of_1000_incidents_each_is_told_once_and_its_end_once(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - chance that can be drawn again
    case = Case(box=(box := Mortal(dice)))
    case.service = Hostile(case.time, dice=dice)
    case.box.address(DOORS, case.time.now())
    box.deadly = True
    deaths = 0
    for incident in range(1000):
        for kind in (AlertKind.OPENED, AlertKind.OVER):
            case.put(incident, kind)
            for _ in range(100):
                try:
                    if case.serve(linger_s=LONGEST_WAIT_S) is None:
                        break
                except Dead:
                    deaths += 1
            case.time.mono += 600.0
    shown = Counter(message.body for message in case.service.shown.values())
    parts = Counter(part for body in shown.elements() for part in body.split(", "))
    assert len(parts) == 2000
    assert set(parts.values()) == {1}
    assert deaths > 100
