"""Why a gateway ended, from its own boot table, its output and its exit code."""

import asyncio
import os
import sqlite3
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.doubles.process_table import MadeTable

from selfheal.core.facts import ExitCause, GatewayProcess
from selfheal.gateway.bootlog import classify, read_boot, read_tail
from selfheal.gateway.examine import Ended, examine
from selfheal.gateway.openclaw import HANDOFF_TIMEOUT_S, OpenClawGateway
from selfheal.gateway.site import Site
from selfheal.ports.gateway import ExitReport
from selfheal.services.commands import run

SCHEMA = """
CREATE TABLE gateway_boot_lifecycle (
  boot_id TEXT NOT NULL PRIMARY KEY, pid INTEGER NOT NULL, started_at_ms INTEGER NOT NULL,
  completed_at_ms INTEGER, outcome TEXT, startup_reason TEXT, reason TEXT) STRICT
"""
PID = 4711
REPLACED = (
    "gateway.installation_replaced: Installation replaced: running 2026.9.6;"
    " on-disk runtime chunks unavailable.; gateway.restart_close_failed"
)
"""Of the real one, whose package was taken away from under it."""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "state").mkdir()
    return Site(
        "default", tmp_path, tmp_path, tmp_path / "openclaw.json", 18789, 0, log_path=tmp_path / "gateway.log"
    )


