"""The documents of `--json`. Stable: see docs/json.md. A change that could break a reader raises SCHEMA.

Names carry their units; times are ISO 8601 in UTC; what is not known is null, never missing.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from selfheal.cli.picture import Picture
from selfheal.config.fault import Fault
from selfheal.config.routes import RouteSettings
from selfheal.core.notes import Note
from selfheal.core.report import AcknowledgedReport, CheckReport, Report
from selfheal.ports.store import Entry, IncidentRow, RouteRow, Waiting
from selfheal.texts.describe import describe
from selfheal.texts.language import Language

if TYPE_CHECKING:
    from selfheal.app.hearing import Deaf
    from selfheal.app.last_ping import LastPing
    from selfheal.app.monitor import Monitored
    from selfheal.app.notify_test import Tried

SCHEMA = 1
Document = Mapping[str, object]


def dump(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)


def status(picture: Picture, language: Language) -> Document:
    return {
        "schema": SCHEMA,
        "kind": "status",
        "time": _time(picture.now.wall),
        "well": picture.well and picture.resident_pid is not None,
        "resident": _resident(picture),
        "targets": [_target(each, picture) for each in picture.reports],
        "routes": list(picture.routes),
        "standings": [{"route": name, **_standing(picture.standings.get(name))} for name in picture.routes],
        "dead_man": dead_man(picture.pinged) if picture.dead_man else None,
        "warnings": [_warning(each, language) for each in picture.warnings],
    }


def incidents(rows: Sequence[IncidentRow]) -> Document:
    return {"schema": SCHEMA, "kind": "incidents", "incidents": [_row(row) for row in rows]}


def incident(row: IncidentRow, entries: Sequence[Entry], language: Language) -> Document:
    timeline = [_moment(entry, note, language) for entry in entries for note in entry.notes]
    return {"schema": SCHEMA, "kind": "incident", "incident": _row(row), "timeline": timeline}


def notify_test(known: Sequence[RouteSettings], tried: "Sequence[Tried]") -> Document:
    kinds = {route.name: route.kind for route in known}
    return {
        "schema": SCHEMA,
        "kind": "notify_test",
        "taken": bool(tried) and all(one.receipt for one in tried),
        "routes": [_tried(one, kinds[one.route]) for one in tried],
    }


def monitored(seen: "Monitored") -> Document:
    return {
        "schema": SCHEMA,
        "kind": "monitor",
        "alerted": [str(one.path) for one in seen.alerted],
        "alerts": [
            {"log": str(one.path), "told": list(one.told), "waiting": list(one.waits)} for one in seen.alerted
        ],
        "known": [str(path) for path in seen.known],
        "unheard": [str(path) for path in seen.unheard],
        "again_s": seen.again_s,
        "resident": seen.resident.pid,
        "resident_care": seen.resident.care,
        "resident_ended": seen.resident.ended,
        "resident_detail": seen.resident.detail,
        "unkept": seen.unkept or None,
    }


def routes(
    known: Sequence[RouteSettings],
    rows: Mapping[str, RouteRow],
    deaf: "Mapping[str, Deaf | None]",
    switch: Document | None,
) -> Document:
    """`switch`: the dead man's, where one is set."""
    listed = [{**_route(route, rows.get(route.name)), **_answers(deaf, route.name)} for route in known]
    return {"schema": SCHEMA, "kind": "routes", "routes": listed, "dead_man": switch}


def dead_man(ping: "LastPing | None") -> Document:
    """Of the dead man's switch, which is set."""
    return {
        "last_pinged": _time(ping.time) if ping else None,
        "said": ping.said if ping else None,
        "complaint": (ping.why or None) if ping else None,
    }


def _tried(one: "Tried", kind: str) -> Document:
    receipt = one.receipt
    return {
        "route": one.route,
        "kind": kind,
        "taken": receipt is not None,
        "seconds": _seconds(one.seconds),
        "receipt": receipt.id if receipt else None,
        "url": receipt.url or None if receipt else None,
        "lacks": list(receipt.lacks) if receipt else [],
        "why": one.why or None,
    }


def _route(route: RouteSettings, row: RouteRow | None) -> Document:
    return {
        "route": route.name,
        "kind": route.kind,
        "severity": route.severity,
        **_standing(row),
    }


def _standing(row: RouteRow | None) -> Document:
    return {
        "last_taken": _time(row.taken) if row else None,
        "last_proof": row.proof if row else None,
        "last_failed": _time(row.failed) if row else None,
        "complaint": row.complaint if row else None,
        "failing_since": _time(row.failing) if row else None,
        "refuses": row.final if row else False,
    }


def _answers(deaf: "Mapping[str, Deaf | None]", route: str) -> Document:
    return {"answers": route in deaf and deaf[route] is None, "deaf": deaf.get(route)}


def _warning(fault: Fault, language: Language) -> Document:
    return {"problem": fault.problem, "key": fault.key, "text": fault.full(language)}


