"""The real delivery in a made-up world: each alert once on each named route, whatever crashes."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.notes import Note, Step
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.core.state import State
from selfheal.notify import delivery
from selfheal.ports.outbox import Delivery
from selfheal.ports.store import Commit, StoreError
from selfheal.sim.addressed import Addressed
from selfheal.sim.agenda import Agenda
from selfheal.sim.life import Life, live
from selfheal.sim.loop import AgendaLoop
from selfheal.sim.plan import DAY_S, HOUR_S, Event, Fault, ImpossibleWorldError, Plan, Traits, possible
from selfheal.store import fallback, memory_outbox, outbox

Patch = pytest.MonkeyPatch
BEFORE = HOUR_S - 60.0
LOOP = Event(HOUR_S, Fault.CRASH_LOOP, for_s=3 * HOUR_S, amount=20.0)
ROUTES = Traits(routes=3)
OPENED, OVER = Notify(AlertKind.OPENED, 1, ()), Notify(AlertKind.OVER, 1, ())
ALL = frozenset(AlertKind)


def plan_of(*events: Event, on_disk: bool = False) -> Plan:
    events = tuple(sorted((*events, LOOP), key=lambda event: event.at_s))
    return possible(Plan(1, DAY_S, Policy(), replace(ROUTES, on_disk=on_disk), events))


FAULTS = (
    (),
    (Event(BEFORE, Fault.ROUTE_DOWN, for_s=2 * HOUR_S, route=1),),
    (Event(BEFORE, Fault.ROUTE_BREAKS, for_s=HOUR_S, route=2),),
    (Event(BEFORE, Fault.ROUTE_SLOW, for_s=2 * HOUR_S, amount=60.0),),
    (Event(BEFORE, Fault.COURIER_DIES, amount=0.0),),
    (Event(BEFORE, Fault.COURIER_DIES, amount=1.0),),
    (Event(BEFORE, Fault.COURIER_DIES, amount=1.0), Event(BEFORE, Fault.WE_DIE, for_s=5.0, amount=2.0)),
    (
        Event(BEFORE, Fault.DISK_FULL, for_s=HOUR_S),
        Event(BEFORE, Fault.ROUTE_DOWN, for_s=HOUR_S / 2, route=1),
    ),
    (
        Event(BEFORE, Fault.DISK_FULL, for_s=HOUR_S),
        Event(BEFORE, Fault.ROUTE_BREAKS, for_s=HOUR_S),
    ),
)


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize(
    "faults", FAULTS, ids=lambda faults: " ".join(each.fault for each in faults) or "none"
)
def test_each_route_gets_the_opening_and_the_end(faults: tuple[Event, ...], on_disk: bool) -> None:
    life = Life(plan_of(*faults, on_disk=on_disk))
    assert life.run().violations == ()
    taken = life.judge.addressed
    heard = {(route, kind) for (route, (_, kind, _)), _ in taken.counts().items()}
    assert heard >= {(route, kind) for route in taken.kinds for kind in (AlertKind.OPENED, AlertKind.OVER)}


def test_who_refuses_for_good_is_not_owed() -> None:
    """And is not asked for ever."""
    life = Life(plan_of(Event(BEFORE, Fault.ROUTE_REFUSES, for_s=2 * HOUR_S, route=1)))
    assert life.run().violations == ()
    heard = {
        route
        for (route, (_, kind, _)), _ in life.judge.addressed.counts().items()
        if kind is AlertKind.OPENED
    }
    assert heard == {"channel", "mail"}


def a_receipt_is_forgotten(patch: Patch) -> None:
    patch.setattr(memory_outbox.MemoryOutbox, "taken", lambda *_args, **_more: None)


def an_unsure_one_is_not_said_to_be(patch: Patch) -> None:
    patch.setattr(memory_outbox, "claimed", lambda *args: outbox.claimed(*args)._replace(unsure=False))


def the_newest_goes_first(patch: Patch) -> None:
    patch.setattr(memory_outbox.MemoryOutbox, "waiting", newest_first)


def newest_first(self: memory_outbox.MemoryOutbox, route: str) -> list[Delivery]:
    return [one for _, one in sorted(self._routes[route].waiting.items(), reverse=True)]


def a_claim_never_ends(patch: Patch) -> None:
    patch.setattr(delivery, "LEASE_S", 30 * DAY_S)


DOWN = Event(BEFORE, Fault.ROUTE_DOWN, for_s=5 * HOUR_S, route=1)


def what_memory_kept_is_thrown_away(patch: Patch) -> None:
    written = fallback.DurableOrMemory._write

    def write(self: fallback.DurableOrMemory, commit: Commit) -> None:
        kept, self._kept = self._kept, []
        try:
            written(self, commit)
        except StoreError:
            self._kept = kept
            raise

    patch.setattr(fallback.DurableOrMemory, "_write", write)


@pytest.mark.parametrize("on_disk", [False, True])
def test_what_was_ordered_while_the_disk_was_full_is_owed_where_nobody_died(
    on_disk: bool, monkeypatch: Patch
) -> None:
    """It was owed from when the disk had it: what never came there was owed to nobody."""
    events = replace(DOWN, for_s=12 * HOUR_S), Event(BEFORE, Fault.DISK_FULL, for_s=10 * HOUR_S)
    assert live(plan_of(*events, on_disk=on_disk)).violations == ()
    what_memory_kept_is_thrown_away(monkeypatch)
    broken = live(plan_of(*events, on_disk=on_disk)).violations
    lost = {"an alert that a route never got", "an end told on a route before its opening"}
    assert lost & {each.rule for each in broken}


@pytest.mark.parametrize(
    ("mutant", "fault", "rule"),
    [
        (a_receipt_is_forgotten, DOWN, "an alert told twice on a route"),
        (
            an_unsure_one_is_not_said_to_be,
            Event(BEFORE, Fault.ROUTE_BREAKS, for_s=HOUR_S),
            "an alert told again as if it were new",
        ),
        (the_newest_goes_first, DOWN, "an end told on a route before its opening"),
        (
            a_claim_never_ends,
            Event(BEFORE, Fault.COURIER_DIES, amount=0.0),
            "an alert that a route never got",
        ),
    ],
)
def test_a_wrong_delivery_is_found_out(
    mutant: Callable[[Patch], None], fault: Event, rule: str, monkeypatch: Patch
) -> None:
    assert live(plan_of(fault)).violations == ()
    mutant(monkeypatch)
    assert rule in [each.rule for each in live(plan_of(fault), goes_on=True).violations]


@pytest.mark.parametrize(
    "event", [Event(BEFORE, Fault.COURIER_DIES), Event(BEFORE, Fault.ROUTE_DOWN, for_s=1.0, route=1)]
)
def test_a_route_that_is_not_there_has_no_fault(event: Event) -> None:
    with pytest.raises(ImpossibleWorldError, match="named route"):
        possible(Plan(1, DAY_S, Policy(), Traits(), (event,)))


def test_a_message_that_goes_again_is_the_same() -> None:
    broken: list[str] = []
    account = Addressed(Agenda(), lambda rule, _detail: broken.append(rule), {"mail": ALL})
    account.sets_out("mail", "a", [OPENED])
    account.sets_out("mail", "a", [OPENED])
    assert broken == []
    account.sets_out("mail", "a", [OPENED, OVER])
    assert broken == ["a message that goes again as another one"]


def test_what_is_ordered_is_owed_to_each_route_that_is_told_of_it() -> None:
    kinds = {"mail": ALL, "phone": frozenset({AlertKind.OPENED})}
    account = Addressed(Agenda(), lambda *_what: None, kinds)
    account.ordered(OPENED)
    account.ordered(OVER)
    account.taken("mail", [OPENED], again=False, given=False)
    account.refused("phone", [OPENED])
    assert account.owed() == [("mail", (1, AlertKind.OVER, 0))]
    account.ordered(Notify(AlertKind.LEVEL_PASSED, 2, (), number=2))
    assert account.owed()[1:] == [("mail", (2, AlertKind.LEVEL_PASSED, 2))]
    for number in (1, 2):
        account.ordered(Notify(AlertKind.REMINDER, number, (), number=1))
    closed = Note(Reason.INCIDENT_CLOSED, incident=2)
    for note, left in (
        (replace(closed, incident=3), 4),
        (Note(Reason.ACKNOWLEDGED, incident=1), 3),
        (closed, 1),
    ):
        account.committed(Step(State("main"), (), (note,)))
        assert len(account.owed()) == left
    assert account.owed() == [("mail", (1, AlertKind.OVER, 0))], "the rest is no news any more"


def test_what_died_with_us_on_a_full_disk_is_owed_no_more_and_all_else_is() -> None:
    account = Addressed(Agenda(), lambda *_what: None, {"mail": ALL})
    for incident in (1, 2):
        account.ordered(Notify(AlertKind.OPENED, incident, ()))
    account.lost_memory({2})
    assert account.owed() == [("mail", (1, AlertKind.OPENED, 0))]


def raised(error: BaseException) -> None:
    raise error


def test_the_loop_runs_on_the_worlds_time() -> None:
    agenda = Agenda()
    loop, called = AgendaLoop(agenda, raised), list[float]()  # type: ignore[abstract]
    loop.call_later(60.0, lambda: called.append(agenda.elapsed))
    while agenda.next_at() is not None:
        agenda.happen()
    assert called == pytest.approx([60.0])


def test_a_timer_that_is_shorter_than_the_clock_can_tell_comes_to_its_end() -> None:
    agenda = Agenda()
    agenda.elapsed = 4_930_017.563944474
    loop, called = AgendaLoop(agenda, raised), list[float]()  # type: ignore[abstract]

    def again() -> None:
        called.append(agenda.elapsed)
        if len(called) < 3:
            loop.call_later(1e-10, again)

    again()
    while agenda.next_at() is not None:
        agenda.happen()
    assert sorted(set(called)) == called
