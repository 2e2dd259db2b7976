"""The long search's one result."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks import search

ENDED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def part(*, commit: str = "abc", broken: int = 0) -> dict[str, Any]:
    found = [{"seed": 7, "rule": "a rule"}] * broken
    counts = dict.fromkeys(search.COUNTS, 10) | {"gateway_days": 240.0, "rules_broken": broken}
    names = {"faults_by_kind": {"crash": 2}, "outcomes": {"healed": 3}}
    column = {"worlds": 5, **counts, **names, "found": found}
    return {"selfheal": "1", "commit": commit, "seconds": 4.0, "jobs": 2, "columns": {"drawn": column}}


def test_the_stretches_are_added_up_and_every_finding_is_kept() -> None:
    made = search.joined([(1, part()), (1001, part(broken=1))], ENDED)
    assert (made["worlds"], made["gateway_days"], made["rules_broken"]) == (10, 480.0, 1)
    assert made["gateway_hours_per_second_and_job"] == 480.0 * 24 / 16
    assert made["faults_by_kind"] == {"crash": 4}
    assert made["found"] == [{"seed": 7, "rule": "a rule"}]
    assert [one["rules_broken"] for one in made["stretches"]] == [0, 1]


def test_what_different_programs_did_is_not_joined() -> None:
    with pytest.raises(search.MixedError, match="different programs"):
        search.joined([(1, part()), (1001, part(commit="def"))], ENDED)


def test_a_stretch_that_was_done_is_not_done_again(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(json.dumps(part()), encoding="utf-8")
    assert search.stretch(tmp_path, 1) == part()


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
    assert search.stretch(tmp_path, 1) == part()


@pytest.mark.parametrize("commit", [None, "abc-dirty"])
def test_what_no_commit_names_is_not_published(tmp_path: Path, commit: str | None) -> None:
    (tmp_path / "1.json").write_text(json.dumps(part() | {"commit": commit}), encoding="utf-8")
    before = sorted(search.RESULTS.iterdir())
    assert search.main([str(tmp_path), "--stretches", "1"]) == 2
    assert sorted(search.RESULTS.iterdir()) == before
