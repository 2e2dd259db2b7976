"""Which issues a message is about, from a real database; and that it holds what is known, no secret."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.test_compose import HOUR_S, SECRET, Case
from tests.store.steps import at
from tests.texts.planted import planted

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.notes import Note
from selfheal.core.reasons import Cause, Reason
from selfheal.notify.issue_body import written
from selfheal.notify.route import Issue, Message
from selfheal.ports.outbox import Delivery


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = Case(tmp_path)
    yield made
    if made.store:
        made.store.close()


def about(case: Case, *deliveries: Delivery, at_s: float = 10.0) -> tuple[Issue, ...]:
    return case.compose(*deliveries, now=at(at_s)).message.issues


def test_an_opening_and_its_end_are_about_one_issue(case: Case) -> None:
    case.begin(1, 0)
    case.end(1, 90)
    opened, over = (about(case, one) for one in case.told)
    assert [one.is_open for one in (*opened, *over)] == [True, False]
    assert opened[0].key == over[0].key
    assert opened[0].title == over[0].title == "🚨 OpenClaw self-healing failed: process gone · mac-mini"


def test_the_same_cause_is_the_same_issue_whenever_it_comes(case: Case) -> None:
    case.begin(1, 0)
    case.end(1, 90)
    case.begin(2, 50 * HOUR_S)
    case.end(2, 51 * HOUR_S)
    case.begin(3, 52 * HOUR_S, Cause.PORT_TAKEN)
    keys = [about(case, one, at_s=53 * HOUR_S)[0].key for one in case.told]
    assert len(set(keys[:4])) == 1
    assert keys[4] != keys[0]


def test_what_a_cause_turns_out_to_be_does_not_part_the_issue(case: Case) -> None:
    """Told as a dead process; then a foreign program is found on the port, and the end names that."""
    case.begin(1, 0)
    case.say(1, 20, Note(Reason.CAUSE_FOUND, cause=Cause.PORT_TAKEN))
    changed = case.delivery(Notify(AlertKind.CHANGED, 1, (), Cause.PORT_TAKEN, number=1), 20)
    case.end(1, 90)
    keys = {about(case, one, at_s=91)[0].key for one in (case.told[0], changed, case.told[1])}
    assert len(keys) == 1


def test_hosts_gateways_and_matters_of_ours_do_not_mix(case: Case) -> None:
    case.begin(1, 0)
    opened = case.told[0]
    ours = case.delivery(Notify(AlertKind.DISTRUST, 1, (), detail="a rule"))
    log = case.delivery(Notify(AlertKind.RECOVERY, 0, (), number=7))
    elsewhere = case.delivery(opened.alert.notify, target="other")
    found = [about(case, one)[0] for one in (opened, ours, log, elsewhere)]
    found.append(case.composer("another installation")([opened], at(10)).message.issues[0])
    assert len({one.key for one in found}) == 5
    assert found[1].title == "🚨 OpenClaw self-healing has stopped acting · mac-mini"
    assert all(one.is_open for one in found)
    case.end(1, 90)
    later = case.delivery(ours.alert.notify, 95)
    assert [one.is_open for one in about(case, later, at_s=96)] == [True], "only `resume` ends that"


@pytest.mark.parametrize("kind", AlertKind)
def test_an_issue_of_no_incident_says_what_closes_it(case: Case, kind: AlertKind) -> None:
    """Of an incident we know when it is over; of a log that asks for a person we never do."""
    case.begin(1, 0)
    (issue,) = about(case, case.delivery(Notify(kind, 1, (), detail="a rule", number=7))) or (None,)
    ours = {AlertKind.DISTRUST: "selfheal resume", AlertKind.RECOVERY: "once you have seen to it"}
    if issue is None or kind not in ours:
        assert issue is None or issue.note == ""
        return
    assert issue.note.startswith("Nobody closes this issue but you") == (kind is AlertKind.RECOVERY)
    assert ours[kind] in issue.note
    body, _ = written(case.compose(case.told[0], now=at(1)).message, issue.key, issue.note)
    assert issue.note in body.splitlines(), "where the message is shown as it is"


def test_a_night_without_a_network_is_told_to_each_cause(case: Case) -> None:
    case.begin(1, 0)
    case.end(1, 90)
    case.begin(2, HOUR_S, Cause.DISK_FULL)
    case.end(2, 2 * HOUR_S)
    case.begin(3, 3 * HOUR_S)
    found = about(case, *case.told, at_s=9 * HOUR_S)
    assert [one.is_open for one in found] == [True, False]
    assert ["process gone" in found[0].title, "disk full" in found[1].title] == [True, True]


def test_without_a_database_the_alert_says_which(case: Case) -> None:
    case.begin(1, 0)
    known = about(case, case.told[0])
    case.path.write_bytes(b"no database" * 1000)
    assert about(case, case.told[0]) == known


def test_the_timeline_and_the_link_go_with_it(case: Case) -> None:
    case.begin(1, 0)
    case.say(1, 5, Note(Reason.START_FAILED, detail=f"EACCES token={SECRET}"))
    message = case.compose(
        case.told[0]._replace(alert=case.told[0].alert._replace(ordered=at(6).wall))
    ).message
    assert message.timeline is not None
    assert message.timeline.name == "timeline-1.log"
    first, second = message.timeline.content.decode().splitlines()
    assert first.startswith("[1970-01-01 00:16:40]")
    assert "incident #1 opened" in first
    assert "EACCES" in second
    assert SECRET not in second


def test_no_planted_secret_is_in_an_issue(case: Case) -> None:
    known = planted()
    assert len(known) >= 30
    case.begin(1, 0)
    for number, each in enumerate(known.values(), start=1):
        case.say(1, number / 100, Note(Reason.START_FAILED, detail=each.text))
    log = case.folder / "watchdog.log"
    log.write_text("\n".join(each.text for each in known.values()), encoding="utf-8")
    late = case.told[0]._replace(alert=case.told[0].alert._replace(ordered=at(9).wall))
    message: Message = case.compose(late).message
    body, _ = written(message, message.issues[0].key)
    assert "watchdog.log" in body
    said = message.issues[0].title + body
    left = [kind for kind, each in known.items() if any(line in said for line in each.secret.splitlines())]
    assert left == []
