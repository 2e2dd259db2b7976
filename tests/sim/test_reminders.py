"""Reminders come in their time, and none while somebody has acknowledged the incident."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from selfheal.core import alerting
from selfheal.core.instants import Now
from selfheal.core.policy import Policy
from selfheal.core.state import AlertingPart, Incident
from selfheal.sim.life import live
from selfheal.sim.plan import DAY_S, FOREVER_S, HOUR_S, Event, Fault, Plan, Traits

Patch = pytest.MonkeyPatch
LOOP = Event(HOUR_S, Fault.CRASH_LOOP, for_s=DAY_S, amount=20.0)
POLICY = Policy(reminder_interval_s=2 * HOUR_S)
LATE, NEVER = Traits(person_comes_s=FOREVER_S, acknowledges_after_s=HOUR_S), Traits(person_comes_s=FOREVER_S)


def an_acknowledgement_is_not_heeded(patch: Patch) -> None:
    def acknowledged(
        part: AlertingPart, incident: int | None, for_s: float | None, now: Now, by: str = ""
    ) -> alerting.Told:
        _, notes = real(part, incident, for_s, now, by)
        return part, notes

    real = alerting.acknowledged
    patch.setattr(alerting, "acknowledged", acknowledged)


def a_while_is_for_good(patch: Patch) -> None:
    real = alerting.acknowledged
    patch.setattr(
        alerting,
        "acknowledged",
        lambda part, incident, _for_s, now, by="": real(part, incident, None, now, by),
    )


def no_reminder_ever(patch: Patch) -> None:
    def remind(part: AlertingPart, _incident: Incident | None, _now: Now, _policy: Policy) -> alerting.Told:
        return replace(part, remind_at=None), ()

    patch.setattr(alerting, "remind", remind)


@pytest.mark.parametrize(
    ("mutant", "traits", "rule"),
    [
        (an_acknowledgement_is_not_heeded, LATE, "a reminder of what was acknowledged"),
        (a_while_is_for_good, replace(LATE, acknowledges_for_s=HOUR_S), "a reminder that does not come"),
        (no_reminder_ever, NEVER, "a reminder that does not come"),
    ],
)
def test_a_core_that_reminds_wrongly_is_found_out(
    mutant: Callable[[Patch], None], traits: Traits, rule: str, monkeypatch: Patch
) -> None:
    plan = Plan(1, 2 * DAY_S, POLICY, traits, (LOOP,))
    assert live(plan).violations == ()
    mutant(monkeypatch)
    assert [each.rule for each in live(plan).violations][:1] == [rule]


def test_a_person_acknowledges_what_they_have_heard_of(monkeypatch: Patch) -> None:
    """Late, never, for a while, or of an incident that is over by then."""
    asked: list[tuple[int | None, float | None]] = []

    def acknowledged(
        part: AlertingPart, incident: int | None, for_s: float | None, now: Now, by: str = ""
    ) -> alerting.Told:
        asked.append((incident, for_s))
        return real(part, incident, for_s, now, by)

    real = alerting.acknowledged
    monkeypatch.setattr(alerting, "acknowledged", acknowledged)
    for traits in (NEVER, LATE, replace(LATE, acknowledges_after_s=2 * DAY_S)):
        assert live(Plan(1, 4 * DAY_S, Policy(reminder_interval_s=0.0), traits, (LOOP,))).violations == ()
    assert asked == [(1, None), (1, None)]