def boots(
    site: Site, *rows: tuple[int, int, str | None, str | None], completed_ms: int | None = None
) -> None:
    with closing(sqlite3.connect(site.database_path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(SCHEMA)
        connection.executemany(
            "INSERT INTO gateway_boot_lifecycle VALUES (hex(randomblob(8)), ?, ?, ?, ?, NULL, ?)",
            [(pid, started, completed_ms, *rest) for pid, started, *rest in rows],
        )
        connection.commit()


def cause(site: Site, code: int | None, *, another_lives: bool = False) -> ExitCause:
    return examine(site, Ended(PID, code, 1000, another_lives)).report.cause


@pytest.mark.parametrize(
    ("outcome", "reason", "code", "expected"),
    [
        ("clean_stop", "stop (SIGTERM)", 0, ExitCause.STOPPED_ON_PURPOSE),
        ("clean_stop", "stop (SIGTERM)", None, ExitCause.STOPPED_ON_PURPOSE),
        ("planned_restart", "restart (SIGUSR2)", 0, ExitCause.RESTART_REQUESTED),
        ("planned_restart", "gateway.installation_replaced", 1, ExitCause.RESTART_REQUESTED),
        ("forced_stop", "gateway.stop_shutdown_timeout", 1, ExitCause.STOPPED_ON_PURPOSE),
        ("forced_stop", "gateway.restart_close_failed", 1, ExitCause.RESTART_REQUESTED),
        ("forced_stop", REPLACED, 0, ExitCause.RESTART_REQUESTED),
        ("startup_failed", "listen EADDRINUSE: address already in use", 1, ExitCause.STARTUP_FAILED),
        ("startup_failed", "Invalid config at openclaw.json: gateway.port", 78, ExitCause.CONFIG_REFUSED),
        ("safe_mode_stable", None, None, ExitCause.CRASHED),
        ("something new", None, None, ExitCause.CRASHED),
        (None, None, None, ExitCause.CRASHED),
        (None, None, 1, ExitCause.CRASHED),
        (None, None, 134, ExitCause.CRASHED),
        (None, None, 0, ExitCause.CRASHED),
        (None, None, 143, ExitCause.STOPPED_ON_PURPOSE),
    ],
)
def test_by_the_gateways_own_record(
    site: Site, outcome: str | None, reason: str | None, code: int | None, expected: ExitCause
) -> None:
    boots(site, (PID, 2000, outcome, reason))
    assert cause(site, code) is expected


def test_after_sigkill_nothing_is_read(site: Site) -> None:
    boots(site, (PID, 2000, "clean_stop", "stop (SIGTERM)"))
    assert cause(site, 137) is ExitCause.CRASHED


def test_only_the_newest_row_of_this_process_counts(site: Site) -> None:
    boots(
        site,
        (PID, 500, "clean_stop", "another process of an earlier boot of the host"),
        (PID, 2000, "planned_restart", "restart (SIGUSR2)"),
        (PID, 3000, None, None),
        (PID + 1, 4000, "clean_stop", "another process"),
    )
    assert cause(site, None) is ExitCause.CRASHED


def test_an_old_row_is_another_process(site: Site) -> None:
    boots(site, (PID, 500, "clean_stop", "stop (SIGTERM)"))
    assert cause(site, None) is ExitCause.UNKNOWN


@pytest.mark.parametrize(
    ("completed_ms", "expected"), [(1500, ExitCause.STOPPED_ON_PURPOSE), (500, ExitCause.UNKNOWN)]
)
def test_a_row_that_ended_in_our_time_counts_though_the_clock_was_set_since_it_began(
    site: Site, completed_ms: int, expected: ExitCause
) -> None:
    boots(site, (PID, 400, "clean_stop", "stop (SIGTERM)"), completed_ms=completed_ms)
    assert cause(site, None) is expected


def test_the_newest_row_is_the_last_one_whatever_the_clock_said(site: Site) -> None:
    boots(site, (PID, 90_000_000, None, None), (PID, 2000, "clean_stop", "stop (SIGTERM)"))
    assert cause(site, None) is ExitCause.STOPPED_ON_PURPOSE


def test_a_stop_stays_one_when_the_clock_is_set_forward_while_it_runs(site: Site) -> None:
    """The process does not get younger by it."""
    now_ms = int(time.time() * 1000)
    boots(site, (PID, now_ms, "clean_stop", "stop (SIGTERM)"))
    table = MadeTable()
    table.add(PID, "openclaw-gateway", comm="openclaw-gatewa")
    gateway = OpenClawGateway(site, table=table)
    process = GatewayProcess(PID, 100.0)

    async def story() -> ExitCause:
        gateway.watch_exit(process, lambda _process, _code: None)
        table.now -= 86_400.0  # what the clock says less the age is a day later
        gateway.watch_exit(process, lambda _process, _code: None)
        return (await gateway.examine_exit(PID, None)).cause

    assert asyncio.run(story()) is ExitCause.STOPPED_ON_PURPOSE


def test_the_database_of_a_living_gateway_is_not_opened(site: Site) -> None:
    boots(site, (PID, 2000, "clean_stop", "stop (SIGTERM)"))
    assert cause(site, None, another_lives=True) is ExitCause.UNKNOWN


def test_exit_0_without_a_record_asks_for_the_handoff(site: Site) -> None:
    examined = examine(site, Ended(PID, 0, 1000))
    assert (examined.report.cause, examined.ask_handoff) == (ExitCause.STOPPED_ON_PURPOSE, True)
    boots(site, (PID, 2000, "clean_stop", "stop (SIGTERM)"))
    assert not examine(site, Ended(PID, 0, 1000)).ask_handoff


def told(site: Site, *command: str, timeout_s: float = HANDOFF_TIMEOUT_S) -> ExitReport:
    gateway = OpenClawGateway(
        replace(site, command=command), table=MadeTable(now=5.0), run=run, handoff_timeout_s=timeout_s
    )
    try:
        return asyncio.run(gateway.examine_exit(PID, 0))
    finally:
        gateway.close()


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ((sys.executable, "-c", "import time; time.sleep(60)"), "no answer within 0.3 s"),
        (("/nonexistent/openclaw",), "cannot run /nonexistent/openclaw: No such file or directory"),
        ((), "no program of OpenClaw's is known"),
    ],
)
def test_a_stop_of_which_nobody_could_be_asked_says_so(
    site: Site, command: tuple[str, ...], why: str
) -> None:
    report = told(site, *command, timeout_s=0.3)
    assert report.cause is ExitCause.STOPPED_ON_PURPOSE
    assert report.detail == f"exit code 0; its restart handoff could not be asked: {why}"


