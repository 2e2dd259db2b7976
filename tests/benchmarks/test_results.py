"""What a run leaves: the JSON document and the table."""

import json
import re
from pathlib import Path

from benchmarks.bench import FOR_DEATH
from benchmarks.document import document, write
from benchmarks.record import Ledger, Machine, Measure, Run
from benchmarks.show import show, table
from rich.console import Console

MACHINE = Machine({"selfheal": "0.1.0", "kernel": "Linux 6.1"}, 2, 4096, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6))


def run(*, complete: bool = True) -> Run:
    ledger = Ledger()
    ledger.add("gateway alone", Measure.COLD_START_S, 8.0, 8.4)
    ledger.add("selfheal", Measure.DEATH_DETECTED_S, 0.02, 0.031)
    ledger.add("selfheal", Measure.RSS_MB, 40.0)
    ledger.add("selfheal", Measure.STATUS_MS, *range(100, 120))
    ledger.add("python -c pass", Measure.INTERPRETER_MS, 9.0)
    ledger.add("supervisor", Measure.DEATH_DETECTED_S, 0.01)
    ledger.note("supervisor", Measure.HANG_DETECTED_S, "never (within 120 s)")
    for measure in FOR_DEATH:
        ledger.note("systemd", measure, "not available: not root")
    methods = dict.fromkeys(("gateway alone", "selfheal", "supervisor", "systemd", "monit"), "as it is")
    return Run("2026-01-02T03:04:05Z", MACHINE, {"repeat": 2}, methods, ledger.series(), complete=complete)


def shown(of: Run) -> str:
    console = Console(width=160, record=True, quiet=True)
    with console.capture() as capture:
        console.quiet = False
        show(of, console)
    return capture.get()


def test_the_document_keeps_every_sample_and_its_summary() -> None:
    made = document(run())
    series = {(one["contender"], one["measure"]): one for one in made["series"]}
    assert series["selfheal", "death_detected_s"]["samples"] == [0.02, 0.031]
    assert series["selfheal", "death_detected_s"]["max"] == 0.031
    assert series["selfheal", "status_ms"]["p95"] == 118
    assert series["supervisor", "hang_detected_s"] == {
        "contender": "supervisor",
        "measure": "hang_detected_s",
        "samples": [],
        "note": "never (within 120 s)",
    }


def test_the_document_says_which_aims_were_met() -> None:
    made = document(run())
    assert made["schema"] == 1
    assert {aim["measure"]: (aim["met"], aim["missed_by"]) for aim in made["aims"]} == {
        "death_detected_s": (True, 0.0),
        "rss_mb": (False, 8.0),
        "status_ms": (True, 0.0),
    }


def test_the_document_is_written_whole_and_named_after_its_time(tmp_path: Path) -> None:
    path = write(run(), tmp_path / "results")
    assert path.name == "20260102T030405Z.json"
    assert json.loads(path.read_text("utf-8")) == json.loads(json.dumps(document(run())))


def test_the_document_names_no_place() -> None:
    assert re.search(r'"/|hostname', json.dumps(document(run()))) is None


def test_the_table_says_missed_and_met() -> None:
    text = shown(run())
    assert "missed by 8.0 MB" in text
    assert "met" in text
    assert "never (within 120 s)" in text
    assert "not measured" in text  # no hang of selfheal's in this run


def test_who_measured_nothing_has_no_column() -> None:
    headings = [column.header for column in table(run()).columns]
    assert headings == ["", "gateway alone", "selfheal", "supervisor", "systemd", "aim", "selfheal"]


def test_an_interrupted_run_says_so() -> None:
    assert "interrupted" in shown(run(complete=False))
    assert document(run(complete=False))["complete"] is False
