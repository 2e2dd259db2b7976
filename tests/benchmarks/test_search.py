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