def test_the_gateways_own_record_beats_a_handoff_that_gave_no_answer(site: Site) -> None:
    """It could not be read before: the command line had the database."""
    boots(site, (PID, 2000, "planned_restart", "restart (SIGUSR2)"))
    hidden = site.database_path.with_name("hidden")
    site.database_path.rename(hidden)
    program = f"import os; os.rename({str(hidden)!r}, {str(site.database_path)!r})"
    report = told(site, sys.executable, "-c", program)
    assert report == ExitReport(ExitCause.RESTART_REQUESTED, "restart (SIGUSR2)")


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_a_database_that_cannot_be_read_tells_nothing(site: Site, content: bytes) -> None:
    site.database_path.write_bytes(content)
    assert read_boot(site.database_path, PID, 0) is None
    assert cause(site, 78) is ExitCause.STARTUP_FAILED


def test_reading_leaves_the_database_as_it_was(site: Site) -> None:
    boots(site, (PID, 2000, None, None))
    before = site.database_path.read_bytes()
    read_boot(site.database_path, PID, 0)
    assert site.database_path.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "code", "expected"),
    [
        (
            "Gateway start blocked: existing config is missing gateway.mode. Treat",
            78,
            ExitCause.CONFIG_REFUSED,
        ),
        ("Missing config. Run `openclaw setup` or set gateway.mode=local", 78, ExitCause.CONFIG_REFUSED),
        ("Gateway failed to start: Invalid config at openclaw.json: <root>", 78, ExitCause.CONFIG_REFUSED),
        ("Refusing to bind gateway to lan without auth.", 78, ExitCause.CONFIG_REFUSED),
        (
            "Another gateway (pid 7) already owns this state directory; refusing",
            78,
            ExitCause.ALREADY_RUNNING,
        ),
        ("gateway already running (pid 7); lock timeout after 5000ms", 1, ExitCause.ALREADY_RUNNING),
        ("another gateway instance is already listening on ws://", 1, ExitCause.STARTUP_FAILED),
        ("Doctor cannot repair this state: shared state database is", 78, ExitCause.STARTUP_FAILED),
        ("this OpenClaw version requires state migration. Stop the service", 78, ExitCause.STARTUP_FAILED),
        ("Error: Cannot find module server-start-1.mjs", 1, ExitCause.STARTUP_FAILED),
        ("FATAL ERROR: Reached heap limit - JavaScript heap out of memory", 134, ExitCause.CRASHED),
        ("nothing that we know", 78, ExitCause.STARTUP_FAILED),
        ("nothing that we know", 127, ExitCause.STARTUP_FAILED),
        ("nothing that we know", 129, ExitCause.CRASHED),
    ],
)
def test_by_what_it_printed(site: Site, line: str, code: int, expected: ExitCause) -> None:
    assert site.log_path is not None
    site.log_path.write_text(
        f"[gateway] Invalid config at (an earlier start)\nloading configuration…\n{line}\nend\n"
    )
    assert cause(site, code) is expected


def test_the_last_words_of_a_child_of_ours_stand_beside_its_exit_code(site: Site) -> None:
    report = examine(site, Ended(PID, 9, 1000, output="token=hunter2hunter2\nnode: bad option: --x\n")).report
    assert report == ExitReport(ExitCause.STARTUP_FAILED, "exit code 9: token=*** / node: bad option: --x")
    boots(site, (PID, 2000, None, None))
    report = examine(site, Ended(PID, 134, 1000, output="Aborted\n")).report
    assert report == ExitReport(ExitCause.CRASHED, "exit code 134: Aborted")


