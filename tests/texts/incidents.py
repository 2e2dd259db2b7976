"""Incidents as the journal has them, for the tests of messages."""

from datetime import UTC

from selfheal.core.alert import AlertKind, Notify
from selfheal.core.facts import ProbeKind, ProbeReport, Verdict
from selfheal.core.instants import Monotonic, Wall
from selfheal.core.levels import Level
from selfheal.core.notes import Note
from selfheal.core.observations import ProbeFinished
from selfheal.core.reasons import Cause, Hold, Outcome, Reason
from selfheal.ports.outbox import Alert
from selfheal.ports.store import Entry, IncidentRow
from selfheal.texts.language import Language
from selfheal.texts.message import Place, Story
from selfheal.texts.next_commands import Gateway

T0 = 1_770_319_080.0  # 2026-02-05 19:18:00 UTC
SEEN = ProbeFinished(1, ProbeReport(ProbeKind.FULL, Verdict.BROKEN))
FAILED = (Level.WATCHDOG, Level.HEALTHCHECK)


def place(language: Language, of: str = "", dashboard: str = "") -> Place:
    return Place(language, "mac-mini", Gateway(of=of), dashboard=dashboard, zone=UTC)


def entry(after_s: float, *notes: Note, incident: int = 3) -> Entry:
    return Entry(
        seq=int(after_s * 10),
        target="main",
        wall=Wall(T0 + after_s),
        kind="ProbeFinished",
        observation=SEEN,
        notes=notes,
        actions=(),
        incident=incident,
        mono=Monotonic(after_s),
        boot_id="boot",
    )


def row(incident: int = 3, opened_s: float = 0.0, cause: Cause = Cause.WRONG_ANSWER) -> IncidentRow:
    opened = Wall(T0 + opened_s)
    return IncidentRow("main", incident, cause, Level.HEALTHCHECK, opened, None, None, "HTTP 500")


def closed(open_row: IncidentRow, after_s: float, outcome: Outcome = Outcome.HEALED) -> IncidentRow:
    return open_row._replace(closed=Wall(open_row.opened + after_s), outcome=outcome)


def alert(
    kind: AlertKind, incident: int = 3, ordered_s: float = 720.0, cause: Cause | None = None, detail: str = ""
) -> Alert:
    levels = () if kind in (AlertKind.OVER, AlertKind.DISTRUST) else FAILED
    return Alert(incident, "main", Notify(kind, incident, levels, cause, detail), Wall(T0 + ordered_s))


TIMELINE = (
    entry(0, Note(Reason.INCIDENT_OPENED, cause=Cause.WRONG_ANSWER, incident=3, detail="HTTP 500")),
    entry(2, Note(Reason.ASK_TO_STOP, detail="4242")),
    entry(14, Note(Reason.GATEWAY_LOST, detail="4242", number=0.0)),
    entry(15, Note(Reason.START, number=1.0)),
    entry(47, Note(Reason.ATTEMPT_FAILED, number=1.0, detail="broken")),
    entry(49, Note(Reason.ASK_TO_STOP, detail="4301")),
    entry(80, Note(Reason.START, number=2.0)),
    entry(112, Note(Reason.ATTEMPT_FAILED, number=2.0, detail="broken")),
    entry(113, Note(Reason.HELD, hold=Hold.UNCLEAN_BUDGET)),
    entry(143, Note(Reason.HELD, hold=Hold.UNCLEAN_BUDGET)),
    entry(300, Note(Reason.HEARTBEAT_MISSED, number=3.0, detail="timeout")),
    entry(380, Note(Reason.START, number=3.0)),
    entry(412, Note(Reason.ATTEMPT_FAILED, number=3.0, detail="broken")),
    entry(413, Note(Reason.LAST_WAIT, number=300.0)),
    entry(720, Note(Reason.ESCALATED, level=Level.RECOVERY), Note(Reason.TOLD, Level.NOTIFICATION)),
)


def opened() -> Story:
    told = alert(AlertKind.OPENED, cause=Cause.WRONG_ANSWER, detail="HTTP 500")
    return Story(told, row(), TIMELINE)


def over() -> Story:
    return Story(alert(AlertKind.OVER, ordered_s=1500.0), closed(row(), 1500.0), TIMELINE)
