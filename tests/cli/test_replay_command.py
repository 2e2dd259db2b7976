"""`selfheal replay` on an incident of a simulated life."""

import contextlib
import io
import json
import re
from dataclasses import replace
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from tests.cli.conftest import Run
from tests.cli.test_screens import PLAIN, golden
from tests.cli.worlds import ROWS, FakeApp, FakeReader, W, entries
from tests.sim.recorded import crash_loop

from selfheal.app.exit_codes import Exit
from selfheal.cli.commands.replay import ACT_LABELS, lines, summary
from selfheal.cli.main import main
from selfheal.cli.session import Session
from selfheal.core.actions import Action
from selfheal.core.policy import Policy
from selfheal.ports.store import IncidentRow
from selfheal.sim.replay import Replay, replay, what_if
from selfheal.texts.language import Language

DOCS = Path(__file__).parents[2] / "docs"
ONE_ATTEMPT = Policy(restart_attempts=1)


@cache
def row() -> IncidentRow:
    _, kept = crash_loop()
    return IncidentRow("main", 1, "process_gone", "watchdog", kept[0].wall, kept[-1].wall, "healed", "")


@pytest.fixture
def app(tmp_path: Path) -> FakeApp:
    before, kept = crash_loop()
    rows = [row(), *ROWS]
    return FakeApp(tmp_path, FakeReader((), rows, [*kept, *entries()], the_beginnings={("main", 1): before}))


@pytest.fixture
def other(tmp_path: Path) -> str:
    file = tmp_path / "other.toml"
    file.write_text("[restart]\nrestart_attempts = 1\n", "utf-8")
    return str(file)


def screen(told: Replay, other: Path | None, language: Language) -> str:
    shown = [PLAIN(each) for each in lines(row(), told, W(0.0), language, UTC)]
    said = summary(told, other, language, UTC, as_recorded=other is None)
    return "\n".join([*shown, *said, ""])


@pytest.mark.parametrize("language", Language)
def test_the_screen_of_a_what_if(language: Language) -> None:
    before, kept = crash_loop()
    told = what_if(before, kept, Policy(), ONE_ATTEMPT)
    golden(f"replay-what-if-{language}", screen(told, Path("other.toml"), language))


@pytest.mark.parametrize("language", Language)
def test_the_screen_of_a_core_that_decides_otherwise(language: Language) -> None:
    before, kept = crash_loop()
    told = replay(before, [entry._replace(policy=ONE_ATTEMPT) for entry in kept], ONE_ATTEMPT)
    golden(f"replay-differs-{language}", screen(told, None, language))


def test_lines_that_differ_in_the_incident_alone_say_so() -> None:
    before, kept = crash_loop()
    told = replay(replace(before, next_incident_id=7), kept, Policy())
    shown = screen(told, None, Language.EN).splitlines()
    then, now = ([each[2:] for each in shown if each.startswith(mark)] for mark in "-+")
    assert then
    assert not set(then) & set(now)


def test_every_act_has_its_words() -> None:
    assert set(ACT_LABELS) == {each.__name__ for each in get_args(Action)}


def test_an_incident_is_decided_as_it_was(run: Run) -> None:
    ran = run("replay", "1")
    assert (ran.code, ran.err) == (Exit.DONE, "")
    count, total = re.findall(r"\d+", ran.out.splitlines()[-1])
    assert count == total
    assert not [each for each in ran.out.splitlines() if each.startswith(("- ", "+ ", "! "))]


def test_other_settings_today_are_named_and_change_nothing(run: Run, other: str) -> None:
    ran = run("--config", other, "replay", "1")
    assert ran.code == Exit.DONE
    assert "differ from those of then: restart_attempts" in ran.out
    document = json.loads(run("--config", other, "replay", "1", "--json").out)
    assert (document["settings_kept"], document["settings_changed"]) == (True, ["restart_attempts"])


def test_of_an_older_journal_other_settings_today_are_exit_code_1(tmp_path: Path, other: str) -> None:
    before, kept = crash_loop()
    older = [entry._replace(policy=None) for entry in kept]
    reader = FakeReader((), [row()], older, the_beginnings={("main", 1): before})
    capture = io.StringIO()
    with contextlib.redirect_stdout(capture):
        code = main(("--config", other, "replay", "1"), Session({}, lambda: FakeApp(tmp_path, reader)))
    assert code == Exit.NOT_WELL
    assert "it differs from 2" in capture.getvalue()
    assert "recorded it without its settings" in capture.getvalue()


def test_a_what_if_says_where_it_differs(run: Run, other: str) -> None:
    ran = run("replay", "1", "--what-if", other)
    assert ran.code == Exit.DONE
    assert "! from here on the world would have been another" in ran.out
    assert f"with {other}: " in ran.out


def test_a_what_if_that_changes_nothing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "same.toml"
    file.write_text("[selfheal]\nlog_keep_days = 3\n", "utf-8")
    ran = run("replay", "1", "--what-if", str(file))
    assert ran.code == Exit.DONE
    assert "nothing would have been decided otherwise" in ran.out


def test_the_document_is_what_the_page_says(run: Run, other: str) -> None:
    document = json.loads(run("replay", "1", "--what-if", other, "--json").out)
    assert (document["schema"], document["kind"], document["what_if"]) == (1, "replay", other)
    assert document["forked"] is True
    assert document["differing"][-1]["recorded_actions"] == ["StartGateway"]
    assert document["differing"][-1]["replayed_actions"] == []
    told = set(re.findall(r"`(\w+)`", (DOCS / "json.md").read_text("utf-8")))
    assert {*document, *document["differing"][0]} - told == set()
    assert all(each["time"] == each["recorded"][0]["time"] for each in document["differing"])
    usual = json.loads(run("replay", "1", "--json").out)
    assert list(usual) == list(document)
    assert (usual["what_if"], usual["differing"], usual["forked"]) == (None, [], False)


@pytest.mark.parametrize(
    ("words", "code"), [(("99",), Exit.NOT_WELL), (("7",), Exit.NOT_WELL), (("x",), Exit.USAGE)]
)
@pytest.mark.parametrize("language", Language)
def test_what_cannot_be_replayed_is_refused(
    run: Run, words: tuple[str, ...], code: Exit, language: Language
) -> None:
    ran = run("--lang", str(language), "replay", *words)
    assert (ran.code, ran.out) == (code, "")
    assert (words[0] if code is Exit.NOT_WELL else "ID") in ran.err


def test_a_what_if_file_with_faults_is_refused(run: Run, tmp_path: Path) -> None:
    ran = run("replay", "1", "--what-if", str(tmp_path / "none.toml"))
    assert ran.code == Exit.CONFIG
    assert "none.toml" in ran.err