def test_news_are_no_reason_to_crash(site: Site) -> None:
    """An adopted gateway has no exit code: its cause alone stands there, and no colon before nothing."""
    boots(site, (PID, 2000, None, None))
    for output, detail in (("[gateway] ready\n[ws] res status\n", ""), ("ready\nfatal: x\n", "fatal: x")):
        report = examine(site, Ended(PID, None, 1000, output=output)).report
        assert report == ExitReport(ExitCause.CRASHED, detail)
    assert examine(site, Ended(PID, 134, 1000, output="ready\n")).report.detail == "exit code 134"


def test_a_clean_end_needs_no_last_words(site: Site) -> None:
    assert examine(site, Ended(PID, 143, 1000, output="bye\n")).report.detail == "exit code 143"


def test_what_an_earlier_child_printed_is_not_held_against_this_one(site: Site) -> None:
    """It died before it could say that it loads its configuration."""
    assert site.log_path is not None
    site.log_path.write_text(
        "loading configuration\nInvalid config at openclaw.json: gateway.port\nbad option\n"
    )
    report = examine(site, Ended(PID, 9, 1000, output="bad option\n")).report
    assert report == ExitReport(ExitCause.STARTUP_FAILED, "exit code 9: bad option")


def test_a_line_that_names_the_cause_is_shown_without_secrets(site: Site) -> None:
    output = "loading configuration\nInvalid config at openclaw.json: token=hunter2hunter2\n"
    report = examine(site, Ended(PID, 78, 1000, output=output)).report
    assert report.detail == "Invalid config at openclaw.json: token=***"


def test_what_the_gateway_noted_of_its_failure_is_shown_without_secrets(site: Site) -> None:
    boots(site, (PID, 2000, "startup_failed", "curl -u joe:hunter2hunter2 http://127.0.0.1/ was refused"))
    report = examine(site, Ended(PID, 1, 1000)).report
    assert report == ExitReport(ExitCause.STARTUP_FAILED, "curl -u joe:*** http://127.0.0.1/ was refused")


def test_a_start_beside_a_living_gateway_was_one_too_many(site: Site) -> None:
    assert site.log_path is not None
    site.log_path.write_text("loading configuration…\nrequires state migration. Stop the service\n")
    assert cause(site, 78, another_lives=True) is ExitCause.ALREADY_RUNNING


def test_the_tail_is_bounded_and_begins_at_the_last_start(tmp_path: Path) -> None:
    path = tmp_path / "gateway.log"
    path.write_text("x" * 1_000_000 + "\n[gateway] loading configuration…\nlast words\n")
    assert read_tail(path, 0.0) == "loading configuration…\nlast words\n"
    assert read_tail(None, 0.0) == ""
    assert read_tail(tmp_path / "none", 0.0) == ""


def test_a_line_is_quoted_whole_and_cut() -> None:
    named = classify("first\n  Invalid config at " + "y" * 1000 + "\nlast")
    assert named is not None
    assert named[1].startswith("Invalid config at yyy")
    assert len(named[1]) == 300


def test_without_captured_output_the_code_decides(site: Site) -> None:
    assert cause(replace(site, log_path=None), 78) is ExitCause.STARTUP_FAILED
    assert cause(replace(site, log_path=None), None) is ExitCause.UNKNOWN


def test_a_log_of_long_before_the_process_tells_nothing_of_it(site: Site) -> None:
    """A child of ours had printed it; a manager runs the gateway now."""
    assert site.log_path is not None
    site.log_path.write_text(
        "loading configuration…\nGateway start blocked: gateway.mode\n", encoding="utf-8"
    )
    os.utime(site.log_path, (100.0, 100.0))
    assert examine(site, Ended(PID, None, 99_000)).report.cause is ExitCause.CONFIG_REFUSED
    assert examine(site, Ended(PID, None, 101_000)).report.cause is ExitCause.UNKNOWN
