"""What every Outbox does, the real one and the double."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.store.steps import IN_TROUBLE, TARGET, WELL, at, closing, opening, step

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.instants import Now, Wall, until
from selfheal.core.levels import Level
from selfheal.core.notes import Step
from selfheal.core.observations import TimePassed
from selfheal.core.reasons import Cause
from selfheal.core.state import Acknowledgement, AlertingPart
from selfheal.ports.outbox import (
    ASKING_S,
    Addressee,
    Delivery,
    Outbox,
    Proof,
    Receipt,
    Standing,
    Subject,
    Told,
)
from selfheal.ports.store import Commit
from selfheal.store.known_routes import AWAY_S, FRESH_S, KEPT_S
from selfheal.store.memory_outbox import MemoryOutbox
from selfheal.store.outbox import SqliteOutbox
from selfheal.store.sqlite import SqliteStore

OPENED = Notify(AlertKind.OPENED, 1, (Level.WATCHDOG, Level.HEALTHCHECK), Cause.CONFIG_UNLOADABLE, "line 7")
OVER = Notify(AlertKind.OVER, 1, ())
REMINDER = Notify(AlertKind.REMINDER, 1, (), number=1)
PASSING = Notify(AlertKind.RECOVERY, 0, (), number=7)
LATER_OPENED = Notify(AlertKind.UNWATCHED, 7, ())  # of no incident, and so without an end
ALL = frozenset(AlertKind)
CHAT, POST = {"chat": Addressee("door", ALL)}, {"post": Addressee("door", ALL)}
SOON, LATER = at(2), at(3)
RECEIPT = Receipt("77", "https://chat.example/77", ("log.txt",))


class Box:
    """An outbox, and how the core's alerts get into it. The incident 1 is open unless `over`."""

    def __init__(self, path: Path, *, memory: bool) -> None:
        self._path = path
        self.dead: set[str] = set()
        self._memory = MemoryOutbox(may_live=self._may_live) if memory else None
        self._store = None if memory else SqliteStore(path)
        self._opened: list[SqliteOutbox] = []
        self._distrust = False
        if self._store is not None:
            self._store.commit(Commit(TARGET, TimePassed(), at(0), opening()))

    def _may_live(self, name: str) -> bool:
        return name not in self.dead

    @property
    def box(self) -> Outbox:
        """As another process has it."""
        return self.box_of("")

    def box_of(self, name: str) -> Outbox:
        """As the process of that name has it."""
        if self._memory is not None:
            self._memory.me = name
            return self._memory
        self._opened.append(SqliteOutbox(self._path, name, self._may_live))
        return self._opened[-1]

    def put(self, notify: Notify, now: Now) -> None:
        if self._store is None:
            assert self._memory is not None
            self._memory.put(TARGET, notify, now.wall)
        else:
            self._distrust |= notify.kind is AlertKind.DISTRUST
            self._commit(step(WELL, notify), now)

    def resume(self) -> None:
        """A person trusts it again."""
        self._distrust = False
        if self._store is None:
            assert self._memory is not None
            self._memory.trusted(TARGET)
        else:
            self._commit(step(WELL), at(1))

    def acknowledge(self) -> None:
        """A person is at incident 1."""
        if self._store is None:
            assert self._memory is not None
            self._memory.acknowledged(TARGET, 1)
        else:
            known = AlertingPart(opened=1, acknowledged=Acknowledgement(1, at(2).wall))
            self._commit(step(replace(IN_TROUBLE, alerting=known)), at(2))

    def _commit(self, done: Step, now: Now) -> None:
        assert self._store is not None
        state = replace(done.state, distrust="a rule" if self._distrust else "")
        self._store.commit(Commit(TARGET, TimePassed(), now, replace(done, state=state)))

    def put_of_us(self, notify: Notify, now: Now) -> None:
        """An alert that no step has decided."""
        if self._memory is not None:
            self._memory.put("@resident", notify, now.wall)
        else:
            self._opened.append(SqliteOutbox(self._path))
            self._opened[-1].put("@resident", notify, now)

    def over(self) -> None:
        if self._store is None:
            assert self._memory is not None
            self._memory.over(TARGET, 1)
        else:
            self._commit(closing(), at(1))

    def close(self) -> None:
        for each in self._opened:
            each.close()
        if self._store is not None:
            self._store.close()


