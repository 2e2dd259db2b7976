"""A message of what the outbox and the history hold, on a real database."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.store.steps import SEEN, WELL, at, closing, step
from tests.texts.planted import planted

from selfheal.app.attachments import EACH_MOST, MOST_BYTES, log_name
from selfheal.app.compose import LOGS_MOST, Composer, turn_of
from selfheal.app.own_service import RESIDENT
from selfheal.core.alert import OF_OURSELVES, AlertKind, Notify
from selfheal.core.instants import Monotonic, Now
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.core.reasons import Cause, Outcome, Reason
from selfheal.core.state import Incident
from selfheal.notify.delivery import Compose, Composed
from selfheal.notify.route import Severity
from selfheal.ports.outbox import Alert, Delivery, Subject
from selfheal.ports.store import Commit
from selfheal.store.reader import Reader
from selfheal.store.sqlite import SqliteStore
from selfheal.texts.language import Language
from selfheal.texts.message import Place
from selfheal.texts.next_commands import Gateway
from selfheal.texts.redact import Known, Redactor

HOUR_S = 3600.0
SECRET = "sausage-and-egg"


@dataclass
class Case:
    folder: Path
    store: SqliteStore | None = None
    alerts: int = 0
    told: list[Delivery] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.folder / "selfheal.db"

    def begin(
        self, incident: int, after_s: float, cause: Cause = Cause.PROCESS_GONE, *, alert: bool = True
    ) -> None:
        self.store = self.store or SqliteStore(self.path)
        now = at(after_s)
        about = Incident(incident, cause, now.wall, now.mono, Level.WATCHDOG, "pid 7")
        notify = Notify(AlertKind.OPENED, incident, (), cause, f"pid 7, token={SECRET}")
        note = Note(Reason.INCIDENT_OPENED, cause=cause, incident=incident)
        state = replace(WELL, incident=about, next_incident_id=incident + 1)
        self.store.commit(Commit("main", SEEN, now, step(state, *([notify] if alert else []), notes=(note,))))
        if alert:
            self.told.append(self.delivery(notify, after_s))

    def say(self, incident: int, after_s: float, note: Note) -> None:
        assert self.store
        about = Incident(incident, Cause.PROCESS_GONE, at(0).wall, Monotonic(0.0), Level.WATCHDOG)
        state = replace(WELL, incident=about, next_incident_id=incident + 1)
        self.store.commit(Commit("main", SEEN, at(after_s), step(state, notes=(note,))))

    def end(self, incident: int, after_s: float, outcome: Outcome = Outcome.HEALED) -> None:
        assert self.store
        notify = Notify(AlertKind.OVER, incident, ())
        note = Note(Reason.INCIDENT_CLOSED, outcome=outcome, incident=incident)
        self.store.commit(Commit("main", SEEN, at(after_s), step(WELL, notify, notes=(note,))))
        self.told.append(self.delivery(notify, after_s))

    def delivery(self, notify: Notify, ordered_s: float = 0.0, target: str = "main") -> Delivery:
        self.alerts += 1
        return Delivery(Alert(self.alerts, target, notify, at(ordered_s).wall), attempts=1)

    def composer(self, installation: str = "one", *, quiet: bool = False) -> Composer:
        return Composer(
            read=lambda: Reader(self.path),
            place=lambda target: Place(
                Language.EN, "mac-mini", Gateway(of="" if target == "main" else target), zone=UTC
            ),
            folder=lambda _: self.folder,
            installation=installation,
            redactor=Redactor([Known("gateway token", SECRET)]),
            is_quiet=lambda _: quiet,
        )

    def compose(self, *deliveries: Delivery, now: Now | None = None) -> Composed:
        compose: Compose = self.composer()
        return compose(deliveries, now or at(10))


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = Case(tmp_path)
    yield made
    if made.store:
        made.store.close()


def test_it_tells_what_the_history_holds(case: Case) -> None:
    case.begin(1, 0)
    case.say(1, 5, Note(Reason.START_FAILED, detail="EACCES"))
    late = replace_ordered(case.told[0], 6)
    message = case.compose(late).message
    assert "EACCES" in message.body
    assert "process gone" in message.title
    assert message.severity is Severity.CRITICAL
    assert (message.silent, message.attachments) == (False, ())


def replace_ordered(delivery: Delivery, after_s: float) -> Delivery:
    return delivery._replace(alert=delivery.alert._replace(ordered=at(after_s).wall))


def test_what_came_after_the_alert_is_not_told_of_it(case: Case) -> None:
    """A message that is sent again is the same one."""
    case.begin(1, 0)
    before = case.compose(case.told[0]).message
    case.say(1, 5, Note(Reason.START_FAILED, detail="EACCES"))
    assert case.compose(case.told[0]).message == before


def test_what_is_over_when_its_opening_is_sent_says_so_and_wakes_nobody(case: Case) -> None:
    case.begin(1, 0)
    before = case.compose(case.told[0]).message
    case.end(1, 8)
    now = case.compose(case.told[0]).message
    assert (now.mark, now.thread) == (before.mark, before.thread)
    assert now.title == f"✅ {before.title}"
    assert now.body.splitlines()[1].startswith("✅ It is over by now, since ")
    assert set(before.lasting) <= set(now.body.splitlines())
    assert (now.severity, now.choices) == (Severity.INFO, ())


@pytest.mark.parametrize(
    ("later", "heeded"),
    [((Reason.ACKNOWLEDGED,), True), ((Reason.ACKNOWLEDGED, Reason.REMINDED), False), ((), False)],
)
def test_a_route_that_hears_of_it_late_hears_that_somebody_is_at_it(
    case: Case, later: tuple[Reason, ...], heeded: bool
) -> None:
    """A second person was woken for what the first had acknowledged."""
    case.begin(1, 0)
    for number, reason in enumerate(later):
        case.say(1, 60 + number, Note(reason, Level.NOTIFICATION, incident=1, detail="phone: Ann"))
    message = case.composer()(case.told, at(HOUR_S)).message
    assert (message.severity is Severity.WARNING) is heeded
    assert message.title.startswith("👤") is heeded
    assert ("Ann" in message.body.splitlines()[1]) is heeded


def test_without_a_database_the_alert_is_a_whole_message(case: Case) -> None:
    alone = case.delivery(Notify(AlertKind.OPENED, 7, (Level.WATCHDOG,), Cause.DISK_FULL, "no space"))
    composed = case.compose(alone)
    assert "disk full" in composed.message.title
    assert "df -h" in composed.message.body
    assert composed.thread == Subject("main", 7)
    case.path.write_bytes(b"no database" * 1000)
    assert case.compose(alone) == composed


def test_the_end_is_told_with_its_outcome(case: Case) -> None:
    case.begin(1, 0)
    case.end(1, 90, Outcome.RECOVERED)
    composed = case.compose(case.told[1], now=at(91))
    assert "recovered without us" in composed.message.body
    assert "1m 30s" in composed.message.title
    assert composed.message.severity is Severity.INFO


def test_one_that_is_over_before_it_was_told_is_one_message(case: Case) -> None:
    case.begin(1, 0)
    case.end(1, 90)
    composed = case.compose(*case.told, now=at(8 * HOUR_S))
    assert composed.thread == Subject("main", 1)
    assert composed.message.title.startswith("✅")


def test_of_what_has_changed_the_latest_is_told(case: Case) -> None:
    causes = (Cause.DEGRADED, Cause.NOT_ANSWERING, Cause.DISK_FULL)
    kinds = (AlertKind.OPENED, AlertKind.CHANGED, AlertKind.CHANGED)
    told = [
        case.delivery(Notify(kind, 1, (), cause, number=number))
        for number, (kind, cause) in enumerate(zip(kinds, causes, strict=True))
    ]
    assert "now: disk full" in case.compose(*told).message.title


def test_several_are_told_as_a_digest(case: Case) -> None:
    case.begin(1, 0)
    case.end(1, 90)
    case.begin(2, 100)
    composed = case.compose(*case.told, now=at(8 * HOUR_S))
    assert composed.thread is None
    assert composed.message.severity is Severity.CRITICAL
    assert composed.message.body.index("#2 still open") < composed.message.body.index("#1 over")
    case.end(2, 120)
    assert case.compose(*case.told, now=at(8 * HOUR_S)).message.severity is Severity.INFO


def test_a_digest_of_two_gateways_names_them_and_no_one_in_its_commands(case: Case) -> None:
    one, two = (case.delivery(Notify(AlertKind.OPENED, 1, ()), target=target) for target in ("work", "play"))
    body = case.compose(one, two).message.body
    assert "#1 work" in body
    assert "#1 play" in body
    assert "--target" not in body


def test_a_digest_of_the_logs_of_two_gateways_shows_those_of_each(case: Case) -> None:
    one, two, again = (
        case.delivery(Notify(AlertKind.RECOVERY, 0, (), detail=f"{number}.log", number=number), target=target)
        for number, target in enumerate(("work", "play", "work"))
    )

    def place(target: str) -> Place:
        return Place(Language.EN, gateway=Gateway(of=target, recoveries=f"~/{target}-*.log"))

    body = replace(case.composer(), place=place)((one, two, again), at(10)).message.body
    assert "tail -n 50 ~/work-*.log ~/play-*.log\n" in body


def test_that_nothing_acts_is_told_beside_what_the_gateway_does(case: Case) -> None:
    case.begin(1, 0)
    broken = case.delivery(Notify(AlertKind.DISTRUST, 1, (), detail="an act while paused"))
    body = case.compose(case.told[0], broken).message.body
    assert "an act while paused" in body
    assert "#1 still open" in body


def about(route: str, kind: AlertKind, number: int, *, lasts: bool = False) -> Delivery:
    notify = Notify(kind, 1, (), detail="HTTP 404", number=5)
    return Delivery(Alert(number, f"@route {route}", notify, at(5).wall), lasts=lasts)


def test_what_is_told_of_a_route_goes_with_an_incident_and_hides_none(case: Case) -> None:
    case.begin(1, 0)
    alone = case.compose(case.told[0])
    both = case.compose(about("chat", AlertKind.ROUTE_FAILS, 7), case.told[0])
    assert both.message.body.startswith(alone.message.body)
    assert "cannot tell anything by chat" in both.message.body
    assert (both.thread, both.message.title) == (alone.thread, alone.message.title)
    assert both.message.severity is Severity.CRITICAL


def test_an_end_that_is_told_with_a_route_that_fails_is_a_warning(case: Case) -> None:
    case.begin(1, 0)
    case.end(1, 90)
    fails = about("chat", AlertKind.ROUTE_FAILS, 7)
    alone, both = (case.compose(case.told[1], *more, now=at(91)).message for more in ((), (fails,)))
    assert (alone.severity, both.severity) == (Severity.INFO, Severity.WARNING)
    assert both.title == alone.title
    quiet = case.composer(quiet=True)
    assert quiet([case.told[1], fails], at(91)).message.silent
    assert not quiet([case.told[1], about("", AlertKind.UNWATCHED, 8, lasts=True)], at(91)).message.silent


def test_of_what_is_told_of_ourselves_the_worst_comes_first(case: Case) -> None:
    works, unwatched = about("chat", AlertKind.ROUTE_WORKS, 7), about("", AlertKind.UNWATCHED, 8, lasts=True)
    message = case.compose(works, unwatched).message
    assert message.severity is Severity.CRITICAL
    assert message.title == case.compose(unwatched).message.title
    assert message.body.startswith(case.compose(unwatched).message.body)
    assert case.compose(works).message.body in message.body


@pytest.mark.parametrize("kind", sorted(OF_OURSELVES))
def test_what_is_told_of_ourselves_is_known_again_and_says_that_it_may_have_come(
    case: Case, kind: AlertKind
) -> None:
    one = about("chat", kind, 60)
    another = one._replace(
        alert=one.alert._replace(ordered=at(65).wall, notify=replace(one.alert.notify, number=65))
    )
    first, other = (case.compose(each).message for each in (one, another))
    again = case.compose(one._replace(unsure=True), now=at(HOUR_S)).message
    assert again.is_in(first.body)
    assert not other.is_in(first.body)
    assert (again.mark, again.title) == (first.mark, f"↻ {first.title}")
    assert again.age_s == HOUR_S - 5
    case.begin(1, 0)
    assert case.compose(one).message.is_in(case.compose(case.told[0], one).message.body)
    assert not case.compose(case.told[0], one).message.is_in(case.compose(case.told[0]).message.body)


def test_of_a_route_that_works_again_its_failing_is_no_news(case: Case) -> None:
    fails, works = (about("chat", kind, number) for number, kind in enumerate(OF_ROUTES_IN_ORDER, 7))
    mail = about("mail", AlertKind.ROUTE_FAILS, 9)
    composed = case.compose(fails, works, mail)
    assert "chat works again" in composed.message.body
    assert "cannot tell anything by mail" in composed.message.body
    assert "cannot tell anything by chat" not in composed.message.body
    assert composed.message.severity is Severity.WARNING
    assert case.compose(fails).thread == case.compose(works).thread == Subject("@route chat", 1)


def test_each_spell_in_which_nobody_watched_is_a_message_and_a_thread_of_its_own(case: Case) -> None:
    """Whoever has got the first is to see the second, and its end below it."""
    spells = [case.delivery(Notify(AlertKind.UNWATCHED, 0, (), number=at), 0, RESIDENT) for at in (5, 9)]
    over = case.delivery(Notify(AlertKind.WATCHED, 0, (), number=9), 0, RESIDENT)
    first, second, end = (case.compose(one._replace(lasts=True)) for one in (*spells, over))
    assert len({one.message.mark for one in (first, second, end)}) == 3
    assert first.thread != second.thread == end.thread == Subject(RESIDENT, 0, 9)
    assert first.message.thread != second.message.thread == end.message.thread


def test_that_nobody_watches_wakes_nobody_once_somebody_does(case: Case) -> None:
    one = case.delivery(Notify(AlertKind.UNWATCHED, 0, (), number=5), 0, RESIDENT)
    true, past = (case.compose(one._replace(lasts=lasts)).message for lasts in (True, False))
    assert (true.severity, past.severity) == (Severity.CRITICAL, Severity.INFO)
    assert (past.title, past.mark) == (f"✅ {true.title}", true.mark)
    assert past.body.splitlines()[1].startswith("✅ ")
    assert true.is_in(past.body), "who has got the other one is shown no second one"


def test_each_recovery_log_is_told_with_its_file_and_is_a_matter_of_its_own(case: Case) -> None:
    names = [f"emergency-recovery-2026-11-28-0{hour}00.log" for hour in range(1, 6)]
    for name in names:
        (case.folder / name).write_text("MANUAL INTERVENTION REQUIRED")
    logs = [
        case.delivery(Notify(AlertKind.RECOVERY, 0, (Level.RECOVERY,), detail=name, number=number))
        for number, name in enumerate(names, 1)
    ]
    both = case.compose(*logs[:2]).message
    assert all(name in both.body for name in names[:2])
    assert [file.name for file in both.attachments] == names[:2]
    assert all(name in both.unfiled for name in names[:2])
    assert both.severity is Severity.CRITICAL
    assert [file.name for file in case.compose(*logs).message.attachments] == names[:LOGS_MOST]
    one, other = (case.compose(log).message for log in logs[:2])
    assert one.thread != other.thread
    assert not other.is_in(one.body)


OF_ROUTES_IN_ORDER = (AlertKind.ROUTE_FAILS, AlertKind.ROUTE_WORKS)
SEVERITIES = {
    AlertKind.OPENED: Severity.CRITICAL,
    AlertKind.CHANGED: Severity.CRITICAL,
    AlertKind.RECOVERY: Severity.CRITICAL,
    AlertKind.DISTRUST: Severity.CRITICAL,
    AlertKind.LEVEL_PASSED: Severity.INFO,
    AlertKind.REMINDER: Severity.WARNING,
    AlertKind.OVER: Severity.INFO,
    AlertKind.ROUTE_FAILS: Severity.WARNING,
    AlertKind.ROUTE_WORKS: Severity.INFO,
    AlertKind.UNWATCHED: Severity.CRITICAL,
    AlertKind.WATCHED: Severity.INFO,
}


@pytest.mark.parametrize("kind", AlertKind)
def test_in_quiet_hours_only_what_is_critical_is_heard(kind: AlertKind, case: Case) -> None:
    alone = case.delivery(Notify(kind, 1, ()))._replace(lasts=True)
    message = case.composer(quiet=True)([alone], at(1)).message
    assert message.severity is SEVERITIES[kind]
    assert message.silent is (message.severity is not Severity.CRITICAL)
    assert not case.composer()([alone], at(1)).message.silent


def test_a_mark_is_the_same_for_the_same_alerts_and_no_other() -> None:
    case = Case(Path("/nowhere"))
    first = case.delivery(Notify(AlertKind.OPENED, 1, ()))
    others = [
        case.delivery(Notify(AlertKind.OPENED, 2, ())),
        case.delivery(Notify(AlertKind.OVER, 1, ())),
        case.delivery(Notify(AlertKind.REMINDER, 1, (), number=1)),
        case.delivery(Notify(AlertKind.REMINDER, 1, (), number=2)),
        case.delivery(Notify(AlertKind.OPENED, 1, ()), target="work"),
    ]
    marks = [case.compose(one).message.mark for one in (first, *others)]
    marks.append(case.compose(first, others[0]).message.mark)
    marks.append(case.compose(first, others[1]).message.mark)
    marks.append(case.composer("two")([first], at(10)).message.mark)
    assert len(set(marks)) == len(marks)
    assert all(re.fullmatch(r"[a-z0-9-]{1,25}", mark) for mark in marks)
    again = first._replace(attempts=3, unsure=True)
    message = case.compose(again, now=at(500)).message
    assert message.mark == marks[0]
    assert "may have got" in message.body


def test_a_message_knows_how_long_ago_the_first_of_it_was_decided(case: Case) -> None:
    case.begin(1, 0)
    case.begin(2, 100)
    first, second = case.told
    assert case.compose(second, now=at(500)).message.age_s == 500 - (second.alert.ordered - at(0).wall)
    assert case.compose(first, second, now=at(500)).message.age_s == 500 - (first.alert.ordered - at(0).wall)
    assert case.compose(second, now=at(0)).message.age_s == 0  # a clock that was set back


def test_incidents_of_one_cause_within_an_hour_are_one_thread(case: Case) -> None:
    case.begin(1, 0)
    case.end(1, 100)
    case.begin(2, 100 + HOUR_S)
    case.end(2, 200 + HOUR_S)
    case.begin(3, 300 + HOUR_S, Cause.PORT_TAKEN)
    case.end(3, 400 + HOUR_S)
    case.begin(4, 500 + HOUR_S)
    case.end(4, 600 + HOUR_S)
    case.begin(5, 700 + 3 * HOUR_S)
    found = [case.compose(one) for one in case.told]
    threads = [one.thread.incident for one in found if one.thread]
    assert threads == [1, 1, 1, 1, 3, 3, 1, 1, 5]
    assert len({one.message.thread for one in found}) == 3
    assert len({one.message.mark for one in found}) == len(found)


def test_a_thread_begins_with_a_message_that_was_sent(case: Case) -> None:
    """Of an incident that was healed before anybody was told there is none to answer."""
    case.begin(1, 0, alert=False)
    case.end(1, 100)
    case.told.clear()
    assert case.store
    case.store._opened().execute("DELETE FROM outbox")
    case.begin(2, 200)
    assert case.compose(case.told[0]).thread == Subject("main", 2)


def test_it_can_say_which_files_are_left_out_and_where_they_lie(case: Case) -> None:
    case.begin(1, 0)
    assert case.compose(case.told[0]).message.unfiled == ""
    write(case.folder / "watchdog.log", "x\n", 6)
    place = case.composer().place("main")
    unfiled = case.compose(replace_ordered(case.told[0], 6)).message.unfiled
    for known in ("watchdog.log", place.folder, place.host):
        assert known in unfiled


def test_no_secret_is_in_what_leaves(case: Case) -> None:
    case.begin(1, 0)
    told = "\n".join(one.text for one in planted().values())
    case.say(1, 5, Note(Reason.START_FAILED, detail=f"{SECRET} {planted()['Anthropic'].text}"))
    write(case.folder / "watchdog.log", f"{SECRET}\n{told}\n", 6)
    message = case.compose(replace_ordered(case.told[0], 6)).message
    (file,) = message.attachments
    for text in (message.title, message.body, file.content.decode()):
        assert SECRET not in text
        assert [name for name, one in planted().items() if one.secret in text] == []
    assert "[redacted: gateway token]" in message.body


def write(path: Path, text: str | bytes, changed_s: float) -> None:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    os.utime(path, (at(changed_s).wall, at(changed_s).wall))


def names(composed: Composed) -> list[str]:
    return [file.name for file in composed.message.attachments]


def test_no_secret_is_in_the_name_of_a_file_that_leaves(case: Case) -> None:
    name = "emergency-recovery-ghp_16C7e42F292c6912E7710c838347Ae178B4a.log"
    (case.folder / name).write_text("MANUAL INTERVENTION REQUIRED\n")
    alert = Notify(AlertKind.RECOVERY, 0, (Level.RECOVERY,), detail=name, number=11)
    message = case.compose(case.delivery(alert, 0)).message
    assert [file.name for file in message.attachments] == ["emergency-recovery-[redacted: GitHub token].log"]
    assert "ghp_16C7" not in f"{message.title}{message.body}{message.unfiled}"


def test_files_of_the_incident_go_with_it(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    case.begin(1, 5000)
    for name in ("watchdog.log", "healthcheck-1970-01-01.log", "healthcheck-1969-12-31.log"):
        write(case.folder / name, "x\n", 5000)
    write(case.folder / "emergency-recovery-1.log", "before\n", 3000)
    write(case.folder / "emergency-recovery-2.log", "during\n", 5010)
    write(case.folder / "claude-session-2.log", "during\n", 5010)
    write(case.folder / "emergency-recovery-report-2.md", "# During\n", 5010)
    write(case.folder / "gateway.log", "other\n", 5010)
    recovery = ["emergency-recovery-2.log", "claude-session-2.log", "emergency-recovery-report-2.md"]
    opened = case.compose(case.told[0], now=at(5020))
    assert names(opened) == [*recovery, "healthcheck-1970-01-01.log", "watchdog.log"]
    assert opened.message.attachments[2].media_type == "text/markdown"
    case.end(1, 5030)
    assert names(case.compose(case.told[1], now=at(5040))) == recovery
    reminder = case.delivery(Notify(AlertKind.REMINDER, 1, (), number=1), 5020)
    assert names(case.compose(reminder, now=at(5020))) == []


def test_the_alert_of_a_recovery_log_has_that_log_and_none_of_another(case: Case) -> None:
    for name in ("a", "b", "c", "odd\nname"):
        write(case.folder / f"emergency-recovery-{name}.log", f"{name}\n", 10)
        write(case.folder / f"claude-session-{name}.log", f"{name}\n", 10)
    for name in ("a", "c", "odd\nname"):
        log = log_name(case.folder / f"emergency-recovery-{name}.log")
        alert = case.delivery(Notify(AlertKind.RECOVERY, 0, (), detail=log, number=7), 12)
        files = case.compose(alert, now=at(12)).message.attachments
        assert [file.name for file in files] == [
            f"emergency-recovery-{name}.log",
            f"claude-session-{name}.log",
        ]
        assert {file.content.decode() for file in files} == {f"{name}\n"}


def test_the_files_of_another_incident_go_with_that_one(case: Case) -> None:
    """The log of the first grows until the second has begun, and the first is told of when both are over."""
    case.begin(1, 0)
    case.end(1, 900)
    case.begin(2, 930)
    case.end(2, 2000)
    logs = [f"emergency-recovery-{stamp(after_s)}.log" for after_s in (300, 1500)]
    for name, changed_s in zip(logs, (931, 1900), strict=True):
        write(case.folder / name, "x\n", changed_s)
    write(case.folder / "claude-session-1.log", "x\n", 800)
    write(case.folder / "claude-session-2.log", "x\n", 1900)
    told = [names(case.compose(each, now=at(3000))) for each in case.told]
    first, second = [logs[0], "claude-session-1.log"], [logs[1], "claude-session-2.log"]
    assert told == [first, first, second, second]


def stamp(after_s: float) -> str:
    """As a recovery names its files, in the host's time."""
    return datetime.fromtimestamp(at(after_s).wall).astimezone().strftime("%Y-%m-%d-%H%M%S")


