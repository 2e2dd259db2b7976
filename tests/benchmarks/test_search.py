"""The long search's one result."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks import search

ENDED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


SIZE = search.Size(worlds=5)
SMALL = ("--stretches", "1", "--worlds", "5")


def part(*, commit: str | None = "abc", broken: int = 0, seed: int = 1) -> dict[str, Any]:
    found = [{"seed": 7, "rule": "a rule"}] * broken
    counts = dict.fromkeys(search.COUNTS, 10) | {"gateway_days": 240.0, "rules_broken": broken}
    names = {"faults_by_kind": {"crash": 2}, "outcomes": {"healed": 3}}
    column = {"worlds": 5, **counts, **names, "found": found}
    asked = {"seed": seed, "days": 100, "count": 5, "rate": None}
    times = {"seconds": 4.0, "jobs": 2, "cpu_seconds": 6.0}
    about = {"selfheal": "1", "commit": commit, "asked": asked, "complete": True}
    return {**about, **times, "columns": {"drawn": column}}


def test_the_stretches_are_added_up_and_every_finding_is_kept() -> None:
    made = search.joined([(1, part()), (1001, part(broken=1))], ENDED)
    assert (made["worlds"], made["gateway_days"], made["rules_broken"]) == (10, 480.0, 1)
    assert made["gateway_hours_per_second_and_job"] == 480.0 * 24 / 16
    assert made["gateway_hours_per_cpu_second"] == 480.0 * 24 / 12
    assert made["faults_by_kind"] == {"crash": 4}
    assert made["found"] == [{"seed": 7, "rule": "a rule"}]
    assert [one["rules_broken"] for one in made["stretches"]] == [0, 1]


def test_what_different_programs_did_is_not_joined() -> None:
    with pytest.raises(search.MixedError, match="different programs"):
        search.joined([(1, part()), (1001, part(commit="def"))], ENDED)


def test_a_stretch_that_was_done_is_not_done_again(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(json.dumps(part()), encoding="utf-8")
    assert search.stretch(tmp_path, 1, SIZE) == part()


@pytest.mark.parametrize(
    "other",
    [
        part() | {"complete": False},
        part(seed=6),
        part() | {"asked": {**part()["asked"], "days": 10}},
        part() | {"asked": {**part()["asked"], "count": 500}},
        part() | {"columns": {"defaults": {}}},
        {"kind": "mutants"},
        [],
        "not JSON",
    ],
    ids=["not whole", "seeds", "days", "worlds", "no search", "foreign", "a list", "no document"],
)
def test_what_is_no_stretch_of_this_search_is_refused(
    tmp_path: Path, other: object, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was added to the others, or ended in a traceback."""
    text = other if isinstance(other, str) else json.dumps(other)
    (tmp_path / "1.json").write_text(text, encoding="utf-8")
    assert search.main([str(tmp_path), *SMALL]) == 2
    assert "1.json" in capsys.readouterr().err


def test_a_search_is_gone_on_with_by_the_same_program_only(tmp_path: Path) -> None:
    """Known before hours are spent on the stretches that are missing."""
    (tmp_path / "1.json").write_text(json.dumps(part()), encoding="utf-8")
    search.begun_with(tmp_path, [1, 6], SIZE, "abc")
    search.begun_with(tmp_path, [1], SIZE, "def")
    with pytest.raises(search.MixedError, match="def"):
        search.begun_with(tmp_path, [1, 6], SIZE, "def")


@pytest.mark.parametrize("words", [("--stretches", "0"), ("--worlds", "-1"), ("--days", "x")])
def test_a_search_of_nothing_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        search.main([str(tmp_path), *words])
    assert ended.value.code == 2


def test_a_file_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("", encoding="utf-8")
    assert search.main([str(file)]) == 2
    assert str(file) in capsys.readouterr().err


def test_a_stretch_is_run_with_the_size_that_was_asked_for(tmp_path: Path) -> None:
    made = search.stretch(tmp_path, 7, search.Size(worlds=2, days=1), jobs=1)
    assert made["columns"]["drawn"]["worlds"] == 2
    assert made["asked"] == {"seed": 7, "count": 2, "days": 1.0, "rate": None}


@pytest.mark.parametrize(
    ("exit_code", "printed"),
    [(-9, b""), (1, b"Traceback"), (0, b""), (2, json.dumps(part()).encode())],
    ids=["killed", "raised", "said nothing", "refused"],
)
def test_a_stretch_that_was_broken_off_is_not_kept(tmp_path: Path, exit_code: int, printed: bytes) -> None:
    with pytest.raises(search.BrokenOffError):
        search.keep(tmp_path / "1.json", exit_code, printed)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("exit_code", [0, 1])
def test_a_stretch_that_came_to_its_end_is_kept(tmp_path: Path, exit_code: int) -> None:
    search.keep(tmp_path / "1.json", exit_code, json.dumps(part()).encode())
    assert search.stretch(tmp_path, 1, SIZE) == part()


@pytest.mark.parametrize("commit", [None, "abc-dirty"])
def test_what_no_commit_names_is_not_published(tmp_path: Path, commit: str | None) -> None:
    (tmp_path / "1.json").write_text(json.dumps(part() | {"commit": commit}), encoding="utf-8")
    before = sorted(search.RESULTS.iterdir())
    assert search.main([str(tmp_path), *SMALL]) == 2
    assert sorted(search.RESULTS.iterdir()) == before


def test_what_is_not_published_stays_in_its_own_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "1.json").write_text(json.dumps(part() | {"commit": None}), encoding="utf-8")
    before = sorted(search.RESULTS.iterdir())
    assert search.main([str(tmp_path), *SMALL, "--unpublished"]) == 0
    assert sorted(search.RESULTS.iterdir()) == before
    (result,) = tmp_path.glob("search-*.json")
    assert json.loads(result.read_text("utf-8"))["gateway_days"] == 240.0
    assert str(result) in capsys.readouterr().out
