"""What was recorded is decided again, and another policy decides otherwise where it should."""

from dataclasses import replace
from functools import cache

import pytest
from tests.sim.recorded import USUAL, Incident, crash_loop, lived

from selfheal.core.observations import ActionFinished
from selfheal.core.policy import Policy
from selfheal.core.reasons import Reason
from selfheal.ports.store import Entry
from selfheal.sim.draw import draw
from selfheal.sim.plan import HOUR_S, Event, Fault, Plan, Traits
from selfheal.sim.replay import ACTS, Replay, as_it_ran, changed, replay, what_if

SEEDS = (*range(1, 18), 26)
DAYS, FAULTS_A_DAY = 0.06, 300.0
OTHERS = (
    USUAL,
    replace(USUAL, restart_attempts=1),
    replace(USUAL, heartbeat_interval_s=3.0, sweep_interval_s=31.0),
    replace(USUAL, observe=True),
)


@cache
def drawn(seed: int) -> tuple[Policy, list[Incident]]:
    plan = draw(seed, DAYS, None, FAULTS_A_DAY)
    return plan.policy, lived(plan)


def reasons(told: Replay) -> list[Reason]:
    return [note.reason for each in told.decisions for note in each.notes]


def acts(entries: list[Entry]) -> list[str]:
    return [name for entry in entries for name in entry.actions if name in ACTS]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_recorded_incident_is_decided_again_as_it_was(seed: int) -> None:
    policy, incidents = drawn(seed)
    for before, entries in incidents:
        assert replay(before, entries, as_it_ran(entries, policy)).differing == ()


def test_the_worlds_have_incidents_of_every_kind() -> None:
    found = [entry for seed in SEEDS for _, entries in drawn(seed)[1] for entry in entries]
    assert {"HostResumed", "ActionOrphaned", "OperatorAsked", "ProcessExited"} <= {one.kind for one in found}
    assert set(acts(found)) == ACTS
    assert len({entry.boot_id for entry in found}) > 1


@pytest.mark.parametrize("seed", SEEDS[::3])
@pytest.mark.parametrize("other", OTHERS)
def test_no_other_policy_is_too_much_for_it(seed: int, other: Policy) -> None:
    policy, incidents = drawn(seed)
    for before, entries in incidents:
        told = what_if(before, entries, policy, other)
        assert [each.forks for each in told.decisions].count(True) <= 1
        assert all(not each.forks for each in told.decisions[:-1])


@pytest.mark.parametrize("seed", SEEDS)
def test_what_if_nothing_were_changed(seed: int) -> None:
    policy, incidents = drawn(seed)
    for before, entries in incidents:
        assert what_if(before, entries, policy, policy).differing == ()


def test_the_settings_of_then_are_in_the_journal() -> None:
    """However other those of today are. They may have changed in the middle of it, too."""
    before, entries = crash_loop()
    careful = replace(USUAL, restart_attempts=1)
    assert replay(before, entries, careful).as_recorded
    assert changed(entries, USUAL) == []
    assert changed(entries, careful) == ["restart_attempts"]
    assert changed(entries, replace(USUAL, observe=True)) == ["observe"]
    half = len(entries) // 2
    other = [entry._replace(policy=careful) for entry in entries[half:]]
    assert changed([*entries[:half], *other], USUAL) == ["restart_attempts"]
    assert not replay(before, [*entries[:half], *other], USUAL).as_recorded


def test_an_older_journal_is_decided_with_the_settings_of_today() -> None:
    before, entries = crash_loop()
    older = [entry._replace(policy=None) for entry in entries]
    assert replay(before, older, USUAL).as_recorded
    assert not replay(before, older, replace(USUAL, restart_attempts=1)).as_recorded
    assert changed(older, replace(USUAL, restart_attempts=1)) == []


def test_with_one_attempt_there_is_no_second_start() -> None:
    before, entries = crash_loop()
    assert replay(before, entries, USUAL).as_recorded
    told = what_if(before, entries, USUAL, replace(USUAL, restart_attempts=1))
    assert not told.as_recorded
    assert Reason.LAST_WAIT in [note.reason for note in told.differing[0].notes]
    fork = told.fork
    assert fork is not None
    assert fork is told.decisions[-1]
    assert (fork.actions_then, fork.actions) == (("StartGateway",), ())
    assert reasons(told).count(Reason.START) == 1


def test_a_core_that_decides_otherwise_is_seen_from_where_it_does() -> None:
    before, entries = crash_loop()
    place = next(place for place, entry in enumerate(entries) if "StartGateway" in entry.actions)
    spoilt = [*entries]
    spoilt[place] = entries[place]._replace(actions=())
    (differs,) = replay(before, spoilt, USUAL).differing
    assert differs.entry == spoilt[place]


def test_only_observing_is_seen_in_the_journal() -> None:
    assert as_it_ran(crash_loop()[1], USUAL) == USUAL
    observing = replace(USUAL, observe=True)
    events = (Event(900.0, Fault.CRASH),)
    (watched,) = lived(Plan(1, HOUR_S, observing, Traits(), events))
    assert acts(watched[1]) == []
    assert as_it_ran(watched[1], USUAL) == observing
    assert replay(*watched, as_it_ran(watched[1], USUAL)).as_recorded


def test_what_another_policy_waits_for_alone_is_a_decision_without_an_entry() -> None:
    before, entries = crash_loop()
    told = what_if(before, entries, USUAL, replace(USUAL, restart_attempts=1, last_wait_s=5.0))
    alone = [each for each in told.decisions if each.entry is None]
    assert Reason.ESCALATED in [note.reason for each in alone for note in each.notes]


def test_an_incident_that_would_still_be_open_is_said_to_be() -> None:
    """It was «as recorded» up to a record's end that was none."""
    before, entries = crash_loop()
    told = what_if(before, entries, USUAL, replace(USUAL, stability_window_s=3000.0))
    assert (told.fork, told.left_open) == (None, True)
    assert not what_if(before, entries, USUAL, USUAL).left_open


def test_the_number_of_an_incident_is_no_other_decision() -> None:
    """Two lines that read the same were shown as a difference."""
    before, entries = crash_loop()
    other = replace(before, next_incident_id=before.next_incident_id + 5)
    numbered = [note.incident for each in replay(other, entries, USUAL).differing for note in each.notes]
    assert other.next_incident_id in numbered
    assert what_if(other, entries, USUAL, USUAL).as_recorded


def test_an_act_that_comes_earlier_forks() -> None:
    before, entries = crash_loop()
    fork = what_if(before, entries, USUAL, replace(USUAL, restart_gap_s=1.0)).fork
    assert fork is not None
    assert (fork.actions_then, fork.actions) == ((), ("StartGateway",))


def test_a_stale_result_stays_one() -> None:
    before, entries = crash_loop()
    late = entries[-1]._replace(observation=ActionFinished(1, succeeded=True), actions=())
    stale = replay(before, [*entries, late], USUAL).decisions[-1]
    assert [note.reason for note in stale.notes] == [Reason.STALE_RESULT]
    recorded = late._replace(notes=stale.notes)
    assert what_if(before, [*entries, recorded], USUAL, USUAL).as_recorded
