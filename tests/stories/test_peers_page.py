"""Each failure of others that docs/peers.md names has its story or test here."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = re.findall(r"^\|.+\| (`[^|]+`) \|$", (ROOT / "docs" / "peers.md").read_text("utf-8"), re.MULTILINE)
NAMED = [path for row in ROWS for path in re.findall(r"`([^`]+)`", row)]


def test_what_it_names_exists() -> None:
    assert [path for path in NAMED if not (ROOT / path).is_file()] == []


def test_there_are_many_failures_each_with_a_proof_of_its_own() -> None:
    assert len(ROWS) >= 25
    assert len(set(NAMED)) == len(NAMED) == len(ROWS)