def _resident(picture: Picture) -> Document:
    return {"running": picture.resident_pid is not None, "pid": picture.resident_pid or None}


def _time(wall: float | None) -> str | None:
    if wall is None:
        return None
    return datetime.fromtimestamp(wall, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _target(report: Report, picture: Picture) -> Document:
    return {
        "target": report.target,
        "well": report.well,
        "observe": report.observe,
        "as_of": _time(report.as_of),
        "as_of_age_s": _seconds(report.as_of_age_s),
        "stale": report in picture.stale,
        "phase": report.phase,
        "phase_since": _time(report.phase_since),
        "phase_age_s": _seconds(report.phase_age_s),
        "port": picture.ports.get(report.target),
        "process": _process(report),
        "levels": [{"level": e.level, "status": e.status, "hold": e.hold} for e in report.levels],
        "checks": {
            "heartbeat": _check(report.heartbeat),
            "full": _check(report.full),
            "deep": _check(report.deep),
        },
        "hold": report.hold,
        "incident": _incident(report),
        "next": _next(report),
        "pause": _pause(report),
        "budget": _budget(report),
        "start_time": _start_time(report),
        "pending": [{"id": e.id, "kind": e.kind, "age_s": _seconds(e.age_s)} for e in report.pending],
        "waiting": [_waiting(e, picture) for e in picture.waiting if e.target == report.target],
    }


def _waiting(waiting: Waiting, picture: Picture) -> Document:
    asked = waiting.asked
    return {
        "request": asked.request,
        "level": asked.level,
        "for_s": asked.for_s,
        "why": asked.why,
        "asked": _time(waiting.wall),
        "age_s": _seconds(max(0.0, picture.now.wall - waiting.wall)),
    }


def _process(report: Report) -> Document | None:
    process = report.process
    if process is None:
        return None
    return {
        "pid": process.pid,
        "state": process.state,
        "listening": process.listening,
        "age_s": _seconds(process.age_s),
    }


def _check(check: CheckReport) -> Document:
    return {
        "verdict": check.verdict,
        "age_s": _seconds(check.age_s),
        "latency_s": check.latency_s,
        "misses": check.misses,
        "failing": list(check.failing),
        "suppressed": list(check.suppressed),
        "detail": check.detail,
    }


def _incident(report: Report) -> Document | None:
    incident = report.incident
    if incident is None:
        return None
    return {
        "id": incident.id,
        "cause": incident.cause,
        "level": incident.level,
        "opened": _time(incident.opened),
        "age_s": _seconds(incident.age_s),
        "attempts": incident.attempts,
        "attempts_max": incident.attempts_max,
        "stage": incident.stage,
        "told": incident.told,
        "acknowledged": _acknowledged(incident.acknowledged),
        "escalated": incident.escalated,
        "detail": incident.detail,
    }


def _acknowledged(known: AcknowledgedReport | None) -> Document | None:
    if known is None:
        return None
    return {"at": _time(known.at), "by": known.by, "left_s": _seconds(known.left_s)}


def _next(report: Report) -> Document | None:
    upcoming = report.upcoming
    return None if upcoming is None else {"step": upcoming.step, "in_s": _seconds(upcoming.in_s)}


def _pause(report: Report) -> Document | None:
    pause = report.pause
    if pause is None:
        return None
    return {
        "since": _time(pause.since),
        "age_s": _seconds(pause.age_s),
        "left_s": _seconds(pause.left_s),
        "why": pause.why,
    }


def _budget(report: Report) -> Document:
    budget = report.budget
    return {
        "unclean": budget.unclean,
        "unclean_max": budget.unclean_max,
        "unclean_window_s": budget.unclean_window_s,
        "hourly": budget.hourly,
        "hourly_max": budget.hourly_max,
    }


def _start_time(report: Report) -> Document | None:
    learnt = report.start_time
    if learnt is None:
        return None
    return {
        "last_s": _seconds(learnt.last_s),
        "longest_s": _seconds(learnt.longest_s),
        "samples": learnt.samples,
    }


def _row(row: IncidentRow) -> Document:
    return {
        "target": row.target,
        "id": row.id,
        "cause": row.cause,
        "level": row.level,
        "opened": _time(row.opened),
        "closed": _time(row.closed),
        "duration_s": None if row.closed is None else _seconds(row.closed - row.opened),
        "outcome": row.outcome,
        "detail": row.detail,
    }


def _moment(entry: Entry, note: Note, language: Language) -> Document:
    return {
        "seq": entry.seq,
        "time": _time(entry.wall),
        "observation": entry.kind,
        "actions": list(entry.actions),
        "reason": note.reason,
        "level": note.level,
        "hold": note.hold,
        "cause": note.cause,
        "outcome": note.outcome,
        "detail": note.detail,
        "number": note.number,
        "text": describe(note, language),
    }
