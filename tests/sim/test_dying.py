"""A core that tells nobody of a gateway that keeps dying, or tells of an end with each life, is found out."""

from dataclasses import replace

import pytest

from selfheal.core import budget, incidents
from selfheal.core.policy import Policy
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, FOREVER_S, HOUR_S, Event, Fault, Managed, Plan, Traits

POLICY = Policy()
MANAGED = Traits(cold_start_s=5.0, managed=Managed.ALWAYS, manager_burst=1000, person_comes_s=FOREVER_S)
WATCHING = replace(POLICY, observe=True)


def dies(every_s: float, policy: Policy = POLICY, *events: Event, traits: Traits = MANAGED) -> Plan:
    """For three hours, and its manager has it again at once."""
    loop = Event(HOUR_S, Fault.CRASH_LOOP, for_s=3 * HOUR_S, amount=every_s)
    crash = Event(HOUR_S + 1.0, Fault.CRASH)
    return Plan(1, DAY_S, policy, traits, tuple(sorted((loop, crash, *events), key=lambda each: each.at_s)))


def rules(plan: Plan) -> set[str]:
    return {each.rule for each in live(plan).violations}


@pytest.mark.parametrize("policy", [POLICY, WATCHING])
@pytest.mark.parametrize("every_s", [100.0, 200.0, 540.0])
def test_it_is_told_of_once_and_its_end_once(every_s: float, policy: Policy) -> None:
    tally = live(dies(every_s, policy))
    assert tally.violations == ()
    assert tally.alerts == 2
    assert (tally.starts, tally.signals, tally.still_open) == (0, 0, 0)


@pytest.mark.parametrize("policy", [POLICY, WATCHING])
def test_nobody_is_told(policy: Policy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it dies more often its own breaker suppresses its channels, and no life proves itself."""
    monkeypatch.setattr(incidents, "keeps_dying", lambda state, *_: (state, ()))
    assert rules(dies(200.0, policy)) == {"it keeps dying, and nobody was told"}


def test_its_end_is_told_with_each_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "is_over", lambda *_: True)
    assert rules(dies(200.0)) == {"the end of an incident while it keeps dying"}


def test_it_never_ceases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "is_over", lambda *_: False)
    still = {"a ladder that stands still", "an incident that stays open while all is well"}
    assert rules(dies(200.0)) == still


def test_who_has_paused_us_or_wants_to_hear_of_nothing_need_not_be_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(incidents, "keeps_dying", lambda state, *_: (state, ()))
    paused = Event(HOUR_S / 2, Fault.PERSON_PAUSES, for_s=5 * HOUR_S)
    assert rules(dies(200.0, POLICY, paused)) == set()
    for number in (0.0, 3.0):
        off = Event(HOUR_S / 2, Fault.PERSON_DISABLES, for_s=5 * HOUR_S, amount=number)
        assert rules(dies(200.0, POLICY, off)) == set()