@pytest.fixture(params=["memory", "sqlite"])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path / "selfheal.db", memory=request.param == "memory")
    yield made
    made.close()


def addressed(case: Box, now: Now = SOON) -> Outbox:
    box = case.box
    box.address(CHAT, now)
    return box


def waiting(box: Outbox, route: str = "chat") -> list[Notify]:
    return [one.alert.notify for one in box.waiting(route)]


def claimed(box: Outbox, now: Now = LATER) -> list[Delivery]:
    return list(box.claim("chat", box.waiting("chat"), until(now, 60.0)))


def test_an_alert_waits_on_each_route_as_it_was_decided(case: Box) -> None:
    case.put(OPENED, at(1))
    box = case.box
    box.address(CHAT | POST, at(2))
    (one,) = box.waiting("chat")
    assert one == Delivery(one.alert, lasts=one.lasts)
    assert (one.alert.target, one.alert.notify, one.alert.ordered) == (TARGET, OPENED, at(1).wall)
    assert waiting(box, "post") == [OPENED]


def test_of_what_waits_it_is_known_whether_it_lasts(case: Box) -> None:
    reminder = Notify(AlertKind.REMINDER, 1, (), number=1)
    distrust = Notify(AlertKind.DISTRUST, 1, (), detail="a rule")
    log = Notify(AlertKind.RECOVERY, 0, (), number=7)
    box = addressed(case, at(0.5))
    for notify in (OPENED, reminder, distrust, log):
        case.put(notify, at(1))
    case.put_of_us(Notify(AlertKind.UNWATCHED, 0, (), number=5), at(1))
    box.address(CHAT, at(2))
    assert [one.lasts for one in box.waiting("chat")] == [True, True, True, False, True]
    case.over()
    case.put(OVER, at(3))
    case.resume()
    case.put_of_us(Notify(AlertKind.WATCHED, 0, (), number=5), at(3))
    box.address(CHAT, at(4))
    assert not any(one.lasts for one in box.waiting("chat"))
    assert len(box.waiting("chat")) == 6, "the reminder is dropped"


