"""The gateway's four HTTP probes on 127.0.0.1: what their answers mean, as a pure function.

A heartbeat asks /startupz alone: it is as light as /healthz, as hard to mistake for another program, and
tells a drain besides.

Healthy means: `GET /` is 200, where it has been before, and `/healthz` says the words that only OpenClaw
says. A status alone proves nothing, another program on the port can answer 200. Bodies as of OpenClaw 2026.9:

  /healthz   200 {"ok":true,"status":"live"}
  /startupz  200 {"ok":true,"status":"started",…}, 503 «starting» with `pendingReason`, 503 «draining»
             (which a suspended gateway says too)
  /readyz    200 {"ready":true,"failing":[],"suppressed":[…]?}, 503 {"ready":false,"failing":[…]}
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from selfheal.core.facts import ProbeKind, ProbeReport, Verdict
from selfheal.gateway.page import Page

ROOT, LIVE, STARTUP, READY = "/", "/healthz", "/startupz", "/readyz"
PATHS: Mapping[ProbeKind, tuple[str, ...]] = {
    ProbeKind.HEARTBEAT: (STARTUP,),
    ProbeKind.FULL: (ROOT, LIVE, STARTUP, READY),
}
OK = 200
SERVER_ERROR = 500
NAMES_MAX = 32  # channels that are named in a report
NAME_MAX = 80


class Silence(StrEnum):
    """Why there is no HTTP answer."""

    REFUSED = "refused"
    TIMEOUT = "timeout"
    CLOSED = "closed"  # connected, then nothing
    GARBAGE = "garbage"  # bytes that are not HTTP
    OURS = "ours"  # no descriptor, no memory, no local port: our own failure


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, or why there is none."""

    status: int | None = None
    body: bytes = b""
    silence: Silence | None = None
    detail: str = ""


NOT_ASKED = Answer(silence=Silence.OURS, detail="not asked")

SILENT_VERDICTS: Mapping[Silence, Verdict] = {
    Silence.REFUSED: Verdict.REFUSED,
    Silence.TIMEOUT: Verdict.TIMEOUT,
    Silence.CLOSED: Verdict.BROKEN,
    Silence.GARBAGE: Verdict.FOREIGN,
    Silence.OURS: Verdict.UNPROBED,
}


def judge(
    kind: ProbeKind, answers: Mapping[str, Answer], latency_s: float = 0.0, page: Page = Page.PROVEN
) -> ProbeReport:
    root_status = answers.get(ROOT, NOT_ASKED).status
    if kind is ProbeKind.HEARTBEAT:
        verdict, detail = _judge_beat(answers.get(STARTUP, NOT_ASKED))
    else:
        verdict, detail = _judge_live(answers.get(LIVE, NOT_ASKED))
    if verdict is not Verdict.WELL or kind is ProbeKind.HEARTBEAT:
        return ProbeReport(kind, verdict, latency_s, root_status, detail=detail)
    ready = _object(answers.get(READY, NOT_ASKED))
    failing, suppressed = _names(ready, "failing"), _names(ready, "suppressed")
    verdict, detail = _judge_rest(answers, failing, suppressed, page)
    return ProbeReport(kind, verdict, latency_s, root_status, failing, suppressed, detail)


def _judge_live(answer: Answer) -> tuple[Verdict, str]:
    if answer.silence is not None:
        return SILENT_VERDICTS[answer.silence], answer.detail
    body = _object(answer)
    if answer.status == OK and body.get("ok") is True and body.get("status") == "live":
        return Verdict.WELL, ""
    return _not_its_words(LIVE, answer)


def _judge_beat(answer: Answer) -> tuple[Verdict, str]:
    if answer.silence is not None:
        return SILENT_VERDICTS[answer.silence], answer.detail
    body = _object(answer)
    if answer.status == OK and body.get("ok") is True and body.get("status") == "started":
        return Verdict.WELL, ""
    return _judge_startup(body) or _not_its_words(STARTUP, answer)


def _not_its_words(path: str, answer: Answer) -> tuple[Verdict, str]:
    server_error = answer.status is not None and answer.status >= SERVER_ERROR
    return (Verdict.BROKEN if server_error else Verdict.FOREIGN), f"{path} {answer.status}"


def _judge_startup(body: Mapping[str, Any]) -> tuple[Verdict, str] | None:
    """None: it has started, or does not say."""
    if body.get("status") == "draining":
        return Verdict.DRAINING, ""
    if body.get("status") == "starting" or body.get("ok") is False:
        return Verdict.STARTING, str(body.get("pendingReason", ""))[:NAME_MAX]
    return None


def _judge_rest(
    answers: Mapping[str, Answer], failing: tuple[str, ...], suppressed: tuple[str, ...], page: Page
) -> tuple[Verdict, str]:
    """It is OpenClaw and it is live. What it says of itself comes before what we think of its answers."""
    patient = _judge_startup(_object(answers.get(STARTUP, NOT_ASKED)))
    if patient is not None or "gateway-draining" in failing:
        return patient or (Verdict.DRAINING, "")
    silent = _judge_silence(answers)
    if silent is not None:
        return silent
    root = answers.get(ROOT, NOT_ASKED)
    if page is Page.PROVEN and root.status != OK:
        return Verdict.BROKEN, f"{ROOT} {root.status or root.silence}"
    ready = answers.get(READY, NOT_ASKED)
    if ready.status != OK or failing or suppressed:
        return Verdict.DEGRADED, "" if failing or suppressed else f"{READY} {ready.status}"
    if page is Page.UNPROVEN and (root.status is None or root.status >= SERVER_ERROR):
        return Verdict.DEGRADED, f"{ROOT} {root.status or root.silence}"
    return Verdict.WELL, ""


def _judge_silence(answers: Mapping[str, Answer]) -> tuple[Verdict, str] | None:
    """One of the later answers is missing while `/healthz` is live."""
    for path in (STARTUP, READY, ROOT):
        answer = answers.get(path, NOT_ASKED)
        if answer.silence is Silence.OURS:
            return Verdict.UNPROBED, answer.detail
        if answer.silence is not None and path != ROOT:
            verdict = Verdict.TIMEOUT if answer.silence is Silence.TIMEOUT else Verdict.BROKEN
            return verdict, f"{path} {answer.silence}"
    return None


def _object(answer: Answer) -> dict[str, Any]:
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _names(body: Mapping[str, Any], field: str) -> tuple[str, ...]:
    names = body.get(field)
    return tuple(str(name)[:NAME_MAX] for name in names[:NAMES_MAX]) if isinstance(names, list) else ()