def test_not_more_files_than_a_person_reads(case: Case) -> None:
    case.begin(1, 0)
    for number in range(9):
        write(case.folder / f"claude-session-{number}.log", "x\n", float(number))
    latest = [f"claude-session-{number}.log" for number in range(9 - EACH_MOST, 9)]
    assert names(case.compose(case.told[0])) == latest


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("/etc/hosts"), os.mkfifo, os.mkdir])
def test_what_is_no_file_is_not_read(make: Callable[[Path], None], case: Case) -> None:
    case.begin(1, 0)
    make(case.folder / "watchdog.log")
    assert names(case.compose(case.told[0])) == []


def test_of_a_large_file_the_end_goes_and_no_piece_of_a_secret(case: Case) -> None:
    case.begin(1, 0)
    secret = planted()["Anthropic"].secret
    for place in range(0, len(secret), 17):
        tail = b"\n" + b"line of the log\n" * (MOST_BYTES // 16)
        tail = tail[len(tail) - MOST_BYTES + place :]
        write(case.folder / "watchdog.log", b"begin\n" * 50_000 + secret.encode() + tail, 0)
        (file,) = case.compose(case.told[0]).message.attachments
        assert MOST_BYTES - 200 < len(file.content) <= MOST_BYTES
        assert secret[-12:].encode() not in file.content
        assert file.content.endswith(b"line of the log\n")


def test_odd_bytes_and_one_endless_line(case: Case) -> None:
    case.begin(1, 0)
    write(case.folder / "watchdog.log", b"\xff\x00" * MOST_BYTES, 0)
    (file,) = case.compose(case.told[0]).message.attachments
    assert 0 < len(file.content) <= MOST_BYTES


def passing(case: Case, incident: int, after_s: float) -> Delivery:
    return case.delivery(Notify(AlertKind.LEVEL_PASSED, incident, (Level.WATCHDOG,), number=2), after_s)


def test_that_a_level_was_passed_is_silent_news_in_the_thread_of_its_incident(case: Case) -> None:
    case.begin(1, 0)
    news = passing(case, 1, 5)
    composed = case.composer(quiet=True)([news], at(10))
    message = composed.message
    assert (message.severity, message.silent, message.choices) == (Severity.INFO, True, ())
    assert composed.thread == Subject("main", 1)
    assert message.thread == case.compose(case.told[0]).message.thread
    assert "Level 2" in message.title
    assert "selfheal incidents show 1" in message.body
    both = case.compose(news, case.told[0]).message
    assert both.severity is Severity.CRITICAL
    assert both.title == case.compose(case.told[0]).message.title


def test_news_alone_begins_no_thread_that_a_route_may_not_know(case: Case) -> None:
    case.begin(1, 0, alert=False)
    assert case.store
    state = replace(WELL, incident=Incident(1, Cause.PROCESS_GONE, at(0).wall, at(0).mono, Level.WATCHDOG))
    case.store.commit(Commit("main", SEEN, at(5), step(state, passing(case, 1, 5).alert.notify)))
    case.store.commit(Commit("main", SEEN, at(30), closing()))
    case.begin(2, 60)
    assert case.compose(case.told[0]).thread == Subject("main", 2)


def test_each_kind_has_a_turn_among_those_of_one_message() -> None:
    """One that had none would end the delivery, for all routes and each time anew."""
    of_incidents = [turn_of(kind) for kind in AlertKind if kind not in OF_OURSELVES]
    assert len(set(of_incidents)) == len(of_incidents)
    assert {turn_of(kind) for kind in OF_OURSELVES} == {1 + max(of_incidents)}
