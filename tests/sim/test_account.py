"""What many worlds come to, as figures."""

import math

from selfheal.core.policy import Policy
from selfheal.sim.account import Figure, document, figures
from selfheal.sim.campaign import Sum, Task, one
from selfheal.sim.tally import Counts, Tally


def of(*tallies: Tally) -> Sum:
    total = Sum()
    for seed, tally in enumerate(tallies):
        total.add(seed, 1.0, tally)
    return total


def test_what_comes_after_the_first_phase_makes_no_year_look_better() -> None:
    """A slow policy has the longer second phase, and once had its figures divided by it."""
    safe = Counts(days=365.25, incidents=4, starts=8)
    slow = figures(of(Tally(days=730.5, incidents=4, starts=8, safe=safe)))
    assert (slow[Figure.INCIDENTS_YEAR], slow[Figure.STARTS_YEAR]) == (4, 8)
    assert (slow[Figure.DAYS], slow[Figure.COUNTED]) == (730.5, 365.25)


def test_one_long_outage_is_not_taken_for_the_usual_year() -> None:
    tallies = [Tally(safe=Counts(days=365.25, down_s=down_s)) for down_s in (60.0, 90.0, 6_000_000.0)]
    made = figures(of(*tallies))
    assert (made[Figure.DOWN_YEAR_S], made[Figure.DOWN_HALF_S]) == (2_000_050.0, 90.0)


def test_what_was_taken_for_a_stop_has_a_row_of_its_own() -> None:
    made = figures(of(Tally(safe=Counts(days=365.25, down_s=60.0, taken_s=90.0))))
    assert (made[Figure.DOWN_YEAR_S], made[Figure.TAKEN_YEAR_S]) == (60.0, 90.0)


def test_two_policies_are_counted_for_as_long() -> None:
    policies = Policy(), Policy(retry_after_escalation_s=30_000.0, last_wait_s=900.0), Policy(observe=True)
    tallies = [[one(Task(seed, 3.0, policy, 2.0))[1] for seed in range(8)] for policy in policies]
    assert {tally.safe.days for each in tallies for tally in each} == {3.0}


def test_what_is_never_repaired_is_no_quick_repair() -> None:
    safe = Counts(days=1.0, incidents=4, still_open=2, repair_s=[10.0, 20.0])
    made = figures(of(Tally(safe=safe)))
    assert (made[Figure.REPAIR_HALF_S], made[Figure.STILL_OPEN]) == (math.inf, 2)
    column = document({"a": of(Tally(safe=safe))}, 1.0, 1.0, 1, whole=True)["columns"]
    assert column["a"]["repair_half_s"] is None  # type: ignore[index]


def test_an_escalation_is_no_doctors_session() -> None:
    safe = Counts(days=365.25, escalations=3, sessions=1)
    made = figures(of(Tally(safe=safe)))
    assert (made[Figure.ESCALATIONS_YEAR], made[Figure.SESSIONS_YEAR]) == (3, 1)


def test_without_a_world_there_is_nothing_to_tell() -> None:
    """Zeros would read as a year without an outage."""
    made = figures(Sum())
    assert made.pop(Figure.WORLDS) == 0
    assert set(made.values()) == {None}
