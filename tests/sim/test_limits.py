"""What is kept on the disk is judged while a world runs."""

import pytest

from selfheal.core.policy import Policy
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, HOUR_S, Event, Fault, Plan, Traits
from selfheal.store.fallback import DurableOrMemory
from selfheal.store.queries import QUERIES

OUTAGES = tuple(
    Event(place * DAY_S / 2, Fault.CRASH_LOOP, for_s=4 * HOUR_S, amount=20.0) for place in range(24)
)
PLAN = Plan(1, 12 * DAY_S, Policy(), Traits(on_disk=True, person_comes_s=DAY_S), OUTAGES)
EARLY = (
    Event(HOUR_S, Fault.CRASH_LOOP, for_s=4 * HOUR_S, amount=20.0),
    Event(5 * HOUR_S, Fault.PERSON_PAUSES, for_s=HOUR_S),
)
NOTHING = "DELETE FROM journal WHERE :rows + :before + :always + :most < 0"


def rules() -> list[str]:
    return [violation.rule for violation in live(PLAN).violations]


def test_what_is_forgotten_in_time_stays_within_its_limits() -> None:
    assert rules() == []


def test_a_resident_that_forgets_nothing_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DurableOrMemory, "prune", lambda _self, _now: None)
    assert rules() == ["nothing is forgotten"]


@pytest.mark.parametrize(
    ("query", "forgets_nothing"),
    [
        ("prune_incidents", "DELETE FROM incident WHERE :rows + :before < 0"),
        ("prune_outbox", "DELETE FROM outbox WHERE :rows + :before < 0"),
        ("prune_deliveries", "DELETE FROM delivery WHERE 1 < 0"),
        ("prune_inbox", "DELETE FROM inbox WHERE :rows + :before < 0"),
    ],
)
def test_what_is_kept_of_long_ago_is_found_out(
    query: str, forgets_nothing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(1, 40 * DAY_S, Policy(), Traits(on_disk=True, routes=1, person_comes_s=DAY_S), EARLY)
    assert live(plan).violations == ()
    monkeypatch.setitem(QUERIES, query, forgets_nothing)
    assert {each.rule for each in live(plan).violations} == {"more is kept on the disk than the limit"}


def test_a_journal_that_grows_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(QUERIES, "prune_journal", NOTHING)
    assert rules() == ["more is kept on the disk than the limit"]