def test_what_is_addressed_twice_waits_once_and_in_order(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    case.put(OVER, at(2))
    box.address(CHAT, at(3))
    box.address(CHAT, at(4))
    assert waiting(box) == [OPENED, OVER]


def test_only_one_of_two_gets_it(case: Box) -> None:
    case.put(OPENED, at(1))
    one, other = addressed(case), case.box
    seen = other.waiting("chat")
    (mine,) = claimed(one)
    assert (mine.attempts, mine.leased, mine.parcel) == (1, True, mine.alert.id)
    assert list(other.claim("chat", seen, until(at(3), 60.0))) == []
    assert list(other.waiting("chat")) == [mine]


def test_a_claim_that_ran_out_may_have_been_sent(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    assert not claimed(box)[0].unsure
    (again,) = claimed(case.box, at(99))
    assert (again.unsure, again.attempts) == (True, 2)
    assert list(case.box.waiting("chat")) == [again]


def test_a_claim_ends_with_its_owner(case: Box) -> None:
    case.put(OPENED, at(1))
    case.box.address(CHAT, SOON)
    (mine,) = claimed(case.box_of("one"))
    assert not mine.is_ready(LATER)
    other = case.box_of("other")
    other.address(CHAT, LATER)
    assert list(other.waiting("chat")) == [mine], "it may be at it"
    case.dead = {"one"}
    other.address(CHAT, LATER)
    (free,) = other.waiting("chat")
    assert free.is_ready(LATER)
    (again,) = claimed(other)
    assert (again.unsure, again.attempts) == (True, 2)
    other.address(CHAT, LATER)
    assert list(other.waiting("chat")) == [again], "it is another's by now"
    assert not again.is_ready(LATER)


def test_who_died_over_news_that_is_old_is_not_waited_for(case: Box) -> None:
    addressed(case, at(0.5))
    case.put(PASSED, at(0.6))
    case.box.address(CHAT, at(0.7))
    claimed(case.box_of("one"), at(0.7))
    case.over()
    other = case.box_of("other")
    other.address(CHAT, at(2))
    assert waiting(other) == [PASSED]
    case.dead = {"one"}
    other.address(CHAT, at(2))
    assert waiting(other) == []


def test_of_two_alerts_that_go_together_both_are_claimed_or_none(case: Box) -> None:
    case.put(OPENED, at(1))
    case.put(OVER, at(2))
    box = addressed(case, at(3))
    both = box.waiting("chat")
    box.claim("chat", both[1:], until(at(3), 60.0))
    assert list(box.claim("chat", both, until(at(3), 60.0))) == []
    assert [one.attempts for one in box.waiting("chat")] == [0, 1]


def test_what_was_taken_waits_no_longer_and_leaves_its_receipt(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    box.taken("chat", claimed(box), RECEIPT, at(4))
    assert waiting(case.box) == []
    assert case.box.first_receipt("chat", Subject(TARGET, 1)) == RECEIPT
    assert case.box.first_receipt("chat", Subject(TARGET, 2)) is None
    assert list(case.box.said("chat", at(3).wall)) == [at(4).wall]
    assert list(case.box.said("chat", at(4).wall)) == []


def test_the_receipt_of_a_thread_is_its_first(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    box.taken("chat", claimed(box), RECEIPT, at(4))
    case.put(OVER, at(5))
    box.address(CHAT, at(5))
    box.taken("chat", claimed(box, at(5)), Receipt("78"), at(6))
    assert box.first_receipt("chat", Subject(TARGET, 1)) == RECEIPT


def test_alerts_of_one_message_count_as_one(case: Box) -> None:
    case.put(OPENED, at(1))
    case.put(OVER, at(2))
    box = addressed(case, at(3))
    box.taken("chat", claimed(box), RECEIPT, at(4))
    assert list(box.said("chat", Wall(0.0))) == [at(4).wall]


def test_what_was_put_off_says_when_and_how(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    later = until(at(4), 30.0)
    box.put_off("chat", claimed(box), later, "no answer", unsure=True, now=at(4))
    (one,) = case.box.waiting("chat")
    assert (one.attempts, one.ready, one.leased, one.unsure) == (1, later, False, True)
    assert not one.is_ready(at(33))
    assert one.is_ready(at(34))
    (mine,) = claimed(box, at(40))
    box.put_off("chat", [mine], later, "no route", unsure=False, now=at(41))
    assert case.box.waiting("chat")[0].unsure  # it may have arrived then


def test_who_lost_its_claim_changes_nothing(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    lost = claimed(box)
    (mine,) = claimed(case.box)
    box.taken("chat", lost, RECEIPT, at(4))
    box.put_off("chat", lost, until(at(4), 9.0), "", unsure=True, now=at(4))
    box.refused("chat", lost, "", at(4))
    assert list(case.box.waiting("chat")) == [mine]


def test_a_refusal_is_for_good_until_the_route_is_another(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    box.refused("chat", claimed(box), "no such chat", at(4))
    box.address(CHAT, at(5))
    assert waiting(box) == []
    box.address({"chat": Addressee("another door", ALL)}, at(6))
    assert waiting(box) == [OPENED]
    box.taken("chat", claimed(box, at(7)), RECEIPT, at(8))
    box.address({"chat": Addressee("a third door", ALL)}, at(9))
    assert waiting(box) == []


def test_what_was_refused_is_told_once_the_route_takes_something(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    box.refused("chat", claimed(box), "wrong token", at(4))
    box.complained("chat", "wrong token", at(5))
    assert waiting(box) == []
    box.proved("chat", Proof.TEST, at(6))
    assert waiting(box) == [OPENED]
    (again,) = claimed(case.box, at(7))
    assert (again.attempts, again.unsure) == (3, False)
    box.taken("chat", [again], RECEIPT, at(8))
    box.proved("chat", Proof.CANARY, at(9))
    assert waiting(box) == []


def test_of_what_was_refused_only_what_lasts_is_told_again(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    box.refused("chat", claimed(box), "wrong token", at(3))
    case.put(REMINDER, at(4))
    case.put(OVER, at(5))
    case.over()
    box.address(CHAT, at(6))
    box.refused("chat", claimed(box, at(6)), "wrong token", at(7))
    box.proved("chat", Proof.TEST, at(8))
    assert waiting(box) == []


def test_an_end_that_was_refused_is_told_where_its_beginning_was(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    box.taken("chat", claimed(box), RECEIPT, at(3))
    case.put(OVER, at(4))
    case.over()
    box.address(CHAT, at(5))
    box.refused("chat", claimed(box, at(5)), "no such chat", at(6))
    box.proved("chat", Proof.CANARY, at(7))
    assert waiting(box) == [OVER]


def test_what_several_alerts_said_that_were_refused_goes_as_one_again(case: Box) -> None:
    case.put(OPENED, at(1))
    case.put(REMINDER, at(2))
    box = addressed(case, at(3))
    for one in box.waiting("chat"):
        box.refused("chat", box.claim("chat", [one], until(at(3), 9.0)), "wrong token", at(4))
    box.address({"chat": Addressee("another door", ALL)}, at(6))
    assert [one.parcel for one in box.waiting("chat")] == [None, None]


def test_of_routes_and_of_us_what_lasts_is_told_again(case: Box) -> None:
    box = case.box
    box.address(CHAT | POST, at(0))
    box.unproved("post", "no such chat", Wall(at(9).wall), final=True, now=at(1))
    box.warn("post", at(1))
    unwatched, watched = Notify(AlertKind.UNWATCHED, 0, ()), Notify(AlertKind.WATCHED, 0, ())
    case.put_of_us(unwatched, at(2))
    box.address(CHAT | POST, at(2))
    box.refused("chat", claimed(box), "wrong token", at(3))
    box.proved("chat", Proof.TEST, at(4))
    assert [one.alert.notify.kind for one in box.waiting("chat")] == ["route_fails", "unwatched"]
    box.refused("chat", claimed(box, at(5)), "wrong token", at(5))
    case.put_of_us(watched, at(6))
    box.proved("post", Proof.TEST, at(6))
    box.relieve("post", at(6))
    box.proved("chat", Proof.TEST, at(7))
    assert waiting(box) == []


def test_a_new_route_hears_of_what_lasts_and_not_of_what_is_over(case: Box) -> None:
    case.put(OPENED, at(1))
    box = case.box
    box.address(CHAT, at(2))
    case.put(OVER, at(3))
    case.over()
    box.address(CHAT | POST, at(4 + FRESH_S))
    assert waiting(box) == [OPENED, OVER]
    assert waiting(box, "post") == []
    box.address({"mail": Addressee("door", ALL)}, at(FRESH_S))
    assert waiting(box, "mail") == [OPENED, OVER], "they have just come"


def test_a_new_route_hears_that_we_only_watch_until_a_person_resumes(case: Box) -> None:
    first, second = (Notify(AlertKind.DISTRUST, number, (), detail="a rule") for number in (1, 2))
    case.put(first, at(1))
    case.put(second, at(2))
    box = addressed(case, at(3))
    case.over()
    box.address(CHAT | POST, at(4 + 2 * FRESH_S))
    assert waiting(box, "post") == [second], "over the end of the incident, and once"
    box.refused("post", box.claim("post", box.waiting("post"), until(LATER, 9.0)), "wrong token", LATER)
    case.resume()
    box.proved("post", Proof.TEST, at(5))
    box.address(CHAT | {"mail": Addressee("door", ALL)}, at(6 + 2 * FRESH_S))
    assert waiting(box, "mail") == waiting(box, "post") == []
    case.put(Notify(AlertKind.DISTRUST, 3, ()), at(7))
    box.address(CHAT | {"new": Addressee("door", ALL)}, at(8 + 2 * FRESH_S))
    assert [one.incident for one in waiting(box, "new")] == [3]


def test_a_new_route_hears_of_a_recovery_log_as_long_as_that_asks(case: Box) -> None:
    asks = Notify(AlertKind.RECOVERY, 0, (), detail="emergency-recovery-1.log", number=5)
    case.put(asks, at(1))
    box = addressed(case)
    box.address(CHAT | POST, at(ASKING_S))
    assert waiting(box, "post") == [asks]
    box.address(CHAT | {"late": Addressee("door", ALL)}, at(2 + ASKING_S))
    assert waiting(box, "late") == []
    box.address(CHAT | POST, at(3 + ASKING_S + AWAY_S))
    assert waiting(box, "post") == [], "it was away"


def test_a_new_route_hears_of_no_failing_one_that_is_not_set_any_more(case: Box) -> None:
    box = addressed(case)
    box.unproved("chat", "no such chat", Wall(at(50).wall), final=True, now=at(4))
    box.warn("chat", at(5))
    box.address(POST, at(6))
    assert waiting(box, "post") == [], "whoever replaces it knows"
    box.address(POST | {"mail": Addressee("door", ALL)}, at(6 + 2 * FRESH_S))
    assert waiting(box, "mail") == []
    box.address(CHAT | {"new": Addressee("door", ALL)}, at(7 + 2 * FRESH_S))
    assert [one.kind for one in waiting(box, "new")] == [AlertKind.ROUTE_FAILS], "it is back, and fails"


def test_a_route_that_comes_back_hears_of_what_lasts_and_of_the_end_of_what_it_knows(case: Box) -> None:
    case.put(OPENED, at(1))
    box = case.box
    box.address(CHAT | POST, at(2))
    box.taken("chat", claimed(box), RECEIPT, at(3))
    box.address({}, at(4))
    case.put(OVER, at(5))
    case.over()
    case.put(LATER_OPENED, at(6))
    later = at(7 + 2 * FRESH_S)
    box.address(CHAT | POST, later)
    assert waiting(box) == [OVER, LATER_OPENED]
    assert waiting(box, "post") == [LATER_OPENED], "not even of what has waited for it"
    case.put(PASSING, later)
    box.address(CHAT | POST, later)
    assert waiting(box, "post") == [LATER_OPENED, PASSING], "it is here again"


def test_each_spell_in_which_nobody_watched_has_its_own_end_and_thread(case: Box) -> None:
    first, second = (Notify(AlertKind.UNWATCHED, 0, (), number=number) for number in (5, 9))
    case.put_of_us(first, at(1))
    box = addressed(case)
    box.taken("chat", claimed(box), RECEIPT, at(3))
    box.address({}, at(4))
    case.put_of_us(second, at(5))
    over = [replace(each, kind=AlertKind.WATCHED) for each in (first, second)]
    for each in over:
        case.put_of_us(each, at(6))
    box.address(CHAT, at(7 + 2 * FRESH_S))
    assert waiting(box) == over[:1], "it has heard of no second one"
    assert box.first_receipt("chat", Subject("@resident", 0, 5)) == RECEIPT
    assert box.first_receipt("chat", Subject("@resident", 0, 9)) is None


def test_a_route_that_was_away_is_another_door_without_its_past(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    box.refused("chat", claimed(box), "wrong token", at(3))
    box.address({}, at(4))
    case.over()
    box.address({"chat": Addressee("another door", ALL)}, at(5 + AWAY_S))
    assert waiting(box) == []


def test_a_route_that_is_told_more_hears_of_no_past(case: Box) -> None:
    case.put(REMINDER, at(1))
    box = case.box
    box.address({"chat": Addressee("door", frozenset({AlertKind.OVER}))}, at(2))
    box.address(CHAT, at(3))
    assert waiting(box) == []


def test_a_route_hears_of_what_was_decided_while_nobody_delivered(case: Box) -> None:
    addressed(case, at(0.5))
    case.put(OPENED, at(1))
    case.put(OVER, at(3))
    case.over()
    box = addressed(case, at(3_600))
    assert waiting(box) == [OPENED, OVER]


def test_after_a_week_it_is_given_up(case: Box) -> None:
    addressed(case, at(0))
    case.put(OPENED, at(1))
    box = addressed(case, at(2))
    box.address(CHAT, at(2 + KEPT_S))
    assert waiting(box) == []
    box.address(CHAT, at(3 + KEPT_S))
    assert waiting(box) == []


def test_after_a_quiet_time_without_a_delivery_what_is_younger_than_a_week_is_told(case: Box) -> None:
    """Nothing had to be told for months, and then a disk was full for an hour."""
    addressed(case, at(0))
    case.put(OPENED, at(9 * KEPT_S))
    case.put(OVER, at(9 * KEPT_S + 1))
    case.over()
    box = addressed(case, at(9 * KEPT_S + 3_600))
    assert waiting(box) == [OPENED, OVER]


def test_what_is_older_than_a_week_when_a_delivery_looks_at_last_is_not(case: Box) -> None:
    addressed(case, at(0))
    case.put(OPENED, at(1))
    case.put(OVER, at(2))
    case.over()
    assert waiting(addressed(case, at(9 * KEPT_S))) == []


def test_a_clock_that_is_set_makes_no_alert_old(case: Box) -> None:
    """A host without a battery begins in 1970, and learns the date together with its network."""
    addressed(case, at(0))
    case.put(OPENED, at(1))
    box = addressed(case, at(2))
    case.put(OVER, at(3))
    case.over()
    year_s = 365 * 86_400.0
    today = replace(at(4), wall=Wall(at(4).wall + 56 * year_s))
    box.address(CHAT, today)
    assert waiting(box) == [OPENED, OVER]


def test_over_a_reboot_a_night_cannot_be_told_from_a_clock_that_was_set(case: Box) -> None:
    addressed(case, at(0))
    case.put(OPENED, at(1))
    box = addressed(case, at(2))
    for boot in range(1, 8):
        now = Now(at(2).mono, Wall(at(2).wall + boot * KEPT_S), f"boot-{boot}")
        assert waiting(box) == [OPENED]
        box.address(CHAT, now)
    assert waiting(box) == [], "a day each"


PASSED = Notify(AlertKind.LEVEL_PASSED, 1, (Level.WATCHDOG,), number=2)


def test_that_a_level_was_passed_is_told_only_while_the_incident_lasts(case: Box) -> None:
    addressed(case, at(0.5))
    case.put(PASSED, at(0.6))
    box = addressed(case, at(0.7))
    box.address(POST, at(0.7))
    assert waiting(box) == waiting(box, "post") == [PASSED]
    one = claimed(box, at(0.7))
    box.put_off("chat", one, until(at(0.8), 60.0), "HTTP 503", unsure=False, now=at(0.8))
    box.claim("post", box.waiting("post"), until(at(0.8), 60.0))
    case.over()
    box.address(CHAT | POST, at(2))
    assert waiting(box) == []
    assert waiting(box, "post") == [PASSED], "somebody is at it"
    box.address(CHAT | POST, at(100))
    assert waiting(box, "post") == [], "and has died at it"
    box.address(CHAT | POST | {"new": Addressee("door", ALL)}, at(101))
    assert waiting(box, "new") == []


def test_a_reminder_is_told_only_while_the_incident_lasts(case: Box) -> None:
    case.put(OPENED, at(1))
    case.put(REMINDER, at(1))
    box = addressed(case, at(2))
    assert waiting(box) == [OPENED, REMINDER]
    case.over()
    box.address(CHAT, at(3))
    assert waiting(box) == [OPENED]


def test_a_reminder_that_waits_is_not_told_once_a_person_has_acknowledged(case: Box) -> None:
    case.put(OPENED, at(1))
    case.put(REMINDER, at(1))
    box = addressed(case, at(2))
    box.put_off("chat", claimed(box, at(2)), until(at(2), 60.0), "", unsure=False, now=at(2))
    case.put(replace(REMINDER, number=2), at(2))
    case.acknowledge()
    box.address(CHAT, at(3))
    assert waiting(box) == [OPENED, REMINDER], "it goes in one message with the opening, as before"


def test_a_reminder_that_waits_alone_is_dropped_by_an_acknowledgement(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case, at(1.5))
    case.put(REMINDER, at(2))
    case.acknowledge()
    box.address(CHAT, at(3))
    assert waiting(box) == [OPENED]


def test_a_message_with_old_news_in_it_goes_again_as_it_was(case: Box) -> None:
    addressed(case, at(0.5))
    case.put(PASSED, at(0.6))
    case.put(OPENED, at(0.7))
    box = addressed(case, at(0.8))
    box.put_off("chat", claimed(box, at(0.8)), until(at(0.9), 60.0), "", unsure=True, now=at(0.9))
    case.over()
    box.address(CHAT, at(2))
    assert waiting(box) == [PASSED, OPENED]


def test_a_route_hears_only_of_its_kinds(case: Box) -> None:
    case.put(OPENED, at(1))
    case.put(OVER, at(2))
    box = case.box
    box.address({"chat": Addressee("door", frozenset({AlertKind.OVER}))}, at(3))
    assert waiting(box) == [OVER]


def test_what_was_told_while_no_disk_could_keep_it_is_not_told_again(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    box.note(Told("chat", TARGET, 1, AlertKind.OPENED, 0, RECEIPT), at(3))
    box.note(Told("chat", TARGET, 9, AlertKind.OPENED, 0, RECEIPT), at(3))
    assert waiting(box) == []
    assert box.first_receipt("chat", Subject(TARGET, 1)) == RECEIPT
    box.address(CHAT, at(4))
    assert waiting(box) == []


def test_what_is_noted_before_it_was_addressed_is_not_told_again(case: Box) -> None:
    box = addressed(case, at(0.5))
    case.put(OPENED, at(1))
    box.note(Told("chat", TARGET, 1, AlertKind.OPENED, 0, RECEIPT), at(3))
    box.address(CHAT, at(4))
    assert waiting(box) == []


def test_how_a_route_stands_outlives_who_has_seen_it(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case, at(2))
    assert box.standing("chat") == Standing(at(2).wall)
    box.put_off("chat", claimed(box), until(at(4), 9.0), "no answer", unsure=False, now=at(4))
    failing = Standing(at(2).wall, None, at(4).wall, final=False, why="no answer")
    assert case.box.standing("chat") == failing
    box.put_off("chat", claimed(box), until(at(5), 9.0), "no route", unsure=False, now=at(5))
    assert case.box.standing("chat") == failing._replace(why="no route"), "it fails since then"
    box.refused("chat", claimed(box), "no such chat", at(6))
    assert case.box.standing("chat") == failing._replace(why="no such chat", final=True)
    box.address({"chat": Addressee("another door", ALL)}, at(7))
    assert case.box.standing("chat") == failing._replace(why="no such chat")
    box.taken("chat", claimed(box), RECEIPT, at(8))
    assert case.box.standing("chat") == Standing(at(2).wall, at(8).wall)


def test_only_one_of_two_gets_to_ask_for_a_proof(case: Box) -> None:
    box, lease = addressed(case, at(2)), Wall(at(99).wall)
    seen = case.box.standing("chat")
    assert box.claim_proof("chat", seen, lease)
    assert not case.box.claim_proof("chat", seen, lease)
    assert (box.standing("chat").tries, box.standing("chat").ready) == (1, lease)
    box.unproved("chat", "no answer", Wall(at(50).wall), final=False, now=at(4))
    asked = case.box.standing("chat")
    assert (asked.failing, asked.final, asked.ready) == (at(4).wall, False, at(50).wall)
    box.proved("chat", Proof.CANARY, at(60))
    assert case.box.standing("chat") == Standing(at(2).wall, at(60).wall, tries=1)


def test_a_test_that_fails_is_no_refusal_and_shows_since_when_nothing_is_taken(case: Box) -> None:
    box = addressed(case, at(2))
    for second in (4, 5):
        box.complained("chat", "no answer", at(second))
    assert case.box.standing("chat") == Standing(at(2).wall, failing=at(4).wall, why="no answer")
    box.proved("chat", Proof.TEST, at(6))
    assert case.box.standing("chat").failing is None


def test_the_others_hear_once_that_a_route_does_not_work_and_once_that_it_does(case: Box) -> None:
    box = addressed(case, at(2))
    box.warn("chat", at(3))
    box.unproved("chat", "no such chat", Wall(at(50).wall), final=True, now=at(4))
    box.warn("chat", at(5))
    case.box.warn("chat", at(6))
    assert case.box.standing("chat").told
    box.address(CHAT | POST, at(6))
    (one,) = box.waiting("post")
    fails = Notify(AlertKind.ROUTE_FAILS, 1, (), detail="no such chat", number=int(at(4).wall))
    assert (one.alert.target, one.alert.notify) == ("@route chat", fails)
    assert waiting(box) == [], "it cannot be told of itself"
    box.relieve("chat", at(7))
    box.proved("chat", Proof.CANARY, at(8))
    box.relieve("chat", at(9))
    case.box.relieve("chat", at(9))
    box.address(CHAT | POST, at(9))
    assert waiting(box, "post")[1:] == [Notify(AlertKind.ROUTE_WORKS, 1, (), number=int(at(8).wall))]
    assert not box.standing("chat").told


def test_what_one_route_cannot_be_told_is_passed_on_once(case: Box) -> None:
    case.put(OPENED, at(1))
    box = case.box
    box.address(CHAT | {"post": Addressee("door", frozenset())}, at(2))
    lost = box.waiting("chat")
    assert waiting(box, "post") == []
    assert [box.pass_on("post", lost), box.pass_on("post", lost)] == [True, False]
    assert waiting(box, "post") == waiting(box) == [OPENED]


def test_what_is_passed_on_waits_for_a_week_from_then_on(case: Box) -> None:
    addressed(case, at(0))
    later, doors = at(KEPT_S + 2), CHAT | {"post": Addressee("door", frozenset())}
    case.box.address(doors, at(KEPT_S + 1))
    case.put(OPENED, later)
    box = case.box
    box.address(doors, later)
    box.pass_on("post", box.waiting("chat"))
    box.address(doors, later)
    assert waiting(box, "post") == [OPENED]
    box.address(doors, at(2 * KEPT_S + 2))
    assert waiting(box, "post") == []


def test_what_is_lacking_waits_though_the_route_has_taken_the_rest(case: Box) -> None:
    case.put(OPENED, at(1))
    box = addressed(case)
    ready = until(at(4), 30.0)
    box.taken_in_part("chat", claimed(box), RECEIPT, ready, "greylisted", at(4))
    (one,) = box.waiting("chat")
    assert (one.lacks, one.ready, one.leased, one.attempts) == (RECEIPT.lacks, ready, False, 1)
    assert box.standing("chat") == Standing(SOON.wall, taken=at(4).wall)
    box.put_off("chat", claimed(box), ready, "greylisted", unsure=False, now=at(5))
    (one,) = box.waiting("chat")
    assert one.lacks == RECEIPT.lacks
    box.taken("chat", claimed(box), RECEIPT, at(6))
    assert waiting(box) == []
    assert box.first_receipt("chat", Subject(TARGET, 1)) == RECEIPT


def test_who_has_got_it_does_not_get_it_again_because_the_rest_was_refused(case: Box) -> None:
    case.put(OPENED, at(1))
    case.put(REMINDER, at(1))
    box = addressed(case)
    first = box.waiting("chat")[:1]
    part = box.claim("chat", first, until(LATER, 60.0))
    box.taken_in_part("chat", part, RECEIPT, until(at(4), 0.0), "greylisted", at(4))
    for one in box.waiting("chat"):
        box.refused("chat", box.claim("chat", [one], until(at(5), 60.0)), "wrong token", at(5))
    box.address({"chat": Addressee("another door", ALL)}, at(6))
    in_part, whole = box.waiting("chat")
    assert (in_part.lacks, in_part.parcel) == (RECEIPT.lacks, in_part.alert.id), "it goes with no other"
    assert (whole.lacks, whole.parcel) == ((), None)
    box.refused("chat", box.claim("chat", [in_part], until(at(7), 60.0)), "wrong token", at(7))
    box.proved("chat", Proof.CANARY, at(8))
    assert box.waiting("chat")[0].lacks == RECEIPT.lacks
