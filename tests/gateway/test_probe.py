"""What the probes' answers mean. The bodies were captured from OpenClaw 2026.9.6."""

import pytest

from selfheal.core.facts import ProbeKind, Verdict
from selfheal.gateway.page import Page
from selfheal.gateway.probe import LIVE, READY, ROOT, STARTUP, Answer, Silence, judge

EVENT_LOOP = b'"eventLoop":{"degraded":true,"degradedSinceMs":0,"reasons":["event_loop_utilization","cpu"]}'
PAGE = Answer(200)
ALIVE = Answer(200, b'{"ok":true,"status":"live"}')
STARTED = Answer(200, b'{"ok":true,"status":"started","version":"2026.9.6","uptimeMs":326136}')
STARTING = Answer(
    503,
    b'{"ok":false,"status":"starting","version":"2026.9.6","uptimeMs":720,"pendingReason":"startup-sidecars"}',
)
DRAINING = Answer(503, b'{"ok":false,"status":"draining","version":"2026.9.6","uptimeMs":6267}')
IS_READY = Answer(200, b'{"ready":true,"failing":[],"uptimeMs":6100,' + EVENT_LOOP + b"}")
NOT_YET = Answer(503, b'{"ready":false,"failing":["startup-sidecars"],"uptimeMs":1643,' + EVENT_LOOP + b"}")
READY_DRAINING = Answer(503, b'{"ready":false,"failing":["gateway-draining"],"uptimeMs":6270}')
TELEGRAM = Answer(503, b'{"ready":false,"failing":["telegram"],"uptimeMs":120000}')
SUPPRESSED = Answer(200, b'{"ready":true,"failing":[],"suppressed":["telegram"],"uptimeMs":6100}')
SHUT = Answer(silence=Silence.REFUSED)
SLOW = Answer(silence=Silence.TIMEOUT)
NO_DESCRIPTOR = Answer(silence=Silence.OURS, detail="Too many open files")
WELL = {ROOT: PAGE, LIVE: ALIVE, STARTUP: STARTED, READY: IS_READY}

CASES = [
    ({}, Verdict.WELL),
    ({STARTUP: STARTING, READY: NOT_YET}, Verdict.STARTING),
    ({STARTUP: STARTING, READY: NOT_YET, ROOT: Answer(503)}, Verdict.STARTING),
    ({STARTUP: Answer(503, b'{"ok":false,"status":"starting"}'), READY: NOT_YET}, Verdict.STARTING),
    ({STARTUP: DRAINING, READY: READY_DRAINING}, Verdict.DRAINING),
    ({STARTUP: STARTED, READY: READY_DRAINING}, Verdict.DRAINING),
    ({READY: TELEGRAM}, Verdict.DEGRADED),
    ({READY: SUPPRESSED}, Verdict.DEGRADED),
    ({READY: Answer(503, b'{"ready":false}')}, Verdict.DEGRADED),
    ({ROOT: Answer(500)}, Verdict.BROKEN),
    ({ROOT: Answer(302)}, Verdict.BROKEN),
    ({ROOT: SLOW}, Verdict.BROKEN),
    ({READY: SLOW}, Verdict.TIMEOUT),
    ({STARTUP: SLOW}, Verdict.TIMEOUT),
    ({READY: Answer(silence=Silence.CLOSED)}, Verdict.BROKEN),
    ({READY: NO_DESCRIPTOR}, Verdict.UNPROBED),
    ({ROOT: NO_DESCRIPTOR}, Verdict.UNPROBED),
    (dict.fromkeys(WELL, SHUT), Verdict.REFUSED),
    (dict.fromkeys(WELL, SLOW), Verdict.TIMEOUT),
    (dict.fromkeys(WELL, NO_DESCRIPTOR), Verdict.UNPROBED),
    (dict.fromkeys(WELL, Answer(silence=Silence.GARBAGE)), Verdict.FOREIGN),
    (dict.fromkeys(WELL, Answer(silence=Silence.CLOSED)), Verdict.BROKEN),
    (dict.fromkeys(WELL, Answer(200)), Verdict.FOREIGN),
    (dict.fromkeys(WELL, Answer(200, b'{"ok":true}')), Verdict.FOREIGN),
    (dict.fromkeys(WELL, Answer(200, b'["ok"]')), Verdict.FOREIGN),
    (dict.fromkeys(WELL, Answer(301)), Verdict.FOREIGN),
    (dict.fromkeys(WELL, Answer(404)), Verdict.FOREIGN),
    (dict.fromkeys(WELL, Answer(502)), Verdict.BROKEN),
]


@pytest.mark.parametrize(("changes", "verdict"), CASES)
def test_full_probe(changes: dict[str, Answer], verdict: Verdict) -> None:
    assert judge(ProbeKind.FULL, {**WELL, **changes}).verdict is verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (WELL[STARTUP], Verdict.WELL),
        (Answer(503, b'{"ok":false,"status":"draining"}'), Verdict.DRAINING),
        (Answer(503, b'{"ok":false,"status":"starting"}'), Verdict.STARTING),
        (SHUT, Verdict.REFUSED),
        (SLOW, Verdict.TIMEOUT),
        (Answer(200, b"ok"), Verdict.FOREIGN),
        (Answer(500), Verdict.BROKEN),
        (NO_DESCRIPTOR, Verdict.UNPROBED),
    ],
)
def test_heartbeat(answer: Answer, verdict: Verdict) -> None:
    report = judge(ProbeKind.HEARTBEAT, {STARTUP: answer}, 0.25)
    assert (report.verdict, report.root_status, report.latency_s) == (verdict, None, 0.25)


def test_the_report_names_channels_and_the_page() -> None:
    both = Answer(503, b'{"ready":false,"failing":["telegram","slack"],"suppressed":["discord"]}')
    report = judge(ProbeKind.FULL, {**WELL, READY: both})
    assert (report.failing, report.suppressed) == (("telegram", "slack"), ("discord",))
    assert report.root_status == 200


@pytest.mark.parametrize("answer", [Answer(404), Answer(500), Answer(302), SLOW])
def test_a_page_that_the_config_turns_off_proves_nothing(answer: Answer) -> None:
    assert judge(ProbeKind.FULL, {**WELL, ROOT: answer}, page=Page.OFF).verdict is Verdict.WELL


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer(404), Verdict.WELL),  # turned off when it began, whatever its config says by now
        (Answer(302), Verdict.WELL),
        (Answer(500), Verdict.DEGRADED),
        (Answer(503), Verdict.DEGRADED),
        (SLOW, Verdict.DEGRADED),
    ],
)
def test_a_page_that_was_never_seen_makes_nobody_ill(answer: Answer, verdict: Verdict) -> None:
    report = judge(ProbeKind.FULL, {**WELL, ROOT: answer}, page=Page.UNPROVEN)
    assert (report.verdict, report.root_status) == (verdict, answer.status)
    assert report.detail == ("" if verdict is Verdict.WELL else f"/ {answer.status or answer.silence}")


def test_a_gateway_without_a_startup_probe_is_judged_by_the_others() -> None:
    assert judge(ProbeKind.FULL, {**WELL, STARTUP: Answer(404, b"Not Found")}).verdict is Verdict.WELL
